import { describe, expect, it } from 'vitest';
import { createScratch, SCRATCH_FULL } from './scratch.js';

describe('a scratch arena', () => {
  it('SCRATCH-1, -2: hands out aligned ranges until it is full', () => {
    const scratch = createScratch({ offset: 64, sizeBytes: 64 });
    expect([1, 16, 17, 1, 0].map((size) => scratch.allocate(size)))
      .toEqual([64, 80, 96, SCRATCH_FULL, 128]);
    expect(scratch.usedBytes).toBe(64);
    expect([Number.NaN, -17].map((size) => scratch.allocate(size)))
      .toEqual([SCRATCH_FULL, SCRATCH_FULL]);
  });

  it('SCRATCH-3: takes back what came after a mark, or everything', () => {
    const scratch = createScratch({ offset: 0, sizeBytes: 64 });
    scratch.allocate(10);
    const mark = scratch.mark();
    scratch.allocate(10);
    scratch.reset(mark);
    expect(scratch.allocate(10)).toBe(16);
    scratch.reset();
    expect(scratch.allocate(64)).toBe(0);
  });

  it('SCRATCH-3: refuses a mark that was taken back', () => {
    const scratch = createScratch({ offset: 0, sizeBytes: 64 });
    scratch.allocate(10);
    const mark = scratch.mark();
    scratch.reset();
    expect(() => scratch.reset(mark)).toThrow(expect.objectContaining({
      code: 'MEMORY_STALE_HANDLE',
      message: 'the mark 16 of a scratch arena is above its 0 used bytes',
    }));
  });

  it.each([[8, 64], [0, 1.5], [-16, 64]])('refuses to lie at %d with %d bytes', (offset, size) => {
    expect(() => createScratch({ offset, sizeBytes: size })).toThrow(
      expect.objectContaining({ code: 'MEMORY_OPTION_INVALID' }));
  });
});

import { describe, expect, it } from 'vitest';
import {
  ARENA_BYTES_MAX, attachHostArena, blockBytes, bytesOf, createHostArena,
} from './host-arena.js';

describe('a host arena', () => {
  it('HOST-ARENA-1, KERNELS-M1: is a shared memory of whole pages, zero at first', () => {
    const arena = createHostArena({ id: 7, sizeBytes: 100_000 });
    expect([arena.id, arena.sizeBytes, bytesOf(arena).length]).toEqual([7, 131_072, 131_072]);
    expect(arena.memory.buffer instanceof SharedArrayBuffer).toBe(true);
    expect(bytesOf(arena).every((byte) => byte === 0)).toBe(true);
  });

  it('HOST-ARENA-2: crosses by structured clone with the same bytes', () => {
    const arena = createHostArena({ id: 1, sizeBytes: 65_536 });
    const clone = attachHostArena(structuredClone(arena));
    bytesOf(arena)[99] = 42;
    expect(bytesOf(clone)[99]).toBe(42);
  });

  it('views a block', () => {
    const arena = createHostArena({ id: 1, sizeBytes: 65_536 });
    const view = blockBytes(arena, { arena: 1, offset: 128, sizeBytes: 3, generation: 1 });
    view.set([1, 2, 3]);
    expect([...bytesOf(arena).subarray(127, 132)]).toEqual([0, 1, 2, 3, 0]);
    const other = { arena: 2, offset: 0, sizeBytes: 1, generation: 1 };
    expect(() => blockBytes(arena, other)).toThrow('the block is of arena 2, not of arena 1');
  });

  it('reserves 4 GiB and no more', () => {
    const arena = createHostArena({ id: 0, sizeBytes: ARENA_BYTES_MAX });
    expect(arena.memory.buffer.byteLength).toBe(4_294_967_296);
    expect(() => createHostArena({ id: 0, sizeBytes: ARENA_BYTES_MAX + 1 })).toThrow(
      expect.objectContaining({
        code: 'MEMORY_LIMIT',
        message: 'arena 0: sizeBytes is 4294967297, the limit is 4294967296',
      }));
  });

  it.each([
    [{ id: -1, sizeBytes: 1 }, "an arena's id is -1, must be an integer from 0 to 63"],
    [{ id: 256, sizeBytes: 1 }, "an arena's id is 256"],
    [{ id: 1, sizeBytes: 0 }, 'arena 1: sizeBytes is 0, must be an integer from 1'],
    [{ id: 1, sizeBytes: 64, pages: 2 }, 'createHostArena has no option pages'],
  ])('refuses %o', (options, message) => {
    expect(() => createHostArena(options)).toThrow(expect.objectContaining({
      code: 'MEMORY_OPTION_INVALID',
    }));
    expect(() => createHostArena(options)).toThrow(message);
  });

  it('refuses to attach memory of another size', () => {
    const arena = createHostArena({ id: 1, sizeBytes: 65_536 });
    expect(() => attachHostArena({ ...arena, sizeBytes: 64 })).toThrow(
      'arena 1 says 64 bytes, its memory has 65536');
  });
});

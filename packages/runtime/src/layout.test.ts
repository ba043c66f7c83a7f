import { describe, expect, expectTypeOf, it } from 'vitest';

import { struct } from './layout.js';

const Header = struct(32, {
  magic: 'u32',
  tail: 'i32',
  weight: 'f32',
  flags: ['u8', 4],
  total: 'f64',
  lanes: ['i32', 2],
});

describe('ARCHITECTURE-M2: struct', () => {
  it('gives every field its byte offset', () => {
    expect(Header.size).toBe(32);
    expect(Header.offset).toEqual({
      magic: 0, tail: 4, weight: 8, flags: 12, total: 16, lanes: 24,
    });
  });

  it('gives single 4-byte fields their element index, and i32 alone a word', () => {
    expect(Header.word).toEqual({ tail: 1 });
    expect(Header.plain).toEqual({ magic: 0, tail: 1, weight: 2 });
  });

  it('types as words only what Atomics may touch', () => {
    expectTypeOf<keyof typeof Header.word>().toEqualTypeOf<'tail'>();
    expectTypeOf<keyof typeof Header.plain>().toEqualTypeOf<'magic' | 'tail' | 'weight'>();
    // @ts-expect-error magic is u32, no Atomics word
    expect(Header.word.magic).toBe(undefined);
  });

  it('addresses the same bytes as typed arrays do', () => {
    const buffer = new SharedArrayBuffer(Header.size);
    Atomics.store(new Int32Array(buffer), Header.word.tail, -7);
    expect(new DataView(buffer).getInt32(Header.offset.tail, true)).toBe(-7);
  });

  it('refuses implicit padding', () => {
    expect(() => struct(16, { kind: 'u8', total: 'f64' }))
      .toThrow('total: offset 1 is not 8-byte aligned; add a reserved field');
  });

  it('refuses a size that the fields do not take', () => {
    expect(() => struct(16, { total: 'f64' })).toThrow('fields take 8 bytes, declared 16');
    expect(() => struct(4, { total: 'f64' })).toThrow('fields take 8 bytes, declared 4');
  });

  it.each([0, -1, 1.5])('refuses an array of %d', (count) => {
    expect(() => struct(4, { lanes: ['i32', count] })).toThrow(`lanes: count is ${count}`);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(Header)).toBe(true);
  });
});

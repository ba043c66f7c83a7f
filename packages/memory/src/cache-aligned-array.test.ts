import { struct } from '@ganglion/runtime/layout';
import { describe, expect, it } from 'vitest';
import { cacheAlignedStride, createCacheAlignedArray } from './cache-aligned-array.js';

const Sample = struct(48, {
  flags: ['u8', 4], count: 'i32', total: 'u32', ratio: 'f32', mean: 'f64', low: 'i64', high: 'u64',
  pair: ['f32', 2],
});
const VALUE = {
  flags: [1, 2, 3, 255], count: -5, total: 4_000_000_000, ratio: 0.5, mean: Math.PI,
  low: -(2n ** 60n), high: 2n ** 63n, pair: [1.5, -2.5],
};

describe('a cache-aligned array', () => {
  it.each([[4, 64], [64, 64], [72, 128]])('rounds %d bytes up to %d', (size, stride) => {
    expect(cacheAlignedStride(struct(size, { bytes: ['u8', size] }))).toBe(stride);
  });

  it('CACHE-ALIGNED-ARRAY-1: gives each element its own line', () => {
    const buffer = new SharedArrayBuffer(512);
    const array = createCacheAlignedArray({ struct: Sample, length: 4, buffer, offset: 64 });
    expect([array.length, array.strideBytes]).toEqual([4, 64]);
    expect([0, 1, 2, 3].map((index) => array.word(index))).toEqual([16, 32, 48, 64]);
    array.set(2, { count: 9 });
    expect(new Int32Array(buffer)[array.word(2) + Sample.word.count]).toBe(9);
  });

  it('keeps every kind of field, and fields that were not set', () => {
    const buffer = new SharedArrayBuffer(128);
    const array = createCacheAlignedArray({ struct: Sample, length: 2, buffer, offset: 0 });
    array.set(1, VALUE);
    expect(array.get(1)).toEqual(VALUE);
    array.set(1, { count: 6 });
    expect(array.get(1)).toEqual({ ...VALUE, count: 6 });
    expect(array.get(0).mean).toBe(0);
  });

  it('knows the types of its fields', () => {
    const buffer = new SharedArrayBuffer(64);
    const array = createCacheAlignedArray({ struct: Sample, length: 1, buffer, offset: 0 });
    // @ts-expect-error low is a bigint
    array.set(0, { low: 0 });
    // @ts-expect-error there is no such field
    expect(() => array.set(0, { lower: 1 })).toThrow('lower is a field of the struct');
    const { count, low }: { count: number; low: bigint } = array.get(0);
    expect([count, low]).toEqual([0, 0n]);
  });

  it('refuses an index outside, and half an array field', () => {
    const buffer = new SharedArrayBuffer(64);
    const array = createCacheAlignedArray({ struct: Sample, length: 1, buffer, offset: 0 });
    for (const index of [-1, 1]) {
      expect(() => array.get(index)).toThrow('an element is inside its array');
    }
    expect(() => array.set(0, { pair: [1] })).toThrow('an array field is written whole');
  });

  it.each([
    [{ length: 3, offset: 0 }, '3 elements of 64 bytes at 0 of a buffer of 128'],
    [{ length: 1, offset: 32 }, 'at 32 of a buffer of 128; the offset must be a multiple of 64'],
  ])('refuses %o', (where, message) => {
    const make = (): unknown =>
      createCacheAlignedArray({ struct: Sample, buffer: new SharedArrayBuffer(128), ...where });
    expect(make).toThrow(expect.objectContaining({ code: 'MEMORY_OPTION_INVALID' }));
    expect(make).toThrow(message);
  });
});

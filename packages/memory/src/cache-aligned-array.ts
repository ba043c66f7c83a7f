/**
 * An array of structs in shared memory whose elements share no cache line (SPEC CacheAlignedArray).
 *
 * Owns the placement and the typed copies of elements. Does not own the elements' words: `get` and
 * `set` are plain loads and stores, for the thread that owns the element; others use Atomics on
 * `word(index)` plus the struct's words.
 *
 * CACHE-ALIGNED-ARRAY-1: element i is at `offset` + i × `strideBytes`, the struct's size rounded up
 * to 64 bytes.
 */
import assert from 'node:assert/strict';
import type { Field, Struct } from '@ganglion/runtime/layout';
import { MemoryError } from './errors.js';
import { readStruct, writeStruct } from './struct-access.js';
import type { ElementOf } from './struct-access.js';

/** Bytes of a cache line. */
export const CACHE_LINE_BYTES = 64;

/** An array of `length` elements. */
export interface CacheAlignedArray<F extends Record<string, Field>> {
  readonly length: number;
  readonly strideBytes: number;
  /** First word of an element, in the buffer. @throws AssertionError outside the array. */
  word(index: number): number;
  /** A copy of an element. @throws AssertionError outside the array. */
  get(index: number): ElementOf<F>;
  /** Writes the given fields of an element. @throws AssertionError outside the array. */
  set(index: number, value: Partial<ElementOf<F>>): void;
}

/** Where an array lies. */
export interface CacheAlignedArrayLayout<F extends Record<string, Field>> {
  readonly struct: Struct<F>;
  readonly length: number;
  readonly buffer: SharedArrayBuffer;
  /** First byte, a multiple of 64. */
  readonly offset: number;
}

/** Bytes of one element. */
export function cacheAlignedStride(struct: Pick<Struct, 'size'>): number {
  return Math.ceil(struct.size / CACHE_LINE_BYTES) * CACHE_LINE_BYTES;
}

/**
 * @throws MemoryError MEMORY_OPTION_INVALID for an array that is not aligned or does not fit the
 * buffer.
 */
export function createCacheAlignedArray<F extends Record<string, Field>>(
  layout: CacheAlignedArrayLayout<F>,
): CacheAlignedArray<F> {
  const { struct, length, buffer, offset } = layout;
  const strideBytes = cacheAlignedStride(struct);
  const fits = Number.isSafeInteger(length) && length >= 0 && Number.isSafeInteger(offset)
    && offset >= 0 && offset + length * strideBytes <= buffer.byteLength;
  if (!fits || offset % CACHE_LINE_BYTES !== 0) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `${length} elements of ${strideBytes} bytes at ${offset} of a buffer of `
      + `${buffer.byteLength}; the offset must be a multiple of ${CACHE_LINE_BYTES}`);
  }
  const view = new DataView(buffer);
  const start = (index: number): number => {
    assert.ok(index >= 0 && index < length, 'an element is inside its array');
    return offset + index * strideBytes;
  };
  return Object.freeze({
    length, strideBytes,
    word: (index: number): number => start(index) / 4,
    get: (index: number): ElementOf<F> => readStruct(view, start(index), struct),
    set(index: number, value: Partial<ElementOf<F>>): void {
      writeStruct(view, start(index), struct, value);
    },
  });
}

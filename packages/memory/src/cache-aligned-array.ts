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
import type { Field, FieldKind, Struct } from '@ganglion/runtime/layout';
import { MemoryError } from './errors.js';

/** Bytes of a cache line. */
export const CACHE_LINE_BYTES = 64;

type ValueOfKind<K> = K extends 'i64' | 'u64' ? bigint : number;
type ValueOf<F> = F extends readonly [infer K, number] ? readonly ValueOfKind<K>[] : ValueOfKind<F>;

/** The plain value of an element. */
export type ElementOf<F extends Record<string, Field>> = { readonly [P in keyof F]: ValueOf<F[P]> };

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

interface Accessor {
  readonly bytes: number;
  get(view: DataView, at: number): number | bigint;
  set(view: DataView, at: number, value: number | bigint): void;
}

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const ACCESSORS: Readonly<Record<FieldKind, Accessor>> = Object.freeze({
  u8: number(1, (v, at) => v.getUint8(at), (v, at, x) => v.setUint8(at, x)),
  i32: number(4, (v, at) => v.getInt32(at, LITTLE), (v, at, x) => v.setInt32(at, x, LITTLE)),
  u32: number(4, (v, at) => v.getUint32(at, LITTLE), (v, at, x) => v.setUint32(at, x, LITTLE)),
  f32: number(4, (v, at) => v.getFloat32(at, LITTLE), (v, at, x) => v.setFloat32(at, x, LITTLE)),
  f64: number(8, (v, at) => v.getFloat64(at, LITTLE), (v, at, x) => v.setFloat64(at, x, LITTLE)),
  i64: {
    bytes: 8,
    get: (view, at) => view.getBigInt64(at, LITTLE),
    set: (view, at, value) => view.setBigInt64(at, BigInt(value), LITTLE),
  },
  u64: {
    bytes: 8,
    get: (view, at) => view.getBigUint64(at, LITTLE),
    set: (view, at, value) => view.setBigUint64(at, BigInt(value), LITTLE),
  },
});

function number(
  bytes: number,
  get: (view: DataView, at: number) => number,
  set: (view: DataView, at: number, value: number) => void,
): Accessor {
  return { bytes, get, set: (view, at, value) => set(view, at, Number(value)) };
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
    get(index: number): ElementOf<F> {
      const at = start(index);
      const element: Record<string, unknown> = {};
      for (const name of Object.keys(struct.fields)) {
        element[name] = readField(view, at + struct.offset[name], struct.fields[name]);
      }
      return element as ElementOf<F>;
    },
    set(index: number, value: Partial<ElementOf<F>>): void {
      const at = start(index);
      for (const name of Object.keys(value)) {
        assert.ok(Object.hasOwn(struct.fields, name), `${name} is a field of the struct`);
        writeField(view, at + struct.offset[name], struct.fields[name], value[name]);
      }
    },
  });
}

function readField(view: DataView, at: number, field: Field): unknown {
  if (typeof field === 'string') return ACCESSORS[field].get(view, at);
  const { bytes, get } = ACCESSORS[field[0]];
  return Array.from({ length: field[1] }, (_, index) => get(view, at + index * bytes));
}

function writeField(view: DataView, at: number, field: Field, value: unknown): void {
  if (typeof field === 'string') {
    ACCESSORS[field].set(view, at, value as number | bigint); // typed by ElementOf
    return;
  }
  const { bytes, set } = ACCESSORS[field[0]];
  const values = value as readonly (number | bigint)[]; // typed by ElementOf
  assert.equal(values.length, field[1], 'an array field is written whole');
  for (const [index, one] of values.entries()) set(view, at + index * bytes, one);
}

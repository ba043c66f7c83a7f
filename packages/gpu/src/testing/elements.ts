import { strict as assert } from 'node:assert';
import type { DType } from '../contract.js';

/** Numbers of each dtype as the memory of a backend holds them, little-endian. */

/** Numbers as they are read: i32 as such, all else as f32, which holds them exactly. */
export type Elements = Float32Array | Int32Array;

/** @param elements numbers that the dtype has. */
export function encode(dtype: DType, elements: ArrayLike<number>): Uint8Array {
  const numbers = Array.from(elements);
  switch (dtype) {
    case 'f32':
      return bytesOf(Float32Array.from(numbers));
    case 'i32':
      return bytesOf(Int32Array.from(numbers));
    case 'u8':
    case 'bool':
      return Uint8Array.from(numbers);
    case 'bf16':
    case 'f16':
      return bytesOf(Uint16Array.from(numbers, (x) => halfOf(dtype, x)));
  }
}

/** @param bytes of whole elements. */
export function decode(dtype: DType, bytes: Uint8Array): Elements {
  const { buffer } = bytes.slice();
  switch (dtype) {
    case 'f32':
      return new Float32Array(buffer);
    case 'i32':
      return new Int32Array(buffer);
    case 'u8':
    case 'bool':
      return Float32Array.from(new Uint8Array(buffer));
    case 'bf16':
    case 'f16':
      return Float32Array.from(new Uint16Array(buffer), (half) => numberOf(dtype, half));
  }
}

function bytesOf({ buffer }: Float32Array | Int32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer);
}

/** IEEE 754's binary16, or bfloat16: sign, exponent, fraction. */
function numberOf(dtype: 'bf16' | 'f16', half: number): number {
  const digits = dtype === 'f16' ? 10 : 7;
  const bias = dtype === 'f16' ? 15 : 127;
  const sign = half < 0x8000 ? 1 : -1;
  const fraction = half % 2 ** digits;
  const exponent = Math.floor((half % 0x8000) / 2 ** digits);
  if (exponent === 2 * bias + 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - digits);
  return sign * (2 ** digits + fraction) * 2 ** (exponent - bias - digits);
}

const halves = new Map<DType, ReadonlyMap<number, number>>();

function halfOf(dtype: 'bf16' | 'f16', x: number): number {
  let bits = halves.get(dtype);
  if (bits === undefined) {
    bits = new Map(Array.from({ length: 0x10000 }, (_, half) => [numberOf(dtype, half), half]));
    halves.set(dtype, bits);
  }
  if (Object.is(x, 0)) return 0;
  const half = bits.get(x);
  assert.ok(half !== undefined, `${x} is no ${dtype}`);
  return half;
}

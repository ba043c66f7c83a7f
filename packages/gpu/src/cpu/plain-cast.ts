import type { DType } from '../contract.js';

/** Casts in plain TypeScript: between f32 and each other dtype, with the contract's roundings. */

/** Numbers as memory holds them: the bits of bf16 and f16, else the numbers. */
export type Held = Float32Array | Int32Array | Uint16Array | Uint8Array;

const LEAST_NORMAL_F16 = 2 ** -14;
const LEAST_F16 = 2 ** -24;
/** From here on the nearest f16 is infinite. */
const BEYOND_F16 = 65_520;

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

function bitsOf(x: number): number {
  scratch[0] = x;
  return scratchBits[0] as number; // one element, always there
}

function fromBits(bits: number): number {
  scratchBits[0] = bits;
  return scratch[0] as number; // one element, always there
}

/** The bits of the bf16 nearest to x. */
export function toBf16(x: number): number {
  const bits = bitsOf(x);
  if (Number.isNaN(x)) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

export function fromBf16(bits: number): number {
  return fromBits(bits << 16);
}

function toF16(x: number): number {
  const sign = (bitsOf(x) >>> 16) & 0x8000;
  if (Number.isNaN(x)) return sign | 0x7e00;
  const size = Math.abs(x);
  if (size >= BEYOND_F16) return sign | 0x7c00;
  // The sum's last bit is worth 2^-24, as the last of a subnormal f16 is.
  if (size < LEAST_NORMAL_F16) return sign | (bitsOf(Math.fround(size) + 0.5) - bitsOf(0.5));
  const bits = bitsOf(size);
  return sign | ((bits - (112 << 23) + 0xfff + ((bits >>> 13) & 1)) >>> 13);
}

function fromF16(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  const size = half & 0x7fff;
  if (size < 0x400) return sign * size * LEAST_F16;
  if (size >= 0x7c00) return size > 0x7c00 ? Number.NaN : sign * Infinity;
  return sign * fromBits((size << 13) + (112 << 23));
}

function toWhole(x: number, least: number, most: number): number {
  return Number.isNaN(x) ? 0 : Math.trunc(Math.min(Math.max(x, least), most));
}

type Conversion = (x: number) => number;

const FROM_F32: Readonly<Record<Exclude<DType, 'f32'>, Conversion>> = Object.freeze({
  bf16: toBf16,
  f16: toF16,
  i32: (x: number) => toWhole(x, -(2 ** 31), 2 ** 31 - 1),
  u8: (x: number) => toWhole(x, 0, 255),
  bool: (x: number) => (x === 0 ? 0 : 1),
});

const TO_F32: Readonly<Record<Exclude<DType, 'f32'>, Conversion>> = Object.freeze({
  bf16: fromBf16,
  f16: fromF16,
  i32: Math.fround,
  u8: Number,
  bool: FROM_F32.bool,
});

/** The conversion of a valid cast: one of the two is f32. */
export function conversionOf(from: DType, to: DType): Conversion {
  if (to !== 'f32') return FROM_F32[to];
  return from === 'f32' ? Number : TO_F32[from];
}

export function castElements(a: Held, out: Held, count: number, conversion: Conversion): void {
  for (let i = 0; i < count; i += 1) out[i] = conversion(a[i] as number); // in range: validated
}

import type { DType, Op, Program } from '../../contract.js';
import type { Read } from './values.js';
import { dtypeOf } from './values.js';

/** Casts by what the contract says of numbers, without their bits. */

interface Format {
  /** Binary digits of a normal number. */
  readonly digits: number;
  readonly leastExponent: number;
  readonly mostExponent: number;
}

const FORMATS: Readonly<Record<'bf16' | 'f16', Format>> = {
  bf16: { digits: 8, leastExponent: -126, mostExponent: 127 },
  f16: { digits: 11, leastExponent: -14, mostExponent: 15 },
};

export function cast(program: Program, op: Op & { kind: 'cast' }, read: Read): Float64Array {
  const to = dtypeOf(program, op.out);
  const from = dtypeOf(program, op.a);
  return read(op.a).map((x) => converted(from, to, x));
}

function converted(from: DType, to: DType, x: number): number {
  if (from === 'bool') return x === 0 ? 0 : 1;
  switch (to) {
    case 'f32':
      return x;
    case 'bf16':
    case 'f16':
      return nearest(FORMATS[to], x);
    case 'i32':
      return whole(x, -2_147_483_648, 2_147_483_647);
    case 'u8':
      return whole(x, 0, 255);
    case 'bool':
      return x === 0 ? 0 : 1;
  }
}

function whole(x: number, least: number, most: number): number {
  if (Number.isNaN(x)) return 0;
  if (x <= least) return least;
  return x >= most ? most : (x < 0 ? Math.ceil(x) : Math.floor(x)) + 0;
}

/** Of two that are as near, the one with an even last digit. */
function nearest({ digits, leastExponent, mostExponent }: Format, x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  let exponent = leastExponent;
  while (Math.abs(x) >= 2 ** (exponent + 1) && exponent < mostExponent) exponent += 1;
  const unit = 2 ** (exponent - digits + 1);
  const count = Math.abs(x) / unit;
  const below = Math.floor(count);
  const apart = count - below;
  const up = apart > 0.5 || (apart === 0.5 && below % 2 === 1);
  const size = (up ? below + 1 : below) * unit;
  return Math.sign(x) * (size >= 2 ** (mostExponent + 1) ? Infinity : size);
}

import { logF32 } from './elementary.js';
import { GpuError } from './errors.js';

/**
 * Random numbers as a pure function of a seed and coordinates (NUMERICS-N5): Philox 4x32-10
 * (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Who
 * computes a number, and in which order, does not show in it. Absent coordinates are 0.
 */

/** Coordinates that one number may have, such as layer, parameter, element. */
export const MAX_COORDINATES = 4;

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

type Words4 = readonly [number, number, number, number];

/** One block of Philox: four 32-bit words of a counter of four and a key of two. */
export function philox4x32(counter: Words4, key: readonly [number, number]): Words4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round += 1) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** Upper 32 bits of the product of two 32-bit words taken as unsigned. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)) | 0;
}

/** One number of [0, 2^32) for a seed and up to four coordinates. */
export function counterRandom(seed: number, ...coordinates: readonly number[]): number {
  return block(seed, coordinates)[0];
}

/** In [0, 1), a multiple of 2^-24, hence exact in f32. */
export function counterUniform(seed: number, ...coordinates: readonly number[]): number {
  return (counterRandom(seed, ...coordinates) >>> 8) * 2 ** -24;
}

/**
 * Normal with mean 0 and variance 1, an f32, by Marsaglia's polar method (SIAM Review 6, 1964): it
 * needs no function that ECMAScript leaves to the implementation. The last coordinate counts the
 * attempts, 1.27 on average, so there are at most three others.
 */
export function counterNormal(seed: number, ...coordinates: readonly number[]): number {
  checkCount(coordinates, MAX_COORDINATES - 1);
  const [c0 = 0, c1 = 0, c2 = 0] = coordinates;
  for (let attempt = 0; ; attempt += 1) {
    const words = block(seed, [c0, c1, c2, attempt]);
    const x = (words[0] >>> 8) * 2 ** -23 - 1;
    const y = (words[1] >>> 8) * 2 ** -23 - 1;
    const s = Math.fround(x * x + y * y);
    if (s > 0 && s < 1) return Math.fround(x * Math.sqrt((-2 * logF32(s)) / s));
  }
}

function block(seed: number, coordinates: readonly number[]): Words4 {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new GpuError('GPU_OPTION_INVALID', `seed ${seed} is no integer from 0 to 2^53 − 1`);
  }
  checkCount(coordinates, MAX_COORDINATES);
  for (const at of coordinates) {
    if (Number.isInteger(at) && at >= 0 && at < 2 ** 32) continue;
    throw new GpuError('GPU_OPTION_INVALID', `coordinate ${at} is no integer below 2^32`);
  }
  const [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = coordinates;
  return philox4x32([c0, c1, c2, c3], [seed >>> 0, Math.floor(seed / 2 ** 32)]);
}

function checkCount({ length }: readonly number[], limit: number): void {
  if (length <= limit) return;
  throw new GpuError('GPU_OPTION_INVALID', `${length} coordinates, the limit is ${limit}`);
}

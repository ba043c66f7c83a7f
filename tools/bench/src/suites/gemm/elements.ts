/**
 * Inputs and the check of the gemm suite, the same as in peers/gemm_peer.h: inputs are pure
 * functions of their index, and CHECKS elements of the result are compared with a sum in f64,
 * relative to the sum of the terms' sizes.
 */

const CHECKS = 64;
/** A larger error against f64 is refused. */
export const ERROR_LIMIT = 1e-5;

/** 32 well-mixed bits of (seed, index). */
export function mix(seed: number, index: number): number {
  let h = Math.imul(index, 2_654_435_761) + Math.imul(seed, 2_246_822_519);
  h = Math.imul(h ^ (h >>> 15), 2_246_822_519);
  h = Math.imul(h ^ (h >>> 13), 3_266_489_917);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Fills with values in [-1, 1), multiples of 2^-23. */
export function fillElements(target: Float32Array, seed: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (mix(seed, i) >>> 8) / 8_388_608 - 1;
}

/** The sum of the sampled elements, and the largest error among them. */
export interface Verdict {
  readonly sum: number;
  readonly error: number;
}

export function verifyProduct(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  n: number,
): Verdict {
  let total = 0;
  let error = 0;
  for (let s = 0; s < CHECKS; s++) {
    const row = mix(3, s) % n;
    const column = mix(4, s) % n;
    let sum = 0;
    let size = 0;
    for (let k = 0; k < n; k++) {
      const term = (a[row * n + k] ?? Number.NaN) * (b[k * n + column] ?? Number.NaN);
      sum += term;
      size += Math.abs(term);
    }
    const got = c[row * n + column] ?? Number.NaN;
    const relative = Math.abs(got - sum) / size;
    if (!(relative <= error)) error = relative;
    total += got;
  }
  return { sum: total, error };
}

/** The check of the gemm suite, the same as in peers/gemm_peer.h. */
import { mix, unit } from '../../child/elements.js';

const CHECKS = 64;
/** A larger error against f64 is refused. */
export const ERROR_LIMIT = 1e-5;

/** Fills with values in [-1, 1), multiples of 2^-23, or for bf16, which holds them, of 2^-7. */
export function fillElements(target: Float32Array, seed: number, bf16 = false): void {
  for (let i = 0; i < target.length; i++) {
    target[i] = bf16 ? (mix(seed, i) >>> 24) / 128 - 1 : 2 * unit(seed, i) - 1;
  }
}

/** Sum of the sampled elements of c, and their largest error relative to the terms' sizes. */
export interface Verdict {
  readonly sum: number;
  readonly error: number;
}

/** Of c(m,n) = a(m,n) · b(n,n). */
export function verifyProduct(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  { m, n }: { readonly m: number; readonly n: number },
): Verdict {
  let total = 0;
  let error = 0;
  for (let s = 0; s < CHECKS; s++) {
    const row = mix(3, s) % m;
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

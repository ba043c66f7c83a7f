import { fromBf16 } from './plain-cast.js';
import type { Epilogue, Strided } from './plain-product.js';

/**
 * The product of bf16 factors in plain TypeScript, with the bits of every other backend: two bf16
 * numbers have an exact product in f32, so a chain rounds once a step without a fused
 * multiply-add; in f64 the sum of a product and an f32 lies too far from a tie of f32 for rounding
 * twice to show.
 */

const f = Math.fround;
const LEAST_NORMAL = 2 ** -126;

/** Numbers too small to be normal in f32 count as 0, with their sign. */
function flushed(x: number): number {
  return x < LEAST_NORMAL && x > -LEAST_NORMAL ? x * 0 : x;
}

/** A bf16 matrix of `count` elements as f32, in memory of its own. */
export function widened(count: number): (bits: Uint16Array) => Float32Array {
  const wide = new Float32Array(count);
  return (bits) => {
    for (let i = 0; i < count; i += 1) wide[i] = flushed(fromBf16(bits[i] as number));
    return wide;
  };
}

/** out(m,n) = epilogue(a(m,k) · b(k,n)), row-major without padding; factors are `widened`. */
export function bf16Product(
  a: Strided,
  b: Strided,
  out: Float32Array,
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
  { bias, relu }: Epilogue,
): void {
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < n; j += 1) {
      let sum = chain(a, b, i, j, k);
      if (bias !== undefined) sum = flushed(f(sum + flushed(bias[j] as number))); // validated
      out[i * n + j] = relu && sum < 0 ? 0 : sum;
    }
  }
}

function chain(a: Strided, b: Strided, i: number, j: number, k: number): number {
  const x = a.data;
  const y = b.data;
  let p = a.offset + i * a.row;
  let q = b.offset + j * b.column;
  let sum = 0;
  for (let step = 0; step < k; step += 2) {
    // In range: validated shapes. Where k is odd, the last has a partner of 0 · 0.
    const product = step + 1 < k
      ? (x[p + a.column] as number) * (y[q + b.row] as number)
      : 0;
    sum = flushed(f(sum + product));
    sum = flushed(f(sum + (x[p] as number) * (y[q] as number)));
    p += 2 * a.column;
    q += 2 * b.row;
  }
  return sum;
}


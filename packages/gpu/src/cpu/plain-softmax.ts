import { expF32, logF32 } from '../elementary.js';
import { laneSum } from './plain-rows.js';

/**
 * Reductions of rows and softmax in plain TypeScript, in the order of operations that the contract
 * states. Shapes were validated; `as number` stands where an index is in range.
 */

const f = Math.fround;

interface Size {
  readonly rows: number;
  readonly n: number;
}

function largestOf(a: Float32Array, at: number, n: number): number {
  let held = -Infinity;
  for (let i = at; i < at + n; i += 1) {
    const x = a[i] as number;
    if (x > held) held = x;
  }
  return held;
}

/** out(rows) of a(rows, n). */
export function reduceRows(
  a: Float32Array,
  out: Float32Array,
  { rows, n }: Size,
  how: 'sum' | 'max',
): void {
  for (let row = 0; row < rows; row += 1) {
    const at = row * n;
    out[row] = how === 'max' ? largestOf(a, at, n) : laneSum(n, (i) => a[at + i] as number);
  }
}

/** out(rows, n) of a(rows, n). */
export function softmaxRows(
  a: Float32Array,
  out: Float32Array,
  { rows, n }: Size,
  log: boolean,
): void {
  for (let row = 0; row < rows; row += 1) {
    const at = row * n;
    const largest = largestOf(a, at, n);
    for (let i = at; i < at + n; i += 1) out[i] = expF32(f((a[i] as number) - largest));
    const sum = laneSum(n, (i) => out[at + i] as number);
    const logSum = logF32(sum);
    for (let i = at; i < at + n; i += 1) {
      out[i] = log ? f((a[i] as number) - largest) - logSum : (out[i] as number) / sum;
    }
  }
}

/** out(rows, n) of gradient(rows, n) and what `softmaxRows` gave. */
export function softmaxGradientRows(
  { gradient, output }: { readonly gradient: Float32Array; readonly output: Float32Array },
  out: Float32Array,
  { rows, n }: Size,
  log: boolean,
): void {
  for (let row = 0; row < rows; row += 1) {
    const at = row * n;
    const g = (i: number): number => gradient[at + i] as number;
    const y = (i: number): number => output[at + i] as number;
    const sum = laneSum(n, (i) => (log ? g(i) : f(g(i) * y(i))));
    for (let i = 0; i < n; i += 1) {
      out[at + i] = log ? g(i) - f(expF32(y(i)) * sum) : f(g(i) - sum) * y(i);
    }
  }
}

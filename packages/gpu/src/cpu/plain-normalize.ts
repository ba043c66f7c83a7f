import { laneSum } from './plain-rows.js';

/**
 * Normalised rows in plain TypeScript, in the order of operations that the contract states. Shapes
 * were validated; `as number` stands where an index is in range.
 */

const f = Math.fround;

/** out(rows, n) and scale(rows) of a(rows, n). */
export function normalizeRows(
  a: Float32Array,
  out: Float32Array,
  scale: Float32Array,
  size: { readonly rows: number; readonly n: number },
  options: { readonly centered: boolean; readonly epsilon: number },
): void {
  const { rows, n } = size;
  const epsilon = f(options.epsilon);
  for (let row = 0; row < rows; row += 1) {
    const at = row * n;
    const mean = options.centered ? f(laneSum(n, (i) => a[at + i] as number) / n) : 0;
    for (let i = at; i < at + n; i += 1) {
      out[i] = options.centered ? (a[i] as number) - mean : (a[i] as number);
    }
    const squares = laneSum(n, (i) => f((out[at + i] as number) * (out[at + i] as number)));
    const factor = f(1 / f(Math.sqrt(f(f(squares / n) + epsilon))));
    for (let i = at; i < at + n; i += 1) out[i] = (out[i] as number) * factor;
    scale[row] = factor;
  }
}

/** What `normalizeGradientRows` reads; gradient and output (rows, n), scale (rows). */
export interface NormalizedRows {
  readonly gradient: Float32Array;
  readonly output: Float32Array;
  readonly scale: Float32Array;
}

/** out(rows, n) of what `normalizeRows` gave. */
export function normalizeGradientRows(
  { gradient, output, scale }: NormalizedRows,
  out: Float32Array,
  size: { readonly rows: number; readonly n: number },
  centered: boolean,
): void {
  const { rows, n } = size;
  for (let row = 0; row < rows; row += 1) {
    const at = row * n;
    const g = (i: number): number => gradient[at + i] as number;
    const y = (i: number): number => output[at + i] as number;
    const mean = centered ? f(laneSum(n, g) / n) : 0;
    const slope = f(laneSum(n, (i) => f(g(i) * y(i))) / n);
    const factor = scale[row] as number;
    for (let i = 0; i < n; i += 1) {
      const c = centered ? f(g(i) - mean) : g(i);
      out[at + i] = f(c - f(y(i) * slope)) * factor;
    }
  }
}

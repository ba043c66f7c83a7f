import { expF32, logF32 } from '../elementary.js';

/**
 * Operations over the rows of a matrix in plain TypeScript, with the 16-lane order of NUMERICS-N2
 * for every sum. Every function trusts shapes that were validated; `as number` stands where an
 * index is in range for that reason.
 */

const f = Math.fround;

/** Lanes of a sum: element i goes to lane i % LANES. */
export const LANES = 16;

/** Adds the upper half of the lanes to the lower until one is left; `stride` apart, from `at`. */
function foldLanes(lanes: Float32Array, at: number, stride: number): number {
  for (let width = LANES / 2; width >= 1; width /= 2) {
    for (let lane = 0; lane < width; lane += 1) {
      const low = at + lane * stride;
      lanes[low] = (lanes[low] as number) + (lanes[low + width * stride] as number);
    }
  }
  return lanes[at] as number;
}

const sumLanes = new Float32Array(LANES);

/** The sum of each(0) to each(n − 1), f32 numbers. */
export function laneSum(n: number, each: (i: number) => number): number {
  sumLanes.fill(0);
  for (let i = 0; i < n; i += 1) {
    sumLanes[i % LANES] = (sumLanes[i % LANES] as number) + each(i);
  }
  return foldLanes(sumLanes, 0, 1);
}

/**
 * out[outOffset + j] = sum over rows [from, to) of a(rows, n). `lanes` is scratch of LANES · n.
 */
export function columnSums(
  a: Float32Array,
  rows: { readonly from: number; readonly to: number },
  n: number,
  out: Float32Array,
  outOffset: number,
  lanes: Float32Array,
): void {
  lanes.fill(0, 0, LANES * n);
  for (let row = rows.from; row < rows.to; row += 1) {
    const lane = ((row - rows.from) % LANES) * n;
    const at = row * n;
    for (let j = 0; j < n; j += 1) {
      lanes[lane + j] = (lanes[lane + j] as number) + (a[at + j] as number);
    }
  }
  for (let j = 0; j < n; j += 1) out[outOffset + j] = foldLanes(lanes, j, n);
}

/** What `crossEntropyRows` reads and writes; logits and gradient (m,n), labels and losses (m). */
export interface CrossEntropyRows {
  readonly logits: Float32Array;
  readonly labels: Int32Array;
  readonly losses: Float32Array;
  readonly gradient: Float32Array;
  readonly m: number;
  readonly n: number;
  readonly scale: number;
}

/** Index of the first label outside [0, n), or −1. */
export function badLabel(labels: Int32Array, m: number, n: number): number {
  for (let i = 0; i < m; i += 1) {
    const label = labels[i] as number;
    if (label < 0 || label >= n) return i;
  }
  return -1;
}

/** `lanes` is scratch of LANES elements. */
export function crossEntropyRows(rows: CrossEntropyRows, lanes: Float32Array): void {
  const { logits, labels, losses, gradient, m, n } = rows;
  const scale = f(rows.scale);
  for (let i = 0; i < m; i += 1) {
    const at = i * n;
    let largest = logits[at] as number;
    for (let j = 1; j < n; j += 1) {
      const x = logits[at + j] as number;
      if (x > largest) largest = x;
    }
    lanes.fill(0, 0, LANES);
    for (let j = 0; j < n; j += 1) {
      const e = expF32(f((logits[at + j] as number) - largest));
      gradient[at + j] = e;
      lanes[j % LANES] = (lanes[j % LANES] as number) + e;
    }
    const sum = foldLanes(lanes, 0, 1);
    const label = labels[i] as number;
    for (let j = 0; j < n; j += 1) {
      const share = f((gradient[at + j] as number) / sum);
      gradient[at + j] = f(share - (j === label ? 1 : 0)) * scale;
    }
    losses[i] = logF32(sum) - f((logits[at + label] as number) - largest);
  }
}

/** out(m) = index of the first largest element of each row of a(m,n). */
export function argmaxRows(a: Float32Array, out: Int32Array, m: number, n: number): void {
  for (let i = 0; i < m; i += 1) {
    let best = 0;
    for (let j = 1; j < n; j += 1) {
      if ((a[i * n + j] as number) > (a[i * n + best] as number)) best = j;
    }
    out[i] = best;
  }
}

/** out(rows, n) = the rows of table that `indices` name. */
export function gatherRows(
  table: Float32Array,
  indices: Int32Array,
  out: Float32Array,
  size: { readonly rows: number; readonly n: number },
): void {
  const { rows, n } = size;
  for (let row = 0; row < rows; row += 1) {
    const from = (indices[row] as number) * n;
    out.set(table.subarray(from, from + n), row * n);
  }
}

/** out[at …](V, n) = rows [from, to) of gradient, each added to the row that its index names. */
export function scatterRows(
  gradient: Float32Array,
  indices: Int32Array,
  out: Float32Array,
  at: number,
  rows: { readonly from: number; readonly to: number; readonly n: number },
): void {
  const { from, to, n } = rows;
  for (let row = from; row < to; row += 1) {
    const target = at + (indices[row] as number) * n;
    for (let j = 0; j < n; j += 1) {
      out[target + j] = (out[target + j] as number) + (gradient[row * n + j] as number);
    }
  }
}

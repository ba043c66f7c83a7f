import { matrixOf, product } from './plain-product.js';

/** Products per shard in plain TypeScript, and their sum in the order of the reduction tree. */

/** a(rows,m) and b(rows,n), cut at `edges`. */
export interface ShardFactors {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly edges: readonly number[];
  readonly m: number;
  readonly n: number;
}

/** out[outOffset …](m,n) = a(rows of the shard, m)ᵀ · b(rows of the shard, n). */
export function shardProduct(
  { a, b, edges, m, n }: ShardFactors,
  shard: number,
  out: Float32Array,
  outOffset: number,
): void {
  const from = edges[shard] ?? 0;
  const to = edges[shard + 1] ?? 0;
  const left = matrixOf(a, from * m, m, true);
  const right = matrixOf(b, from * n, n, false);
  product(left, right, out, outOffset, { m, n, k: to - from });
}

/** Room for the sums of subtrees that wait for their right neighbours. */
export function sumEntries(shards: number, count: number): readonly Float32Array[] {
  return Array.from({ length: Math.log2(shards) }, () => new Float32Array(count));
}

/**
 * out(m,n) = the sum over the shards. Sums that wait are a stack, `out` at its bottom: the product
 * of shard s is made in entry popcount(s), which is then added to as many entries below as s has
 * trailing ones, each the left operand.
 */
export function shardSum(
  factors: ShardFactors,
  out: Float32Array,
  entries: readonly Float32Array[],
): void {
  const count = factors.m * factors.n;
  const stack = [out, ...entries];
  for (let shard = 0; shard < factors.edges.length - 1; shard += 1) {
    let at = bitCount(shard);
    shardProduct(factors, shard, stack[at] as Float32Array, 0); // popcount(s) ≤ log2(shards)
    for (let left = shard; left % 2 === 1; left = (left - 1) / 2, at -= 1) {
      addTo(stack[at - 1] as Float32Array, stack[at] as Float32Array, count); // as above
    }
  }
}

function addTo(sum: Float32Array, x: Float32Array, count: number): void {
  for (let i = 0; i < count; i += 1) {
    sum[i] = (sum[i] as number) + (x[i] as number); // in range: validated shapes
  }
}

function bitCount(x: number): number {
  let bits = 0;
  for (let left = x; left > 0; left = Math.floor(left / 2)) bits += left % 2;
  return bits;
}

/** The loss of a batch, summed as gradients are: per shard, then by the tree (NUMERICS-N4). */

const LANES = 16;

/** Mean of `losses`; `edges` are the shards' row numbers, a power of two of shards. */
export function meanLoss(losses: Float32Array, edges: readonly number[]): number {
  let sums = edges.slice(1).map((end, shard) => laneSum(losses, edges[shard] ?? 0, end));
  while (sums.length > 1) {
    const level: number[] = [];
    for (let left = 0; left < sums.length; left += 2) {
      level.push(Math.fround((sums[left] ?? 0) + (sums[left + 1] ?? 0)));
    }
    sums = level;
  }
  return Math.fround((sums[0] ?? 0) / losses.length);
}

/** NUMERICS-N2: sixteen lanes, then their tree. */
function laneSum(values: Float32Array, first: number, end: number): number {
  const lanes = new Float32Array(LANES);
  for (let at = first; at < end; at += 1) {
    const lane = (at - first) % LANES;
    lanes[lane] = (lanes[lane] ?? 0) + (values[at] ?? 0);
  }
  for (let width = LANES / 2; width >= 1; width /= 2) {
    for (let lane = 0; lane < width; lane += 1) {
      lanes[lane] = (lanes[lane] ?? 0) + (lanes[lane + width] ?? 0);
    }
  }
  return lanes[0] ?? 0;
}

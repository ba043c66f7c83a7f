import { GpuError } from './errors.js';

/**
 * The one order in which shard gradients are added (NUMERICS-N4): a complete binary tree over shard
 * indices. Pure functions; nothing here knows a tensor.
 *
 * TREE-1: the root's expression depends on the number of shards alone, never on who owns which.
 * TREE-2: a worker delivers the sums of the largest subtrees that its shards fill (a leaf where a
 *   shard fills none with its neighbour).
 */

/** Shards that one batch may be cut into. */
export const MAX_SHARDS = 1_024;

/** The sum over shards [first, first + count): count is a power of two that divides first. */
export interface TreeNode {
  readonly first: number;
  readonly count: number;
}

/** One addition, left + right = sum; the operands are adjacent and equally large. */
export interface TreeAddition {
  readonly left: TreeNode;
  readonly right: TreeNode;
  readonly sum: TreeNode;
}

/** Whether the sum over so many shards is a complete tree. */
export function isShardCount(shards: number): boolean {
  return isPowerOfTwo(shards) && shards <= MAX_SHARDS;
}

/** @throws GpuError GPU_OPTION_INVALID unless `shards` is a power of two up to MAX_SHARDS. */
export function checkShards(shards: number): void {
  if (isShardCount(shards)) return;
  throw new GpuError(
    'GPU_OPTION_INVALID',
    `shards ${shards} is no power of two from 1 to ${MAX_SHARDS}`,
  );
}

/**
 * Row numbers e₀ = 0 … e_S = rows: sample i belongs to shard floor(i·S/rows), so shards may be
 * uneven, and empty where there are fewer rows than shards.
 */
export function shardEdges(rows: number, shards: number): readonly number[] {
  checkShards(shards);
  if (!Number.isSafeInteger(rows) || rows < 0) {
    throw new GpuError('GPU_OPTION_INVALID', `rows ${rows} is no integer from 0`);
  }
  return Array.from({ length: shards + 1 }, (_, shard) => Math.ceil((shard * rows) / shards));
}

/** Shards [first, end) of a worker; workers beyond the number of shards own none. */
export function shardsOfWorker(options: {
  readonly shards: number;
  readonly workers: number;
  readonly worker: number;
}): { readonly first: number; readonly end: number } {
  const { shards, workers, worker } = options;
  checkShards(shards);
  if (!Number.isSafeInteger(workers) || workers < 1) {
    throw new GpuError('GPU_OPTION_INVALID', `workers ${workers} is no integer from 1`);
  }
  if (!Number.isSafeInteger(worker) || worker < 0 || worker >= workers) {
    throw new GpuError('GPU_OPTION_INVALID', `worker ${worker} is outside [0, ${workers})`);
  }
  const busy = Math.min(workers, shards);
  if (worker >= busy) return { first: shards, end: shards };
  return {
    first: Math.floor((worker * shards) / busy),
    end: Math.floor(((worker + 1) * shards) / busy),
  };
}

/** TREE-2: the largest subtrees that fill [first, end), ascending. */
export function subtreesOf(first: number, end: number): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  let at = first;
  while (at < end) {
    let count = 1;
    while (at % (2 * count) === 0 && at + 2 * count <= end) count *= 2;
    nodes.push({ first: at, count });
    at += count;
  }
  return nodes;
}

/** Additions that make `node` of its leaves, in an order in which operands come first. */
export function additionsWithin(node: TreeNode): readonly TreeAddition[] {
  return additionsFor(node, (inner) => inner.count === 1);
}

/**
 * Additions that are left to make the root of `delivered`, in an order in which operands come
 * first.
 * @throws GpuError GPU_OPTION_INVALID unless the delivered sums cover every shard exactly once.
 */
export function additionsToRoot(
  shards: number,
  delivered: readonly TreeNode[],
): readonly TreeAddition[] {
  checkShards(shards);
  checkCover(shards, delivered);
  const keys = new Set(delivered.map(nodeKey));
  return additionsFor({ first: 0, count: shards }, (node) => keys.has(nodeKey(node)));
}

/** Names a node in maps. */
export function nodeKey({ first, count }: TreeNode): string {
  return `${first}+${count}`;
}

function additionsFor(node: TreeNode, isThere: (node: TreeNode) => boolean): TreeAddition[] {
  if (isThere(node)) return [];
  const count = node.count / 2;
  const left = { first: node.first, count };
  const right = { first: node.first + count, count };
  return [
    ...additionsFor(left, isThere),
    ...additionsFor(right, isThere),
    { left, right, sum: node },
  ];
}

function checkCover(shards: number, delivered: readonly TreeNode[]): void {
  let at = 0;
  for (const { first, count } of delivered.toSorted((a, b) => a.first - b.first)) {
    if (first !== at || !isPowerOfTwo(count) || first % count !== 0) {
      throw new GpuError(
        'GPU_OPTION_INVALID',
        `sum over ${count} shards from ${first}: expected a subtree that begins at shard ${at}`,
      );
    }
    at += count;
  }
  if (at === shards) return;
  throw new GpuError('GPU_OPTION_INVALID', `sums cover ${at} shards of ${shards}`);
}

function isPowerOfTwo(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 1 && 2 ** Math.round(Math.log2(count)) === count;
}

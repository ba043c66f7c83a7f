import { describe, expect, it, test } from 'vitest';
import type { TreeAddition, TreeNode } from './reduction-tree.js';
import {
  additionsToRoot,
  additionsWithin,
  MAX_SHARDS,
  nodeKey,
  shardEdges,
  shardsOfWorker,
  subtreesOf,
} from './reduction-tree.js';

/** The expression that a list of additions builds for a node, as text over leaf numbers. */
function expressionOf(
  node: TreeNode,
  additions: readonly TreeAddition[],
  known: ReadonlyMap<string, string>,
): string {
  const expressions = new Map(known);
  const take = (part: TreeNode): string => {
    const found = expressions.get(nodeKey(part));
    if (found !== undefined) return found;
    if (part.count === 1 && known.size === 0) return String(part.first);
    throw new Error(`${nodeKey(part)} is used before it is computed`);
  };
  for (const { left, right, sum } of additions) {
    expressions.set(nodeKey(sum), `(${take(left)} ${take(right)})`);
  }
  return expressions.get(nodeKey(node)) ?? take(node);
}

const WHOLE: Readonly<Record<number, string>> = {
  1: '0',
  2: '(0 1)',
  4: '((0 1) (2 3))',
  8: '(((0 1) (2 3)) ((4 5) (6 7)))',
};

const cases = [1, 2, 4, 8, 16].flatMap((shards) =>
  Array.from({ length: shards + 1 }, (_, workers) => ({ shards, workers: workers + 1 })),
);

describe('NUMERICS-N4: the tree over shards does not depend on the workers', () => {
  it.each(cases)('$shards shards, $workers workers', ({ shards, workers }) => {
    const ranges = Array.from({ length: workers }, (_, worker) =>
      shardsOfWorker({ shards, workers, worker }),
    );
    const owned = ranges.flatMap(({ first, end }) =>
      Array.from({ length: end - first }, (_, index) => first + index),
    );
    expect(owned).toEqual(Array.from({ length: shards }, (_, shard) => shard));
    const delivered = ranges.flatMap(({ first, end }) => subtreesOf(first, end));
    const sums = new Map(
      delivered.map((node) => [
        nodeKey(node),
        expressionOf(node, additionsWithin(node), new Map()),
      ]),
    );
    const root = { first: 0, count: shards };
    const found = expressionOf(root, additionsToRoot(shards, delivered), sums);
    expect(found).toBe(expressionOf(root, additionsWithin(root), new Map()));
  });
});

test.each(Object.entries(WHOLE))('NUMERICS-N4: the tree over %s shards is %s', (count, text) => {
  const root = { first: 0, count: Number(count) };
  expect(expressionOf(root, additionsWithin(root), new Map())).toBe(text);
});

test('NUMERICS-N4: subtrees are the largest that a range fills', () => {
  expect(subtreesOf(0, 4)).toEqual([{ first: 0, count: 4 }]);
  expect(subtreesOf(5, 8)).toEqual([{ first: 5, count: 1 }, { first: 6, count: 2 }]);
  expect(subtreesOf(2, 5)).toEqual([{ first: 2, count: 2 }, { first: 4, count: 1 }]);
  expect(subtreesOf(1, 7)).toEqual([
    { first: 1, count: 1 },
    { first: 2, count: 2 },
    { first: 4, count: 2 },
    { first: 6, count: 1 },
  ]);
  expect(subtreesOf(3, 3)).toEqual([]);
});

test('NUMERICS-N4: two workers of four shards leave one addition', () => {
  const halves = [{ first: 0, count: 2 }, { first: 2, count: 2 }] as const;
  expect(additionsToRoot(4, halves)).toEqual([
    { left: halves[0], right: halves[1], sum: { first: 0, count: 4 } },
  ]);
  expect(additionsToRoot(4, [{ first: 0, count: 4 }])).toEqual([]);
});

test('workers beyond the shards own nothing', () => {
  expect(shardsOfWorker({ shards: 2, workers: 5, worker: 1 })).toEqual({ first: 1, end: 2 });
  expect(shardsOfWorker({ shards: 2, workers: 5, worker: 4 })).toEqual({ first: 2, end: 2 });
});

test('NUMERICS-N3: sample i belongs to shard floor(i · S / rows)', () => {
  for (const shards of [1, 2, 4, 8, 16]) {
    for (const rows of [0, 1, 3, 4, 7, 16, 127, 128]) {
      const edges = shardEdges(rows, shards);
      expect(edges).toHaveLength(shards + 1);
      expect([edges[0], edges[shards]]).toEqual([0, rows]);
      const found = Array.from({ length: rows }, (_, row) =>
        edges.findIndex((edge, shard) => edge <= row && row < (edges[shard + 1] ?? 0)),
      );
      expect(found).toEqual(
        Array.from({ length: rows }, (_, row) => Math.floor((row * shards) / rows)),
      );
    }
  }
});

test.each([
  [() => shardEdges(4, 3), 'shards 3 is no power of two from 1 to 1024'],
  [() => shardEdges(4, 2 * MAX_SHARDS), 'shards 2048 is no power of two from 1 to 1024'],
  [() => shardEdges(-1, 2), 'rows -1 is no integer from 0'],
  [() => shardsOfWorker({ shards: 4, workers: 0, worker: 0 }), 'workers 0 is no integer from 1'],
  [() => shardsOfWorker({ shards: 4, workers: 2, worker: 2 }), 'worker 2 is outside [0, 2)'],
  [() => additionsToRoot(4, [{ first: 0, count: 2 }]), 'sums cover 2 shards of 4'],
  [
    () => additionsToRoot(4, [{ first: 0, count: 2 }, { first: 1, count: 2 }]),
    'sum over 2 shards from 1: expected a subtree that begins at shard 2',
  ],
  [
    () => additionsToRoot(4, [{ first: 0, count: 1 }, { first: 1, count: 2 }]),
    'sum over 2 shards from 1: expected a subtree that begins at shard 1',
  ],
  [
    () => additionsToRoot(2, [{ first: 0, count: 2 }, { first: 2, count: 2 }]),
    'sums cover 4 shards of 2',
  ],
])('%# is refused in one sentence', (run, message) => {
  expect(run).toThrow(expect.objectContaining({ code: 'GPU_OPTION_INVALID', message }));
});

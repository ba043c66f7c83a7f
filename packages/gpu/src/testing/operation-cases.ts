import type { Op, Program } from '../contract.js';
import { isShardCount } from '../reduction-tree.js';
import { numberCases } from './number-cases.js';
import { mapCases } from './map-cases.js';
import { addOp, input, output, single, value } from './operations.js';
import { transformerCases } from './transformer-cases.js';
import { viewCases } from './view-cases.js';

/** Every operation over sizes with 0, 1, odd ones and larger ones, as data. */

/**
 * Whole numbers make every sum exact, so that any order gives the oracle's bits. Wide ones are of
 * all sizes, the first few of them special.
 */
export type Filling = 'whole' | 'real' | 'wide';

export interface OperationCase {
  readonly name: string;
  readonly program: Program;
  readonly filling: Filling;
  /**
   * Largest |found − oracle| ≤ tolerance · (1 + |oracle|); 0 means the same bits as the oracle's
   * value rounded to f32.
   */
  readonly tolerance: number;
}

const EXACT = { filling: 'whole', tolerance: 0 } as const;

const PRODUCT_SIZES = [
  [0, 3, 2], [3, 0, 2], [3, 2, 0], [1, 1, 1], [1, 5, 3], [2, 4, 1], [3, 10, 7], [5, 3, 17],
  [7, 9, 16], [16, 16, 16], [17, 15, 33], [31, 33, 5], [6, 16, 129], [64, 48, 40], [13, 128, 784],
] as const;

const BATCH_SIZES = [
  [[2], 3, 4, 5], [[0], 2, 2, 2], [[3, 2], 1, 17, 9], [[2], 0, 3, 2], [[2], 3, 2, 0], [[], 5, 3, 4],
  [[2, 1, 3], 7, 8, 33],
] as const;

function batchMatmulCases(): OperationCase[] {
  return BATCH_SIZES.flatMap(([leading, m, n, k]) => {
    const transposes = [[false, false], [true, false], [false, true], [true, true]] as const;
    return transposes.map(([transposeA, transposeB]): OperationCase => ({
      name: `batchMatmul (${leading.join(', ')}) of (${m}, ${k}, ${n})` +
        `${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`,
      program: single(
        { kind: 'batchMatmul', a: 0, b: 1, out: 2, transposeA, transposeB },
        input(...leading, ...(transposeA ? [k, m] : [m, k])),
        input(...leading, ...(transposeB ? [n, k] : [k, n])),
        output(...leading, m, n),
      ),
      ...EXACT,
    }));
  });
}

function matmulCases(): OperationCase[] {
  return PRODUCT_SIZES.flatMap(([m, n, k], index) => {
    const transposes = [[false, false], [true, false], [false, true], [true, true]] as const;
    return transposes.map(([transposeA, transposeB]): OperationCase => {
      const a = transposeA ? input(k, m) : input(m, k);
      const b = transposeB ? input(n, k) : input(k, n);
      const withBias = index % 2 === 0;
      const activation = index % 3 === 0 ? 'relu' : 'none';
      const op: Op = { kind: 'matmul', a: 0, b: 1, out: 2, transposeA, transposeB, activation };
      const letters = `${transposeA ? 'ᵀ' : ''}·${transposeB ? 'ᵀ' : ''}`;
      const extras = `${withBias ? ' bias' : ''}${activation === 'relu' ? ' relu' : ''}`;
      return {
        name: `matmul ${m}×${n}×${k} ${letters}${extras}`,
        program: withBias
          ? single({ ...op, bias: 3 }, a, b, output(m, n), input(n))
          : single(op, a, b, output(m, n)),
        filling: 'whole',
        tolerance: 0,
      };
    });
  });
}

/** Errors of a chain of k f32 additions of terms up to 1: far below k · 2^-22 for random terms. */
const ROW_AXES: readonly OperationCase[] = Object.freeze([
  {
    name: 'matmul of (2, 3, 5), rows over two axes',
    program: single(
      {
        kind: 'matmul', a: 0, b: 1, out: 2, bias: 3, transposeA: false, transposeB: true,
        activation: 'relu',
      },
      input(2, 3, 5), input(4, 5), output(2, 3, 4), input(4),
    ),
    ...EXACT,
  },
  ...batchMatmulCases(),
  {
    name: 'shardMatmul of (2, 3, 5) and (3, 2, 4)',
    program: single(
      { kind: 'shardMatmul', a: 0, b: 1, out: 2, edges: [0, 3, 6], sum: false },
      input(2, 3, 5), input(3, 2, 4), output(2, 5, 4),
    ),
    ...EXACT,
  },
  {
    name: 'shardColumnSum of (6, 2, 3), of (6)',
    program: {
      values: [input(6, 2, 3), output(2, 2, 3), input(6), output(2)],
      ops: [
        { kind: 'shardColumnSum', a: 0, out: 1, edges: [0, 4, 6] },
        { kind: 'shardColumnSum', a: 2, out: 3, edges: [0, 4, 6] },
      ],
    },
    ...EXACT,
  },
  {
    name: 'argmax of (2, 0, 3) and of (2, 3, 4)',
    program: {
      values: [
        input(2, 0, 3), value('output', [2, 0], 'i32'),
        input(2, 3, 4), value('output', [2, 3], 'i32'),
      ],
      ops: [{ kind: 'argmax', a: 0, out: 1 }, { kind: 'argmax', a: 2, out: 3 }],
    },
    ...EXACT,
  },
  {
    name: 'softmaxCrossEntropy of (2, 3, 5)',
    program: single(
      { kind: 'softmaxCrossEntropy', logits: 0, labels: 1, losses: 2, gradient: 3, scale: 0.5 },
      input(2, 3, 5), value('input', [2, 3], 'i32'), output(2, 3), output(2, 3, 5),
    ),
    filling: 'real',
    tolerance: 2 ** -20,
  },
] as const);

const REAL_PRODUCTS: readonly OperationCase[] = [
  [8, 8, 8], [17, 23, 31], [32, 10, 128], [32, 128, 784],
].map(([m = 0, n = 0, k = 0]) => ({
  name: `matmul of reals ${m}×${n}×${k}`,
  program: single(
    {
      kind: 'matmul', a: 0, b: 1, out: 2, transposeA: false, transposeB: false, activation: 'none',
    },
    input(m, k), input(k, n), output(m, n),
  ),
  filling: 'real',
  tolerance: k * 2 ** -22,
}));

const SHARDS: readonly (readonly number[])[] = [
  [0, 0], [0, 1], [0, 3], [0, 2, 5], [0, 0, 4, 4], [0, 16, 33, 40, 40], [0, 32, 64, 96, 128],
];

function shardCases(): OperationCase[] {
  return SHARDS.flatMap((edges) =>
    ([[1, 1], [5, 7], [33, 10], [0, 4], [17, 16]] as const).flatMap(([k, n]): OperationCase[] => {
      const rows = edges.at(-1) ?? 0;
      const shards = edges.length - 1;
      const exact = { filling: 'whole', tolerance: 0 } as const;
      const name = `edges ${edges.join(',')} of ${rows}×${k}, ${n} columns`;
      return [
        {
          name: `shardMatmul ${name}`,
          program: single(
            { kind: 'shardMatmul', a: 0, b: 1, out: 2, edges, sum: false },
            input(rows, k), input(rows, n), output(shards, k, n),
          ),
          ...exact,
        },
        ...(isShardCount(shards) ? [{
          name: `shardMatmul ${name} in sum`,
          program: single(
            { kind: 'shardMatmul', a: 0, b: 1, out: 2, edges, sum: true },
            input(rows, k), input(rows, n), output(k, n),
          ),
          ...exact,
        }] : []),
        {
          name: `shardColumnSum ${name}`,
          program: single(
            { kind: 'shardColumnSum', a: 0, out: 1, edges },
            input(rows, n), output(shards, n),
          ),
          ...exact,
        },
      ];
    }),
  );
}

const COUNTS = [0, 1, 7, 16, 17, 100, 1_025] as const;

function updateCases(): OperationCase[] {
  return COUNTS.flatMap((count): OperationCase[] => {
    return [
      {
        name: `sgd of ${count}`,
        program: single(
          {
            kind: 'sgd', parameter: 0, gradient: 1, velocity: 2, hyper: 3, nextParameter: 4,
            nextVelocity: 5,
          },
          input(count), input(count), input(count), input(4), output(count), output(count),
        ),
        filling: 'real',
        tolerance: 2 ** -21,
      },
      {
        name: `adamw of ${count}`,
        program: single(
          {
            kind: 'adamw', parameter: 0, gradient: 1, first: 2, second: 3, hyper: 4,
            nextParameter: 5, nextFirst: 6, nextSecond: 7,
          },
          input(count), input(count), input(count), input(count), input(8),
          output(count), output(count), output(count),
        ),
        filling: 'real',
        tolerance: 2 ** -19,
      },
    ];
  });
}

const ROWS = [[0, 3], [1, 1], [1, 10], [3, 7], [5, 16], [4, 17], [128, 10], [3, 1_000]] as const;

function rowCases(): OperationCase[] {
  return ROWS.flatMap(([m, n]): OperationCase[] => [
    {
      name: `argmax ${m}×${n}`,
      program: single(
        { kind: 'argmax', a: 0, out: 1 }, input(m, n), value('output', [m], 'i32'),
      ),
      filling: 'whole',
      tolerance: 0,
    },
    {
      name: `softmaxCrossEntropy ${m}×${n}`,
      program: single(
        { kind: 'softmaxCrossEntropy', logits: 0, labels: 1, losses: 2, gradient: 3, scale: 0.25 },
        input(m, n), value('input', [m], 'i32'), output(m), output(m, n),
      ),
      filling: 'real',
      tolerance: 2 ** -20,
    },
  ]);
}

/** A part of a larger value is read where it lies. */
const PART_CASE: OperationCase = {
  name: 'add of two parts of one value',
  program: {
    values: [
      input(3, 5),
      { ...input(5), part: { of: 0, offset: 0 } },
      { ...input(5), part: { of: 0, offset: 10 } },
      output(5),
    ],
    ops: [addOp(1, 2, 3)],
  },
  filling: 'whole',
  tolerance: 0,
};

export const operationCases: readonly OperationCase[] = Object.freeze([
  ...matmulCases(),
  ...REAL_PRODUCTS,
  ...ROW_AXES,
  ...shardCases(),
  ...updateCases(),
  ...rowCases(),
  ...mapCases,
  ...transformerCases,
  ...viewCases,
  PART_CASE,
  ...numberCases,
]);

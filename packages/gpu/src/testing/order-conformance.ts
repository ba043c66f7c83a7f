import { strict as assert } from 'node:assert';
import type { Expression, Op, Program, ValueSpec } from '../contract.js';
import { counterUniform } from '../counter-random.js';
import { element, expression } from '../expression.js';
import type { Elements } from './elements.js';
import { compare } from './operation-conformance.js';
import { reluOp } from './operations.js';
import type { BackendSubject, ConformanceCase } from './subject.js';
import { runOnce } from './subject.js';

/** Bits that the contract fixes: orders of sums, batch splits, signed zeros, what is not finite. */

type Case = ConformanceCase<BackendSubject>;

function reals(seed: number, length: number): number[] {
  return Array.from({ length }, (_, i) => Math.fround(2 * counterUniform(seed, i) - 1));
}

function matmul(m: number, n: number, k: number, activation: 'none' | 'relu' = 'none'): Program {
  return {
    values: [f32('input', m, k), f32('input', k, n), f32('output', m, n)],
    ops: [
      { kind: 'matmul', a: 0, b: 1, out: 2, transposeA: false, transposeB: false, activation },
    ],
  };
}

function f32(role: ValueSpec['role'], ...shape: readonly number[]): ValueSpec {
  return { role, shape, dtype: 'f32' };
}

function inputs(...elements: readonly ArrayLike<number>[]): Map<number, ArrayLike<number>> {
  return new Map(elements.map((values, id) => [id, values]));
}

function outputOf(outputs: ReadonlyMap<number, Elements>, id: number): Elements {
  const found = outputs.get(id);
  assert.ok(found !== undefined, `no output ${id}`);
  return found;
}

const batchSplit: Case = {
  name: 'NUMERICS-N1: a row of a product has the same bits alone and in any batch',
  run: ({ backend }) => {
    const [m, n, k] = [37, 29, 301];
    const [a, b] = [reals(1, m * k), reals(2, k * n)];
    const whole = outputOf(runOnce(backend, matmul(m, n, k), inputs(a, b)), 2);
    for (const [from, to] of [[0, 1], [1, 6], [6, 23], [23, 37]] as const) {
      const rows = a.slice(from * k, to * k);
      const part = outputOf(runOnce(backend, matmul(to - from, n, k), inputs(rows, b)), 2);
      compare(`rows ${from} to ${to}`, part, whole.slice(from * n, to * n), 0);
    }
  },
};

const shardSplit: Case = {
  name: 'NUMERICS-N3: a shard of a gradient has the same bits whatever its neighbours are',
  run: ({ backend }) => {
    const [rows, k, n] = [50, 19, 21];
    const [a, b] = [reals(3, rows * k), reals(4, rows * n)];
    const shards = (count: number, edges: readonly number[]): Program => ({
      values: [
        f32('input', count, k), f32('input', count, n), f32('output', edges.length - 1, k, n),
      ],
      ops: [{ kind: 'shardMatmul', a: 0, b: 1, out: 2, edges, sum: false }],
    });
    const edges = [0, 13, 13, 26, 50];
    const whole = outputOf(runOnce(backend, shards(rows, edges), inputs(a, b)), 2);
    edges.slice(1).forEach((to, shard) => {
      const from = edges[shard] ?? 0;
      const own = inputs(a.slice(from * k, to * k), b.slice(from * n, to * n));
      const alone = outputOf(runOnce(backend, shards(to - from, [0, to - from]), own), 2);
      compare(`shard ${shard}`, alone, whole.slice(shard * k * n, (shard + 1) * k * n), 0);
    });
  },
};

/** The order of NUMERICS-N2, written out. */
function laneSum(elements: readonly number[]): number {
  const lanes = Array.from({ length: 16 }, () => 0);
  elements.forEach((x, i) => {
    lanes[i % 16] = Math.fround((lanes[i % 16] ?? 0) + x);
  });
  for (const width of [8, 4, 2, 1]) {
    for (let i = 0; i < width; i += 1) {
      lanes[i] = Math.fround((lanes[i] ?? 0) + (lanes[i + width] ?? 0));
    }
  }
  return lanes[0] ?? 0;
}

const laneOrder: Case = {
  name: 'NUMERICS-N2: column sums have the 16-lane order within each shard',
  run: ({ backend }) => {
    const [rows, n] = [133, 9];
    const edges = [0, 5, 21, 21, 133];
    const a = reals(5, rows * n);
    const program: Program = {
      values: [f32('input', rows, n), f32('output', 4, n)],
      ops: [{ kind: 'shardColumnSum', a: 0, out: 1, edges }],
    };
    const found = outputOf(runOnce(backend, program, inputs(a)), 1);
    const expected = [0, 1, 2, 3].flatMap((shard) =>
      Array.from({ length: n }, (_, j) => {
        const from = edges[shard] ?? 0;
        const length = (edges[shard + 1] ?? 0) - from;
        return laneSum(Array.from({ length }, (_unused, i) => a[(from + i) * n + j] ?? 0));
      }),
    );
    compare('sums', found, expected, 0);
  },
};

const notFiniteProduct: Case = {
  name: 'KERNELS-K5: what is not finite reaches its own row of a product and no other',
  run: ({ backend }) => {
    const [m, n, k] = [5, 19, 20];
    const a = reals(6, m * k);
    const b = Array.from({ length: k * n }, () => 1);
    [a[k + 3], a[2 * k + 7], a[3 * k + 1]] = [Number.NaN, Infinity, -Infinity];
    const none = outputOf(runOnce(backend, matmul(m, n, k), inputs(a, b)), 2);
    const relu = outputOf(runOnce(backend, matmul(m, n, k, 'relu'), inputs(a, b)), 2);
    for (let j = 0; j < n; j += 1) {
      assert.ok(Number.isFinite(none[j]), `row 0, column ${j}`);
      assert.ok(Number.isFinite(none[4 * n + j]), `row 4, column ${j}`);
      assert.deepEqual([none[n + j], none[2 * n + j], none[3 * n + j]], [NaN, Infinity, -Infinity]);
      assert.deepEqual([relu[n + j], relu[2 * n + j], relu[3 * n + j]], [NaN, Infinity, 0]);
    }
    const zeros = Array.from({ length: k * n }, () => 0);
    const zeroTimes = outputOf(runOnce(backend, matmul(m, n, k), inputs(a, zeros)), 2);
    assert.deepEqual([zeroTimes[0], zeroTimes[2 * n]], [0, NaN], '∞ · 0 is NaN');
  },
};

const elementwiseSpecials: Case = {
  name: 'KERNELS-K5: relu keeps NaN and −0, its gradient flows only where the output is above 0',
  run: ({ backend }) => {
    const special = [NaN, -0, 0, -Infinity, Infinity, -1, 2, 1e-45];
    const count = 3 * special.length;
    const a = Array.from({ length: count }, (_, i) => special[i % special.length] ?? 0);
    const run = (op: Op, ...values: readonly (readonly number[])[]): Elements => {
      const out = f32('output', count);
      const program = { values: [...values.map(() => f32('input', count)), out], ops: [op] };
      return outputOf(runOnce(backend, program, inputs(...values)), values.length);
    };
    compare('relu', run(reluOp(0, 1), a), a.map((x) => (x < 0 ? 0 : x)), 0);
    const passed = expression((g, output) => element.pick(output, 0, g, 0));
    const gradient: Op = { kind: 'map', expression: passed, inputs: [0, 1], outs: [2] };
    const sevens = a.map(() => 7);
    compare('gradient', run(gradient, sevens, a), a.map((x) => (x > 0 ? 7 : 0)), 0);
  },
};

const N = Number.NaN;
const I = Infinity;

/** Results of what is not finite, of zeros, and where a function begins to overflow. */
const SPECIAL_RESULTS: readonly (readonly [
  Expression, readonly (readonly number[])[], readonly number[],
])[] = [
  [expression((x, y) => element.add(x, y)), [[I, I, N, -0, -0], [I, -I, 1, -0, 0]],
    [I, N, N, -0, 0]],
  [expression((x, y) => element.multiply(x, y)), [[I, I, N, -0], [0, -1, 1, 2]], [N, -I, N, -0]],
  [expression((x, y) => element.divide(x, y)), [[1, 1, 0, I, 1], [0, -0, 0, I, I]],
    [I, -I, N, N, 0]],
  [expression((x) => element.squareRoot(x)), [[-0, I, -1, N]], [-0, I, N, N]],
  [expression((x) => element.exp(x)), [[I, -I, N, 89, -105, -0]], [I, 0, N, I, 0, 1]],
  [expression((x) => element.log(x)), [[0, -0, I, -1, N, 1]], [-I, -I, I, N, N, 0]],
  [expression((x) => element.tanh(x)), [[I, -I, N, -0, 0, 99]], [1, -1, N, -0, 0, 1]],
  [expression((x) => element.erf(x)), [[I, -I, N, -0, 0, -99]], [1, -1, N, -0, 0, -1]],
  [expression((x, y) => element.maximum(x, y)), [[N, 1, I], [1, N, -I]], [1, N, I]],
];

/** Nine times over, so that whole vectors and remainders are both met. */
function repeat(numbers: readonly number[]): number[] {
  return Array.from({ length: 9 }, () => numbers).flat();
}

const mapSpecials: Case = {
  name: 'KERNELS-K5: what is not finite, and signed zeros, in every function of elements',
  run: ({ backend }) => {
    for (const [of, operands, expected] of SPECIAL_RESULTS) {
      const count = 9 * expected.length;
      const ids = operands.map((_, id) => id);
      const program: Program = {
        values: [...ids.map(() => f32('input', count)), f32('output', count)],
        ops: [{ kind: 'map', expression: of, inputs: ids, outs: [ids.length] }],
      };
      const outputs = runOnce(backend, program, inputs(...operands.map(repeat)));
      const found = outputOf(outputs, ids.length);
      compare(of.steps.at(-1)?.kind ?? '', found, repeat(expected), 0);
    }
  },
};

const mapPlaces: Case = {
  name: 'NUMERICS-N2: an element of a map has the same bits wherever it stands',
  run: ({ backend }) => {
    const { exp, gelu, multiply, tanh } = element;
    const of = expression((x, y) => tanh(multiply(gelu(x), exp(y))));
    const map = (rows: number, columns: number): Program => ({
      values: [f32('input', rows, columns), f32('input', columns), f32('output', rows, columns)],
      ops: [{ kind: 'map', expression: of, inputs: [0, 1], outs: [2] }],
    });
    const [rows, columns] = [5, 1_031];
    const [x, y] = [reals(11, rows * columns), reals(12, columns)];
    const whole = outputOf(runOnce(backend, map(rows, columns), inputs(x, y)), 2);
    for (const [row, from, to] of [[0, 0, 1], [1, 3, 20], [4, 7, 1_031]] as const) {
      const at = row * columns;
      const own = inputs(x.slice(at + from, at + to), y.slice(from, to));
      const alone = outputOf(runOnce(backend, map(1, to - from), own), 2);
      compare(`row ${row}`, alone, whole.slice(at + from, at + to), 0);
    }
  },
};

const crossEntropySpecials: Case = {
  name: 'KERNELS-K5: a NaN logit spoils its own row, a −∞ logit has probability 0',
  run: ({ backend }) => {
    const n = 18;
    const logits = reals(8, 4 * n);
    logits[n + 2] = Number.NaN;
    logits[2 * n + 17] = -Infinity;
    logits[3 * n + 4] = 10_000;
    const program: Program = {
      values: [
        f32('input', 4, n), { role: 'input', shape: [4], dtype: 'i32' },
        f32('output', 4), f32('output', 4, n),
      ],
      ops: [
        { kind: 'softmaxCrossEntropy', logits: 0, labels: 1, losses: 2, gradient: 3, scale: 1 },
      ],
    };
    const outputs = runOnce(backend, program, inputs(logits, [0, 0, 0, 4]));
    const [losses, gradient] = [outputOf(outputs, 2), outputOf(outputs, 3)];
    assert.ok(Number.isFinite(losses[0]) && Number.isFinite(losses[2]));
    assert.ok(Number.isNaN(losses[1]) && losses[3] === 0, 'losses of rows 1 and 3');
    assert.ok(gradient.slice(n, 2 * n).every(Number.isNaN), 'every gradient of row 1 is NaN');
    assert.ok(gradient.slice(0, n).every(Number.isFinite), 'no gradient of row 0 is NaN');
    assert.equal(gradient[2 * n + 17], 0);
  },
};

const argmaxSpecials: Case = {
  name: 'KERNELS-K5: argmax takes the first of equals, passes over NaN and stays on a leading NaN',
  run: ({ backend }) => {
    const rows = [[1, 3, 3, 2], [1, NaN, 2, 0], [NaN, 1, 2, 3], [-Infinity, -Infinity, -1, -1]];
    const program: Program = {
      values: [f32('input', 4, 4), { role: 'output', shape: [4], dtype: 'i32' }],
      ops: [{ kind: 'argmax', a: 0, out: 1 }],
    };
    const found = outputOf(runOnce(backend, program, inputs(rows.flat())), 1);
    assert.deepEqual([...found], [1, 2, 0, 2]);
  },
};

export const orderConformance: readonly Case[] = Object.freeze([
  batchSplit,
  shardSplit,
  laneOrder,
  notFiniteProduct,
  elementwiseSpecials,
  mapSpecials,
  mapPlaces,
  crossEntropySpecials,
  argmaxSpecials,
]);

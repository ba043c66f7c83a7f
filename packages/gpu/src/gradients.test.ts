import { describe, expect, it, test } from 'vitest';
import type { Program, ValueId } from './contract.js';
import { counterUniform } from './counter-random.js';
import { element, expression } from './expression.js';
import { SPREAD } from './named-expressions.js';
import { createTape } from './tape.js';
import type { Tape, Tensor } from './tensor.js';
import { runOracle } from './testing/index.js';

/** A network over x (rows, 5) with 4 classes; its parameters in order of recording. */
interface Network {
  readonly name: string;
  /** Decimals that agree; fewer where a derivative has a constant that f32 rounds. @default 8 */
  readonly digits?: number;
  /** Axes of the samples between the batch and their 5 numbers. @default [] */
  readonly inner?: readonly number[];
  readonly build: (tape: Tape, x: Tensor) => { logits: Tensor; parameters: readonly Tensor[] };
}

const networks: readonly Network[] = [
  {
    name: 'matmul',
    build: (tape, x) => {
      const w = tape.parameter([5, 4]);
      return { logits: tape.matmul(x, w), parameters: [w] };
    },
  },
  {
    name: 'matmul with bias and relu, twice',
    build: (tape, x) => {
      const [w1, b1] = [tape.parameter([5, 6]), tape.parameter([6])];
      const [w2, b2] = [tape.parameter([6, 4]), tape.parameter([4])];
      const hidden = tape.matmul(x, w1, { bias: b1, activation: 'relu' });
      const logits = tape.matmul(hidden, w2, { bias: b2 });
      return { logits, parameters: [w1, b1, w2, b2] };
    },
  },
  {
    name: 'transposed weights, a bias and relu as operations of their own',
    build: (tape, x) => {
      const [w1, b1, w2] = [tape.parameter([7, 5]), tape.parameter([7]), tape.parameter([4, 7])];
      const sum = tape.add(tape.matmul(x, w1, { transposeB: true }), b1);
      const logits = tape.matmul(tape.relu(sum), w2, { transposeB: true });
      return { logits, parameters: [w1, b1, w2] };
    },
  },
  {
    name: 'a residual sum: one value read three times',
    build: (tape, x) => {
      const [w1, w2, w3] = [tape.parameter([5, 4]), tape.parameter([4, 4]), tape.parameter([4, 4])];
      const start = tape.matmul(x, w1);
      const left = tape.matmul(start, w2, { activation: 'relu' });
      const right = tape.matmul(start, w3);
      return { logits: tape.add(tape.add(left, start), right), parameters: [w1, w2, w3] };
    },
  },
  {
    name: 'every function of elements, constants and several inputs',
    digits: 7, // 2/√π of the derivative of erf
    build: (tape, x) => {
      const [w1, w2, bias] = [tape.parameter([5, 4]), tape.parameter([5, 4]), tape.parameter([4])];
      const [a, b] = [tape.matmul(x, w1), tape.matmul(x, w2)];
      const mixed = expression((p, q, r) => {
        const safe = element.add(element.exp(q), 1.5);
        const first = element.divide(element.tanh(p), element.squareRoot(safe));
        const second = element.multiply(element.erf(r), element.log(safe));
        const third = element.subtract(element.relu(p), element.pick(p, q, element.gelu(r), q));
        return element.add(element.multiply(first, second), third);
      });
      return { logits: tape.map(mixed, [a, b, bias])[0] as Tensor, parameters: [w1, w2, bias] };
    },
  },
  {
    name: 'a map that reads one value twice, a number for all and a number for each column',
    build: (tape, x) => {
      const [w, scale] = [tape.parameter([5, 4]), tape.parameter([])];
      const shift = tape.parameter([1, 4]);
      const y = tape.matmul(x, w);
      const of = expression((a, b, s, t) => element.add(
        element.multiply(element.silu(element.multiply(a, s)), b), element.sigmoid(t)));
      const [logits] = tape.map(of, [y, y, scale, shift]);
      return { logits: logits as Tensor, parameters: [w, scale, shift] };
    },
  },
  {
    name: 'a gradient of more values than one map may have',
    build: (tape, x) => {
      const weights = Array.from({ length: 6 }, () => tape.parameter([5, 4]));
      const product = expression((a, b, c, d, e, f) => element.multiply(
        element.multiply(element.multiply(a, b), element.multiply(c, d)),
        element.multiply(e, f)));
      const [logits] = tape.map(product, weights.map((w) => tape.matmul(x, w)));
      return { logits: logits as Tensor, parameters: weights };
    },
  },
  {
    name: 'samples of several rows, with another shape on the way',
    inner: [2, 3],
    build: (tape, x) => {
      const [w1, b1] = [tape.parameter([5, 4]), tape.parameter([4])];
      const [position, w2] = [tape.parameter([2, 3, 4]), tape.parameter([4, 4])];
      const hidden = tape.matmul(x, w1, { bias: b1, activation: 'relu' });
      const flat = tape.part(tape.add(hidden, position), 0, [ROWS * 6, 4]);
      const product = tape.part(tape.matmul(flat, w2), 0, [ROWS, 2, 3, 4]);
      return { logits: tape.add(product, hidden), parameters: [w1, b1, position, w2] };
    },
  },
  {
    name: 'normalised rows with weights, and of mean square 1',
    inner: [2],
    build: (tape, x) => {
      const [w1, w2] = [tape.parameter([5, 6]), tape.parameter([6, 4])];
      const [scale, shift] = [tape.parameter([6]), tape.parameter([6])];
      const norm = expression((n, s, t) => element.add(element.multiply(n, s), t));
      const { out } = tape.normalize(tape.matmul(x, w1), { epsilon: 0.25 });
      const [hidden] = tape.map(norm, [out, scale, shift]);
      const product = tape.matmul(hidden as Tensor, w2);
      const { out: logits } = tape.normalize(product, { centered: false, epsilon: 0.5 });
      return { logits, parameters: [w1, w2, scale, shift] };
    },
  },
  {
    name: 'causal attention of two heads, with a residual sum',
    inner: [5],
    build: (tape, x) => {
      const [w, project] = [tape.parameter([5, 24]), tape.parameter([8, 4])];
      const direct = tape.parameter([5, 4]);
      const { out } = tape.attention(tape.matmul(x, w), { heads: 2 });
      const logits = tape.add(tape.matmul(out, project), tape.matmul(x, direct));
      return { logits, parameters: [w, project, direct] };
    },
  },
  {
    name: 'softmax, its logarithm and sums of rows',
    inner: [2],
    build: (tape, x) => {
      const [w1, w2] = [tape.parameter([5, 3]), tape.parameter([5, 3])];
      const w3 = tape.parameter([3, 4]);
      const shares = tape.softmax(tape.matmul(x, w1));
      const logs = tape.softmax(tape.matmul(x, w2), { log: true });
      const mixed = expression((p, q, r) => element.multiply(element.add(p, q), r));
      const sums = tape.part(tape.reduce(logs, 'sum'), 0, [ROWS, 2, 1]);
      const [logits] = tape.map(mixed, [shares, logs, tape.softmax(shares)]);
      const rest = tape.map(expression((p, q) => element.subtract(p, q)), [
        logits as Tensor, tape.map(SPREAD, [sums, shares])[0] as Tensor,
      ]);
      return { logits: tape.matmul(rest[0] as Tensor, w3), parameters: [w1, w2, w3] };
    },
  },
  ...[[false, false], [true, false], [false, true], [true, true]].map(
    ([transposeA = false, transposeB = false]): Network => ({
      name: `products of two computed values, ${transposeA}, ${transposeB}`,
      inner: [3],
      build: (tape, x) => {
        const [w1, w2] = [tape.parameter([5, 3]), tape.parameter([5, 3])];
        const w3 = tape.parameter([3, 4]);
        const [a, b] = [tape.matmul(x, w1), tape.matmul(x, w2)]; // (batch, 3, 3)
        const product = tape.batchMatmul(a, b, { transposeA, transposeB });
        return { logits: tape.matmul(product, w3), parameters: [w1, w2, w3] };
      },
    }),
  ),
  {
    name: 'a table of embeddings, read by indices',
    inner: [3],
    build: (tape, x) => {
      const [table, w] = [tape.parameter([5, 6]), tape.parameter([2, 4])];
      const { out } = tape.attention(tape.gather(table, tape.argmax(x)), { heads: 1 });
      return { logits: tape.matmul(out, w), parameters: [table, w] };
    },
  },
  {
    name: 'one parameter used by two operations',
    build: (tape, x) => {
      const [w1, w2] = [tape.parameter([5, 4]), tape.parameter([4, 4])];
      const once = tape.matmul(tape.matmul(x, w1), w2, { activation: 'relu' });
      return { logits: tape.matmul(once, w2), parameters: [w1, w2] };
    },
  },
];

const EDGES = [0, 3, 3, 4, 9];
const ROWS = 9;
const SCALE = 0.125;
const STEP = 2 ** -20;

interface Recorded {
  readonly program: Program;
  readonly inputs: Map<ValueId, number[]>;
  readonly losses: Tensor;
  readonly parameters: readonly Tensor[];
  readonly gradients: readonly Tensor[];
}

interface Sharding {
  readonly edges: readonly number[];
  readonly sum: boolean;
}

function record(
  network: Network,
  seed: number,
  { edges, sum }: Sharding = { edges: EDGES, sum: false },
): Recorded {
  const tape = createTape();
  const inner = network.inner ?? [];
  const x = tape.input([ROWS, ...inner, 5]);
  const labels = tape.input([ROWS, ...inner], 'i32');
  const { logits, parameters } = network.build(tape, x);
  const { losses } = tape.softmaxCrossEntropy(logits, labels, { scale: SCALE });
  const gradients = tape.gradients({ losses, of: parameters, edges, sum });
  for (const tensor of [losses, ...gradients]) tape.output(tensor);
  const inputs = new Map<ValueId, number[]>();
  for (const { id, shape } of [x, ...parameters]) {
    const length = shape.reduce((product, size) => product * size, 1);
    const drawn = (_: unknown, i: number): number => 2 * counterUniform(seed, id, i) - 1;
    inputs.set(id, Array.from({ length }, drawn));
  }
  const count = inner.reduce((product, size) => product * size, ROWS);
  inputs.set(labels.id, Array.from({ length: count }, (_, row) => row % 4));
  return { program: tape.program(), inputs, losses, parameters, gradients };
}

/** Loss of each shard, times the scale. */
function shardLosses({ program, inputs, losses }: Recorded): number[] {
  const found = runOracle(program, inputs).get(losses.id) ?? new Float64Array(0);
  const each = found.length / ROWS;
  return EDGES.slice(1).map((to, shard) =>
    found.slice(each * (EDGES[shard] ?? 0), each * to)
      .reduce((sum, loss) => sum + loss * SCALE, 0),
  );
}

describe('ARCHITECTURE G5: gradients per shard agree with finite differences in f64', () => {
  it.each(networks)('$name', (network) => {
    const recorded = record(network, 11);
    const values = runOracle(recorded.program, recorded.inputs);
    recorded.parameters.forEach((parameter, index) => {
      const elements = recorded.inputs.get(parameter.id) ?? [];
      const gradient = values.get(recorded.gradients[index]?.id ?? -1) ?? new Float64Array(0);
      expect(gradient).toHaveLength(4 * elements.length);
      elements.forEach((middle, at) => {
        elements[at] = middle + STEP;
        const above = shardLosses(recorded);
        elements[at] = middle - STEP;
        const below = shardLosses(recorded);
        elements[at] = middle;
        above.forEach((loss, shard) => {
          const slope = (loss - (below[shard] ?? NaN)) / (2 * STEP);
          expect(gradient[shard * elements.length + at]).toBeCloseTo(slope, network.digits ?? 8);
        });
      });
    });
  });
});

describe('NUMERICS-N4: gradients in sum are those of the shards, added', () => {
  const shardings = [{ edges: EDGES, sum: true }, { edges: [0, ROWS], sum: true }];
  it.each(networks)('$name', (network) => {
    const perShard = record(network, 7);
    const shards = runOracle(perShard.program, perShard.inputs);
    for (const sharding of shardings) {
      const summed = record(network, 7, sharding);
      const sums = runOracle(summed.program, summed.inputs);
      summed.gradients.forEach(({ id, shape }, index) => {
        const found = sums.get(id) ?? new Float64Array(0);
        const each = shards.get(perShard.gradients[index]?.id ?? -1) ?? new Float64Array(0);
        expect(shape).toEqual(perShard.parameters[index]?.shape);
        expect(found.length * 4).toBe(each.length);
        found.forEach((sum, at) => {
          const parts = [0, 1, 2, 3].map((shard) => each[shard * found.length + at] ?? NaN);
          expect(sum).toBeCloseTo(parts.reduce((total, part) => total + part), 10);
        });
      });
    }
  });

  it('over a number of shards that is no power of two they are refused', () => {
    const [first] = networks;
    expect(() => record(first as Network, 1, { edges: [0, 3, 6, ROWS], sum: true }))
      .toThrow('shards 3 is no power of two from 1 to 1024');
  });
});

test('NUMERICS-N3: sums over the batch appear only with the shard edges', () => {
  for (const network of networks) {
    const { program, parameters } = record(network, 1);
    const ids = new Set(parameters.map(({ id }) => id));
    const products = program.ops.filter((op) => op.kind === 'matmul');
    expect(products.every((op) => !op.transposeA && ids.has(op.b))).toBe(true);
    const sums = program.ops.flatMap((op) => ('edges' in op ? [op.edges] : []));
    const unit = sums.map((edges) => edges.map((edge) => (edge * ROWS) / (edges.at(-1) ?? 0)));
    expect(unit).toEqual(sums.map(() => EDGES));
    expect(sums.length).toBeGreaterThanOrEqual(parameters.length);
  }
});

test('gradients of the input are not computed', () => {
  const { program } = record(networks[0] as Network, 1);
  expect(program.ops.map(({ kind }) => kind)).toEqual([
    'matmul', 'softmaxCrossEntropy', 'shardMatmul',
  ]);
});

const rules: readonly [string, (tape: Tape, x: Tensor, w: Tensor) => Tensor, string][] = [
  [
    'a parameter added to a batch',
    (tape, x, w) => tape.matmul(tape.add(x, w), w),
    'map has no gradient rule for a parameter in the place of a batch',
  ],
  [
    'a computed right factor',
    (tape, x, w) => tape.matmul(x, tape.relu(tape.matmul(w, w))),
    'matmul has no gradient rule for a computed value in a parameter\'s place',
  ],
  [
    'a batch transposed',
    (tape, x, w) => tape.matmul(x, w, { transposeA: true }),
    'matmul has no gradient rule for its left factor transposed',
  ],
  [
    'the second result of a map',
    (tape, x, w) => tape.map(expression((a, b) => [a, b]), [x, tape.matmul(x, w)])[1] as Tensor,
    'map has no gradient rule for a result beside its first',
  ],
  [
    'a map of several results',
    (tape, x, w) => tape.map(expression((a, b) => [a, b]), [tape.matmul(x, w), x])[0] as Tensor,
    'map has no gradient rule for several results',
  ],
  [
    'the largest element of a row',
    (tape, x, w) => {
      const largest = tape.part(tape.reduce(tape.matmul(x, w), 'max'), 0, [4, 1]);
      return tape.map(SPREAD, [largest, x])[0] as Tensor;
    },
    'reduce has no gradient rule for the largest element',
  ],
  [
    'a batch of products without a batch',
    (tape, x, w) => tape.batchMatmul(tape.matmul(x, w), x),
    'batchMatmul has no gradient rule for factors without a batch axis',
  ],
  [
    'a part of a parameter',
    (tape, x, w) => tape.add(tape.matmul(x, w), tape.part(w, 0, [4, 4])),
    'a part of a parameter has no gradient rule',
  ],
];

test.each(rules)('%s is refused', (_, build, message) => {
  const tape = createTape();
  const [x, w] = [tape.input([4, 4]), tape.parameter([4, 4])];
  const { losses } = tape.softmaxCrossEntropy(build(tape, x, w), tape.input([4], 'i32'), {
    scale: 1,
  });
  expect(() => tape.gradients({ losses, of: [w], edges: [0, 4] })).toThrow(
    expect.objectContaining({ code: 'GPU_NOT_SUPPORTED', message }),
  );
});

test('a computed value that a map broadcasts along an inner axis is refused', () => {
  const tape = createTape();
  const [x, w] = [tape.input([4, 2, 3]), tape.parameter([3, 3])];
  const y = tape.matmul(tape.part(x, 0, [4, 1, 3]), w);
  const logits = tape.add(x, y);
  const { losses } = tape.softmaxCrossEntropy(logits, tape.input([4, 2], 'i32'), { scale: 1 });
  expect(() => tape.gradients({ losses, of: [w], edges: [0, 4] })).toThrow(
    expect.objectContaining({
      code: 'GPU_NOT_SUPPORTED',
      message: 'map has no gradient rule for an input that is broadcast along other axes ' +
        'than the last',
    }),
  );
});

test('losses that are none, and parameters that do not reach them, are refused', () => {
  const tape = createTape();
  const [x, w, unused] = [tape.input([4, 4]), tape.parameter([4, 4]), tape.parameter([2])];
  const logits = tape.matmul(x, w);
  const { losses } = tape.softmaxCrossEntropy(logits, tape.input([4], 'i32'), { scale: 1 });
  const edges = [0, 4];
  expect(() => tape.gradients({ losses: logits, of: [w], edges })).toThrow(
    expect.objectContaining({ code: 'GPU_NOT_SUPPORTED' }),
  );
  expect(() => tape.gradients({ losses, of: [unused], edges })).toThrow(
    expect.objectContaining({
      code: 'GPU_PROGRAM_INVALID',
      message: 'the losses do not depend on parameter 2',
    }),
  );
});

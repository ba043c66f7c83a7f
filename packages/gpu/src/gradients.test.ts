import { describe, expect, it, test } from 'vitest';
import type { Program, ValueId } from './contract.js';
import { counterUniform } from './counter-random.js';
import { expression } from './expression.js';
import { networks as plain, ROWS } from './fixtures/networks.js';
import type { Network } from './fixtures/networks.js';
import { viewNetworks } from './fixtures/view-networks.js';
import { createTape } from './tape.js';
import type { Tape, Tensor } from './tensor.js';
import { runOracle } from './testing/index.js';

const networks: readonly Network[] = [...plain, ...viewNetworks];
const EDGES = [0, 3, 3, 4, 9];
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

test('the gradient of a row\'s largest element is divided among those that are as large', () => {
  const tape = createTape();
  const [x, w] = [tape.input([1, 4]), tape.parameter([4, 4])];
  const [last, labels] = [tape.input([1, 2]), tape.input([1], 'i32')];
  const largest = tape.part(tape.reduce(tape.matmul(x, w), 'max'), 0, [1, 1]);
  const { losses } = tape.softmaxCrossEntropy(tape.matmul(largest, last), labels, { scale: 1 });
  const [gradient] = tape.gradients({ losses, of: [w], edges: [0, 1] });
  const { id } = tape.output(gradient as Tensor);
  const diagonal = Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
  const program = tape.program();
  // The first row of the gradient is x[0] times what came back to each element.
  const [tied, single] = [[3, 5, 5, 1], [3, 4, 5, 1]].map((row) => {
    const inputs = new Map([
      [x.id, row], [w.id, diagonal], [last.id, [1, -1]], [labels.id, [0]],
    ]);
    return runOracle(program, inputs).get(id)?.subarray(0, 4) ?? [];
  });
  expect(single?.[2]).not.toBe(0);
  expect([...(single ?? [])]).toEqual([0, 0, single?.[2], 0]);
  expect([...(tied ?? [])]).toEqual([0, tied?.[1], tied?.[1], 0]);
  expect(tied?.[1]).toBeCloseTo((single?.[2] ?? 0) / 2, 12);
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

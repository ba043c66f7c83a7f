import { strict as assert } from 'node:assert';
import type { ElementFunction, ElementStep, Op, Program, ValueId } from '../contract.js';

/**
 * What every operation means, as naive f64 loops (KERNELS-K4). Written from the contract alone: it
 * shares no code with tape, validation or backends, so that an error there cannot hide here.
 */

/** Elements of values by id, row-major. i32 values hold whole numbers. */
export type OracleValues = Map<ValueId, Float64Array>;

type Read = (id: ValueId) => Float64Array;

/**
 * Runs `program` on the given inputs and parameters and returns every value, parts included.
 * `inputs` is not changed.
 */
export function runOracle(
  program: Program,
  inputs: ReadonlyMap<ValueId, ArrayLike<number>>,
): OracleValues {
  const values: OracleValues = new Map();
  for (const [id, elements] of inputs) values.set(id, Float64Array.from(elements));
  const read: Read = (id) => {
    const part = program.values[id]?.part;
    const found = values.get(part?.of ?? id);
    assert.ok(found !== undefined, `oracle: value ${id} is read before it is written`);
    if (part === undefined) return found;
    return found.slice(part.offset, part.offset + countOf(program, id));
  };
  for (const op of program.ops) {
    for (const [id, elements] of evaluate(program, op, read)) values.set(id, elements);
  }
  program.values.forEach(({ part }, id) => {
    if (part !== undefined && values.has(part.of)) values.set(id, read(id));
  });
  return values;
}

function shapeOf(program: Program, id: ValueId): readonly number[] {
  const spec = program.values[id];
  assert.ok(spec !== undefined, `oracle: no value ${id}`);
  return spec.shape;
}

function countOf(program: Program, id: ValueId): number {
  return shapeOf(program, id).reduce((product, size) => product * size, 1);
}

function matrixOf(program: Program, id: ValueId): readonly [number, number] {
  const shape = shapeOf(program, id);
  const columns = shape.at(-1);
  assert.ok(shape.length >= 2 && columns !== undefined, `oracle: value ${id} has no rows`);
  return [shape.slice(0, -1).reduce((product, size) => product * size, 1), columns];
}

/** Element of an array that is known to be long enough. */
function at(elements: Float64Array, index: number): number {
  const element = elements[index];
  if (element !== undefined) return element;
  return assert.fail(`oracle: index ${index} of ${elements.length}`);
}

function evaluate(program: Program, op: Op, read: Read): [ValueId, Float64Array][] {
  switch (op.kind) {
    case 'matmul':
      return [[op.out, matmul(program, op, read)]];
    case 'shardMatmul':
      return [[op.out, shardMatmul(program, op, read)]];
    case 'shardColumnSum':
      return [[op.out, shardColumnSum(program, op, read)]];
    case 'map':
      return map(program, op, read);
    case 'softmaxCrossEntropy':
      return softmaxCrossEntropy(program, op, read);
    case 'argmax':
      return [[op.out, argmax(program, op, read)]];
    case 'sgd':
      return sgd(op, read);
    case 'adamw':
      return adamw(op, read);
  }
}

const FUNCTIONS: Readonly<Record<ElementFunction, (...of: number[]) => number>> = {
  add: (x = 0, y = 0) => x + y,
  subtract: (x = 0, y = 0) => x - y,
  multiply: (x = 0, y = 0) => x * y,
  divide: (x = 0, y = 0) => x / y,
  squareRoot: (x = 0) => Math.sqrt(x),
  exp: (x = 0) => Math.exp(x),
  log: (x = 0) => Math.log(x),
  tanh: (x = 0) => Math.tanh(x),
  erf: (x = 0) => errorFunction(x),
  relu: (x = 0) => (x < 0 ? 0 : x),
  pick: (x = 0, y = 0, a = 0, b = 0) => (x > y ? a : b),
};

/** Maclaurin's series below 3, the continued fraction of the complement above. */
function errorFunction(x: number): number {
  const size = Math.abs(x);
  if (size < 3) {
    let [term, sum] = [x, x];
    for (let n = 1; n < 100; n += 1) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  if (!(size < 7)) return Number.isNaN(x) ? x : Math.sign(x);
  let fraction = size;
  for (let n = 60; n > 0; n -= 1) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-x * x) / fraction / Math.sqrt(Math.PI));
}

function map(
  program: Program,
  { expression, inputs, outs }: Op & { kind: 'map' },
  read: Read,
): [ValueId, Float64Array][] {
  const shape = shapeOf(program, outs[0] ?? -1);
  const elements = inputs.map(read);
  const results = outs.map((id): [ValueId, Float64Array] =>
    [id, new Float64Array(countOf(program, id))]);
  const count = shape.reduce((product, size) => product * size, 1);
  for (let index = 0; index < count; index += 1) {
    const given = inputs.map((id, input) => {
      const values = elements[input] ?? new Float64Array(0);
      return at(values, broadcastIndex(index, shape, shapeOf(program, id)));
    });
    const numbers: number[] = [];
    for (const step of expression.steps) numbers.push(numberOf(step, given, numbers));
    results.forEach(([, found], result) => {
      found[index] = numbers[expression.results[result] ?? -1] ?? Number.NaN;
    });
  }
  return results;
}

function numberOf(step: ElementStep, given: readonly number[], numbers: readonly number[]): number {
  if (step.kind === 'input') return given[step.index] ?? Number.NaN;
  if (step.kind === 'constant') return step.value;
  return FUNCTIONS[step.kind](...step.of.map((read) => numbers[read] ?? Number.NaN));
}

/** The element of `from` that stands at flat index `index` of `shape`, aligned at the last axis. */
function broadcastIndex(index: number, shape: readonly number[], from: readonly number[]): number {
  let [left, found, step] = [index, 0, 1];
  for (let back = 1; back <= from.length; back += 1) {
    const size = shape.at(-back) ?? 1;
    const own = from.at(-back) ?? 1;
    if (own !== 1) found += (left % size) * step;
    left = Math.floor(left / size);
    step *= own;
  }
  return found;
}

function matmul(program: Program, op: Op & { kind: 'matmul' }, read: Read): Float64Array {
  const a = read(op.a);
  const b = read(op.b);
  const [m, n] = matrixOf(program, op.out);
  const [aRows, aColumns] = matrixOf(program, op.a);
  const [, bColumns] = matrixOf(program, op.b);
  const k = op.transposeA ? aRows : aColumns;
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < n; j += 1) {
      let sum = 0;
      for (let p = 0; p < k; p += 1) {
        const left = op.transposeA ? at(a, p * aColumns + i) : at(a, i * aColumns + p);
        const right = op.transposeB ? at(b, j * bColumns + p) : at(b, p * bColumns + j);
        sum += left * right;
      }
      if (op.bias !== undefined) sum += at(read(op.bias), j);
      out[i * n + j] = op.activation === 'relu' && sum < 0 ? 0 : sum;
    }
  }
  return out;
}

function shardMatmul(program: Program, op: Op & { kind: 'shardMatmul' }, read: Read): Float64Array {
  const a = read(op.a);
  const b = read(op.b);
  const [rows, m] = matrixOf(program, op.a);
  const [, n] = matrixOf(program, op.b);
  const out = new Float64Array(countOf(program, op.out));
  for (let row = 0; row < rows; row += 1) {
    const shard = shardOf(op.edges, row);
    for (let i = 0; i < m; i += 1) {
      for (let j = 0; j < n; j += 1) {
        const index = (shard * m + i) * n + j;
        out[index] = at(out, index) + at(a, row * m + i) * at(b, row * n + j);
      }
    }
  }
  return out;
}

function shardColumnSum(
  program: Program,
  op: Op & { kind: 'shardColumnSum' },
  read: Read,
): Float64Array {
  const a = read(op.a);
  const [rows = 0, ...rest] = shapeOf(program, op.a);
  const n = rest.reduce((product, size) => product * size, 1);
  const out = new Float64Array(countOf(program, op.out));
  for (let row = 0; row < rows; row += 1) {
    for (let j = 0; j < n; j += 1) {
      const index = shardOf(op.edges, row) * n + j;
      out[index] = at(out, index) + at(a, row * n + j);
    }
  }
  return out;
}

/** The shard that row lies in; empty shards have no row. */
function shardOf(edges: readonly number[], row: number): number {
  return edges.findIndex((edge, shard) => edge <= row && row < (edges[shard + 1] ?? -1));
}

function softmaxCrossEntropy(
  program: Program,
  op: Op & { kind: 'softmaxCrossEntropy' },
  read: Read,
): [ValueId, Float64Array][] {
  const logits = read(op.logits);
  const labels = read(op.labels);
  const [m, n] = matrixOf(program, op.logits);
  const losses = new Float64Array(m);
  const gradient = new Float64Array(m * n);
  for (let i = 0; i < m; i += 1) {
    const row = logits.slice(i * n, (i + 1) * n);
    const label = at(labels, i);
    const largest = Math.max(...row);
    const sum = row.reduce((total, x) => total + Math.exp(x - largest), 0);
    losses[i] = Math.log(sum) - (at(row, label) - largest);
    for (let j = 0; j < n; j += 1) {
      const share = Math.exp(at(row, j) - largest) / sum;
      gradient[i * n + j] = (share - (j === label ? 1 : 0)) * op.scale;
    }
  }
  return [[op.losses, losses], [op.gradient, gradient]];
}

function argmax(program: Program, op: Op & { kind: 'argmax' }, read: Read): Float64Array {
  const a = read(op.a);
  const [m, n] = matrixOf(program, op.a);
  return Float64Array.from({ length: m }, (_, i) => {
    let best = 0;
    for (let j = 1; j < n; j += 1) if (at(a, i * n + j) > at(a, i * n + best)) best = j;
    return best;
  });
}

function sgd(op: Op & { kind: 'sgd' }, read: Read): [ValueId, Float64Array][] {
  const [learningRate = 0, momentum = 0, weightDecay = 0] = read(op.hyper);
  const parameter = read(op.parameter);
  const gradient = read(op.gradient);
  const velocity = read(op.velocity).map(
    (v, i) => momentum * v + at(gradient, i) + weightDecay * at(parameter, i),
  );
  const next = parameter.map((p, i) => p - learningRate * at(velocity, i));
  return [[op.nextVelocity, velocity], [op.nextParameter, next]];
}

function adamw(op: Op & { kind: 'adamw' }, read: Read): [ValueId, Float64Array][] {
  const hyper = read(op.hyper);
  const [learningRate = 0, beta1 = 0, beta2 = 0, epsilon = 0, weightDecay = 0] = hyper;
  const gradient = read(op.gradient);
  const first = read(op.first).map((m, i) => beta1 * m + (1 - beta1) * at(gradient, i));
  const second = read(op.second).map((v, i) => beta2 * v + (1 - beta2) * at(gradient, i) ** 2);
  const next = read(op.parameter).map((p, i) => {
    const root = Math.sqrt(at(second, i)) * at(hyper, 6) + epsilon;
    const step = (at(first, i) * at(hyper, 5)) / root;
    return p - learningRate * weightDecay * p - learningRate * step;
  });
  return [[op.nextFirst, first], [op.nextSecond, second], [op.nextParameter, next]];
}

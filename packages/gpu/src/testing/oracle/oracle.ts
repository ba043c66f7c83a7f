import { strict as assert } from 'node:assert';
import type { Op, Program, ValueId } from '../../contract.js';
import { cast } from './cast.js';
import { map } from './map.js';
import {
  attention, attentionGradient, gather, normalize, normalizeGradient, shardScatter,
} from './transformer.js';
import { reduce, softmax, softmaxGradient } from './softmax.js';
import type { OracleValues, Read } from './values.js';
import { at, countOf, matrixOf, shapeOf, shardOf } from './values.js';
import { uniform } from './uniform.js';
import { view, viewGradient } from './view.js';

/**
 * What every operation means, as naive f64 loops (KERNELS-K4). Written from the contract alone: it
 * shares no code with tape, validation or backends, so that an error there cannot hide here.
 */

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

function evaluate(program: Program, op: Op, read: Read): [ValueId, Float64Array][] {
  switch (op.kind) {
    case 'matmul':
      return [[op.out, matmul(program, op, read)]];
    case 'batchMatmul':
      return [[op.out, batchMatmul(program, op, read)]];
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
    case 'reduce':
      return [[op.out, reduce(program, op, read)]];
    case 'softmax':
      return [[op.out, softmax(program, op, read)]];
    case 'softmaxGradient':
      return [[op.out, softmaxGradient(program, op, read)]];
    case 'normalize':
      return normalize(program, op, read);
    case 'normalizeGradient':
      return [[op.out, normalizeGradient(program, op, read)]];
    case 'gather':
      return [[op.out, gather(program, op, read)]];
    case 'shardScatter':
      return [[op.out, shardScatter(program, op, read)]];
    case 'attention':
      return attention(program, op, read);
    case 'attentionGradient':
      return [[op.out, attentionGradient(program, op, read)]];
    case 'view':
      return [[op.out, view(program, op, read)]];
    case 'viewGradient':
      return [[op.out, viewGradient(program, op, read)]];
    case 'uniform':
      return [[op.out, uniform(program, op, read)]];
    case 'cast':
      return [[op.out, cast(program, op, read)]];
    case 'sgd':
      return sgd(op, read);
    case 'adamw':
      return adamw(op, read);
  }
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

function batchMatmul(
  program: Program,
  op: Op & { kind: 'batchMatmul' },
  read: Read,
): Float64Array {
  const [a, b] = [read(op.a), read(op.b)];
  const [m = 0, n = 0] = shapeOf(program, op.out).slice(-2);
  const k = shapeOf(program, op.a).at(op.transposeA ? -2 : -1) ?? 0;
  return Float64Array.from({ length: countOf(program, op.out) }, (_, index) => {
    const [i, j] = [Math.floor(index / n) % m, index % n];
    const batch = Math.floor(index / (m * n));
    let sum = 0;
    for (let p = 0; p < k; p += 1) {
      const left = batch * m * k + (op.transposeA ? p * m + i : i * k + p);
      const right = batch * k * n + (op.transposeB ? j * k + p : p * n + j);
      sum += at(a, left) * at(b, right);
    }
    return sum;
  });
}

function shardMatmul(program: Program, op: Op & { kind: 'shardMatmul' }, read: Read): Float64Array {
  const a = read(op.a);
  const b = read(op.b);
  const [rows, m] = matrixOf(program, op.a);
  const [, n] = matrixOf(program, op.b);
  const out = new Float64Array(countOf(program, op.out));
  for (let row = 0; row < rows; row += 1) {
    const shard = op.sum ? 0 : shardOf(op.edges, row);
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

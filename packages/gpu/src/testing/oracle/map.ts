import type { ElementFunction, ElementStep, Op, Program, ValueId } from '../../contract.js';
import type { Read } from './values.js';
import { at, countOf, shapeOf } from './values.js';

/** Maps in f64, one index after the other. */

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

export function map(
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

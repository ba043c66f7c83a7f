import type { Op, Program } from '../../contract.js';
import type { Read } from './values.js';
import { at, countOf, matrixOf } from './values.js';

/** Reductions of rows and softmax in f64. */

function sumOf(row: Float64Array): number {
  return row.reduce((total, x) => total + x, 0);
}

function largestOf(row: Float64Array): number {
  return row.reduce((held, x) => (x > held ? x : held), -Infinity);
}

export function reduce(program: Program, op: Op & { kind: 'reduce' }, read: Read): Float64Array {
  const [, columns] = matrixOf(program, op.a);
  const a = read(op.a);
  return Float64Array.from({ length: countOf(program, op.out) }, (_, row) => {
    const elements = a.slice(row * columns, (row + 1) * columns);
    return op.how === 'sum' ? sumOf(elements) : largestOf(elements);
  });
}

/** `each` of all rows of `id`, one after the other. */
function byRows(
  program: Program,
  id: number,
  each: (from: number, to: number) => ArrayLike<number>,
): Float64Array {
  const [rows, columns] = matrixOf(program, id);
  const out = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    out.set(each(row * columns, (row + 1) * columns), row * columns);
  }
  return out;
}

export function softmax(program: Program, op: Op & { kind: 'softmax' }, read: Read): Float64Array {
  const a = read(op.a);
  return byRows(program, op.out, (from, to) => {
    const row = a.slice(from, to);
    const largest = largestOf(row);
    const exps = row.map((x) => Math.exp(x - largest));
    const sum = sumOf(exps);
    return op.log ? row.map((x) => x - largest - Math.log(sum)) : exps.map((e) => e / sum);
  });
}

export function softmaxGradient(
  program: Program,
  op: Op & { kind: 'softmaxGradient' },
  read: Read,
): Float64Array {
  const gradient = read(op.gradient);
  const output = read(op.output);
  return byRows(program, op.out, (from, to) => {
    const [g, y] = [gradient.slice(from, to), output.slice(from, to)];
    const sum = sumOf(op.log ? g : g.map((x, i) => x * at(y, i)));
    return g.map((x, i) => (op.log ? x - Math.exp(at(y, i)) * sum : (x - sum) * at(y, i)));
  });
}

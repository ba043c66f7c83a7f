import type { ElementFunction, Expression, Program } from '../contract.js';
import type { Term } from '../expression.js';
import { element, expression } from '../expression.js';
import type { OperationCase } from './operation-cases.js';
import { reluOp } from './operations.js';

/** Maps: every function, broadcasting, several results, long chains, as data (KERNELS-K1). */

const { add, multiply, subtract, divide, exp, tanh, pick } = element;

function mapProgram(
  of: Expression,
  out: readonly number[],
  inputs: readonly (readonly number[])[],
): Program {
  const ids = inputs.map((_, id) => id);
  const outs = of.results.map((_, index) => ids.length + index);
  return {
    values: [
      ...inputs.map((shape) => ({ role: 'input' as const, shape, dtype: 'f32' as const })),
      ...outs.map(() => ({ role: 'output' as const, shape: out, dtype: 'f32' as const })),
    ],
    ops: [{ kind: 'map', expression: of, inputs: ids, outs }],
  };
}

/** Functions over numbers from −1 to 1, moved where they are defined. */
const FUNCTIONS: Readonly<Record<ElementFunction, Expression>> = {
  add: expression((x, y) => add(x, y)),
  subtract: expression((x, y) => subtract(x, y)),
  multiply: expression((x, y) => multiply(x, y)),
  divide: expression((x, y) => divide(x, add(y, 2))),
  squareRoot: expression((x) => element.squareRoot(add(x, 1))),
  exp: expression((x) => exp(multiply(x, 5))),
  log: expression((x) => element.log(add(x, 1.5))),
  tanh: expression((x) => tanh(multiply(x, 3))),
  erf: expression((x) => element.erf(multiply(x, 3))),
  relu: expression((x) => element.relu(x)),
  pick: expression((x, y) => pick(x, y, multiply(x, 2), 0.5)),
};

/** Exact of whole numbers. */
const EXACT: readonly Expression[] = [
  FUNCTIONS.add, FUNCTIONS.subtract, FUNCTIONS.multiply, FUNCTIONS.relu, FUNCTIONS.pick,
];

/** Steps of one f32 rounding each, and functions within 2 ulp of numbers up to e^5. */
const REAL = 2 ** -19;

function functionCases(): OperationCase[] {
  return Object.entries(FUNCTIONS).flatMap(([name, of]) =>
    [0, 1, 7, 16, 33, 1_025, 2_500].map((count): OperationCase => ({
      name: `map ${name} of ${count}`,
      program: mapProgram(of, [count], Array.from({ length: of.inputs }, () => [count])),
      ...(EXACT.includes(of)
        ? { filling: 'whole' as const, tolerance: 0 }
        : { filling: 'real' as const, tolerance: REAL }),
    })));
}

const SUM3 = expression((x, y, z) => add(add(x, y), z));

const BROADCASTS: readonly (readonly (readonly number[])[])[] = [
  [[3, 5], [3, 5], [5], [3, 1]],
  [[2, 3, 4], [2, 1, 4], [3, 1], [1, 1, 1]],
  [[2, 3, 4], [4], [2, 3, 4], [2, 3, 1]],
  [[4, 1_030], [1_030], [4, 1], [4, 1_030]],
  [[2, 2, 2, 2, 2, 2, 2, 2], [2, 1, 2, 1, 2, 1, 2, 1], [1, 2, 1, 2, 1, 2, 1, 2], [2]],
  [[3, 1, 2], [3, 1, 1], [], [2]],
  [[], [], [], []],
  [[3, 0, 2], [3, 1, 2], [2], [3, 0, 1]],
  [[0, 3], [3], [1, 1], [0, 1]],
  [[5, 1], [5, 1], [1], []],
];

function broadcastCases(): OperationCase[] {
  return BROADCASTS.map(([out = [], ...inputs]): OperationCase => ({
    name: `map of ${inputs.map((shape) => `(${shape.join(', ')})`).join(', ')}`,
    program: mapProgram(SUM3, out, inputs),
    filling: 'whole',
    tolerance: 0,
  }));
}

/** More numbers alive at once than a strip of 4 KiB has room for in the first cache. */
const WIDE = expression((x) => {
  const powers: Term[] = [];
  for (let n = 0; n < 60; n += 1) powers.push(multiply(powers.at(-1) ?? x, x));
  let sum: Term = x;
  for (const power of powers.toReversed()) sum = add(multiply(sum, 0.5), power);
  return sum;
});

const OTHERS: readonly (readonly [string, Expression, readonly number[]])[] = [
  ['gelu', expression((x) => element.gelu(multiply(x, 4))), [17, 33]],
  ['silu', expression((x) => element.silu(multiply(x, 4))), [1_100]],
  ['maximum and minimum', expression((x, y) => [
    element.maximum(x, y), element.minimum(x, y),
  ]), [70]],
  ['results that are inputs, constants and the same number', expression((x, y) => {
    const sum = add(x, y);
    return [y, 2.5, sum, sum, multiply(sum, sum)];
  }), [2_050]],
  ['seven inputs', expression((a, b, c, d, e, f, g) =>
    add(add(add(a, b), add(c, d)), multiply(add(e, f), g))), [9, 21]],
  ['sixty numbers alive at once', WIDE, [1_300]],
];

/** A temporary without elements, and no other. */
const EMPTY_TEMPORARY: OperationCase = {
  name: 'map of a map of no elements',
  program: {
    values: [
      { role: 'input', shape: [2, 0], dtype: 'f32' },
      { role: 'temporary', shape: [2, 0], dtype: 'f32' },
      { role: 'output', shape: [2, 0], dtype: 'f32' },
    ],
    ops: [reluOp(0, 1), reluOp(1, 2)],
  },
  filling: 'whole',
  tolerance: 0,
};

function otherCases(): OperationCase[] {
  return OTHERS.map(([name, of, shape]): OperationCase => ({
    name: `map: ${name}`,
    program: mapProgram(of, shape, Array.from({ length: of.inputs }, () => shape)),
    filling: 'real',
    tolerance: REAL,
  }));
}

export const mapCases: readonly OperationCase[] = Object.freeze([
  ...functionCases(),
  ...broadcastCases(),
  ...otherCases(),
  EMPTY_TEMPORARY,
]);

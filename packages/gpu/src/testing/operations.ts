import type { Expression, Op, ValueId } from '../contract.js';
import { element, expression } from '../expression.js';

/** Short ways to write operations of cases by hand. */

const RELU: Expression = expression((x) => element.relu(x));
const ADD: Expression = expression((x, y) => element.add(x, y));

export function reluOp(a: ValueId, out: ValueId): Op {
  return { kind: 'map', expression: RELU, inputs: [a], outs: [out] };
}

export function addOp(a: ValueId, b: ValueId, out: ValueId): Op {
  return { kind: 'map', expression: ADD, inputs: [a, b], outs: [out] };
}

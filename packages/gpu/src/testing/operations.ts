import type { DType, Expression, Op, Program, ValueId, ValueSpec } from '../contract.js';
import { element, expression } from '../expression.js';

/** Short ways to write programs of cases by hand. */

export function value(
  role: ValueSpec['role'],
  shape: readonly number[],
  dtype: DType = 'f32',
): ValueSpec {
  return { role, shape, dtype };
}

/** An f32 input. */
export function input(...shape: readonly number[]): ValueSpec {
  return value('input', shape);
}

/** An f32 output. */
export function output(...shape: readonly number[]): ValueSpec {
  return value('output', shape);
}

/** A program of one operation. */
export function single(op: Op, ...values: readonly ValueSpec[]): Program {
  return { values, ops: [op] };
}

const RELU: Expression = expression((x) => element.relu(x));
const ADD: Expression = expression((x, y) => element.add(x, y));

export function reluOp(a: ValueId, out: ValueId): Op {
  return { kind: 'map', expression: RELU, inputs: [a], outs: [out] };
}

export function addOp(a: ValueId, b: ValueId, out: ValueId): Op {
  return { kind: 'map', expression: ADD, inputs: [a, b], outs: [out] };
}

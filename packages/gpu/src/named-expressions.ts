import type { Expression } from './contract.js';
import { element, expression } from './expression.js';

/** Expressions that this layer itself records. */

export const COPY: Expression = expression((x) => x);

/** The first tensor, in the shape of the second where that is larger. */
export const SPREAD: Expression = expression((x, _shape) => x);

export const ADD: Expression = expression((x, y) => element.add(x, y));

export const RELU: Expression = expression((x) => element.relu(x));

/** Of relu, by what it gave: the gradient flows where that is above 0. */
export const RELU_GRADIENT: Expression = expression((gradient, output) =>
  element.pick(output, 0, gradient, 0));

export const MULTIPLY: Expression = expression((x, y) => element.multiply(x, y));

export const DIVIDE: Expression = expression((x, y) => element.divide(x, y));

/** 1 where an element is its row's largest, which is the second tensor, and else 0. */
export const AS_LARGE: Expression = expression((x, largest) => element.pick(largest, x, 0, 1));

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

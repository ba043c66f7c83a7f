/**
 * Layers: what a model is made of. A layer is a description and a function that records its
 * operations for one sample; its weights live in the run's store, never in the layer.
 */
import type { SegmentBuilder, Tensor } from '@ganglion/gpu';

import type { Plain } from '../contract.js';
import { AppError } from '../errors.js';
import { requireInteger } from '../options.js';

/** How a parameter begins: uniform in [-bound, bound), or zeros. */
export type Initialiser =
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'zeros' };

/** One array of weights. */
export interface ParameterDefinition {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialiser: Initialiser;
}

/** One layer of a model. */
export interface Layer {
  /** Names the layer in the tree and in checkpoints: letters, digits and dashes. */
  readonly kind: string;
  /** Part of the definition's hash, besides the recorded operations. */
  readonly description: Plain;
  readonly parameters: readonly ParameterDefinition[];
  /** Records the operations on `input` (rows, …sample); declares exactly `parameters`. */
  build(builder: SegmentBuilder, input: Tensor): Tensor;
}

/** Layers one after the other. */
export interface Model {
  readonly kind: 'sequential';
  readonly layers: readonly Layer[];
}

/** Layers that one model may have. */
export const MAX_LAYERS = 256;

/** Inputs or outputs that one linear layer may have. */
const FEATURES_MAX = 2 ** 20;

/**
 * x · weight + bias, weight (inputs, outputs). Both begin uniform in ±1/√inputs.
 * @throws AppError APP_OPTION_INVALID
 */
export function linear(inputs: number, outputs: number): Layer {
  requireInteger('inputs of linear', inputs, { min: 1, max: FEATURES_MAX });
  requireInteger('outputs of linear', outputs, { min: 1, max: FEATURES_MAX });
  const initialiser = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } as const;
  return Object.freeze({
    kind: 'linear',
    description: { inputs, outputs },
    parameters: [
      { name: 'weight', shape: [inputs, outputs], initialiser },
      { name: 'bias', shape: [outputs], initialiser },
    ],
    build: (builder: SegmentBuilder, input: Tensor): Tensor => {
      const [, ...sample] = input.shape;
      if (sample.length !== 1 || sample[0] !== inputs) {
        const message = `linear(${inputs}, ${outputs}) is given samples of shape ` +
          `(${sample.join(', ')}), it takes (${inputs})`;
        throw new AppError('APP_SHAPE_MISMATCH', message);
      }
      const weight = builder.parameter('weight', [inputs, outputs]);
      const bias = builder.parameter('bias', [outputs]);
      return builder.matmul(input, weight, { bias });
    },
  });
}

/** max(x, 0), element by element. */
export function relu(): Layer {
  return Object.freeze({
    kind: 'relu',
    description: {},
    parameters: [],
    build: (builder: SegmentBuilder, input: Tensor): Tensor => builder.relu(input),
  });
}

/** @throws AppError APP_OPTION_INVALID for no layer or too many. */
export function sequential(...layers: readonly Layer[]): Model {
  requireInteger('layers of sequential', layers.length, { min: 1, max: MAX_LAYERS });
  return Object.freeze({ kind: 'sequential', layers: Object.freeze([...layers]) });
}

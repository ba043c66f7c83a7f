/**
 * Layers: what a model is made of. A layer is a description and a function that records its
 * operations for one sample; its weights live in the run's store, never in the layer.
 */
import type { SegmentBuilder, Tensor } from '@ganglion/gpu';

import type { Plain } from '../contract.js';
import { requireInteger } from '../options.js';

/** How a parameter begins: uniform in [-bound, bound), normal around 0, zeros or ones. */
export type Initialiser =
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' };

/** One array of weights. */
export interface ParameterDefinition {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialiser: Initialiser;
  /** A layer of the same model, before this one, whose parameter `name` this is too. */
  readonly of?: { readonly layer: Layer; readonly name: string };
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

/** @throws AppError APP_OPTION_INVALID for no layer or too many. */
export function sequential(...layers: readonly Layer[]): Model {
  requireInteger('layers of sequential', layers.length, { min: 1, max: MAX_LAYERS });
  return Object.freeze({ kind: 'sequential', layers: Object.freeze([...layers]) });
}

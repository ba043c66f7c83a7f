/** Losses and optimisers as a training script names them: plain descriptions, options resolved. */
import { resolveAdamwOptions, resolveSgdOptions } from '@ganglion/gpu';
import type { AdamwOptions, SgdOptions } from '@ganglion/gpu';

/** Mean of −log softmax(logits)[label] over the batch. */
export interface CrossEntropy {
  readonly kind: 'softmaxCrossEntropy';
}

/** What is minimised. */
export type Loss = CrossEntropy;

/** AdamW with its options. */
export interface AdamwOptimizer {
  readonly kind: 'adamw';
  readonly options: Readonly<Required<AdamwOptions>>;
}

/** Stochastic gradient descent with its options. */
export interface SgdOptimizer {
  readonly kind: 'sgd';
  readonly options: Readonly<Required<SgdOptions>>;
}

/** How parameters are updated. */
export type Optimizer = AdamwOptimizer | SgdOptimizer;

export function crossEntropy(): CrossEntropy {
  return Object.freeze({ kind: 'softmaxCrossEntropy' });
}

/** @throws GpuError GPU_OPTION_INVALID naming the option, its value and the limit. */
export function adamW(options: AdamwOptions): AdamwOptimizer {
  return Object.freeze({ kind: 'adamw', options: Object.freeze(resolveAdamwOptions(options)) });
}

/** @throws GpuError GPU_OPTION_INVALID naming the option, its value and the limit. */
export function sgd(options: SgdOptions): SgdOptimizer {
  return Object.freeze({ kind: 'sgd', options: Object.freeze(resolveSgdOptions(options)) });
}

import type { SegmentBuilder, Tensor } from '@ganglion/gpu';

import type { Initialiser, Layer, ParameterDefinition } from '../definition/layers.js';
import { AppError } from '../errors.js';
import { refuseUnknownKeys, requireInteger } from '../options.js';
import { FEATURES_MAX, requireLast } from './linear.js';

/** What attention is made of. */
export interface AttentionLayerOptions {
  /** Numbers of a token; a multiple of `heads`. */
  readonly size: number;
  readonly heads: number;
  /** How the weights into queries, keys and values begin. @default normal, deviation 0.02 */
  readonly weight?: Initialiser;
  /** How the weights out of the heads begin. @default as `weight` */
  readonly output?: Initialiser;
}

/**
 * Causal self-attention (Vaswani et al. 2017) over samples (tokens, size): every token sees those
 * before it and itself. Weights have no bias.
 * @throws AppError APP_OPTION_INVALID
 */
export function causalAttention(options: AttentionLayerOptions): Layer {
  refuseUnknownKeys('causalAttention', options, ['size', 'heads', 'weight', 'output']);
  const { size, heads, weight = { kind: 'normal', deviation: 0.02 } } = options;
  const { output = weight } = options;
  requireInteger('size of causalAttention', size, { min: 1, max: FEATURES_MAX });
  requireInteger('heads of causalAttention', heads, { min: 1, max: size });
  if (size % heads !== 0) {
    const message = `heads of causalAttention is ${heads}, it must divide the size ${size}`;
    throw new AppError('APP_OPTION_INVALID', message);
  }
  const parameters: readonly ParameterDefinition[] = [
    { name: 'weight', shape: [size, 3 * size], initialiser: weight },
    { name: 'output', shape: [size, size], initialiser: output },
  ];
  return Object.freeze({
    kind: 'causalAttention',
    description: { size, heads },
    parameters,
    build: (builder: SegmentBuilder, input: Tensor): Tensor => {
      requireLast(`causalAttention of ${size}`, input, size);
      const qkv = builder.matmul(input, builder.parameter('weight', [size, 3 * size]));
      const { out } = builder.attention(qkv, { heads });
      return builder.matmul(out, builder.parameter('output', [size, size]));
    },
  });
}

import { sequential } from '../definition/layers.js';
import type { Layer, Model } from '../definition/layers.js';
import { refuseUnknownKeys, requireInteger } from '../options.js';
import { gelu } from './activations.js';
import { causalAttention } from './attention.js';
import { embedding } from './embedding.js';
import { linear, unembedding } from './linear.js';
import { layerNorm } from './normalization.js';
import { residual } from './residual.js';

/** Sizes of a GPT. */
export interface GptOptions {
  /** Different tokens: the classes of the data. */
  readonly vocabulary: number;
  /** Tokens of a sample. */
  readonly context: number;
  readonly layers: number;
  readonly heads: number;
  /** Numbers of a token; a multiple of `heads`. */
  readonly size: number;
}

const DEVIATION = 0.02;

/**
 * A GPT (Radford et al. 2019) without biases and dropout: norms before attention and the
 * feed-forward part, each in a residual sum, GELU, and the table of the tokens as the last weights.
 * Weights into a residual sum begin smaller the more layers there are.
 * @throws AppError APP_OPTION_INVALID
 */
export function gpt(options: GptOptions): Model {
  refuseUnknownKeys('gpt', options, ['vocabulary', 'context', 'layers', 'heads', 'size']);
  const { vocabulary, context, layers, heads, size } = options;
  requireInteger('layers of gpt', layers, { min: 1, max: 64 });
  const tokens = embedding({ count: vocabulary, size, tokens: context });
  const weight = { kind: 'normal', deviation: DEVIATION } as const;
  const output = { kind: 'normal', deviation: DEVIATION / Math.sqrt(2 * layers) } as const;
  const norm = (): Layer => layerNorm(size, { bias: false });
  const block = (): readonly Layer[] => [
    residual(norm(), causalAttention({ size, heads, weight, output })),
    residual(
      norm(),
      linear(size, 4 * size, { bias: false, weight }),
      gelu(),
      linear(4 * size, size, { bias: false, weight: output }),
    ),
  ];
  return sequential(
    tokens, ...Array.from({ length: layers }, block).flat(), norm(), unembedding(tokens),
  );
}

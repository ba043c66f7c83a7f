import type { SegmentBuilder, Tensor } from '@ganglion/gpu';

import type { Initialiser, Layer, ParameterDefinition } from '../definition/layers.js';
import { AppError } from '../errors.js';
import { refuseUnknownKeys, requireInteger } from '../options.js';
import { FEATURES_MAX } from './linear.js';

/** What an embedding holds. */
export interface EmbeddingOptions {
  /** Rows of the table: indices are below it. */
  readonly count: number;
  /** Numbers of a row. */
  readonly size: number;
  /** Tokens of a sample; then a row of weights for each place is added. @default none */
  readonly tokens?: number;
  /** How tables begin. @default normal with deviation 0.02 */
  readonly table?: Initialiser;
}

/**
 * Rows of a table by the indices that samples of i32 are made of: (…) becomes (…, size).
 * @throws AppError APP_OPTION_INVALID
 */
export function embedding(options: EmbeddingOptions): Layer {
  refuseUnknownKeys('embedding', options, ['count', 'size', 'tokens', 'table']);
  const { count, size, tokens, table = { kind: 'normal', deviation: 0.02 } } = options;
  requireInteger('count of embedding', count, { min: 1, max: FEATURES_MAX });
  requireInteger('size of embedding', size, { min: 1, max: FEATURES_MAX });
  if (tokens !== undefined) {
    requireInteger('tokens of embedding', tokens, { min: 1, max: FEATURES_MAX });
  }
  const parameters: readonly ParameterDefinition[] = [
    { name: 'table', shape: [count, size], initialiser: table },
    ...(tokens === undefined
      ? []
      : [{ name: 'places', shape: [tokens, size], initialiser: table }]),
  ];
  return Object.freeze({
    kind: 'embedding',
    description: { count, size },
    parameters,
    build: (builder: SegmentBuilder, input: Tensor): Tensor => {
      if (input.dtype !== 'i32') {
        const message = `embedding(${count}, ${size}) is given samples of ${input.dtype}, it ` +
          'takes i32';
        throw new AppError('APP_SHAPE_MISMATCH', message);
      }
      const rows = builder.gather(builder.parameter('table', [count, size]), input);
      if (tokens === undefined) return rows;
      if (rows.shape.length !== 3 || rows.shape[1] !== tokens) {
        const [, ...sample] = input.shape;
        const message = `embedding with ${tokens} tokens is given samples of shape ` +
          `(${sample.join(', ')})`;
        throw new AppError('APP_SHAPE_MISMATCH', message);
      }
      return builder.add(rows, builder.parameter('places', [tokens, size]));
    },
  });
}

import type { SegmentBuilder, Tensor } from '@ganglion/gpu';

import type { Initialiser, Layer, ParameterDefinition } from '../definition/layers.js';
import { AppError } from '../errors.js';
import { refuseUnknownKeys, requireInteger } from '../options.js';

/** Inputs or outputs that one linear layer may have. */
export const FEATURES_MAX: number = 2 ** 20;

/** How a linear layer differs from the usual one. */
export interface LinearOptions {
  /** False for a product alone. @default true */
  readonly bias?: boolean;
  /** How the weight begins. @default uniform in ±1/√inputs */
  readonly weight?: Initialiser;
}

/**
 * x · weight + bias along the last axis; weight is (inputs, outputs). The bias begins uniform in
 * ±1/√inputs.
 * @throws AppError APP_OPTION_INVALID
 */
export function linear(inputs: number, outputs: number, options: LinearOptions = {}): Layer {
  refuseUnknownKeys('linear', options, ['bias', 'weight']);
  requireInteger('inputs of linear', inputs, { min: 1, max: FEATURES_MAX });
  requireInteger('outputs of linear', outputs, { min: 1, max: FEATURES_MAX });
  const usual = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } as const;
  const { bias = true, weight = usual } = options;
  const parameters: readonly ParameterDefinition[] = [
    { name: 'weight', shape: [inputs, outputs], initialiser: weight },
    ...(bias ? [{ name: 'bias', shape: [outputs], initialiser: usual }] : []),
  ];
  return Object.freeze({
    kind: 'linear',
    description: { inputs, outputs },
    parameters,
    build: (builder: SegmentBuilder, input: Tensor): Tensor => {
      requireLast(`linear(${inputs}, ${outputs})`, input, inputs);
      const product = builder.parameter('weight', [inputs, outputs]);
      if (!bias) return builder.matmul(input, product);
      return builder.matmul(input, product, { bias: builder.parameter('bias', [outputs]) });
    },
  });
}

/**
 * A product with the table of an embedding of the same model, transposed: scores of every row of
 * the table, with weights of no layer's own.
 */
export function unembedding(table: Layer): Layer {
  const weight = table.parameters.find(({ name }) => name === 'table');
  const [count = 0, size = 0] = weight?.shape ?? [];
  if (weight === undefined) {
    throw new AppError('APP_OPTION_INVALID', `unembedding of ${table.kind}, it has no table`);
  }
  return Object.freeze({
    kind: 'unembedding',
    description: { count, size },
    parameters: [{ ...weight, of: { layer: table, name: 'table' } }],
    build: (builder: SegmentBuilder, input: Tensor): Tensor => {
      requireLast(`unembedding of (${count}, ${size})`, input, size);
      return builder.matmul(input, builder.parameter('table', [count, size]), { transposeB: true });
    },
  });
}

/** @throws AppError APP_SHAPE_MISMATCH unless the last axis of the samples is `size`. */
export function requireLast(what: string, input: Tensor, size: number): void {
  const [, ...sample] = input.shape;
  if (sample.at(-1) === size) return;
  const message = `${what} is given samples of shape (${sample.join(', ')}), it takes (${size}) ` +
    'as their last axis';
  throw new AppError('APP_SHAPE_MISMATCH', message);
}

import {
  averagePool2d as averageOf,
  conv2d as convolve,
  elementCount,
  maxPool2d as largestOf,
  reshape as reshaped,
} from '@ganglion/gpu';
import type { SegmentBuilder, Tensor, WindowOptions } from '@ganglion/gpu';

import type { Initialiser, Layer, ParameterDefinition } from '../definition/layers.js';
import { AppError } from '../errors.js';
import { refuseUnknownKeys, requireInteger } from '../options.js';
import { FEATURES_MAX } from './linear.js';

/** Layers of images, samples of (rows, columns, channels). */

/** Of rows and of columns; one number is for both. */
export type Pair = number | readonly [number, number];

/** Which windows of an image a layer looks at. */
export interface ConvolutionLayerOptions {
  /** Rows and columns of a window, 1 to 1,024. */
  readonly size: Pair;
  /** From one window to the next. @default 1 */
  readonly stride?: Pair;
  /** Zeros around the image, at each side, up to 1,024. @default 0 */
  readonly padding?: Pair;
  /** False for products alone. @default true */
  readonly bias?: boolean;
}

/** Which windows of an image are pooled. */
export interface PoolOptions {
  /** Rows and columns of a window, 1 to 1,024. */
  readonly size: Pair;
  /** From one window to the next. @default its size */
  readonly stride?: Pair;
}

const WINDOW_MAX = 1_024;

/**
 * Each window of `channels` channels times `filters` filters, as (rows', columns', filters);
 * weight is (rows · columns · channels, filters) of a window, row by row. Weight and bias begin
 * uniform in ±1/√(numbers of a window).
 * @throws AppError APP_OPTION_INVALID
 */
export function conv2d(
  channels: number,
  filters: number,
  options: ConvolutionLayerOptions,
): Layer {
  refuseUnknownKeys('conv2d', options, ['size', 'stride', 'padding', 'bias']);
  requireInteger('channels of conv2d', channels, { min: 1, max: FEATURES_MAX });
  requireInteger('filters of conv2d', filters, { min: 1, max: FEATURES_MAX });
  const size = pairOf('size of conv2d', options.size, 1);
  const stride = pairOf('stride of conv2d', options.stride ?? 1, 1);
  const padding = pairOf('padding of conv2d', options.padding ?? 0, 0);
  const { bias = true } = options;
  const depth = size[0] * size[1] * channels;
  const initialiser: Initialiser = { kind: 'uniform', bound: 1 / Math.sqrt(depth) };
  const parameters: readonly ParameterDefinition[] = [
    { name: 'weight', shape: [depth, filters], initialiser },
    ...(bias ? [{ name: 'bias', shape: [filters], initialiser }] : []),
  ];
  return Object.freeze({
    kind: 'conv2d',
    description: { channels, filters, size, stride, padding },
    parameters,
    build: (builder: SegmentBuilder, input: Tensor): Tensor => {
      requireImage(`conv2d(${channels}, ${filters})`, input, channels);
      const weight = builder.parameter('weight', [depth, filters]);
      const windows = { size, stride, padding };
      if (!bias) return convolve(builder, input, weight, windows);
      const shift = builder.parameter('bias', [filters]);
      return convolve(builder, input, weight, { ...windows, bias: shift });
    },
  });
}

/** The largest number of each window and channel. @throws AppError APP_OPTION_INVALID */
export function maxPool2d(options: PoolOptions): Layer {
  return pool('maxPool2d', options, largestOf);
}

/** The mean of each window and channel. @throws AppError APP_OPTION_INVALID */
export function averagePool2d(options: PoolOptions): Layer {
  return pool('averagePool2d', options, averageOf);
}

/** Samples in another shape, of as many numbers in the same order. */
export function reshape(...shape: readonly number[]): Layer {
  for (const size of shape) requireInteger('a size of reshape', size, { min: 1, max: 2 ** 30 });
  return Object.freeze({
    kind: 'reshape',
    description: { shape },
    parameters: [],
    build: (builder: SegmentBuilder, input: Tensor): Tensor => {
      const [, ...sample] = input.shape;
      if (elementCount(sample) === elementCount(shape)) return reshaped(builder, input, shape);
      const message = `reshape(${shape.join(', ')}) is given samples of shape ` +
        `(${sample.join(', ')}), which have another number of elements`;
      throw new AppError('APP_SHAPE_MISMATCH', message);
    },
  });
}

/** Samples as one row of numbers each. */
export function flatten(): Layer {
  return Object.freeze({
    kind: 'flatten',
    description: {},
    parameters: [],
    build: (builder: SegmentBuilder, input: Tensor): Tensor =>
      reshaped(builder, input, [elementCount(input.shape.slice(1))]),
  });
}

type Pool = (tape: SegmentBuilder, image: Tensor, windows: WindowOptions) => Tensor;

function pool(kind: string, options: PoolOptions, of: Pool): Layer {
  refuseUnknownKeys(kind, options, ['size', 'stride']);
  const size = pairOf(`size of ${kind}`, options.size, 1);
  const stride = pairOf(`stride of ${kind}`, options.stride ?? size, 1);
  return Object.freeze({
    kind,
    description: { size, stride },
    parameters: [],
    build: (builder: SegmentBuilder, input: Tensor): Tensor => {
      requireImage(kind, input, undefined);
      return of(builder, input, { size, stride });
    },
  });
}

function pairOf(what: string, pair: Pair, min: number): readonly [number, number] {
  const both = typeof pair === 'number' ? ([pair, pair] as const) : pair;
  for (const count of both) requireInteger(what, count, { min, max: WINDOW_MAX });
  return both;
}

/** @throws AppError APP_SHAPE_MISMATCH unless samples are images of so many channels. */
function requireImage(what: string, input: Tensor, channels: number | undefined): void {
  const [, ...sample] = input.shape;
  if (sample.length === 3 && (channels ?? sample[2]) === sample[2]) return;
  const message = `${what} is given samples of shape (${sample.join(', ')}), it takes ` +
    `(rows, columns, ${channels ?? 'channels'})`;
  throw new AppError('APP_SHAPE_MISMATCH', message);
}

import type { Expression } from './contract.js';
import { GpuError } from './errors.js';
import { element, expression } from './expression.js';
import { formatShape } from './shape.js';
import type { MatmulOptions, Tape, Tensor } from './tensor.js';
import { stridesOf } from './view.js';
import { pad } from './views.js';

/**
 * Convolution and pooling in two dimensions of images (B,H,W,C), as views of windows and products
 * or reductions of them.
 */

/** What these record with: a tape or the builder of a segment. */
export type ImageTape = Pick<
  Tape,
  'view' | 'viewGradient' | 'add' | 'matmul' | 'reduce' | 'map'
>;

/** Which windows of an image there are. */
export interface WindowOptions {
  /** Rows and columns of a window. */
  readonly size: readonly [number, number];
  /** From one window to the next, in rows and columns. @default [1, 1] */
  readonly stride?: readonly [number, number];
  /** Zeros around the image: at the top and bottom, and at both sides. @default [0, 0] */
  readonly padding?: readonly [number, number];
}

export type ConvolutionOptions = WindowOptions & Pick<MatmulOptions, 'bias' | 'activation'>;

/**
 * (B,H,W,C) as (B,H',W',N): each window, row by row with its channels together, times
 * filter(rows · columns · C, N). H' = ⌊(H + 2 · padding − rows) / stride⌋ + 1.
 * @throws GpuError GPU_SHAPE_MISMATCH where no window fits, or the filter does not.
 */
export function conv2d(
  tape: ImageTape,
  image: Tensor,
  filter: Tensor,
  options: ConvolutionOptions,
): Tensor {
  const windows = windowsOf('conv2d', tape, image, options);
  const { rows, columns, channels, size: [height, width] } = windows;
  const [stepDown, stepAcross, row, column, channel] = windows.strides;
  const patches = tape.view(windows.image, {
    offset: 0,
    sizes: [rows, columns, height, width, channels],
    strides: [stepDown, stepAcross, row, column, channel],
  }, [rows, columns, height * width * channels]);
  const { bias, activation } = options;
  const given = activation === undefined ? { bias } : { bias, activation };
  return tape.matmul(patches, filter, given);
}

/** The largest element of each window and channel, as (B,H',W',C). Windows are not padded. */
export function maxPool2d(
  tape: ImageTape,
  image: Tensor,
  options: Omit<WindowOptions, 'padding'>,
): Tensor {
  return tape.reduce(pooled('maxPool2d', tape, image, options), 'max');
}

/** The mean of each window and channel, as (B,H',W',C). Windows are not padded. */
export function averagePool2d(
  tape: ImageTape,
  image: Tensor,
  options: Omit<WindowOptions, 'padding'>,
): Tensor {
  const sum = tape.reduce(pooled('averagePool2d', tape, image, options), 'sum');
  const [height, width] = options.size;
  return tape.map(divideBy(height * width), [sum])[0] as Tensor; // one result
}

function divideBy(count: number): Expression {
  return expression((x) => element.divide(x, count));
}

/** (B,H',W',C, rows · columns). */
function pooled(
  what: string,
  tape: ImageTape,
  image: Tensor,
  options: Omit<WindowOptions, 'padding'>,
): Tensor {
  const windows = windowsOf(what, tape, image, options);
  const { rows, columns, channels, size: [height, width] } = windows;
  const [stepDown, stepAcross, row, column, channel] = windows.strides;
  return tape.view(windows.image, {
    offset: 0,
    sizes: [rows, columns, channels, height, width],
    strides: [stepDown, stepAcross, channel, row, column],
  }, [rows, columns, channels, height * width]);
}

interface Windows {
  /** With its padding. */
  readonly image: Tensor;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly size: readonly [number, number];
  /** From window to window down and across, and in it by row, column and channel. */
  readonly strides: readonly [number, number, number, number, number];
}

function windowsOf(
  what: string,
  tape: ImageTape,
  image: Tensor,
  { size, stride = [1, 1], padding = [0, 0] }: WindowOptions,
): Windows {
  const { shape } = image;
  if (shape.length !== 4) {
    fail(`${what}: the image is ${formatShape(shape)}, it is (batch, rows, columns, channels)`);
  }
  if (!areFrom(1, [...size, ...stride]) || !areFrom(0, padding)) {
    fail(`${what}: size ${formatShape(size)} and stride ${formatShape(stride)} are integers from ` +
      `1, padding ${formatShape(padding)} is from 0`);
  }
  const [above, beside] = padding;
  const padded = above === 0 && beside === 0 ? image : pad(tape, image, [
    { axis: 1, before: above, after: above },
    { axis: 2, before: beside, after: beside },
  ]);
  const [, height = 0, width = 0, channels = 0] = padded.shape;
  const [rows, columns] = [[height, 0], [width, 1]].map(([length = 0, axis = 0]) =>
    Math.floor((length - (size[axis] ?? 0)) / (stride[axis] ?? 1)) + 1);
  if (rows === undefined || columns === undefined || rows < 1 || columns < 1) {
    return fail(`${what}: windows of ${formatShape(size)} do not fit ${formatShape(shape)} with ` +
      `padding ${formatShape(padding)}`);
  }
  const [row = 0, column = 0] = stridesOf(padded.shape.slice(1));
  const steps = [stride[0] * row, stride[1] * column, row, column, 1] as const;
  return { image: padded, rows, columns, channels, size, strides: steps };
}

function areFrom(least: number, counts: readonly number[]): boolean {
  return counts.every((count) => Number.isSafeInteger(count) && count >= least);
}

function fail(message: string): never {
  throw new GpuError('GPU_SHAPE_MISMATCH', message);
}

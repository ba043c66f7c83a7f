import type { Shape } from './contract.js';
import { GpuError } from './errors.js';
import { elementCount, formatShape } from './shape.js';
import type { Tape, Tensor } from './tensor.js';
import { stridesOf } from './view.js';

/**
 * The usual views of tensors whose first axis is the batch: axis 0 stays where it is, the others
 * are named from 1. Each is one copy, or for `pad` and `concat` one a tensor.
 */

/** What these record with: a tape or the builder of a segment. */
export type ViewTape = Pick<Tape, 'view' | 'viewGradient' | 'add'>;

/** (B,…) as (B, …shape), of as many elements in the same order. */
export function reshape(tape: ViewTape, a: Tensor, shape: Shape): Tensor {
  const count = elementCount(a.shape.slice(1));
  return tape.view(a, { offset: 0, sizes: [count], strides: [1] }, shape);
}

/**
 * Axes in another order: `order[k]` is the axis that comes at axis k + 1.
 * @throws GpuError GPU_SHAPE_MISMATCH unless it names each axis from 1 once.
 */
export function transpose(tape: ViewTape, a: Tensor, order: readonly number[]): Tensor {
  const [, ...inner] = a.shape;
  const named = order.toSorted((x, y) => x - y);
  if (order.length !== inner.length || named.some((axis, index) => axis !== index + 1)) {
    fail(`transpose of ${formatShape(a.shape)}: order ${formatShape(order)} is not each axis ` +
      'from 1 once');
  }
  const strides = stridesOf(inner);
  return tape.view(a, {
    offset: 0,
    sizes: order.map((axis) => inner[axis - 1] ?? 0),
    strides: order.map((axis) => strides[axis - 1] ?? 0),
  });
}

/** Which indices of an axis. */
export interface SliceOptions {
  readonly axis: number;
  readonly from: number;
  /** The first index that is left out. */
  readonly to: number;
  /** @default 1 */
  readonly step?: number;
}

/** @throws GpuError GPU_SHAPE_MISMATCH for indices that the axis does not have. */
export function slice(tape: ViewTape, a: Tensor, options: SliceOptions): Tensor {
  const { axis, from, to, step = 1 } = options;
  const [, ...inner] = a.shape;
  const size = sizeOf('slice', a, axis);
  const isRange = [from, to, step].every(Number.isSafeInteger) &&
    from >= 0 && to >= from && to <= size && step >= 1;
  if (!isRange) {
    fail(`slice of ${formatShape(a.shape)}: indices from ${from} to ${to} by ${step} of axis ` +
      `${axis}`);
  }
  const strides = stridesOf(inner);
  const stride = strides[axis - 1] ?? 0;
  return tape.view(a, {
    offset: from * stride,
    sizes: inner.with(axis - 1, Math.ceil((to - from) / step)),
    strides: strides.with(axis - 1, step * stride),
  });
}

/** How many zeros come before and after an axis. */
export interface PadOptions {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}

/** Zeros around the elements of some axes. @throws GpuError GPU_SHAPE_MISMATCH */
export function pad(tape: ViewTape, a: Tensor, margins: readonly PadOptions[]): Tensor {
  const [, ...sizes] = a.shape;
  const starts = sizes.map(() => 0);
  const padded = [...sizes];
  for (const { axis, before, after } of margins) {
    const size = sizeOf('pad', a, axis);
    if (![before, after].every((count) => Number.isSafeInteger(count) && count >= 0)) {
      fail(`pad of ${formatShape(a.shape)}: ${before} before and ${after} after axis ${axis}`);
    }
    starts[axis - 1] = before;
    padded[axis - 1] = before + size + after;
  }
  const strides = stridesOf(padded);
  const offset = starts.reduce((sum, start, axis) => sum + start * (strides[axis] ?? 0), 0);
  return tape.viewGradient(a, { offset, sizes, strides }, padded);
}

/**
 * Tensors one after the other along an axis: the sum of all, each with zeros in place of the
 * others; so a −0 becomes 0.
 * @throws GpuError GPU_SHAPE_MISMATCH unless the other axes are alike.
 */
export function concat(tape: ViewTape, tensors: readonly Tensor[], axis: number): Tensor {
  const sizes = tensors.map((tensor) => sizeOf('concat', tensor, axis));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  const padded = tensors.map((tensor, index) => {
    const size = sizes[index] ?? 0;
    const placed = pad(tape, tensor, [{ axis, before, after: total - before - size }]);
    before += size;
    return placed;
  });
  const [first, ...others] = padded;
  if (first === undefined) return fail('concat of no tensors');
  for (const { shape } of others) {
    if (formatShape(shape) === formatShape(first.shape)) continue;
    const shapes = tensors.map((tensor) => formatShape(tensor.shape)).join(' and ');
    fail(`concat of ${shapes}: axes other than ${axis} are alike`);
  }
  return others.reduce((sum, tensor) => tape.add(sum, tensor), first);
}

function sizeOf(what: string, a: Tensor, axis: number): number {
  const size = axis >= 1 ? a.shape[axis] : undefined;
  return size ?? fail(`${what} of ${formatShape(a.shape)}: axis ${axis} is none from 1`);
}

function fail(message: string): never {
  throw new GpuError('GPU_SHAPE_MISMATCH', message);
}

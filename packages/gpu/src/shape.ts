import type { DType, Shape } from './contract.js';
import { GpuError } from './errors.js';

/**
 * Sizes of tensors. A shape is checked once, where it enters (tape or validation); the rest of the
 * package trusts it.
 */

/** Dimensions that one shape may have. */
export const MAX_RANK = 8;

/** Elements that one tensor may have; their byte offsets fit 32 bits. */
export const MAX_ELEMENTS: number = 2 ** 30 - 1;

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<DType, number>> = Object.freeze({
  f32: 4, bf16: 2, f16: 2, i32: 4, u8: 1, bool: 1,
});

/** Every type of elements, in the order of the contract. */
export const DTYPES: readonly DType[] = Object.freeze(
  ['f32', 'bf16', 'f16', 'i32', 'u8', 'bool'] as const,
);

/** Elements of a tensor; 1 for the empty shape. */
export function elementCount(shape: Shape): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Bytes of a tensor without padding. */
export function byteLength(shape: Shape, dtype: DType): number {
  return elementCount(shape) * ELEMENT_BYTES[dtype];
}

/** The last two sizes, in the other order for a matrix that is read transposed. */
export function lastTwo(shape: Shape, transposed: boolean): readonly [number, number] {
  const [rows = 1, columns = 1] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

/** Rows and columns of a shape of two dimensions or more: all but the last are rows. */
export function rowsOf(shape: Shape): readonly [rows: number, columns: number] {
  return [elementCount(shape.slice(0, -1)), shape.at(-1) ?? 1];
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, index) => size === b[index]);
}

/** A shape as messages show it: `(128, 784)`. */
export function formatShape(shape: Shape): string {
  return `(${shape.join(', ')})`;
}

/** @throws GpuError GPU_SHAPE_MISMATCH, its message beginning with `what`. */
export function checkShape(shape: Shape, what: string): void {
  if (shape.length > MAX_RANK) {
    throw new GpuError(
      'GPU_SHAPE_MISMATCH',
      `${what}: ${formatShape(shape)} has ${shape.length} dimensions, the limit is ${MAX_RANK}`,
    );
  }
  for (const size of shape) {
    if (Number.isSafeInteger(size) && size >= 0) continue;
    throw new GpuError(
      'GPU_SHAPE_MISMATCH',
      `${what}: shape ${formatShape(shape)} has size ${size}, sizes are integers from 0`,
    );
  }
  if (elementCount(shape) > MAX_ELEMENTS) {
    throw new GpuError(
      'GPU_SHAPE_MISMATCH',
      `${what}: shape ${formatShape(shape)} has more than ${MAX_ELEMENTS} elements`,
    );
  }
}

/** True if `shape` fits `into` aligned at the last axis, each size equal or 1. */
export function broadcasts(shape: Shape, into: Shape): boolean {
  const missing = into.length - shape.length;
  return missing >= 0 &&
    shape.every((size, axis) => size === 1 || size === into[axis + missing]);
}

/** The shape that all of `shapes` are broadcast to, or undefined. */
export function broadcastShape(shapes: readonly Shape[]): Shape | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const sizes = Array.from({ length: rank }, (_, axis) => {
    const found = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return found.find((size) => size !== 1) ?? 1;
  });
  return shapes.every((shape) => broadcasts(shape, sizes)) ? sizes : undefined;
}

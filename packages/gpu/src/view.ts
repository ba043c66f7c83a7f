import type { Shape } from './contract.js';
import { elementCount, formatShape, MAX_ELEMENTS, MAX_RANK } from './shape.js';

/** Elements of one sample in another order: index i, below the sizes, is offset + Σ i · strides. */
export interface View {
  readonly offset: number;
  readonly sizes: Shape;
  readonly strides: readonly number[];
}

/** A copy without fields of others. */
export function viewFields({ offset, sizes, strides }: View): View {
  return { offset, sizes: [...sizes], strides: [...strides] };
}

/** Elements from one index to the next, of a shape that lies row-major. */
export function stridesOf(shape: Shape): readonly number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

function isStride(stride: number): boolean {
  return Number.isSafeInteger(stride) && Math.abs(stride) <= MAX_ELEMENTS;
}

/** Calls `fail`, which throws, where the view is malformed or reaches outside of `whole`. */
export function checkView(view: View, whole: Shape, fail: (message: string) => never): void {
  const { offset, sizes, strides } = view;
  if (sizes.length !== strides.length || sizes.length >= MAX_RANK) {
    fail(`${sizes.length} sizes and ${strides.length} strides, they are as many and below ` +
      `${MAX_RANK}`);
  }
  if (!sizes.every(isSize) || elementCount(sizes) > MAX_ELEMENTS) {
    fail(`sizes ${formatShape(sizes)} are no integers from 0 of at most ${MAX_ELEMENTS} elements`);
  }
  if (![offset, ...strides].every(isStride)) {
    fail(`offset ${offset} and strides ${formatShape(strides)} are no integers up to ` +
      `${MAX_ELEMENTS}`);
  }
  if (elementCount(sizes) === 0) return;
  const spans = sizes.map((size, axis) => (size - 1) * (strides[axis] ?? 0));
  const first = spans.reduce((sum, span) => sum + Math.min(span, 0), offset);
  const last = spans.reduce((sum, span) => sum + Math.max(span, 0), offset);
  const count = elementCount(whole);
  if (first < 0 || last >= count) fail(`elements ${first} to ${last} of ${count}`);
}

import type { View } from '../view.js';

/**
 * Views and their gradients in plain TypeScript. Shapes were validated; `as number` stands where an
 * index is in range.
 */

/** Elements of a sample of the whole and of the view. */
export interface ViewSizes {
  readonly batch: number;
  readonly whole: number;
  readonly viewed: number;
}

/** Calls each(element) for all indices in row-major order. */
function eachElement({ offset, sizes, strides }: View, each: (element: number) => void): void {
  const visit = (axis: number, first: number): void => {
    if (axis === sizes.length) return each(first);
    const [size, stride] = [sizes[axis] as number, strides[axis] as number];
    for (let i = 0; i < size; i += 1) visit(axis + 1, first + i * stride);
  };
  visit(0, offset);
}

const f = Math.fround;

/** out(batch, viewed) of a(batch, whole). */
export function viewRows(a: Float32Array, out: Float32Array, view: View, sizes: ViewSizes): void {
  let to = 0;
  for (let b = 0; b < sizes.batch; b += 1) {
    const from = b * sizes.whole;
    eachElement(view, (element) => {
      out[to] = a[from + element] as number;
      to += 1;
    });
  }
}

/** out(batch, whole) of gradient(batch, viewed). */
export function viewGradientRows(
  gradient: Float32Array,
  out: Float32Array,
  view: View,
  sizes: ViewSizes,
): void {
  out.fill(0, 0, sizes.batch * sizes.whole);
  let from = 0;
  for (let b = 0; b < sizes.batch; b += 1) {
    const to = b * sizes.whole;
    eachElement(view, (element) => {
      const at = to + element;
      out[at] = f((out[at] as number) + (gradient[from] as number));
      from += 1;
    });
  }
}

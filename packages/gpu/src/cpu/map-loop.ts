import type { Shape } from '../contract.js';

/**
 * The loop of a map over its out's indices: rows of neighbouring elements, with as many axes joined
 * into a row as all inputs allow. native/core/cpu/map_loop.cc does the same.
 */
export interface MapLoop {
  /** Elements of a row. */
  readonly length: number;
  /** Sizes of the axes over rows, outermost first. */
  readonly sizes: readonly number[];
  readonly inputs: readonly {
    /** Elements from row to row, along each of `sizes`. */
    readonly strides: readonly number[];
    /** Elements from one index of a row to the next: 1, or 0 where it is broadcast. */
    readonly step: 0 | 1;
  }[];
}

/** @param shapes of the inputs, each broadcast to `out`. */
export function mapLoop(out: Shape, shapes: readonly Shape[]): MapLoop {
  const kept = out.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  let sizes = kept.map((axis) => out[axis] ?? 1);
  let strides = shapes.map((shape) => {
    const all = stridesOf(shape, out.length);
    return kept.map((axis) => all[axis] ?? 0);
  });
  for (let axis = sizes.length - 2; axis >= 0; axis -= 1) {
    const inner = sizes[axis + 1] ?? 1;
    const joins = strides.every((of) => of[axis] === (of[axis + 1] ?? 0) * inner);
    if (!joins) continue;
    sizes = sizes.with(axis, (sizes[axis] ?? 1) * inner).toSpliced(axis + 1, 1);
    strides = strides.map((of) => of.with(axis, of[axis + 1] ?? 0).toSpliced(axis + 1, 1));
  }
  return {
    length: sizes.at(-1) ?? 1,
    sizes: sizes.slice(0, -1),
    inputs: strides.map((of) => ({
      strides: of.slice(0, -1),
      step: of.at(-1) === 1 ? 1 : 0,
    })),
  };
}

/** Elements from index to index of each of `rank` axes; 0 where the shape is broadcast. */
function stridesOf(shape: Shape, rank: number): readonly number[] {
  const strides = new Array<number>(rank).fill(0);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const size = shape[axis] ?? 1;
    if (size !== 1) strides[axis + rank - shape.length] = step;
    step *= size;
  }
  return strides;
}

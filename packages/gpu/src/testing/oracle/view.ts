import type { Op, Program } from '../../contract.js';
import type { Read } from './values.js';
import { at, countOf, shapeOf } from './values.js';

/** Views in f64: each index is taken apart by division, and its element looked up. */

type ViewOp = Op & { kind: 'view' | 'viewGradient' };

/** The element of a sample that place `i` of the view lists. */
function elementOf({ offset, sizes, strides }: ViewOp, i: number): number {
  let [rest, element] = [i, offset];
  for (let axis = sizes.length - 1; axis >= 0; axis -= 1) {
    const size = sizes[axis] ?? 1;
    element += (rest % size) * (strides[axis] ?? 0);
    rest = Math.floor(rest / size);
  }
  return element;
}

function countsOf(program: Program, wholeId: number, viewedId: number): readonly number[] {
  const [batch = 0] = shapeOf(program, wholeId);
  return [wholeId, viewedId].map((id) => (batch === 0 ? 0 : countOf(program, id) / batch));
}

export function view(program: Program, op: Op & { kind: 'view' }, read: Read): Float64Array {
  const [whole = 0, viewed = 0] = countsOf(program, op.a, op.out);
  const a = read(op.a);
  return Float64Array.from({ length: countOf(program, op.out) }, (_, place) =>
    at(a, Math.floor(place / viewed) * whole + elementOf(op, place % viewed)));
}

export function viewGradient(
  program: Program,
  op: Op & { kind: 'viewGradient' },
  read: Read,
): Float64Array {
  const [whole = 0, viewed = 0] = countsOf(program, op.out, op.gradient);
  const out = new Float64Array(countOf(program, op.out));
  read(op.gradient).forEach((x, place) => {
    const to = Math.floor(place / viewed) * whole + elementOf(op, place % viewed);
    out[to] = at(out, to) + x;
  });
  return out;
}

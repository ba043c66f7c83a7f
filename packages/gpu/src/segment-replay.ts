import type { ValueId } from './contract.js';
import { GpuError } from './errors.js';
import { operandsOf } from './operands.js';
import type { Segment, SegmentOp } from './segment.js';
import { formatShape, sameShape } from './shape.js';
import type { Tape, Tensor } from './tensor.js';

/**
 * Links segments that follow each other: their operations in one list on one tape, for a number of
 * rows, with every relu that alone reads a product moved into it. Fusing changes no bits.
 */

/** What `replaySegments` recorded, parameters in order of segments. */
export interface Replayed {
  readonly output: Tensor;
  readonly parameters: readonly Tensor[];
}

interface Chain {
  readonly ops: readonly SegmentOp[];
  readonly output: ValueId;
}

/**
 * Records the segments one after the other on `tape` for the rows of `input` (rows, …inputShape).
 * @throws GpuError GPU_SHAPE_MISMATCH where one segment does not fit the next.
 */
export function replaySegments(tape: Tape, segments: readonly Segment[], input: Tensor): Replayed {
  checkFit(segments, input);
  const parameters: Tensor[] = [];
  const tensors = new Map<ValueId, Tensor>([[0, input]]);
  const ops: SegmentOp[] = [];
  let output: ValueId = 0;
  let next = 1;
  for (const segment of segments) {
    const ids = new Map<ValueId, ValueId>([[segment.input, output]]);
    for (const { shape, value } of segment.parameters) {
      const parameter = tape.parameter(shape);
      parameters.push(parameter);
      tensors.set(next, parameter);
      ids.set(value, next++);
    }
    for (const op of segment.ops) {
      ids.set(op.out, next++);
      ops.push(renumber(op, ids));
    }
    output = idIn(ids, segment.output);
  }
  const chain = { ops: fuseRelus({ ops, output }), output };
  for (const op of chain.ops) tensors.set(op.out, record(tape, op, (id) => idIn(tensors, id)));
  return { output: idIn(tensors, output), parameters };
}

function checkFit(segments: readonly Segment[], input: Tensor): void {
  let found = input.shape.slice(1);
  segments.forEach((segment, index) => {
    if (!sameShape(found, segment.inputShape)) {
      throw new GpuError(
        'GPU_SHAPE_MISMATCH',
        `segment ${index} takes ${formatShape(segment.inputShape)} per sample, it is given ` +
          formatShape(found),
      );
    }
    found = [...segment.outputShape];
  });
}

function idIn<T>(map: ReadonlyMap<ValueId, T>, id: ValueId): T {
  const found = map.get(id);
  if (found !== undefined) return found;
  throw new GpuError('GPU_PROGRAM_INVALID', `a segment reads value ${id} before it is written`);
}

function renumber(op: SegmentOp, ids: ReadonlyMap<ValueId, ValueId>): SegmentOp {
  const a = idIn(ids, op.a);
  const out = idIn(ids, op.out);
  switch (op.kind) {
    case 'matmul': {
      const bias = op.bias === undefined ? {} : { bias: idIn(ids, op.bias) };
      return { ...op, a, b: idIn(ids, op.b), out, ...bias };
    }
    case 'add':
      return { ...op, a, b: idIn(ids, op.b), out };
    case 'addBias':
      return { ...op, a, bias: idIn(ids, op.bias), out };
    case 'relu':
      return { ...op, a, out };
  }
}

function fuseRelus({ ops, output }: Chain): readonly SegmentOp[] {
  const uses = new Map<ValueId, number>([[output, 1]]);
  for (const op of ops) {
    for (const id of operandsOf(op).reads) uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  const fused: SegmentOp[] = [];
  const products = new Map<ValueId, number>();
  for (const op of ops) {
    const at = op.kind === 'relu' && uses.get(op.a) === 1 ? products.get(op.a) : undefined;
    const product = at === undefined ? undefined : fused[at];
    if (at !== undefined && product?.kind === 'matmul') {
      fused[at] = { ...product, activation: 'relu', out: op.out };
      continue;
    }
    if (op.kind === 'matmul' && op.activation === 'none') products.set(op.out, fused.length);
    fused.push(op);
  }
  return fused;
}

function record(tape: Tape, op: SegmentOp, tensor: (id: ValueId) => Tensor): Tensor {
  const a = tensor(op.a);
  switch (op.kind) {
    case 'matmul': {
      const bias = op.bias === undefined ? undefined : tensor(op.bias);
      const { activation, transposeB } = op;
      return tape.matmul(a, tensor(op.b), { bias, activation, transposeB });
    }
    case 'add':
      return tape.add(a, tensor(op.b));
    case 'addBias':
      return tape.addBias(a, tensor(op.bias));
    case 'relu':
      return tape.relu(a);
  }
}

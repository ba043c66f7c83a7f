import type { Expression, ValueId } from './contract.js';
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
      for (const out of operandsOf(op).writes) ids.set(out, next++);
      ops.push(renumber(op, ids));
    }
    output = idIn(ids, segment.output);
  }
  const chain = { ops: fuseRelus({ ops, output }), output };
  for (const op of chain.ops) {
    const results = record(tape, op, (id) => idIn(tensors, id));
    operandsOf(op).writes.forEach((id, index) => tensors.set(id, results[index] as Tensor));
  }
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
  const of = (id: ValueId): ValueId => idIn(ids, id);
  if (op.kind === 'map') return { ...op, inputs: op.inputs.map(of), outs: op.outs.map(of) };
  const bias = op.bias === undefined ? {} : { bias: of(op.bias) };
  return { ...op, a: of(op.a), b: of(op.b), out: of(op.out), ...bias };
}

function fuseRelus({ ops, output }: Chain): readonly SegmentOp[] {
  const uses = new Map<ValueId, number>([[output, 1]]);
  for (const op of ops) {
    for (const id of operandsOf(op).reads) uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  const fused: SegmentOp[] = [];
  const products = new Map<ValueId, number>();
  for (const op of ops) {
    const [product] = op.kind === 'map' ? op.inputs : [];
    const [out] = op.kind === 'map' ? op.outs : [];
    const at = product === undefined ? undefined : products.get(product);
    const before = at === undefined ? undefined : fused[at];
    const joins = op.kind === 'map' && isRelu(op.expression) && uses.get(product ?? -1) === 1;
    if (joins && at !== undefined && out !== undefined && before?.kind === 'matmul') {
      fused[at] = { ...before, activation: 'relu', out };
      continue;
    }
    if (op.kind === 'matmul' && op.activation === 'none') products.set(op.out, fused.length);
    fused.push(op);
  }
  return fused;
}

function isRelu({ steps, results }: Expression): boolean {
  return results.length === 1 && steps[results[0] ?? -1]?.kind === 'relu' && steps.length === 2;
}

function record(
  tape: Tape,
  op: SegmentOp,
  tensor: (id: ValueId) => Tensor,
): readonly Tensor[] {
  if (op.kind === 'map') return tape.map(op.expression, op.inputs.map(tensor));
  const bias = op.bias === undefined ? undefined : tensor(op.bias);
  const { activation, transposeB } = op;
  return [tape.matmul(tensor(op.a), tensor(op.b), { bias, activation, transposeB })];
}

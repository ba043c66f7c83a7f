import type { Expression, Shape, ValueId } from './contract.js';
import { GpuError } from './errors.js';
import { operandsOf } from './operands.js';
import type { Segment, SegmentOp } from './segment.js';
import { formatShape, sameShape } from './shape.js';
import type { Tape, Tensor } from './tensor.js';

/**
 * Links segments that follow each other: their operations in one list on one tape, for a number of
 * rows, with every relu that alone reads a product moved into it. Fusing changes no bits.
 */

/** What `replaySegments` recorded. */
export interface Replayed {
  readonly output: Tensor;
  /** By the numbers of `parameterNumbers`. */
  readonly parameters: readonly Tensor[];
}

/**
 * For each segment the numbers of its parameters among those of the stage, ascending by first use.
 * A parameter that two segments share has one number.
 */
export type ParameterNumbers = readonly (readonly number[])[];

/** Every parameter of every segment is one of its own, in order. */
export function parameterNumbers(segments: readonly Segment[]): ParameterNumbers {
  let next = 0;
  return segments.map(({ parameters }) => parameters.map(() => next++));
}

interface Chain {
  readonly ops: readonly SegmentOp[];
  readonly output: ValueId;
}

/**
 * Records the segments one after the other on `tape` for the rows of `input` (rows, …inputShape).
 * @throws GpuError GPU_SHAPE_MISMATCH where one segment does not fit the next.
 */
export function replaySegments(
  tape: Tape,
  segments: readonly Segment[],
  input: Tensor,
  numbers: ParameterNumbers = parameterNumbers(segments),
): Replayed {
  checkFit(segments, input);
  const parameters: Tensor[] = [];
  const shared = new Map<number, ValueId>();
  const tensors = new Map<ValueId, Tensor>([[0, input]]);
  const ops: SegmentOp[] = [];
  let output: ValueId = 0;
  let next = 1;
  for (const [index, segment] of segments.entries()) {
    const ids = new Map<ValueId, ValueId>([[segment.input, output]]);
    for (const [place, { shape, value, name }] of segment.parameters.entries()) {
      const number = numbers[index]?.[place] ?? -1;
      const known = shared.get(number);
      if (known !== undefined) {
        checkShared(name, shape, tensors.get(known)?.shape ?? []);
        ids.set(value, known);
        continue;
      }
      const parameter = tape.parameter(shape);
      parameters[number] = parameter;
      shared.set(number, next);
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

function checkShared(name: string, shape: Shape, first: Shape): void {
  if (sameShape(shape, first)) return;
  const message = `parameter ${name} is ${formatShape(shape)}, it shares ${formatShape(first)}`;
  throw new GpuError('GPU_SHAPE_MISMATCH', message);
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
    const dtype = index === 0 ? input.dtype : 'f32';
    if (segment.inputDtype !== dtype) {
      const message = `segment ${index} takes ${segment.inputDtype}, it is given ${dtype}`;
      throw new GpuError('GPU_DTYPE_MISMATCH', message);
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
  if (op.kind === 'normalize') {
    return { ...op, a: of(op.a), out: of(op.out), scale: of(op.scale) };
  }
  if (op.kind === 'gather') {
    return { ...op, table: of(op.table), indices: of(op.indices), out: of(op.out) };
  }
  if (op.kind === 'attention') {
    return { ...op, qkv: of(op.qkv), out: of(op.out), logSum: of(op.logSum) };
  }
  if (op.kind === 'view' || op.kind === 'reduce' || op.kind === 'softmax') {
    return { ...op, a: of(op.a), out: of(op.out) };
  }
  if (op.kind === 'viewGradient') return { ...op, gradient: of(op.gradient), out: of(op.out) };
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
  if (op.kind === 'normalize') {
    const { out, scale } = tape.normalize(tensor(op.a), op);
    return [out, scale];
  }
  if (op.kind === 'gather') return [tape.gather(tensor(op.table), tensor(op.indices))];
  if (op.kind === 'attention') {
    const { out, logSum } = tape.attention(tensor(op.qkv), op);
    return [out, logSum];
  }
  if (op.kind === 'reduce') return [tape.reduce(tensor(op.a), op.how)];
  if (op.kind === 'softmax') return [tape.softmax(tensor(op.a), op)];
  if (op.kind === 'view') return [tape.view(tensor(op.a), op, op.shape)];
  if (op.kind === 'viewGradient') return [tape.viewGradient(tensor(op.gradient), op, op.shape)];
  const bias = op.bias === undefined ? undefined : tensor(op.bias);
  const { activation, transposeB } = op;
  return [tape.matmul(tensor(op.a), tensor(op.b), { bias, activation, transposeB })];
}

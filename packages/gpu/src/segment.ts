import type { DType, Expression, Op, Shape, ValueId } from './contract.js';
import { GpuError } from './errors.js';
import { operandsOf } from './operands.js';
import { checkShape, formatShape } from './shape.js';
import { createTape } from './tape.js';
import type { AttentionOptions, MatmulOptions, NormalizeOptions, Tensor } from './tensor.js';
import type { View } from './view.js';

/**
 * What one layer contributes to a stage program (NUMERICS-N8): operations over one batch axis whose
 * size is not known yet. A segment is plain data that survives structured clone and JSON.
 *
 * SEGMENT-1: a segment is recorded with a batch of one row; every value but a parameter has the
 *   batch axis first, so replaying it for another number of rows changes nothing else.
 */

/** Operations that a segment may contain: those that treat every row of the batch alike. */
export type SegmentOp =
  | Extract<Op, { kind: 'matmul' | 'map' | 'gather' | 'attention' }>
  | Extract<Op, { kind: 'normalize' | 'softmax' | 'reduce' }>
  | (ViewOp & {
    /** Of the result, without the batch axis. */
    readonly shape: Shape;
  });

type ViewOp = Extract<Op, { kind: 'view' | 'viewGradient' }>;

export interface SegmentParameter {
  readonly name: string;
  readonly shape: Shape;
  readonly value: ValueId;
}

export interface Segment {
  /** Per sample, without the batch axis. */
  readonly inputShape: Shape;
  readonly inputDtype: DType;
  readonly outputShape: Shape;
  readonly parameters: readonly SegmentParameter[];
  readonly input: ValueId;
  readonly output: ValueId;
  readonly ops: readonly SegmentOp[];
}

/** What `build` records with. */
export interface SegmentBuilder {
  /** Names are unique within the segment. */
  parameter(name: string, shape: Shape): Tensor;
  matmul(
    a: Tensor,
    b: Tensor,
    options?: Pick<MatmulOptions, 'bias' | 'activation' | 'transposeB'>,
  ): Tensor;
  map(expression: Expression, inputs: readonly Tensor[]): readonly Tensor[];
  add(a: Tensor, b: Tensor): Tensor;
  relu(a: Tensor): Tensor;
  normalize(a: Tensor, options?: NormalizeOptions): { readonly out: Tensor };
  /** Rows of a parameter (V,N) by indices that are the segment's input. */
  gather(table: Tensor, indices: Tensor): Tensor;
  attention(qkv: Tensor, options: AttentionOptions): { readonly out: Tensor };
  /** The sum or the largest element of each row of (…,N), as (…). */
  reduce(a: Tensor, how: 'sum' | 'max'): Tensor;
  /** Softmax of each row of (…,N), or its logarithm. */
  softmax(a: Tensor, options?: { readonly log?: boolean }): Tensor;
  /** As those of a tape; views.ts and convolution.ts record with them. */
  view(a: Tensor, view: View, shape?: Shape): Tensor;
  viewGradient(gradient: Tensor, view: View, shape: Shape): Tensor;
}

export interface SegmentRecording {
  /** Of one sample, without the batch axis. */
  readonly inputShape: Shape;
  /** @default 'f32' */
  readonly inputDtype?: DType;
  /** Returns the output; its first axis is the batch. */
  readonly build: (builder: SegmentBuilder, input: Tensor) => Tensor;
}

/** @throws GpuError GPU_SHAPE_MISMATCH or GPU_PROGRAM_INVALID naming the operation. */
export function recordSegment(recording: SegmentRecording): Segment {
  const { inputShape, inputDtype = 'f32', build } = recording;
  checkShape([1, ...inputShape], 'segment input');
  const tape = createTape();
  const parameters: SegmentParameter[] = [];
  const input = tape.input([1, ...inputShape], inputDtype);
  const builder: SegmentBuilder = {
    parameter(name, shape) {
      if (name === '' || parameters.some((other) => other.name === name)) {
        throw new GpuError('GPU_PROGRAM_INVALID', `segment parameter name "${name}" is taken`);
      }
      const tensor = tape.parameter(shape);
      parameters.push({ name, shape: tensor.shape, value: tensor.id });
      return tensor;
    },
    matmul: (a, b, options) => tape.matmul(a, b, options),
    map: (expression, inputs) => tape.map(expression, inputs),
    add: (a, b) => tape.add(a, b),
    relu: (a) => tape.relu(a),
    normalize: (a, options) => tape.normalize(a, options),
    gather: (table, indices) => tape.gather(table, indices),
    attention: (qkv, options) => tape.attention(qkv, options),
    reduce: (a, how) => tape.reduce(a, how),
    softmax: (a, options) => tape.softmax(a, options),
    view: (a, view, shape) => tape.view(a, view, shape),
    viewGradient: (gradient, view, shape) => tape.viewGradient(gradient, view, shape),
  };
  const output = build(builder, input);
  const [rows, ...outputShape] = output.shape;
  if (rows !== 1 || output.id === input.id) {
    throw new GpuError(
      'GPU_PROGRAM_INVALID',
      `segment output ${formatShape(output.shape)}: it is computed of the input, and its ` +
        'first axis is the batch',
    );
  }
  const names = new Set(parameters.map(({ value }) => value));
  const { values, ops: recorded } = tape.program();
  const ops = recorded.map((op) => segmentOp(op, names, (id) => values[id]?.shape ?? []));
  const shapes = { inputShape: [...inputShape], inputDtype, outputShape };
  return { ...shapes, parameters, input: input.id, output: output.id, ops };
}

/** SEGMENT-1: parameters stand exactly where no batch axis is. */
function segmentOp(
  op: Op,
  parameters: ReadonlySet<ValueId>,
  shapeOf: (id: ValueId) => Shape,
): SegmentOp {
  const refuse = (what: string): never => {
    throw new GpuError('GPU_NOT_SUPPORTED', `${op.kind} in a segment: ${what}`);
  };
  if (op.kind === 'map') {
    const rank = shapeOf(op.outs[0] ?? -1).length;
    const batches = op.inputs.filter((id) => !parameters.has(id));
    if (batches.length === 0) return refuse('no input has the batch');
    if (batches.some((id) => shapeOf(id).length !== rank)) {
      return refuse('the batch is not the first axis of its result');
    }
    return op;
  }
  if (isOfRows(op)) {
    const [read = -1] = operandsOf(op).reads;
    if (parameters.has(read)) return refuse('a parameter in the place of the batch');
    return isView(op) ? { ...op, shape: shapeOf(op.out).slice(1) } : op;
  }
  if (op.kind === 'gather') {
    if (parameters.has(op.indices)) return refuse('a parameter in the place of the batch');
    if (parameters.has(op.table)) return op;
    return refuse('a computed value in the place of a parameter');
  }
  if (op.kind !== 'matmul') return refuse('it does not treat every row of the batch alike');
  if (parameters.has(op.a)) return refuse('a parameter in the place of the batch');
  const fixed = op.bias === undefined ? [op.b] : [op.b, op.bias];
  if (fixed.some((id) => !parameters.has(id))) {
    return refuse('a computed value in the place of a parameter');
  }
  return op.transposeA ? refuse('the batch transposed') : op;
}

function isView(op: Op): op is ViewOp {
  return op.kind === 'view' || op.kind === 'viewGradient';
}

/** Whether the first operand has the batch and nothing else is read. */
function isOfRows(op: Op): op is Extract<
  Op, { kind: 'softmax' | 'normalize' | 'attention' | 'reduce' | 'view' | 'viewGradient' }
> {
  return isView(op) || ['softmax', 'normalize', 'attention', 'reduce'].includes(op.kind);
}

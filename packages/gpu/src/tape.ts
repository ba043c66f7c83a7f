import type { DType, Expression, Program, Shape, ValueId } from './contract.js';
import { GpuError } from './errors.js';
import type { Defined } from './gradients.js';
import { appendGradients } from './gradients.js';
import { ADD, RELU } from './named-expressions.js';
import { operandsOf } from './operands.js';
import { checkCast, checkCount, checkDtype, mismatch } from './operand-check.js';
import type { OperationDefinition } from './operation.js';
import { ProgramBuilder } from './program-builder.js';
import { checkShards } from './reduction-tree.js';
import {
  broadcastShape, checkShape, elementCount, formatShape, lastTwo, rowsOf, sameShape,
} from './shape.js';
import type {
  AttentionOptions, GradientRequest, MatmulOptions, NormalizeOptions, Tape, Tensor,
} from './tensor.js';
import type { View } from './view.js';
import { checkView, viewFields } from './view.js';

/**
 * Records operations on symbolic tensors as a program. A tape computes nothing; a backend runs what
 * it recorded. Shapes are checked when an operation is recorded.
 */
export function createTape(): Tape {
  return new RecordingTape();
}

class RecordingTape implements Tape {
  readonly #builder = new ProgramBuilder();
  readonly #tensors = new Map<ValueId, Tensor>();
  /** Values that no gradient goes through. */
  readonly #constants = new Set<ValueId>();
  readonly #defined: Defined[] = [];
  /** Calls of noGrad that have not returned. */
  #given = 0;

  input(shape: Shape, dtype: DType = 'f32'): Tensor {
    checkShape(shape, 'input');
    return this.#tensor(this.#builder.value(shape, 'input', dtype));
  }

  parameter(shape: Shape): Tensor {
    checkShape(shape, 'parameter');
    return this.#tensor(this.#builder.value(shape, 'parameter'));
  }

  matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
    const { bias, activation = 'none', transposeA = false, transposeB = false } = options;
    const dtype = a.dtype === 'bf16' ? 'bf16' : 'f32';
    const rows = transposeA ? [] : this.#rows('matmul: a', a, dtype);
    const [m, k] = transposeA ? this.#matrix('matmul: a', a, true, dtype) : rowsOf(rows);
    const [kOfB, n] = this.#matrix('matmul: b', b, transposeB, dtype);
    if (k !== kOfB) mismatch(`matmul: (${m}, ${k}) · (${kOfB}, ${n}): ${k} is not ${kOfB}`);
    if (bias !== undefined) this.#expect('matmul: bias', bias, [n]);
    const out = this.#result(transposeA ? [m, n] : [...rows.slice(0, -1), n]);
    const operands = { a: a.id, b: b.id, out: out.id };
    const flags = { transposeA, transposeB, activation };
    const added = bias === undefined ? {} : { bias: bias.id };
    this.#builder.push({ kind: 'matmul', ...operands, ...flags, ...added });
    return out;
  }

  batchMatmul(
    a: Tensor,
    b: Tensor,
    options: Pick<MatmulOptions, 'transposeA' | 'transposeB'> = {},
  ): Tensor {
    const { transposeA = false, transposeB = false } = options;
    const shape = this.#rows('batchMatmul: a', a);
    const other = this.#rows('batchMatmul: b', b);
    if (!sameShape(shape.slice(0, -2), other.slice(0, -2))) {
      mismatch(`batchMatmul: leading axes of ${formatShape(shape)} and ${formatShape(other)}`);
    }
    const [m, k] = lastTwo(shape, transposeA);
    const [kOfB, n] = lastTwo(other, transposeB);
    if (k !== kOfB) mismatch(`batchMatmul: (${m}, ${k}) · (${kOfB}, ${n}): ${k} is not ${kOfB}`);
    const out = this.#result([...shape.slice(0, -2), m, n]);
    const ids = { a: a.id, b: b.id, out: out.id };
    this.#builder.push({ kind: 'batchMatmul', ...ids, transposeA, transposeB });
    return out;
  }

  map(expression: Expression, inputs: readonly Tensor[]): readonly Tensor[] {
    if (inputs.length !== expression.inputs) {
      const message = `map: ${inputs.length} tensors, the expression takes ${expression.inputs}`;
      throw new GpuError('GPU_PROGRAM_INVALID', message);
    }
    inputs.forEach((tensor, index) => {
      checkDtype(`map: input ${index}`, this.#own(`map: input ${index}`, tensor).dtype, 'f32');
    });
    const shapes = inputs.map((tensor) => tensor.shape);
    const shape = broadcastShape(shapes) ??
      mismatch(`map: ${shapes.map(formatShape).join(' and ')} do not fit each other: aligned at ` +
        'the last axis, sizes are equal or 1');
    const outs = expression.results.map(() => this.#result(shape));
    const ids = { inputs: inputs.map(({ id }) => id), outs: outs.map(({ id }) => id) };
    this.#builder.push({ kind: 'map', expression, ...ids });
    return outs;
  }

  add(a: Tensor, b: Tensor): Tensor {
    return this.map(ADD, [a, b])[0] as Tensor; // one result
  }

  relu(a: Tensor): Tensor {
    return this.map(RELU, [a])[0] as Tensor; // one result
  }

  shardMatmul(a: Tensor, b: Tensor, edges: readonly number[], sum = false): Tensor {
    const [rows, k] = rowsOf(this.#rows('shardMatmul: a', a));
    const [rowsOfB, n] = rowsOf(this.#rows('shardMatmul: b', b));
    if (rows !== rowsOfB) mismatch(`shardMatmul: a has ${rows} rows and b has ${rowsOfB}`);
    if (sum) checkShards(edges.length - 1);
    const out = this.#result(sum ? [k, n] : [edges.length - 1, k, n]);
    const ids = { a: a.id, b: b.id, out: out.id };
    this.#builder.push({ kind: 'shardMatmul', ...ids, edges: [...edges], sum });
    return out;
  }

  shardColumnSum(a: Tensor, edges: readonly number[]): Tensor {
    const out = this.#result([edges.length - 1, ...this.#own('shardColumnSum', a).shape.slice(1)]);
    this.#builder.push({ kind: 'shardColumnSum', a: a.id, out: out.id, edges: [...edges] });
    return out;
  }

  argmax(a: Tensor): Tensor {
    const out = this.#result(this.#rows('argmax: a', a).slice(0, -1), 'i32');
    this.#builder.push({ kind: 'argmax', a: a.id, out: out.id });
    return out;
  }

  softmaxCrossEntropy(
    logits: Tensor,
    labels: Tensor,
    options: { readonly scale: number },
  ): { readonly losses: Tensor; readonly gradient: Tensor } {
    const shape = this.#rows('softmaxCrossEntropy: logits', logits);
    this.#expect('softmaxCrossEntropy: labels', labels, shape.slice(0, -1), 'i32');
    const losses = this.#result(shape.slice(0, -1));
    const gradient = this.#result(shape);
    const ids = { logits: logits.id, labels: labels.id, losses: losses.id, gradient: gradient.id };
    this.#builder.push({ kind: 'softmaxCrossEntropy', ...ids, scale: options.scale });
    return { losses, gradient };
  }

  reduce(a: Tensor, how: 'sum' | 'max'): Tensor {
    const out = this.#result(this.#rows('reduce: a', a).slice(0, -1));
    this.#builder.push({ kind: 'reduce', a: a.id, out: out.id, how });
    return out;
  }

  softmax(a: Tensor, { log = false }: { readonly log?: boolean } = {}): Tensor {
    const out = this.#result(this.#rows('softmax: a', a));
    this.#builder.push({ kind: 'softmax', a: a.id, out: out.id, log });
    return out;
  }

  softmaxGradient(gradient: Tensor, output: Tensor, { log }: { readonly log: boolean }): Tensor {
    const shape = this.#rows('softmaxGradient: output', output);
    this.#expect('softmaxGradient: gradient', gradient, shape);
    const out = this.#result(shape);
    const ids = { gradient: gradient.id, output: output.id, out: out.id };
    this.#builder.push({ kind: 'softmaxGradient', ...ids, log });
    return out;
  }

  normalize(a: Tensor, options: NormalizeOptions = {}): { out: Tensor; scale: Tensor } {
    const { centered = true, epsilon = 1e-5 } = options;
    const shape = this.#rows('normalize: a', a);
    const out = this.#result(shape);
    const scale = this.#result(shape.slice(0, -1));
    const ids = { a: a.id, out: out.id, scale: scale.id };
    this.#builder.push({ kind: 'normalize', ...ids, centered, epsilon });
    return { out, scale };
  }

  normalizeGradient(
    gradient: Tensor,
    results: { readonly out: Tensor; readonly scale: Tensor; readonly centered: boolean },
  ): Tensor {
    this.#expect('normalizeGradient: gradient', gradient, results.out.shape);
    const out = this.#result(gradient.shape);
    const ids = { gradient: gradient.id, output: results.out.id, scale: results.scale.id };
    const { centered } = results;
    this.#builder.push({ kind: 'normalizeGradient', ...ids, out: out.id, centered });
    return out;
  }

  gather(table: Tensor, indices: Tensor): Tensor {
    const [, columns] = this.#matrix('gather: table', table);
    const { shape, dtype } = this.#own('gather: indices', indices);
    checkDtype('gather: indices', dtype, 'i32');
    const out = this.#result([...shape, columns]);
    this.#builder.push({ kind: 'gather', table: table.id, indices: indices.id, out: out.id });
    return out;
  }

  shardScatter(
    gradient: Tensor,
    indices: Tensor,
    { count, edges }: { readonly count: number; readonly edges: readonly number[] },
  ): Tensor {
    const shape = this.#rows('shardScatter: gradient', gradient);
    this.#expect('shardScatter: indices', indices, shape.slice(0, -1), 'i32');
    const out = this.#result([edges.length - 1, count, shape.at(-1) ?? 0]);
    const ids = { gradient: gradient.id, indices: indices.id, out: out.id };
    this.#builder.push({ kind: 'shardScatter', ...ids, edges: [...edges] });
    return out;
  }

  attention(
    qkv: Tensor,
    { heads, factor }: AttentionOptions,
  ): { out: Tensor; logSum: Tensor } {
    const { shape, dtype } = this.#own('attention: qkv', qkv);
    checkDtype('attention: qkv', dtype, 'f32');
    const [batch = 0, tokens = 0, wide = 0] = shape;
    const size = wide / 3 / heads;
    if (shape.length !== 3 || !Number.isSafeInteger(size)) {
      mismatch(`attention: qkv is ${formatShape(shape)}, needed is (batch, tokens, 3 · ${heads} ` +
        'heads · n)');
    }
    const out = this.#result([batch, tokens, wide / 3]);
    const logSum = this.#result([batch, heads, tokens]);
    const ids = { qkv: qkv.id, out: out.id, logSum: logSum.id };
    const scaled = factor ?? 1 / Math.sqrt(Math.max(size, 1));
    this.#builder.push({ kind: 'attention', ...ids, heads, factor: scaled });
    return { out, logSum };
  }

  attentionGradient(
    gradient: Tensor,
    qkv: Tensor,
    results: { readonly out: Tensor; readonly logSum: Tensor } & Required<AttentionOptions>,
  ): Tensor {
    const { heads, factor } = results;
    this.#expect('attentionGradient: gradient', gradient, results.out.shape);
    const out = this.#result(this.#own('attentionGradient: qkv', qkv).shape);
    const reads = { gradient: gradient.id, qkv: qkv.id, output: results.out.id };
    const ids = { ...reads, logSum: results.logSum.id, out: out.id };
    this.#builder.push({ kind: 'attentionGradient', ...ids, heads, factor });
    return out;
  }

  view(a: Tensor, view: View, shape: Shape = view.sizes): Tensor {
    const { shape: whole, dtype } = this.#own('view', a);
    checkDtype('view', dtype, 'f32');
    const [batch, ...inner] = whole;
    if (batch === undefined) return mismatch('view: (), it needs a first axis');
    checkView(view, inner, (message) => mismatch(`view of ${formatShape(whole)}: ${message}`));
    checkCount('view', view, shape);
    const out = this.#result([batch, ...shape]);
    this.#builder.push({ kind: 'view', a: a.id, out: out.id, ...viewFields(view) });
    return out;
  }

  viewGradient(gradient: Tensor, view: View, shape: Shape): Tensor {
    const { shape: viewed, dtype } = this.#own('viewGradient', gradient);
    checkDtype('viewGradient', dtype, 'f32');
    const [batch, ...inner] = viewed;
    if (batch === undefined) return mismatch('viewGradient: (), it needs a first axis');
    checkView(view, shape, (message) =>
      mismatch(`viewGradient in ${formatShape(shape)}: ${message}`));
    checkCount('viewGradient', view, inner);
    const out = this.#result([batch, ...shape]);
    const ids = { gradient: gradient.id, out: out.id };
    this.#builder.push({ kind: 'viewGradient', ...ids, ...viewFields(view) });
    return out;
  }

  cast(a: Tensor, dtype: DType): Tensor {
    const { shape, dtype: from } = this.#own('cast', a);
    checkCast('cast', from, dtype);
    const out = this.#result(shape, dtype);
    this.#builder.push({ kind: 'cast', a: a.id, out: out.id });
    return out;
  }

  part(whole: Tensor, offset: number, shape: Shape): Tensor {
    checkShape(shape, 'part');
    const count = elementCount(this.#own('part', whole).shape);
    const end = offset + elementCount(shape);
    if (!Number.isSafeInteger(offset) || offset < 0 || end > count) {
      mismatch(`part: elements ${offset} to ${end} of ${formatShape(whole.shape)}`);
    }
    const { part } = this.#builder.spec(whole.id);
    const of = part?.of ?? whole.id;
    const tensor = this.#tensor(this.#builder.part(of, (part?.offset ?? 0) + offset, shape));
    if (this.#constants.has(whole.id)) this.#constants.add(tensor.id);
    return tensor;
  }

  apply(definition: OperationDefinition, inputs: readonly Tensor[]): Tensor {
    for (const input of inputs) this.#own(definition.name, input);
    const from = this.#builder.ops.length;
    const result = this.#own(definition.name, definition.forward(this, ...inputs));
    const own = this.#builder.ops.slice(from);
    if (!own.some((op) => operandsOf(op).writes.includes(result.id))) {
      const message = `${definition.name}: its result is of none of the operations it recorded`;
      throw new GpuError('GPU_PROGRAM_INVALID', message);
    }
    const within = this.#defined.findIndex((earlier) => earlier.from >= from);
    if (within >= 0) this.#defined.length = within; // recorded inside this one
    this.#defined.push({ definition, inputs, result, from, to: from + own.length });
    return result;
  }

  detach(a: Tensor): Tensor {
    const detached = this.part(a, 0, a.shape);
    this.#constants.add(detached.id);
    return detached;
  }

  noGrad<Result>(record: () => Result): Result {
    this.#given += 1;
    try {
      return record();
    } finally {
      this.#given -= 1;
    }
  }

  gradients(request: GradientRequest): readonly Tensor[] {
    for (const tensor of [request.losses, ...request.of]) this.#own('gradients', tensor);
    return appendGradients(this, {
      ops: [...this.#builder.ops],
      tensorOf: (id) => this.#known(id),
      wholeOf: (id) => this.#builder.spec(id).part?.of,
      isConstant: (id) => this.#constants.has(id),
      defined: this.#defined,
    }, request);
  }

  output(tensor: Tensor): Tensor {
    this.#builder.markOutput(this.#own('output', tensor).id);
    return tensor;
  }

  program(): Program {
    return this.#builder.build();
  }

  #result(shape: Shape, dtype: DType = 'f32'): Tensor {
    return this.#tensor(this.#builder.value(shape, 'temporary', dtype));
  }

  #tensor(id: ValueId): Tensor {
    const { shape, dtype } = this.#builder.spec(id);
    const tensor: Tensor = Object.freeze({ id, shape: Object.freeze([...shape]), dtype });
    this.#tensors.set(id, tensor);
    if (this.#given > 0) this.#constants.add(id);
    return tensor;
  }

  #known(id: ValueId): Tensor {
    const tensor = this.#tensors.get(id);
    if (tensor !== undefined) return tensor;
    throw new GpuError('GPU_PROGRAM_INVALID', `value ${id} is not of this tape`);
  }

  #own(what: string, tensor: Tensor): Tensor {
    if (this.#tensors.get(tensor.id) === tensor) return tensor;
    throw new GpuError('GPU_PROGRAM_INVALID', `${what}: a tensor of another tape`);
  }

  /** The shape of a tensor (…,N). */
  #rows(what: string, tensor: Tensor, needed: DType = 'f32'): Shape {
    const { shape, dtype } = this.#own(what, tensor);
    if (shape.length < 2) {
      return mismatch(`${what} is ${formatShape(shape)}, it has two dimensions or more`);
    }
    checkDtype(what, dtype, needed);
    return shape;
  }

  #matrix(
    what: string,
    tensor: Tensor,
    transposed = false,
    needed: DType = 'f32',
  ): readonly [number, number] {
    const { shape, dtype } = this.#own(what, tensor);
    const [rows, columns] = shape;
    if (shape.length !== 2 || rows === undefined || columns === undefined) {
      return mismatch(`${what} is ${formatShape(shape)}, a matrix has two dimensions`);
    }
    checkDtype(what, dtype, needed);
    return transposed ? [columns, rows] : [rows, columns];
  }

  #expect(what: string, tensor: Tensor, shape: Shape, dtype: DType = 'f32'): void {
    if (!sameShape(this.#own(what, tensor).shape, shape)) {
      mismatch(`${what} is ${formatShape(tensor.shape)}, needed is ${formatShape(shape)}`);
    }
    checkDtype(what, tensor.dtype, dtype);
  }
}

import type { DType, Expression, Program, Shape } from './contract.js';
import { GpuError } from './errors.js';
import type { Defined } from './gradients.js';
import { appendGradients } from './gradients.js';
import { ADD, RELU } from './named-expressions.js';
import { operandsOf } from './operands.js';
import { checkCast, checkCount, checkDtype, checkStream, mismatch } from './operand-check.js';
import type { OperationDefinition } from './operation.js';
import { ProgramBuilder } from './program-builder.js';
import { checkShards } from './reduction-tree.js';
import {
  broadcastShape, checkShape, elementCount, formatShape, lastTwo, rowsOf, sameShape,
} from './shape.js';
import { TapeValues } from './tape-values.js';
import type {
  AttentionOptions, GradientRequest, MatmulOptions, NormalizeOptions, Tape, Tensor, UniformOptions,
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
  readonly #values = new TapeValues(this.#builder);
  readonly #defined: Defined[] = [];

  input(shape: Shape, dtype: DType = 'f32'): Tensor {
    checkShape(shape, 'input');
    return this.#values.tensor(this.#builder.value(shape, 'input', dtype));
  }

  parameter(shape: Shape): Tensor {
    checkShape(shape, 'parameter');
    return this.#values.tensor(this.#builder.value(shape, 'parameter'));
  }

  matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
    const { bias, activation = 'none', transposeA = false, transposeB = false } = options;
    const dtype = a.dtype === 'bf16' ? 'bf16' : 'f32';
    const rows = transposeA ? [] : this.#values.rows('matmul: a', a, dtype);
    const [m, k] = transposeA ? this.#values.matrix('matmul: a', a, true, dtype) : rowsOf(rows);
    const [kOfB, n] = this.#values.matrix('matmul: b', b, transposeB, dtype);
    if (k !== kOfB) mismatch(`matmul: (${m}, ${k}) · (${kOfB}, ${n}): ${k} is not ${kOfB}`);
    if (bias !== undefined) this.#values.expect('matmul: bias', bias, [n]);
    const out = this.#values.result(transposeA ? [m, n] : [...rows.slice(0, -1), n]);
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
    const shape = this.#values.rows('batchMatmul: a', a);
    const other = this.#values.rows('batchMatmul: b', b);
    if (!sameShape(shape.slice(0, -2), other.slice(0, -2))) {
      mismatch(`batchMatmul: leading axes of ${formatShape(shape)} and ${formatShape(other)}`);
    }
    const [m, k] = lastTwo(shape, transposeA);
    const [kOfB, n] = lastTwo(other, transposeB);
    if (k !== kOfB) mismatch(`batchMatmul: (${m}, ${k}) · (${kOfB}, ${n}): ${k} is not ${kOfB}`);
    const out = this.#values.result([...shape.slice(0, -2), m, n]);
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
      const what = `map: input ${index}`;
      checkDtype(what, this.#values.own(what, tensor).dtype, 'f32');
    });
    const shapes = inputs.map((tensor) => tensor.shape);
    const shape = broadcastShape(shapes) ??
      mismatch(`map: ${shapes.map(formatShape).join(' and ')} do not fit each other: aligned at ` +
        'the last axis, sizes are equal or 1');
    const outs = expression.results.map(() => this.#values.result(shape));
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
    const [rows, k] = rowsOf(this.#values.rows('shardMatmul: a', a));
    const [rowsOfB, n] = rowsOf(this.#values.rows('shardMatmul: b', b));
    if (rows !== rowsOfB) mismatch(`shardMatmul: a has ${rows} rows and b has ${rowsOfB}`);
    if (sum) checkShards(edges.length - 1);
    const out = this.#values.result(sum ? [k, n] : [edges.length - 1, k, n]);
    const ids = { a: a.id, b: b.id, out: out.id };
    this.#builder.push({ kind: 'shardMatmul', ...ids, edges: [...edges], sum });
    return out;
  }

  shardColumnSum(a: Tensor, edges: readonly number[]): Tensor {
    const [, ...rest] = this.#values.own('shardColumnSum', a).shape;
    const out = this.#values.result([edges.length - 1, ...rest]);
    this.#builder.push({ kind: 'shardColumnSum', a: a.id, out: out.id, edges: [...edges] });
    return out;
  }

  argmax(a: Tensor): Tensor {
    const out = this.#values.result(this.#values.rows('argmax: a', a).slice(0, -1), 'i32');
    this.#builder.push({ kind: 'argmax', a: a.id, out: out.id });
    return out;
  }

  softmaxCrossEntropy(
    logits: Tensor,
    labels: Tensor,
    options: { readonly scale: number },
  ): { readonly losses: Tensor; readonly gradient: Tensor } {
    const shape = this.#values.rows('softmaxCrossEntropy: logits', logits);
    this.#values.expect('softmaxCrossEntropy: labels', labels, shape.slice(0, -1), 'i32');
    const losses = this.#values.result(shape.slice(0, -1));
    const gradient = this.#values.result(shape);
    const ids = { logits: logits.id, labels: labels.id, losses: losses.id, gradient: gradient.id };
    this.#builder.push({ kind: 'softmaxCrossEntropy', ...ids, scale: options.scale });
    return { losses, gradient };
  }

  reduce(a: Tensor, how: 'sum' | 'max'): Tensor {
    const out = this.#values.result(this.#values.rows('reduce: a', a).slice(0, -1));
    this.#builder.push({ kind: 'reduce', a: a.id, out: out.id, how });
    return out;
  }

  softmax(a: Tensor, { log = false }: { readonly log?: boolean } = {}): Tensor {
    const out = this.#values.result(this.#values.rows('softmax: a', a));
    this.#builder.push({ kind: 'softmax', a: a.id, out: out.id, log });
    return out;
  }

  softmaxGradient(gradient: Tensor, output: Tensor, { log }: { readonly log: boolean }): Tensor {
    const shape = this.#values.rows('softmaxGradient: output', output);
    this.#values.expect('softmaxGradient: gradient', gradient, shape);
    const out = this.#values.result(shape);
    const ids = { gradient: gradient.id, output: output.id, out: out.id };
    this.#builder.push({ kind: 'softmaxGradient', ...ids, log });
    return out;
  }

  normalize(a: Tensor, options: NormalizeOptions = {}): { out: Tensor; scale: Tensor } {
    const { centered = true, epsilon = 1e-5 } = options;
    const shape = this.#values.rows('normalize: a', a);
    const out = this.#values.result(shape);
    const scale = this.#values.result(shape.slice(0, -1));
    const ids = { a: a.id, out: out.id, scale: scale.id };
    this.#builder.push({ kind: 'normalize', ...ids, centered, epsilon });
    return { out, scale };
  }

  normalizeGradient(
    gradient: Tensor,
    results: { readonly out: Tensor; readonly scale: Tensor; readonly centered: boolean },
  ): Tensor {
    this.#values.expect('normalizeGradient: gradient', gradient, results.out.shape);
    const out = this.#values.result(gradient.shape);
    const ids = { gradient: gradient.id, output: results.out.id, scale: results.scale.id };
    const { centered } = results;
    this.#builder.push({ kind: 'normalizeGradient', ...ids, out: out.id, centered });
    return out;
  }

  gather(table: Tensor, indices: Tensor): Tensor {
    const [, columns] = this.#values.matrix('gather: table', table);
    const { shape, dtype } = this.#values.own('gather: indices', indices);
    checkDtype('gather: indices', dtype, 'i32');
    const out = this.#values.result([...shape, columns]);
    this.#builder.push({ kind: 'gather', table: table.id, indices: indices.id, out: out.id });
    return out;
  }

  shardScatter(
    gradient: Tensor,
    indices: Tensor,
    { count, edges }: { readonly count: number; readonly edges: readonly number[] },
  ): Tensor {
    const shape = this.#values.rows('shardScatter: gradient', gradient);
    this.#values.expect('shardScatter: indices', indices, shape.slice(0, -1), 'i32');
    const out = this.#values.result([edges.length - 1, count, shape.at(-1) ?? 0]);
    const ids = { gradient: gradient.id, indices: indices.id, out: out.id };
    this.#builder.push({ kind: 'shardScatter', ...ids, edges: [...edges] });
    return out;
  }

  attention(
    qkv: Tensor,
    { heads, factor }: AttentionOptions,
  ): { out: Tensor; logSum: Tensor } {
    const { shape, dtype } = this.#values.own('attention: qkv', qkv);
    checkDtype('attention: qkv', dtype, 'f32');
    const [batch = 0, tokens = 0, wide = 0] = shape;
    const size = wide / 3 / heads;
    if (shape.length !== 3 || !Number.isSafeInteger(size)) {
      mismatch(`attention: qkv is ${formatShape(shape)}, needed is (batch, tokens, 3 · ${heads} ` +
        'heads · n)');
    }
    const out = this.#values.result([batch, tokens, wide / 3]);
    const logSum = this.#values.result([batch, heads, tokens]);
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
    this.#values.expect('attentionGradient: gradient', gradient, results.out.shape);
    const out = this.#values.result(this.#values.own('attentionGradient: qkv', qkv).shape);
    const reads = { gradient: gradient.id, qkv: qkv.id, output: results.out.id };
    const ids = { ...reads, logSum: results.logSum.id, out: out.id };
    this.#builder.push({ kind: 'attentionGradient', ...ids, heads, factor });
    return out;
  }

  view(a: Tensor, view: View, shape: Shape = view.sizes): Tensor {
    const { shape: whole, dtype } = this.#values.own('view', a);
    checkDtype('view', dtype, 'f32');
    const [batch, ...inner] = whole;
    if (batch === undefined) return mismatch('view: (), it needs a first axis');
    checkView(view, inner, (message) => mismatch(`view of ${formatShape(whole)}: ${message}`));
    checkCount('view', view, shape);
    const out = this.#values.result([batch, ...shape]);
    this.#builder.push({ kind: 'view', a: a.id, out: out.id, ...viewFields(view) });
    return out;
  }

  viewGradient(gradient: Tensor, view: View, shape: Shape): Tensor {
    const { shape: viewed, dtype } = this.#values.own('viewGradient', gradient);
    checkDtype('viewGradient', dtype, 'f32');
    const [batch, ...inner] = viewed;
    if (batch === undefined) return mismatch('viewGradient: (), it needs a first axis');
    checkView(view, shape, (message) =>
      mismatch(`viewGradient in ${formatShape(shape)}: ${message}`));
    checkCount('viewGradient', view, inner);
    const out = this.#values.result([batch, ...shape]);
    const ids = { gradient: gradient.id, out: out.id };
    this.#builder.push({ kind: 'viewGradient', ...ids, ...viewFields(view) });
    return out;
  }

  cast(a: Tensor, dtype: DType): Tensor {
    const { shape, dtype: from } = this.#values.own('cast', a);
    checkCast('cast', from, dtype);
    const out = this.#values.result(shape, dtype);
    this.#builder.push({ kind: 'cast', a: a.id, out: out.id });
    return out;
  }

  uniform(draws: Tensor, shape: Shape, options: UniformOptions): Tensor {
    const { seed, stream = 0 } = options;
    checkStream('uniform', seed, stream);
    const { shape: found, dtype } = this.#values.own('uniform: draws', draws);
    const [batch = 0, numbers] = found;
    if (found.length !== 2 || numbers !== 2) {
      mismatch(`uniform: draws is ${formatShape(found)}, needed is (batch, 2)`);
    }
    checkDtype('uniform: draws', dtype, 'i32');
    const out = this.#values.result([batch, ...shape]);
    this.#builder.push({ kind: 'uniform', draws: draws.id, out: out.id, seed, stream });
    return out;
  }

  part(whole: Tensor, offset: number, shape: Shape): Tensor {
    checkShape(shape, 'part');
    const count = elementCount(this.#values.own('part', whole).shape);
    const end = offset + elementCount(shape);
    if (!Number.isSafeInteger(offset) || offset < 0 || end > count) {
      mismatch(`part: elements ${offset} to ${end} of ${formatShape(whole.shape)}`);
    }
    const { part } = this.#builder.spec(whole.id);
    const of = part?.of ?? whole.id;
    const tensor = this.#values.tensor(this.#builder.part(of, (part?.offset ?? 0) + offset, shape));
    if (this.#values.isConstant(whole.id)) this.#values.markConstant(tensor.id);
    return tensor;
  }

  apply(definition: OperationDefinition, inputs: readonly Tensor[]): Tensor {
    for (const input of inputs) this.#values.own(definition.name, input);
    const from = this.#builder.ops.length;
    const result = this.#values.own(definition.name, definition.forward(this, ...inputs));
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
    this.#values.markConstant(detached.id);
    return detached;
  }

  noGrad<Result>(record: () => Result): Result {
    return this.#values.given(record);
  }

  gradients(request: GradientRequest): readonly Tensor[] {
    for (const tensor of [request.losses, ...request.of]) this.#values.own('gradients', tensor);
    return appendGradients(this, {
      ops: [...this.#builder.ops],
      tensorOf: (id) => this.#values.known(id),
      wholeOf: (id) => this.#builder.spec(id).part?.of,
      isConstant: (id) => this.#values.isConstant(id),
      defined: this.#defined,
    }, request);
  }

  output(tensor: Tensor): Tensor {
    this.#builder.markOutput(this.#values.own('output', tensor).id);
    return tensor;
  }

  program(): Program {
    return this.#builder.build();
  }
}

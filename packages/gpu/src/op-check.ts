import type { DType, Op, Program, Shape, ValueId } from './contract.js';
import { GpuError } from './errors.js';
import { checkExpression } from './expression.js';
import { isShardCount, MAX_SHARDS } from './reduction-tree.js';
import {
  broadcasts, elementCount, formatShape, lastTwo, rowsOf, sameShape,
} from './shape.js';
import { checkCast, checkStream } from './operand-check.js';
import type { View } from './view.js';
import { checkView } from './view.js';

/** What each operation asks of its values: their shapes and dtypes, and its own fields. */

/** @throws GpuError GPU_PROGRAM_INVALID for an id that the program has not. */
export function valueAt(program: Program, id: ValueId, where: string): Program['values'][number] {
  const value = program.values[id];
  if (value !== undefined) return value;
  const count = program.values.length;
  throw new GpuError('GPU_PROGRAM_INVALID', `${where}: no value ${id}, the program has ${count}`);
}

/** BACKEND-4 for one operation. */
export class OpCheck {
  readonly #program: Program;
  readonly #where: string;

  constructor(program: Program, where: string) {
    this.#program = program;
    this.#where = where;
  }

  check(op: Op): void {
    switch (op.kind) {
      case 'matmul':
        return this.#matmul(op);
      case 'batchMatmul':
        return this.#batchMatmul(op);
      case 'shardMatmul':
        return this.#shardMatmul(op);
      case 'shardColumnSum':
        return this.#shardColumnSum(op);
      case 'map':
        return this.#map(op);
      case 'softmaxCrossEntropy':
        return this.#softmaxCrossEntropy(op);
      case 'argmax':
        return this.#argmax(op);
      case 'reduce':
        if (op.how !== 'sum' && op.how !== 'max') {
          this.#refuse(`how is ${String(op.how)}, known are sum and max`);
        }
        return this.#expect('out', op.out, this.#rows('a', op.a).slice(0, -1));
      case 'softmax':
        this.#rows('a', op.a);
        return this.#equal({ a: op.a, out: op.out });
      case 'softmaxGradient':
        this.#rows('gradient', op.gradient);
        return this.#equal({ gradient: op.gradient, output: op.output, out: op.out });
      case 'normalize':
      case 'normalizeGradient':
        return this.#normalize(op);
      case 'gather':
        return this.#gather(op);
      case 'shardScatter':
        return this.#shardScatter(op);
      case 'attention':
      case 'attentionGradient':
        return this.#attention(op);
      case 'view':
        return this.#view(op, op.a, op.out);
      case 'viewGradient':
        return this.#view(op, op.out, op.gradient);
      case 'uniform':
        return this.#uniform(op);
      case 'cast':
        return this.#cast(op);
      case 'sgd':
      case 'adamw':
        return this.#update(op);
    }
  }

  #matmul(op: Op & { kind: 'matmul' }): void {
    const dtype = this.#value(op.a).dtype === 'bf16' ? 'bf16' : 'f32';
    const a = op.transposeA ? this.#matrix('a', op.a, dtype) : this.#rows('a', op.a, dtype);
    const [aRows, aColumns] = rowsOf(a);
    const [bRows, bColumns] = this.#matrix('b', op.b, dtype);
    const [m, k] = op.transposeA ? [aColumns, aRows] : [aRows, aColumns];
    const [kOfB, n] = op.transposeB ? [bColumns, bRows] : [bRows, bColumns];
    if (k !== kOfB) {
      this.#fail(`op(a) is (${m}, ${k}) and op(b) is (${kOfB}, ${n}): ${k} is not ${kOfB}`);
    }
    if (op.bias !== undefined) this.#expect('bias', op.bias, [n]);
    this.#expect('out', op.out, op.transposeA ? [m, n] : [...a.slice(0, -1), n]);
    if (op.activation !== 'none' && op.activation !== 'relu') {
      this.#refuse(`activation ${String(op.activation)}, known are none and relu`);
    }
  }

  #batchMatmul(op: Op & { kind: 'batchMatmul' }): void {
    const [a, b] = [this.#rows('a', op.a), this.#rows('b', op.b)];
    const leading = a.slice(0, -2);
    if (!sameShape(leading, b.slice(0, -2))) {
      this.#fail(`leading axes of ${formatShape(a)} and ${formatShape(b)}`);
    }
    const [m, k] = lastTwo(a, op.transposeA);
    const [kOfB, n] = lastTwo(b, op.transposeB);
    if (k !== kOfB) {
      this.#fail(`op(a) is (${m}, ${k}) and op(b) is (${kOfB}, ${n}): ${k} is not ${kOfB}`);
    }
    this.#expect('out', op.out, [...leading, m, n]);
  }

  #shardMatmul(op: Op & { kind: 'shardMatmul' }): void {
    const [rows, k] = rowsOf(this.#rows('a', op.a));
    const [bRows, n] = rowsOf(this.#rows('b', op.b));
    if (rows !== bRows) this.#fail(`a has ${rows} rows and b has ${bRows}`);
    this.#edges(op.edges, rows);
    const shards = op.edges.length - 1;
    if (op.sum && !isShardCount(shards)) {
      this.#refuse(`a sum over ${shards} shards, it is over a power of two up to ${MAX_SHARDS}`);
    }
    this.#expect('out', op.out, op.sum ? [k, n] : [shards, k, n]);
  }

  #shardColumnSum(op: Op & { kind: 'shardColumnSum' }): void {
    const [rows, ...rest] = this.#value(op.a).shape;
    if (rows === undefined) return this.#fail('a is (), it needs rows');
    this.#dtype('a', op.a, 'f32');
    this.#edges(op.edges, rows);
    this.#expect('out', op.out, [op.edges.length - 1, ...rest]);
  }

  #map({ expression, inputs, outs }: Op & { kind: 'map' }): void {
    checkExpression(expression, (message) => this.#refuse(message));
    const { inputs: taken, results } = expression;
    if (inputs.length !== taken || outs.length !== results.length) {
      this.#refuse(`${inputs.length} inputs and ${outs.length} outs of an expression of ${taken} ` +
        `inputs and ${results.length} results`);
    }
    const [first = -1] = outs;
    const { shape } = this.#value(first);
    outs.forEach((id, index) => this.#expect(`out ${index}`, id, shape));
    inputs.forEach((id, index) => {
      this.#dtype(`input ${index}`, id, 'f32');
      const found = this.#value(id).shape;
      if (broadcasts(found, shape)) return;
      this.#fail(`input ${index} is ${formatShape(found)}, that does not fit ` +
        `${formatShape(shape)}: aligned at the last axis, a size is equal or 1`);
    });
  }

  #softmaxCrossEntropy(op: Op & { kind: 'softmaxCrossEntropy' }): void {
    const shape = this.#rows('logits', op.logits);
    const rows = shape.slice(0, -1);
    if (shape.at(-1) === 0) this.#fail(`logits is ${formatShape(shape)}: a class is needed`);
    this.#expect('labels', op.labels, rows, 'i32');
    this.#expect('losses', op.losses, rows);
    this.#expect('gradient', op.gradient, shape);
    if (!Number.isFinite(op.scale)) this.#refuse(`scale ${op.scale} is not a finite number`);
  }

  #argmax(op: Op & { kind: 'argmax' }): void {
    const shape = this.#rows('a', op.a);
    if (shape.at(-1) === 0) {
      this.#fail(`a is ${formatShape(shape)}: a row of no elements has no largest one`);
    }
    this.#expect('out', op.out, shape.slice(0, -1), 'i32');
  }

  #normalize(op: Op & { kind: 'normalize' | 'normalizeGradient' }): void {
    const shape = this.#rows('out', op.out);
    if (op.kind === 'normalize') {
      this.#equal({ out: op.out, a: op.a });
      const { epsilon } = op;
      const isSize = Number.isFinite(epsilon) && epsilon >= 0;
      if (!isSize) this.#refuse(`epsilon ${epsilon} is not a number from 0`);
    } else this.#equal({ out: op.out, gradient: op.gradient, output: op.output });
    this.#expect('scale', op.scale, shape.slice(0, -1));
  }

  #gather(op: Op & { kind: 'gather' }): void {
    const [, columns] = this.#matrix('table', op.table);
    const { shape } = this.#value(op.indices);
    this.#dtype('indices', op.indices, 'i32');
    this.#expect('out', op.out, [...shape, columns]);
  }

  #shardScatter(op: Op & { kind: 'shardScatter' }): void {
    const shape = this.#rows('gradient', op.gradient);
    const [rows, columns] = rowsOf(shape);
    this.#expect('indices', op.indices, shape.slice(0, -1), 'i32');
    this.#edges(op.edges, rows);
    const found = this.#value(op.out).shape;
    this.#expect('out', op.out, [op.edges.length - 1, found[1] ?? -1, columns]);
  }

  #attention(op: Op & { kind: 'attention' | 'attentionGradient' }): void {
    const { shape } = this.#value(op.qkv);
    const [batch = 0, tokens = 0, wide = 0] = shape;
    const { heads, factor } = op;
    const isCount = Number.isSafeInteger(heads) && heads > 0;
    if (!isCount || shape.length !== 3 || wide % (3 * heads) !== 0) {
      this.#fail(`qkv is ${formatShape(shape)}, needed is (batch, tokens, 3 · ${heads} heads · n)`);
    }
    if (!Number.isFinite(factor)) this.#refuse(`factor ${factor} is not a finite number`);
    const narrow = [batch, tokens, wide / 3];
    this.#dtype('qkv', op.qkv, 'f32');
    this.#expect('logSum', op.logSum, [batch, heads, tokens]);
    if (op.kind === 'attention') return this.#expect('out', op.out, narrow);
    this.#expect('gradient', op.gradient, narrow);
    this.#expect('output', op.output, narrow);
    this.#expect('out', op.out, shape);
  }

  #view(view: View, wholeId: ValueId, viewedId: ValueId): void {
    const [whole, viewed] = [this.#value(wholeId).shape, this.#value(viewedId).shape];
    this.#dtype('the whole', wholeId, 'f32');
    this.#dtype('the view', viewedId, 'f32');
    if (whole.length === 0 || viewed.length === 0 || whole[0] !== viewed[0]) {
      const shapes = `${formatShape(viewed)} of ${formatShape(whole)}`;
      this.#fail(`a view ${shapes}: the first axis of both is the same`);
    }
    checkView(view, whole.slice(1), (message) => this.#fail(message));
    const [listed, held] = [elementCount(view.sizes), elementCount(viewed.slice(1))];
    if (listed !== held) {
      this.#fail(`a view of ${formatShape(view.sizes)} elements in ${formatShape(viewed)}`);
    }
  }

  #uniform(op: Op & { kind: 'uniform' }): void {
    checkStream(this.#where, op.seed, op.stream);
    const { shape } = this.#value(op.out);
    if (shape.length === 0) this.#fail('out is (), it needs a first axis');
    this.#expect('draws', op.draws, [shape[0] ?? 0, 2], 'i32');
    this.#expect('out', op.out, shape);
  }

  #cast(op: Op & { kind: 'cast' }): void {
    const [from, to] = [this.#value(op.a), this.#value(op.out)];
    checkCast(this.#where, from.dtype, to.dtype);
    this.#expect('out', op.out, from.shape, to.dtype);
  }

  #update(op: Op & { kind: 'sgd' | 'adamw' }): void {
    const { hyper, kind, ...rest } = op;
    this.#equal(rest);
    this.#expect('hyper', hyper, [kind === 'sgd' ? 4 : 8]);
  }

  #equal(operands: Readonly<Record<string, ValueId>>): void {
    const entries = Object.entries(operands);
    const first = entries[0];
    if (first === undefined) return;
    const shape = this.#value(first[1]).shape;
    for (const [name, id] of entries) this.#expect(name, id, shape);
  }

  /** The shape of a value (…,N). */
  #rows(name: string, id: ValueId, dtype: DType = 'f32'): Shape {
    const { shape } = this.#value(id);
    if (shape.length < 2) {
      this.#fail(`${name} is ${formatShape(shape)}, it has two dimensions or more`);
    }
    this.#dtype(name, id, dtype);
    return shape;
  }

  #matrix(name: string, id: ValueId, dtype: DType = 'f32'): readonly [number, number] {
    const { shape } = this.#value(id);
    const [rows, columns] = shape;
    if (shape.length !== 2 || rows === undefined || columns === undefined) {
      this.#fail(`${name} is ${formatShape(shape)}, a matrix has two dimensions`);
    }
    this.#dtype(name, id, dtype);
    return [rows, columns];
  }

  #expect(name: string, id: ValueId, shape: Shape, dtype: DType = 'f32'): void {
    const found = this.#value(id).shape;
    if (!sameShape(found, shape)) {
      this.#fail(`${name} is ${formatShape(found)}, needed is ${formatShape(shape)}`);
    }
    this.#dtype(name, id, dtype);
  }

  #dtype(name: string, id: ValueId, dtype: DType): void {
    const found = this.#value(id).dtype;
    if (found === dtype) return;
    throw new GpuError(
      'GPU_DTYPE_MISMATCH',
      `${this.#where}: ${name} is ${found}, needed is ${dtype}`,
    );
  }

  #edges(edges: readonly number[], rows: number): void {
    const ascends = edges.every((edge, index) => {
      const previous = index === 0 ? 0 : (edges[index - 1] ?? Number.NaN);
      return Number.isSafeInteger(edge) && edge >= previous;
    });
    if (edges.length >= 2 && ascends && edges[0] === 0 && edges.at(-1) === rows) return;
    this.#fail(`edges ${formatShape(edges)} do not ascend from 0 to ${rows} rows`);
  }

  #value(id: ValueId): Program['values'][number] {
    return valueAt(this.#program, id, this.#where);
  }

  #fail(message: string): never {
    throw new GpuError('GPU_SHAPE_MISMATCH', `${this.#where}: ${message}`);
  }

  #refuse(message: string): never {
    throw new GpuError('GPU_PROGRAM_INVALID', `${this.#where}: ${message}`);
  }
}

import type { DType, Op, Shape, ValueId } from './contract.js';
import type { DerivativeRead } from './derivative.js';
import { derive } from './derivative.js';
import { GpuError } from './errors.js';
import { AS_LARGE, DIVIDE, MULTIPLY, RELU_GRADIENT, SPREAD } from './named-expressions.js';
import { elementCount, rowsOf, sameShape } from './shape.js';
import type { Tape, Tensor } from './tensor.js';

/** The gradient rule of every operation (ARCHITECTURE G5), as operations of the same tape. */

/** Gradients of one operation's operands by id; what is absent needs none. */
export type Flow = (id: ValueId, gradient: Tensor) => void;

/** Dtypes that no gradient goes through. */
const WHOLE: ReadonlySet<DType> = new Set<DType>(['i32', 'u8', 'bool']);

export interface RuleContext {
  readonly tape: Tape;
  readonly tensorOf: (id: ValueId) => Tensor;
  readonly parameters: ReadonlySet<ValueId>;
  readonly active: ReadonlySet<ValueId>;
  readonly edges: readonly number[];
  /** Parameters whose gradients are summed over the shards at once. */
  readonly summed: ReadonlySet<ValueId>;
  readonly flow: Flow;
}

/** Undoes one operation: what flows to its operands. */
export class Rule {
  readonly #context: RuleContext;

  constructor(context: RuleContext) {
    this.#context = context;
  }

  undo(op: Op, upstream: Tensor): void {
    const { tape, tensorOf } = this.#context;
    switch (op.kind) {
      case 'matmul': {
        const masked = op.activation === 'relu'
          ? tape.map(RELU_GRADIENT, [upstream, tensorOf(op.out)])[0] as Tensor // one result
          : upstream;
        if (op.bias !== undefined) this.#toBias(op.kind, op.bias, masked);
        this.#toRightFactor(op, masked);
        this.#toLeftFactor(op, masked);
        return;
      }
      case 'batchMatmul':
        this.#batchMatmul(op, upstream);
        return;
      case 'map':
        this.#map(op, upstream);
        return;
      case 'normalize': {
        const results = { out: tensorOf(op.out), scale: tensorOf(op.scale) };
        const { centered } = op;
        this.#toRows(op.kind, op.a, () =>
          tape.normalizeGradient(upstream, { ...results, centered }));
        return;
      }
      case 'reduce':
        this.#reduce(op, upstream);
        return;
      case 'softmax': {
        const { log } = op;
        const output = tensorOf(op.out);
        this.#toRows(op.kind, op.a, () => tape.softmaxGradient(upstream, output, { log }));
        return;
      }
      case 'gather':
        this.#toTable(op, upstream);
        return;
      case 'cast':
        this.#cast(op, upstream);
        return;
      case 'view': {
        const [, ...whole] = tensorOf(op.a).shape;
        this.#toRows(op.kind, op.a, () => tape.viewGradient(upstream, op, whole));
        return;
      }
      case 'viewGradient': {
        const [, ...viewed] = tensorOf(op.gradient).shape;
        this.#toRows(op.kind, op.gradient, () => tape.view(upstream, op, viewed));
        return;
      }
      case 'attention': {
        const { heads, factor } = op;
        const results = { out: tensorOf(op.out), logSum: tensorOf(op.logSum), heads, factor };
        const qkv = tensorOf(op.qkv);
        this.#toRows(op.kind, op.qkv, () => tape.attentionGradient(upstream, qkv, results));
        return;
      }
      default:
        throw new GpuError('GPU_NOT_SUPPORTED', `${op.kind} has no gradient rule`);
    }
  }

  /** d op(a)·op(b) by a: rows stay rows, so this is an ordinary product. */
  #toLeftFactor(op: Op & { kind: 'matmul' }, upstream: Tensor): void {
    const { tape } = this.#context;
    this.#toRows(op.kind, op.a, () => {
      if (op.transposeA) notSupported('matmul', 'its left factor transposed');
      return tape.matmul(upstream, this.#f32(op.b), { transposeB: !op.transposeB });
    });
  }

  /** d op(a)·op(b) by a parameter b: a sum over the batch, cut at shard edges. */
  #toRightFactor(op: Op & { kind: 'matmul' }, upstream: Tensor): void {
    const { tape, summed } = this.#context;
    this.#toParameter(op.kind, op.b, () => {
      if (op.transposeA) notSupported('matmul', 'its left factor transposed');
      const a = this.#f32(op.a);
      const rows = this.#rowEdges(rowsOf(a.shape)[0]);
      const [left, right] = op.transposeB ? [upstream, a] : [a, upstream];
      return tape.shardMatmul(left, right, rows, summed.has(op.b));
    });
  }

  /** A value as f32. */
  #f32(id: ValueId): Tensor {
    const { tape, tensorOf } = this.#context;
    const tensor = tensorOf(id);
    return tensor.dtype === 'f32' ? tensor : tape.cast(tensor, 'f32');
  }

  /** The gradient of what is rounded: gradients are f32, and rounding counts as the identity. */
  #cast(op: Op & { kind: 'cast' }, upstream: Tensor): void {
    const { tensorOf, active, flow } = this.#context;
    if (!active.has(op.a)) return;
    const { dtype } = tensorOf(op.out);
    const { dtype: from } = tensorOf(op.a);
    const whole = [dtype, from].find((name) => WHOLE.has(name));
    if (whole !== undefined) notSupported(op.kind, whole);
    flow(op.a, upstream);
  }

  /** A sum's goes to all of its row; the largest's is divided among those that are as large. */
  #reduce(op: Op & { kind: 'reduce' }, upstream: Tensor): void {
    const { tape, tensorOf } = this.#context;
    const a = tensorOf(op.a);
    const spread = (row: Tensor): Tensor => tape.part(row, 0, [...row.shape, 1]);
    this.#toRows(op.kind, op.a, () => {
      if (op.how === 'sum') return tape.map(SPREAD, [spread(upstream), a])[0] as Tensor;
      const [equal] = tape.map(AS_LARGE, [a, spread(tensorOf(op.out))]) as [Tensor];
      const [share] = tape.map(DIVIDE, [upstream, tape.reduce(equal, 'sum')]) as [Tensor];
      return tape.map(MULTIPLY, [equal, spread(share)])[0] as Tensor; // one result each
    });
  }

  /** Both factors have the batch first: each product's gradients are products of its own. */
  #batchMatmul(op: Op & { kind: 'batchMatmul' }, upstream: Tensor): void {
    const { tape, tensorOf } = this.#context;
    const { kind, transposeA: ta, transposeB: tb } = op;
    const [a, b] = [tensorOf(op.a), tensorOf(op.b)];
    if (a.shape.length < 3) notSupported(kind, 'factors without a batch axis');
    this.#toRows(kind, op.a, () => (ta
      ? tape.batchMatmul(b, upstream, { transposeA: tb, transposeB: true })
      : tape.batchMatmul(upstream, b, { transposeB: !tb })));
    this.#toRows(kind, op.b, () => (tb
      ? tape.batchMatmul(upstream, a, { transposeA: true, transposeB: ta })
      : tape.batchMatmul(a, upstream, { transposeA: !ta })));
  }

  /** The rows of a table that is a parameter: what came back to each, cut at shard edges. */
  #toTable(op: Op & { kind: 'gather' }, upstream: Tensor): void {
    const { tape, tensorOf } = this.#context;
    this.#toParameter(op.kind, op.table, () => {
      const edges = this.#rowEdges(rowsOf(upstream.shape)[0]);
      const [count = 0] = tensorOf(op.table).shape;
      return tape.shardScatter(upstream, tensorOf(op.indices), { count, edges });
    });
  }

  /** Gradients of the inputs as maps of the result's shape, then summed where broadcast. */
  #map(op: Op & { kind: 'map' }, upstream: Tensor): void {
    const { tape, tensorOf, active } = this.#context;
    if (op.outs.length > 1) notSupported(op.kind, 'several results');
    const wanted = [...op.inputs.keys()].filter((input) => active.has(op.inputs[input] ?? -1));
    const operand = (read: DerivativeRead): Tensor => {
      if (read === 'upstream') return upstream;
      return tensorOf((read === 'out' ? op.outs[0] : op.inputs[read]) ?? -1);
    };
    const { passed, derivatives } = derive(op.expression, wanted);
    for (const input of passed) this.#toMapInput(op, input, upstream);
    for (const { reads, inputs, expression } of derivatives) {
      const gradients = tape.map(expression, reads.map(operand));
      gradients.forEach((gradient, index) => this.#toMapInput(op, inputs[index] ?? -1, gradient));
    }
  }

  #toMapInput(op: Op & { kind: 'map' }, input: number, gradient: Tensor): void {
    const { tape, tensorOf, parameters } = this.#context;
    const id = op.inputs[input] ?? -1;
    const { shape } = tensorOf(id);
    if (!parameters.has(id)) {
      this.#toRows(op.kind, id, () => this.#unspread(op.kind, gradient, shape));
      return;
    }
    const [batch = 0, ...inner] = gradient.shape;
    const ones = shape.findIndex((size) => size !== 1);
    const own = ones < 0 ? [] : shape.slice(ones);
    const outer = inner.slice(0, inner.length - own.length);
    if (own.length > inner.length) notSupported(op.kind, 'a parameter in the place of a batch');
    if (!sameShape([...outer, ...own], inner)) {
      notSupported(op.kind, 'a parameter that is broadcast along an inner axis');
    }
    this.#toParameter(op.kind, id, () => {
      const count = batch * elementCount(outer);
      const rows = tape.part(gradient, 0, [count, ...shape]);
      return tape.shardColumnSum(rows, this.#rowEdges(count));
    });
  }

  /** The gradient of a computed value of `shape`, which may have been one number for each row. */
  #unspread(kind: Op['kind'], gradient: Tensor, shape: Shape): Tensor {
    const { tape } = this.#context;
    if (sameShape(shape, gradient.shape)) return gradient;
    if (!sameShape(shape, [...gradient.shape.slice(0, -1), 1])) {
      notSupported(kind, 'an input that is broadcast along other axes than the last');
    }
    return tape.part(tape.reduce(gradient, 'sum'), 0, shape);
  }

  #rowEdges(rows: number): readonly number[] {
    return rowEdges(this.#context.edges, rows);
  }

  #toBias(kind: Op['kind'], id: ValueId, upstream: Tensor): void {
    const { tape } = this.#context;
    this.#toParameter(kind, id, () => {
      const matrix = rowsOf(upstream.shape);
      return tape.shardColumnSum(tape.part(upstream, 0, matrix), this.#rowEdges(matrix[0]));
    });
  }

  /** Flows to an operand that has no batch axis. */
  #toParameter(kind: Op['kind'], id: ValueId, gradient: () => Tensor): void {
    const { parameters, active, flow } = this.#context;
    if (!active.has(id)) return;
    if (!parameters.has(id)) notSupported(kind, 'a computed value in a parameter\'s place');
    flow(id, gradient());
  }

  /** Flows to an operand whose rows are those of the batch. */
  #toRows(kind: Op['kind'], id: ValueId, gradient: () => Tensor): void {
    const { parameters, active, flow } = this.#context;
    if (!active.has(id)) return;
    if (parameters.has(id)) notSupported(kind, 'a parameter in the place of a batch');
    flow(id, gradient());
  }
}

export function notSupported(kind: string, what: string): never {
  throw new GpuError('GPU_NOT_SUPPORTED', `${kind} has no gradient rule for ${what}`);
}

/** Edges over `rows`, of which each sample of the batch has as many. */
export function rowEdges(edges: readonly number[], rows: number): readonly number[] {
  const batch = edges.at(-1) ?? 0;
  return edges.map((edge) => (batch === 0 ? 0 : (edge * rows) / batch));
}

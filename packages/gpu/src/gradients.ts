import type { DType, Op, Shape, ValueId } from './contract.js';
import type { DerivativeRead } from './derivative.js';
import { derive } from './derivative.js';
import { GpuError } from './errors.js';
import { AS_LARGE, COPY, DIVIDE, MULTIPLY, RELU_GRADIENT, SPREAD } from './named-expressions.js';
import { operandsOf } from './operands.js';
import type { TreeNode } from './reduction-tree.js';
import { additionsWithin, nodeKey } from './reduction-tree.js';
import { elementCount, formatShape, rowsOf, sameShape } from './shape.js';
import type { GradientRequest, Tape, Tensor } from './tensor.js';

/**
 * The gradient rule of every operation (ARCHITECTURE G5), as operations of the same tape.
 *
 * GRADIENTS-1: a sum over the batch appears only in gradients of parameters, and only as an
 *   operation with shard edges (NUMERICS-N3).
 * GRADIENTS-2: where a value is read more than once, its gradients are added in the order in which
 *   the reading operations are undone, the last recorded first.
 */

/** Dtypes that no gradient goes through. */
const WHOLE: ReadonlySet<DType> = new Set<DType>(['i32', 'u8', 'bool']);

/** Gradients of one operation's operands by id; what is absent needs none. */
type Flow = (id: ValueId, gradient: Tensor) => void;

/** What a tape has recorded. */
export interface Recorded {
  readonly ops: readonly Op[];
  tensorOf(id: ValueId): Tensor;
  /** The value that `id` is a part of, or undefined. */
  wholeOf(id: ValueId): ValueId | undefined;
  /** Whether `id` counts as a number given: no gradient goes through it. */
  isConstant(id: ValueId): boolean;
}

/** @returns one tensor for each parameter of the request, in its order. */
export function appendGradients(
  tape: Tape,
  recorded: Recorded,
  request: GradientRequest,
): readonly Tensor[] {
  const { ops, tensorOf, wholeOf } = recorded;
  const { losses, of, edges, sum = false } = request;
  const root = ops.findIndex((op) => op.kind === 'softmaxCrossEntropy' && op.losses === losses.id);
  const lossOp = ops[root];
  if (lossOp?.kind !== 'softmaxCrossEntropy') {
    throw new GpuError(
      'GPU_NOT_SUPPORTED',
      `gradients start at the losses of a softmaxCrossEntropy; value ${losses.id} is none`,
    );
  }
  const parameters = new Set(of.map(({ id }) => id));
  const weights = withCasts(ops, parameters);
  const active = dependents(recorded, parameters);
  const found = new Map<ValueId, Tensor>();
  const flow: Flow = (id, gradient) => {
    const whole = wholeOf(id);
    if (whole !== undefined) {
      // Its gradient would be per shard, and this one belongs to rows of the batch.
      if (parameters.has(whole)) {
        throw new GpuError('GPU_NOT_SUPPORTED', 'a part of a parameter has no gradient rule');
      }
      const { shape } = tensorOf(whole);
      if (elementCount(shape) === elementCount(gradient.shape)) {
        return flow(whole, tape.part(gradient, 0, shape));
      }
      throw new GpuError('GPU_NOT_SUPPORTED', 'a part of a value has a gradient rule only where ' +
        `it is all of it in another shape; it is ${formatShape(gradient.shape)} of ` +
        formatShape(shape));
    }
    const earlier = found.get(id);
    found.set(id, earlier === undefined ? gradient : tape.add(earlier, gradient));
  };
  const summed = sum ? factorsOnly(ops, parameters) : new Set<ValueId>();
  if (active.has(lossOp.logits)) flow(lossOp.logits, tensorOf(lossOp.gradient));
  for (const op of ops.slice(0, root).toReversed()) {
    if (op.kind === 'softmaxCrossEntropy') continue;
    const [out, ...others] = operandsOf(op).writes;
    if (others.some((id) => found.has(id))) notSupported(op.kind, 'a result beside its first');
    const upstream = out === undefined ? undefined : found.get(out);
    if (upstream === undefined || out === undefined || !active.has(out)) continue;
    const context = { tape, tensorOf, parameters: weights, active, edges, summed, flow };
    new Rule(context).undo(op, upstream);
  }
  const whole = { first: 0, count: edges.length - 1 };
  return of.map(({ id }) => {
    const gradient = found.get(id);
    if (gradient !== undefined) {
      if (!sum || summed.has(id)) return gradient;
      const total = sumShards(tape, gradient, whole);
      // One shard's sum is a part, which could not be an output.
      return edges.length > 2 ? total : (tape.map(COPY, [total])[0] as Tensor); // one result
    }
    throw new GpuError('GPU_PROGRAM_INVALID', `the losses do not depend on parameter ${id}`);
  });
}

/** Values that depend on one of `sources`, and the sources themselves, with the parts read. */
function dependents(
  { ops, wholeOf, isConstant }: Recorded,
  sources: ReadonlySet<ValueId>,
): ReadonlySet<ValueId> {
  const active = new Set(sources);
  const add = (id: ValueId): void => {
    if (!isConstant(id)) active.add(id);
  };
  for (const op of ops) {
    const { reads, writes } = operandsOf(op);
    for (const id of reads) if (active.has(wholeOf(id) ?? id)) add(id);
    if (reads.some((id) => active.has(id))) writes.forEach(add);
  }
  return active;
}

/** Parameters, and what they were cast to: values without a batch axis. */
function withCasts(
  ops: readonly Op[],
  parameters: ReadonlySet<ValueId>,
): ReadonlySet<ValueId> {
  const found = new Set(parameters);
  for (const op of ops) if (op.kind === 'cast' && found.has(op.a)) found.add(op.out);
  return found;
}

/** Parameters whose whole gradient is that of the right factor of one product. */
function factorsOnly(
  ops: readonly Op[],
  parameters: ReadonlySet<ValueId>,
): ReadonlySet<ValueId> {
  const reads = ops.flatMap((op) => operandsOf(op).reads);
  const factors = ops.flatMap((op) => (op.kind === 'matmul' ? [op.b] : []));
  return new Set(factors.filter((id) =>
    parameters.has(id) && reads.filter((read) => read === id).length === 1));
}

/** The sum of a gradient (S, …shape) over the shards of `node`. */
export function sumShards(tape: Tape, gradient: Tensor, node: TreeNode): Tensor {
  const shape = gradient.shape.slice(1);
  const sums = new Map<string, Tensor>();
  const take = (part: TreeNode): Tensor =>
    sums.get(nodeKey(part)) ?? tape.part(gradient, part.first * elementCount(shape), shape);
  for (const { left, right, sum } of additionsWithin(node)) {
    sums.set(nodeKey(sum), tape.add(take(left), take(right)));
  }
  return take(node);
}

interface RuleContext {
  readonly tape: Tape;
  readonly tensorOf: (id: ValueId) => Tensor;
  readonly parameters: ReadonlySet<ValueId>;
  readonly active: ReadonlySet<ValueId>;
  readonly edges: readonly number[];
  /** Parameters whose gradients are summed over the shards at once. */
  readonly summed: ReadonlySet<ValueId>;
  readonly flow: Flow;
}

class Rule {
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

  /** Edges over `rows`, of which each sample of the batch has as many. */
  #rowEdges(rows: number): readonly number[] {
    const { edges } = this.#context;
    const batch = edges.at(-1) ?? 0;
    return edges.map((edge) => (batch === 0 ? 0 : (edge * rows) / batch));
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

function notSupported(kind: Op['kind'], what: string): never {
  throw new GpuError('GPU_NOT_SUPPORTED', `${kind} has no gradient rule for ${what}`);
}

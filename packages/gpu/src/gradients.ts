import type { Op, ValueId } from './contract.js';
import { GpuError } from './errors.js';
import type { Flow, RuleContext } from './gradient-rule.js';
import { notSupported, rowEdges, Rule } from './gradient-rule.js';
import { COPY } from './named-expressions.js';
import { operandsOf } from './operands.js';
import type { OperationDefinition } from './operation.js';
import type { TreeNode } from './reduction-tree.js';
import { additionsWithin, nodeKey } from './reduction-tree.js';
import { elementCount, formatShape, sameShape } from './shape.js';
import type { GradientRequest, Tape, Tensor } from './tensor.js';

/**
 * Goes back over what a tape has recorded, one operation after the other (ARCHITECTURE G5).
 *
 * GRADIENTS-1: a sum over the batch appears only in gradients of parameters, and only as an
 *   operation with shard edges (NUMERICS-N3).
 * GRADIENTS-2: where a value is read more than once, its gradients are added in the order in which
 *   the reading operations are undone, the last recorded first.
 */

/** What a tape has recorded. */
export interface Recorded {
  readonly ops: readonly Op[];
  tensorOf(id: ValueId): Tensor;
  /** The value that `id` is a part of, or undefined. */
  wholeOf(id: ValueId): ValueId | undefined;
  /** Whether `id` counts as a number given: no gradient goes through it. */
  isConstant(id: ValueId): boolean;
  /** Operations of users that are within no other, in the order in which they were recorded. */
  readonly defined: readonly Defined[];
}

/** An operation of users, recorded as the operations [from, to) of its tape. */
export interface Defined {
  readonly definition: OperationDefinition;
  readonly inputs: readonly Tensor[];
  readonly result: Tensor;
  readonly from: number;
  readonly to: number;
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
  const around = recorded.defined.find(({ from, to }) => from <= root && root < to);
  if (around !== undefined) notSupported(around.definition.name, 'losses inside it');
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
  const summed = sum ? factorsOnly(recorded, parameters) : new Set<ValueId>();
  const context = { tape, tensorOf, parameters: weights, active, edges, summed, flow };
  if (active.has(lossOp.logits)) flow(lossOp.logits, tensorOf(lossOp.gradient));
  for (let index = root - 1; index >= 0; index -= 1) {
    const group = recorded.defined.find(({ from, to }) => from <= index && index < to);
    if (group !== undefined) {
      checkInside(group, ops, found);
      undoDefined(group, found, context);
      index = group.from; // and on with what was recorded before it
      continue;
    }
    const op = ops[index] as Op; // in range
    const [out, ...others] = operandsOf(op).writes;
    if (others.some((id) => found.has(id))) notSupported(op.kind, 'a result beside its first');
    const upstream = out === undefined ? undefined : found.get(out);
    if (upstream === undefined || out === undefined || !active.has(out)) continue;
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

/** What is read outside an operation of users is its result alone. */
function checkInside(
  { definition, result, from, to }: Defined,
  ops: readonly Op[],
  found: ReadonlyMap<ValueId, Tensor>,
): void {
  const inside = ops.slice(from, to).flatMap((op) => operandsOf(op).writes);
  if (!inside.some((id) => id !== result.id && found.has(id))) return;
  notSupported(definition.name, 'a value inside it that is read outside');
}

/** What `backward` of an operation of users records flows to its inputs. */
function undoDefined(
  { definition, inputs, result }: Defined,
  found: ReadonlyMap<ValueId, Tensor>,
  { tape, parameters, active, edges, flow }: RuleContext,
): void {
  const upstream = found.get(result.id);
  if (upstream === undefined || !active.has(result.id)) return;
  const edgesOver = (rows: number): readonly number[] => rowEdges(edges, rows);
  const gradients = definition.backward(tape, { upstream, result, edges: edgesOver }, ...inputs);
  const { name } = definition;
  if (gradients.length !== inputs.length) {
    const message = `${name}: ${gradients.length} gradients of ${inputs.length} inputs`;
    throw new GpuError('GPU_PROGRAM_INVALID', message);
  }
  inputs.forEach(({ id, shape }, index) => {
    const gradient = gradients[index];
    if (gradient === undefined || !active.has(id)) return;
    const needed = parameters.has(id) ? [edges.length - 1, ...shape] : shape;
    if (!sameShape(gradient.shape, needed)) {
      const message = `${name}: the gradient by input ${index} is ` +
        `${formatShape(gradient.shape)}, needed is ${formatShape(needed)}`;
      throw new GpuError('GPU_SHAPE_MISMATCH', message);
    }
    flow(id, gradient);
  });
}

/** Values that depend on one of `sources`, and the sources themselves, with the parts read. */
function dependents(
  { ops, wholeOf, isConstant, defined }: Recorded,
  sources: ReadonlySet<ValueId>,
): ReadonlySet<ValueId> {
  const active = new Set(sources);
  const add = (id: ValueId): void => {
    if (!isConstant(id)) active.add(id);
  };
  for (const [index, op] of ops.entries()) {
    const { reads, writes } = operandsOf(op);
    for (const id of reads) if (active.has(wholeOf(id) ?? id)) add(id);
    if (reads.some((id) => active.has(id))) writes.forEach(add);
    // What an operation of users detaches is its own matter.
    for (const { inputs, result, to } of defined) {
      if (to === index + 1 && inputs.some(({ id }) => active.has(id))) active.add(result.id);
    }
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
  { ops: all, defined }: Recorded,
  parameters: ReadonlySet<ValueId>,
): ReadonlySet<ValueId> {
  const within = defined.flatMap(({ inputs }) => inputs.map(({ id }) => id));
  const ops = all.filter((_, index) =>
    !defined.some(({ from, to }) => from <= index && index < to));
  const reads = ops.flatMap((op) => operandsOf(op).reads);
  const factors = ops.flatMap((op) => (op.kind === 'matmul' ? [op.b] : []));
  return new Set(factors.filter((id) =>
    parameters.has(id) && !within.includes(id) &&
    reads.filter((read) => read === id).length === 1));
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

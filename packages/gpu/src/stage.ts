import type { Program, ValueId } from './contract.js';
import { GpuError } from './errors.js';
import { fuseMaps } from './fuse-maps.js';
import { sumShards } from './gradients.js';
import type { TreeNode } from './reduction-tree.js';
import { subtreesOf } from './reduction-tree.js';
import type { ParameterNumbers } from './segment-replay.js';
import { replaySegments } from './segment-replay.js';
import type { Segment } from './segment.js';
import { elementCount } from './shape.js';
import { createTape } from './tape.js';
import type { Tape, Tensor } from './tensor.js';

/**
 * Stage programs: contiguous segments on one worker linked into what runs with one call
 * (NUMERICS-N8). Owns the order of bindings that it returns, and no memory.
 */

/** The sum of one parameter's gradients over a subtree of shards, as a stage delivers it. */
export interface GradientSum extends TreeNode {
  /** The output that holds the sum. */
  readonly value: ValueId;
  /** Elements from the start of that output; 0 unless several leaves lie in one output. */
  readonly offset: number;
}

export interface StageLoss {
  readonly kind: 'softmaxCrossEntropy';
  /** Factor of every gradient: 1 / labels of the whole batch, over all workers. */
  readonly scale: number;
}

export interface StageOptions {
  /** In order; the first takes the input and the last gives the logits. */
  readonly segments: readonly Segment[];
  /** Parameters that segments share. @default none */
  readonly parameterNumbers?: ParameterNumbers;
  readonly loss: StageLoss;
  /** Row edges of this stage's shards, from 0: stage rows are its shards one after the other. */
  readonly edges: readonly number[];
  /** Index in the whole batch of this stage's first shard. */
  readonly firstShard: number;
}

/** A linked program and which value of it is what. All values but parameters are bound once. */
export interface Stage {
  readonly program: Program;
  /** Input (rows, …inputShape). */
  readonly x: ValueId;
  /** Input (rows, …), i32: for each row of the logits one. */
  readonly labels: ValueId;
  /** By their numbers: in order of segments and their parameters unless these are shared. */
  readonly parameters: readonly ValueId[];
  /** For each parameter, in the same order: what is delivered, by ascending first shard. */
  readonly gradients: readonly (readonly GradientSum[])[];
  /** Output (rows, …), as the labels. */
  readonly losses: ValueId;
  /** Output (rows, …, classes). */
  readonly logits: ValueId;
}

/** Forward, loss, backward and this stage's part of the reduction tree. */
export function linkStage(options: StageOptions): Stage {
  const { segments, parameterNumbers: numbers, loss, edges, firstShard } = options;
  const rows = edges.at(-1) ?? 0;
  const tape = createTape();
  const x = inputOf(tape, segments, rows);
  const { output: logits, parameters } = replaySegments(tape, segments, x, numbers);
  const labels = tape.input(logits.shape.slice(0, -1), 'i32');
  const { losses } = tape.softmaxCrossEntropy(logits, labels, { scale: loss.scale });
  tape.output(losses);
  tape.output(logits);
  const nodes = subtreesOf(firstShard, firstShard + edges.length - 1);
  const sum = isOneSum(nodes);
  const gradients = tape.gradients({ losses, of: parameters, edges, sum })
    .map((gradient) => deliver(tape, gradient, nodes, firstShard));
  return {
    program: fuseMaps(tape.program()),
    x: x.id,
    labels: labels.id,
    parameters: parameters.map(({ id }) => id),
    gradients,
    losses: losses.id,
    logits: logits.id,
  };
}

/** A forward program and which value of it is what. */
export interface ForwardStage {
  readonly program: Program;
  readonly x: ValueId;
  readonly parameters: readonly ValueId[];
  readonly logits: ValueId;
  /** Output (rows, …), i32: the class with the largest logit. */
  readonly argmax: ValueId;
}

/** The same segments without loss and gradients, for `rows` samples at a time. */
export function linkForward(options: {
  readonly segments: readonly Segment[];
  readonly parameterNumbers?: ParameterNumbers;
  readonly rows: number;
}): ForwardStage {
  const tape = createTape();
  const x = inputOf(tape, options.segments, options.rows);
  const { segments, parameterNumbers: numbers } = options;
  const { output: logits, parameters } = replaySegments(tape, segments, x, numbers);
  tape.output(logits);
  const argmax = tape.output(tape.argmax(logits));
  return {
    program: fuseMaps(tape.program()),
    x: x.id,
    parameters: parameters.map(({ id }) => id),
    logits: logits.id,
    argmax: argmax.id,
  };
}

function inputOf(tape: Tape, segments: readonly Segment[], rows: number): Tensor {
  const first = segments[0];
  if (first !== undefined) return tape.input([rows, ...first.inputShape], first.inputDtype);
  throw new GpuError('GPU_OPTION_INVALID', 'a stage of no segment');
}

/** Whether all shards of a stage are one subtree, whose inner sums nobody needs. */
function isOneSum(nodes: readonly TreeNode[]): boolean {
  return nodes.length === 1 && nodes[0]?.count !== 1;
}

/**
 * `gradient` is (S, …shape) over the shards from `firstShard`, or the sum over them where that is
 * all; leaves stay where they are.
 */
function deliver(
  tape: Tape,
  gradient: Tensor,
  nodes: readonly TreeNode[],
  firstShard: number,
): readonly GradientSum[] {
  const [only] = nodes;
  if (isOneSum(nodes) && only !== undefined) {
    return [{ ...only, value: tape.output(gradient).id, offset: 0 }];
  }
  const size = elementCount(gradient.shape.slice(1));
  if (nodes.some(({ count }) => count === 1)) tape.output(gradient);
  return nodes.map((node) => {
    const first = node.first - firstShard;
    if (node.count === 1) return { ...node, value: gradient.id, offset: first * size };
    const sum = sumShards(tape, gradient, { first, count: node.count });
    return { ...node, value: tape.output(sum).id, offset: 0 };
  });
}

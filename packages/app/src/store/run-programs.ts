/**
 * The programs of a run, linked for a number of kernel actors. Pure: the planner of memory and the
 * optimizer actor link the same segments to the same programs.
 */
import {
  adamwProgram, linkForward, linkStage, sgdProgram, shardEdges, shardsOfWorker, subtreesOf,
} from '@ganglion/gpu';
import type { ForwardStage, ParameterNumbers, Segment, Stage, Update } from '@ganglion/gpu';

import type { Loss, Optimizer } from '../definition/optimizers.js';

/** What decides the programs. */
export interface RunShape {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly batch: number;
  readonly shards: number;
  /** Elements of each parameter, in order. */
  readonly parameterSizes: readonly number[];
  readonly heldOut: number;
  readonly labelsPerSample: number;
  /** For each layer the indices of its parameters. */
  readonly shared: ParameterNumbers;
  /** Kernel actors that compute; at most one for each shard. */
  readonly kernels: number;
}

/** A range of rows or elements, `end` excluded. */
export interface Range {
  readonly first: number;
  readonly end: number;
}

/** Held-out samples that one kernel actor predicts with one launch. */
export interface Chunk extends Range {
  readonly forward: ForwardStage;
}

/** What one kernel actor runs. */
export interface KernelPrograms {
  /** Rows of the batch. */
  readonly rows: Range;
  readonly stage: Stage;
  /** Outputs of the stage that hold gradient sums, in ascending order. */
  readonly gradientOutputs: readonly number[];
  readonly update: Update;
  /** Elements of each parameter that `update` updates; parameters of which it has none left out. */
  readonly slices: readonly (Range & { readonly parameter: number })[];
  readonly chunks: readonly Chunk[];
}

/** Arrays of optimiser state for each parameter. */
export function stateNames({ kind }: Optimizer): readonly string[] {
  return kind === 'adamw' ? ['first', 'second'] : ['velocity'];
}

/** Kernel actors that have shards: those beyond the number of shards idle (NUMERICS-N3). */
export function busyKernels(workers: number, shards: number): number {
  return Math.min(workers, shards);
}

/** Programs of every kernel actor, in order. */
export function linkRun(segments: readonly Segment[], shape: RunShape): readonly KernelPrograms[] {
  const kernels = Array.from({ length: shape.kernels }, (_, kernel) => kernel);
  const chunks = forwardChunks(segments, shape);
  return kernels.map((kernel) => ({
    ...linkKernelStage(segments, shape, kernel),
    ...linkKernelUpdate(shape, kernel),
    chunks: chunks.filter((_, index) => index % shape.kernels === kernel),
  }));
}

type StagePart = Pick<KernelPrograms, 'rows' | 'stage' | 'gradientOutputs'>;

function linkKernelStage(
  segments: readonly Segment[],
  { batch, shards, kernels, loss, labelsPerSample, shared }: RunShape,
  kernel: number,
): StagePart {
  const edges = shardEdges(batch, shards);
  const { first, end } = shardsOfWorker({ shards, workers: kernels, worker: kernel });
  const firstRow = edges[first] ?? batch;
  const stage = linkStage({
    segments,
    parameterNumbers: shared,
    loss: { kind: loss.kind, scale: 1 / (batch * labelsPerSample) },
    edges: edges.slice(first, end + 1).map((edge) => edge - firstRow),
    firstShard: first,
  });
  const outputs = new Set(stage.gradients.flat().map(({ value }) => value));
  return {
    rows: { first: firstRow, end: edges[end] ?? batch },
    stage,
    gradientOutputs: [...outputs].toSorted((a, b) => a - b),
  };
}

function linkKernelUpdate(
  { shards, kernels, parameterSizes, optimizer }: RunShape,
  kernel: number,
): Pick<KernelPrograms, 'update' | 'slices'> {
  const delivered = Array.from({ length: kernels }, (_, worker) => {
    const { first, end } = shardsOfWorker({ shards, workers: kernels, worker });
    return subtreesOf(first, end);
  }).flat();
  const slices = parameterSizes
    .map((size, parameter) => ({ parameter, ...sliceOf(size, kernels, kernel) }))
    .filter(({ first, end }) => first < end);
  const sizes = slices.map(({ first, end }) => end - first);
  const link = optimizer.kind === 'adamw' ? adamwProgram : sgdProgram;
  return { update: link({ sizes, shards, delivered }), slices };
}

/** Elements of one kernel actor, in lines of 64 bytes. */
const LINE_ELEMENTS = 16;

function sliceOf(size: number, kernels: number, kernel: number): Range {
  const length = Math.ceil(size / kernels / LINE_ELEMENTS) * LINE_ELEMENTS;
  return { first: Math.min(size, kernel * length), end: Math.min(size, (kernel + 1) * length) };
}

/** Rows of one forward launch at least, unless fewer are held out. */
const CHUNK_ROWS_MIN = 256;
/** Forward launches over all held-out samples at most. */
const CHUNKS_MAX = 64;

function forwardChunks(
  segments: readonly Segment[],
  { heldOut, shared }: RunShape,
): readonly Chunk[] {
  const rows = Math.max(CHUNK_ROWS_MIN, Math.ceil(heldOut / CHUNKS_MAX));
  const linked = new Map<number, ForwardStage>();
  const chunks: Chunk[] = [];
  for (let first = 0; first < heldOut; first += rows) {
    const end = Math.min(first + rows, heldOut);
    const count = end - first;
    const forward = linked.get(count) ??
      linkForward({ segments, parameterNumbers: shared, rows: count });
    linked.set(count, forward);
    chunks.push({ first, end, forward });
  }
  return chunks;
}

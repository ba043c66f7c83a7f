/** Which memory the values of each program are, for every launch that there is. Pure. */
import type { Block } from '@ganglion/memory';
import type { Program } from '@ganglion/gpu/contract';

import type { GenerationBlocks, StoreBlocks } from './memory-plan.js';
import { RUN_ARENA } from './memory-plan.js';
import type { Chunk, KernelPrograms, Range } from './run-programs.js';

/** A value's memory; `null` for temporaries and parts, which have none to bind. */
export type Binding = Block | null;

/** A program and its sets of bindings, as a kernel actor loads them. */
export interface BoundProgram {
  readonly program: Program;
  readonly bindings: readonly (readonly Binding[])[];
}

/** Programs of one kernel actor; each is run by its index here and a set of bindings. */
export interface BoundKernel {
  /** Sets by the lowest bit of the steps committed: generation and batch buffer. */
  readonly stage: BoundProgram;
  /** Sets by the generation that is read. */
  readonly update: BoundProgram;
  /** One for each chunk; sets by generation. */
  readonly chunks: readonly BoundProgram[];
}

/** Sizes that bindings need beside the blocks. */
export interface BindingSizes {
  readonly sampleSize: number;
  readonly labelsPerSample: number;
  readonly classes: number;
  /** Samples before the first that is held out. */
  readonly training: number;
}

/** Binds the programs of kernel actor `kernel`. */
export function bindKernel(
  all: readonly KernelPrograms[],
  kernel: number,
  blocks: StoreBlocks,
  sizes: BindingSizes,
): BoundKernel {
  const own = all[kernel];
  const memory = blocks.kernels[kernel];
  if (own === undefined || memory === undefined) throw new RangeError(`no kernel ${kernel}`);
  const both = [0, 1] as const;
  return {
    stage: {
      program: own.stage.program,
      bindings: both.map((parity) => bindStage(own, memory.gradients, blocks, sizes, parity)),
    },
    update: {
      program: own.update.program,
      bindings: both.map((parity) => bindUpdate(all, own, blocks, parity)),
    },
    chunks: own.chunks.map((chunk) => ({
      program: chunk.forward.program,
      bindings: both.map((parity) => bindChunk(chunk, memory.logits, blocks, sizes, parity)),
    })),
  };
}

type Parity = 0 | 1;

function bindStage(
  { stage, rows, gradientOutputs }: KernelPrograms,
  gradients: readonly Block[],
  blocks: StoreBlocks,
  { sampleSize, labelsPerSample, classes }: BindingSizes,
  parity: Parity,
): readonly Binding[] {
  const bound = unbound(stage.program);
  const batch = blocks.batches[parity];
  bound[stage.x] = part(batch.samples, rows, sampleSize);
  bound[stage.labels] = part(batch.labels, rows, labelsPerSample);
  bound[stage.losses] = part(blocks.losses, rows, labelsPerSample);
  bound[stage.logits] = part(blocks.logits, rows, labelsPerSample * classes);
  bindAll(bound, stage.parameters, blocks.generations[parity].parameters);
  bindAll(bound, gradientOutputs, gradients);
  return bound;
}

function bindUpdate(
  all: readonly KernelPrograms[],
  { update, slices }: KernelPrograms,
  blocks: StoreBlocks,
  parity: Parity,
): readonly Binding[] {
  const bound = unbound(update.program);
  const from = blocks.generations[parity];
  const to = blocks.generations[parity === 0 ? 1 : 0];
  bound[update.hyper] = blocks.hyper;
  for (const [index, slice] of slices.entries()) {
    const values = update.parameters[index];
    if (values === undefined) throw new RangeError(`update program without slice ${index}`);
    const sliced = (block: Block): Block => part(block, slice, 1);
    bound[values.parameter] = sliced(parameterOf(from, slice.parameter));
    bound[values.nextParameter] = sliced(parameterOf(to, slice.parameter));
    bindAll(bound, values.state, statesOf(from, slice.parameter).map(sliced));
    bindAll(bound, values.nextState, statesOf(to, slice.parameter).map(sliced));
    bindAll(bound, values.gradients, gradientSums(all, blocks, slice.parameter).map(sliced));
  }
  return bound;
}

function bindChunk(
  { forward, first, end }: Chunk,
  logits: Block,
  blocks: StoreBlocks,
  { sampleSize, labelsPerSample, training }: BindingSizes,
  parity: Parity,
): readonly Binding[] {
  const bound = unbound(forward.program);
  const rows = { first: training + first, end: training + end };
  bound[forward.x] = part(blocks.data.samples, rows, sampleSize);
  bound[forward.logits] = logits;
  bound[forward.argmax] = part(blocks.predictions, { first, end }, labelsPerSample);
  bindAll(bound, forward.parameters, blocks.generations[parity].parameters);
  return bound;
}

/** What all kernel actors deliver of one parameter, in the order of the update programs. */
function gradientSums(
  all: readonly KernelPrograms[],
  { kernels }: StoreBlocks,
  parameter: number,
): readonly Block[] {
  return all.flatMap(({ stage, gradientOutputs }, kernel) =>
    (stage.gradients[parameter] ?? []).map(({ value, offset }) => {
      const block = kernels[kernel]?.gradients[gradientOutputs.indexOf(value)];
      if (block === undefined) throw new RangeError(`kernel ${kernel} has no gradient ${value}`);
      const start = 4 * offset;
      return { ...block, offset: block.offset + start, sizeBytes: block.sizeBytes - start };
    }));
}

function unbound({ values }: Program): Binding[] {
  return values.map(() => null);
}

function bindAll(bound: Binding[], values: readonly number[], blocks: readonly Block[]): void {
  for (const [index, value] of values.entries()) bound[value] = blocks[index] ?? null;
}

function parameterOf({ parameters }: GenerationBlocks, index: number): Block {
  const block = parameters[index];
  if (block === undefined) throw new RangeError(`no parameter ${index}`);
  return block;
}

function statesOf({ states }: GenerationBlocks, index: number): readonly Block[] {
  return states.map((blocks) => parameterOf({ parameters: blocks, states: [] }, index));
}

/** Rows `first` to `end` of `block`, each of `width` words. */
function part(block: Block, { first, end }: Range, width: number): Block {
  const offset = block.offset + 4 * first * width;
  const { generation } = block;
  return { arena: RUN_ARENA, offset, sizeBytes: 4 * (end - first) * width, generation };
}

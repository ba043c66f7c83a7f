/**
 * Where everything of a run lies in its arena: decided once, before the arena is made, and sent to
 * every actor as plain data. The run owns the memory; actors hold this description (KERNELS-M4).
 *
 * PLAN-1: blocks are 64-byte aligned and do not overlap.
 */
import { ARENA_BYTES_MAX } from '@ganglion/memory';
import type { Block } from '@ganglion/memory';
import { byteLength } from '@ganglion/gpu';
import type { Program } from '@ganglion/gpu/contract';

import { AppError } from '../errors.js';
import { commitBytes } from './layout.js';
import type { KernelPrograms } from './run-programs.js';

/** Parameters and optimiser state after one step, in order of the parameters. */
export interface GenerationBlocks {
  readonly parameters: readonly Block[];
  /** By state, then by parameter. */
  readonly states: readonly (readonly Block[])[];
}

/** Samples (rows, …sample) and labels (rows, …label) i32. */
export interface SampleBlocks {
  readonly samples: Block;
  readonly labels: Block;
}

/** Memory of one kernel actor. */
export interface KernelBlocks {
  /** In order of `gradientOutputs`. */
  readonly gradients: readonly Block[];
  /** Logits of the largest forward launch. */
  readonly logits: Block;
  /** What its backend allocates from. */
  readonly device: Block;
}

/** Every block of a run. */
export interface StoreBlocks {
  readonly commit: Block;
  readonly generations: readonly [GenerationBlocks, GenerationBlocks];
  /** Hyper vector of the optimiser, f32 (8). */
  readonly hyper: Block;
  readonly data: SampleBlocks;
  /** Two, filled in turn. */
  readonly batches: readonly [SampleBlocks, SampleBlocks];
  /** f32 (batch, …label). */
  readonly losses: Block;
  /** f32 (LOSSES_KEPT), by the number of the step. */
  readonly stepLosses: Block;
  /** f32 (batch, …label, classes). */
  readonly logits: Block;
  /** i32 (heldOut, …label). */
  readonly predictions: Block;
  readonly kernels: readonly KernelBlocks[];
}

/** What the memory is for. */
export interface MemoryNeeds {
  /** Elements of each parameter, in order. */
  readonly parameterSizes: readonly number[];
  readonly states: number;
  readonly sampleSize: number;
  readonly labelsPerSample: number;
  readonly classes: number;
  readonly count: number;
  readonly heldOut: number;
  readonly batch: number;
  readonly programs: readonly KernelPrograms[];
}

/** Id of the run's arena. */
export const RUN_ARENA = 0;

/** Bytes of a backend's own memory beside the temporaries of its programs. */
const DEVICE_SLACK_BYTES = 4 * 1_024 * 1_024;
const HYPER_ELEMENTS = 8;
/** Steps whose mean losses are kept. */
export const LOSSES_KEPT = 16_384;
const ALIGN_BYTES = 64;

/** @throws AppError APP_RUN_TOO_LARGE if one arena cannot hold it. */
export function planMemory(needs: MemoryNeeds): {
  readonly blocks: StoreBlocks;
  readonly sizeBytes: number;
} {
  const cursor = new Cursor();
  const blocks = placeBlocks(cursor, needs);
  const { sizeBytes } = cursor;
  if (sizeBytes <= ARENA_BYTES_MAX) return { blocks, sizeBytes };
  const message = `the run needs ${sizeBytes} bytes of tensor memory, the limit is ` +
    `${ARENA_BYTES_MAX}; use fewer samples, a smaller batch or a smaller model`;
  throw new AppError('APP_RUN_TOO_LARGE', message);
}

class Cursor {
  sizeBytes = 0;

  take(sizeBytes: number): Block {
    const block = { arena: RUN_ARENA, offset: this.sizeBytes, sizeBytes, generation: 0 };
    this.sizeBytes = alignUp(this.sizeBytes + Math.max(sizeBytes, 1));
    return block;
  }

  takeWords(count: number): Block {
    return this.take(4 * count);
  }
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / ALIGN_BYTES) * ALIGN_BYTES;
}

function placeBlocks(cursor: Cursor, needs: MemoryNeeds): StoreBlocks {
  const { parameterSizes, states, sampleSize, count, heldOut, batch, programs } = needs;
  const { labelsPerSample, classes } = needs;
  const words = (sizes: readonly number[]): Block[] => sizes.map((size) => cursor.takeWords(size));
  const generation = (): GenerationBlocks => ({
    parameters: words(parameterSizes),
    states: Array.from({ length: states }, () => words(parameterSizes)),
  });
  const samples = (rows: number): SampleBlocks => ({
    samples: cursor.takeWords(rows * sampleSize),
    labels: cursor.takeWords(rows * labelsPerSample),
  });
  return {
    commit: cursor.take(commitBytes(programs.length)),
    generations: [generation(), generation()],
    hyper: cursor.takeWords(HYPER_ELEMENTS),
    data: samples(count),
    batches: [samples(batch), samples(batch)],
    losses: cursor.takeWords(batch * labelsPerSample),
    stepLosses: cursor.takeWords(LOSSES_KEPT),
    logits: cursor.takeWords(batch * labelsPerSample * classes),
    predictions: cursor.takeWords(heldOut * labelsPerSample),
    kernels: programs.map((kernel) => placeKernel(cursor, kernel, labelsPerSample * classes)),
  };
}

/** @param logits of one sample */
function placeKernel(cursor: Cursor, kernel: KernelPrograms, logits: number): KernelBlocks {
  const { stage, update, chunks, gradientOutputs } = kernel;
  const gradients = gradientOutputs.map((value) => cursor.take(valueBytes(stage.program, value)));
  const rows = Math.max(0, ...chunks.map(({ first, end }) => end - first));
  const forwards = new Set(chunks.map(({ forward }) => forward.program));
  const programs = [stage.program, update.program, ...forwards];
  const temporaries = programs.map(temporaryBytes);
  // A program is compiled again before the one that it replaces is released.
  const deviceBytes = temporaries.reduce((sum, bytes) => sum + bytes, Math.max(...temporaries));
  return {
    gradients,
    logits: cursor.takeWords(rows * logits),
    device: cursor.take(alignUp(deviceBytes + DEVICE_SLACK_BYTES)),
  };
}

function valueBytes(program: Program, value: number): number {
  const spec = program.values[value];
  return spec === undefined ? 0 : byteLength(spec.shape, spec.dtype);
}

/** Bytes of a program's temporaries if none shared memory: at least what a backend takes. */
function temporaryBytes({ values }: Program): number {
  return values
    .filter(({ role, part }) => role === 'temporary' && part === undefined)
    .reduce((bytes, { shape, dtype }) => bytes + alignUp(byteLength(shape, dtype)), 0);
}

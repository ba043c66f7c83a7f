/**
 * A training run on one thread without actors: the same programs and bindings, launched one after
 * the other. What a supervised run gives must equal it to the bit.
 */
import { cpu, shardEdges } from '@ganglion/gpu';
import type { Backend, BackendFactory, Executable, Slot } from '@ganglion/gpu/contract';
import { createAllocator, createHostArena } from '@ganglion/memory';
import type { HostArena } from '@ganglion/memory/contract';

import { meanLoss } from '../batch-loss.js';
import type { TrainingDefinition } from '../definition/definition.js';
import { labelsPerSample } from '../labels.js';
import { SampleOrder } from '../sample-order.js';
import { fillBatch } from '../store/batch.js';
import { bindKernel } from '../store/bindings.js';
import type { BoundProgram } from '../store/bindings.js';
import { dataMemory } from '../store/data-memory.js';
import { hyperOf } from '../store/hyper.js';
import { fillInitialWeights } from '../store/initial-weights.js';
import { planRun } from '../store/run-plan.js';
import type { RunPlan } from '../store/run-plan.js';
import { Store } from '../store/store.js';

/** What is run. */
export interface ReferenceRunOptions {
  readonly definition: TrainingDefinition;
  /** Parts that the work is cut into, as kernel actors would have it. */
  readonly kernels: number;
  readonly steps: number;
  /** @default the plain cpu backend */
  readonly backend?: BackendFactory;
  /**
   * Arena 0, overwritten: native kernels keep the first that they meet, so runs of one thread share
   * it.
   * @default a new one of the right size
   */
  readonly arena?: HostArena;
}

/** What came out. */
export interface ReferenceResult {
  readonly weightsHash: string;
  readonly losses: readonly number[];
  /** Predicted labels of the held-out samples. */
  readonly predictions: readonly number[];
  /** Fraction of the held-out labels that were predicted right. */
  readonly accuracy: number;
}

/** Trains from the initial weights. */
export async function referenceRun(options: ReferenceRunOptions): Promise<ReferenceResult> {
  const { definition, steps } = options;
  const { data } = definition;
  const plan = planRun(definition, options.kernels);
  const arena = options.arena ?? createHostArena({ id: 0, sizeBytes: plan.sizeBytes });
  new Uint8Array(arena.memory.buffer).fill(0);
  const store = Store.create(arena, plan.blocks, 0);
  await data.load(dataMemory(store), { module: import.meta.url });
  fillInitialWeights(store, plan.network.parameters, definition.seed);
  const kernels = plan.programs.map((_, kernel) => {
    const { offset, sizeBytes } = plan.blocks.kernels[kernel]?.device ?? plan.blocks.commit;
    const allocator = createAllocator({ arena, offset, sizeBytes });
    const backend = (options.backend ?? cpu())({ arenas: [arena], allocator });
    const bound = bindKernel(plan.programs, kernel, plan.blocks, plan.sizes);
    return {
      stage: load(backend, bound.stage),
      update: load(backend, bound.update),
      chunks: bound.chunks.map((chunk) => load(backend, chunk)),
    };
  });
  const losses = trainSteps(store, plan, definition, steps, kernels);
  for (const { chunks } of kernels) for (const chunk of chunks) chunk(steps % 2);
  const predictions = [...store.i32(plan.blocks.predictions)];
  const labels = store.i32(plan.blocks.data.labels)
    .subarray((data.count - data.heldOut) * labelsPerSample(data));
  const right = predictions.filter((label, at) => label === labels[at]).length;
  const accuracy = predictions.length === 0 ? 0 : right / predictions.length;
  return { weightsHash: store.weightsHash(), losses, predictions, accuracy };
}

type Run = (bindings: number) => void;

interface Kernel {
  readonly stage: Run;
  readonly update: Run;
}

function trainSteps(
  store: Store,
  plan: RunPlan,
  definition: TrainingDefinition,
  steps: number,
  kernels: readonly Kernel[],
): readonly number[] {
  const { batch, shards, seed, optimizer } = definition;
  const order = new SampleOrder({ seed, batch, training: plan.sizes.training });
  const edges = shardEdges(batch, shards).map((edge) => edge * labelsPerSample(definition.data));
  return Array.from({ length: steps }, (_, step) => {
    fillBatch(store, order, step);
    store.f32(plan.blocks.hyper).set(hyperOf(optimizer, step + 1));
    for (const kernel of kernels) kernel.stage(step % 2);
    for (const kernel of kernels) kernel.update(step % 2);
    for (const writer of kernels.keys()) store.stamp(writer, step + 1);
    store.commit(step + 1);
    return meanLoss(store.f32(plan.blocks.losses), edges);
  });
}

function load(backend: Backend, { program, bindings }: BoundProgram): Run {
  const executable: Executable = backend.compile(program);
  const slots = bindings.map((blocks): readonly Slot[] =>
    blocks.map((block) => (block === null ? -1 : backend.wrap(block))));
  return (index) => backend.launch(executable, slots[index] ?? []);
}

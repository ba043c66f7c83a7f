/** Everything that is decided about a run before a thread is started: pure, and refused early. */
import type { TrainingDefinition } from '../definition/definition.js';
import { stepsPerEpoch } from '../definition/definition.js';
import { hashDefinition } from '../definition/hash.js';
import { recordNetwork } from '../definition/network.js';
import type { Network } from '../definition/network.js';
import { AppError } from '../errors.js';
import { labelsPerSample } from '../labels.js';
import type { BindingSizes } from './bindings.js';
import { planMemory } from './memory-plan.js';
import type { StoreBlocks } from './memory-plan.js';
import { busyKernels, linkRun, stateNames } from './run-programs.js';
import type { KernelPrograms, RunShape } from './run-programs.js';
import { STEPS_MAX } from './store.js';

/** See the file's header. */
export interface RunPlan {
  readonly network: Network;
  readonly shape: RunShape;
  readonly sizes: BindingSizes;
  readonly programs: readonly KernelPrograms[];
  readonly blocks: StoreBlocks;
  /** Bytes of the run's arena. */
  readonly sizeBytes: number;
  readonly definitionHash: string;
  readonly stepsPerEpoch: number;
  /** Steps of the whole run. */
  readonly steps: number;
}

/**
 * @throws AppError APP_SHAPE_MISMATCH for layers that do not fit, APP_RUN_TOO_LARGE,
 *   APP_OPTION_INVALID for more steps than a run may take.
 */
export function planRun(definition: TrainingDefinition, workers: number): RunPlan {
  const network = recordNetwork(definition);
  const { loss, optimizer, data, batch, shards, epochs } = definition;
  const parameterSizes = network.parameters.map(({ size }) => size);
  const { classes, count, heldOut } = data;
  const kernels = busyKernels(workers, shards);
  const labels = labelsPerSample(data);
  const { shared } = network;
  const shape = {
    loss, optimizer, batch, shards, parameterSizes, heldOut, labelsPerSample: labels, shared,
    kernels,
  };
  const programs = linkRun(network.segments, shape);
  const sampleSize = data.sampleShape.reduce((size, extent) => size * extent, 1);
  const states = stateNames(optimizer).length;
  const perEpoch = stepsPerEpoch(definition);
  const steps = perEpoch * epochs;
  if (steps > STEPS_MAX) {
    const message = `${epochs} epochs of ${perEpoch} steps are ${steps} steps, the limit is ` +
      `${STEPS_MAX}`;
    throw new AppError('APP_OPTION_INVALID', message);
  }
  return {
    network,
    shape,
    sizes: { sampleSize, labelsPerSample: labels, classes, training: count - heldOut },
    programs,
    ...planMemory({
      parameterSizes, states, sampleSize, labelsPerSample: labels, classes, count, heldOut, batch,
      programs,
    }),
    definitionHash: hashDefinition(definition, network),
    stepsPerEpoch: perEpoch,
    steps,
  };
}

/**
 * Definitions: what a training script exports. A definition is the same on every thread and
 * machine that imports the script; its hash names it in manifests.
 */
import { MAX_SHARDS } from '@ganglion/gpu';

import type { Dataset } from '../contract.js';
import { AppError } from '../errors.js';
import { refuseUnknownKeys, requireInteger } from '../options.js';
import type { Model } from './layers.js';
import type { Loss, Optimizer } from './optimizers.js';

/** What a training script says. */
export interface TrainingOptions {
  /** Called once on every thread that needs the model. */
  readonly model: () => Model;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly data: Dataset;
  /** Samples of one step, 1 to 65,536; what is left of an epoch after whole batches is skipped. */
  readonly batch: number;
  /** Passes over the training samples, 1 to 1,000,000. */
  readonly epochs: number;
  /**
   * Parts of a batch whose gradients are summed by the fixed tree (NUMERICS-N3): a power of two up
   * to 1,024. Part of the hash: another number gives other bits.
   * @default 4
   */
  readonly shards?: number;
  /**
   * Of initial weights and the order of samples; an integer from 0 below 2^53.
   * @default 1
   */
  readonly seed?: number;
}

/** `TrainingOptions` with every default set. */
export type TrainingDefinition = Readonly<Required<TrainingOptions>> & {
  readonly kind: 'ganglion-training';
};

/** Defaults of `TrainingOptions`. */
export const trainingDefaults: Readonly<Pick<TrainingDefinition, 'shards' | 'seed'>> =
  Object.freeze({ shards: 4, seed: 1 });

/** Samples of one step at most. */
export const BATCH_MAX = 65_536;
export const EPOCHS_MAX = 1_000_000;

const KEYS: readonly string[] = Object.freeze([
  'model', 'loss', 'optimizer', 'data', 'batch', 'epochs', 'shards', 'seed',
]);

/** @throws AppError APP_OPTION_INVALID naming the option, its value and the limit. */
export function defineTraining(options: TrainingOptions): TrainingDefinition {
  refuseUnknownKeys('defineTraining', options, KEYS);
  for (const key of ['model', 'loss', 'optimizer', 'data'] as const) {
    if (options[key] !== undefined) continue;
    throw new AppError('APP_OPTION_INVALID', `defineTraining needs the option ${key}`);
  }
  const resolved = { ...trainingDefaults, ...options };
  const { batch, epochs, shards, seed, data } = resolved;
  requireInteger('batch', batch, { min: 1, max: BATCH_MAX });
  requireInteger('epochs', epochs, { min: 1, max: EPOCHS_MAX });
  requireInteger('shards', shards, { min: 1, max: MAX_SHARDS });
  requireInteger('seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER });
  if (!Number.isInteger(Math.log2(shards))) {
    throw new AppError('APP_OPTION_INVALID', `shards is ${shards}, it must be a power of two`);
  }
  const training = data.count - data.heldOut;
  if (batch > training) {
    const message = `batch is ${batch}, the data hold ${training} training samples`;
    throw new AppError('APP_OPTION_INVALID', message);
  }
  return Object.freeze({ ...resolved, kind: 'ganglion-training' });
}

/** Whole batches of one epoch. */
export function stepsPerEpoch({ data, batch }: TrainingDefinition): number {
  return Math.floor((data.count - data.heldOut) / batch);
}

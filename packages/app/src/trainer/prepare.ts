/**
 * What is decided and checked before any thread is started or file made: whatever is wrong with a
 * call of `train` is refused here, but for data that cannot be loaded.
 */
import { basename, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { HostArena } from '@ganglion/memory';
import type { Threads } from '@ganglion/runtime/contract';

import { readCheckpoint } from '../checkpoint/checkpoints.js';
import type { LoadedCheckpoint } from '../checkpoint/checkpoints.js';
import { writeState } from '../checkpoint/state-tensors.js';
import type { TrainingDefinition } from '../definition/definition.js';
import { loadDefinition } from '../definition/load-definition.js';
import { AppError } from '../errors.js';
import { fillInitialWeights } from '../store/initial-weights.js';
import { planRun } from '../store/run-plan.js';
import type { RunPlan } from '../store/run-plan.js';
import { stateNames } from '../store/run-programs.js';
import { Store } from '../store/store.js';
import { chooseDevice } from './choose-device.js';
import type { ChosenDevice } from './choose-device.js';
import type { ResolvedTrainOptions } from './options.js';
import type { OpenLine } from './loss-lines.js';
import { RunFolder } from './run-folder.js';

/** A run that can begin. */
export interface Setup {
  readonly options: ResolvedTrainOptions;
  /** URL of the training script. */
  readonly module: string;
  readonly definition: TrainingDefinition;
  readonly workers: number;
  readonly plan: RunPlan;
  readonly device: ChosenDevice;
  readonly folder: RunFolder;
}

/** @throws AppError for everything that is documented on `train`. */
export async function prepare(
  script: string | URL,
  options: ResolvedTrainOptions,
  { cpuCount }: Threads,
): Promise<Setup> {
  const module = urlOf(script);
  const loaded = await loadDefinition(module);
  const definition = { ...loaded, epochs: options.epochs ?? loaded.epochs };
  const workers = workersOf(options, definition, cpuCount);
  const plan = planRun(definition, workers);
  const { device: name, native, threads, oversubscribe } = options;
  const device = await chooseDevice({ device: name, native, module, threads, oversubscribe });
  const folder = new RunFolder({ runs: options.runs, name: options.name ?? nameOf(module) });
  const exists = await folder.exists();
  if (exists && !options.resume) {
    const message = `the run ${folder.shown} exists already; continue it with --resume, or ` +
      'choose another name with --name';
    throw new AppError('APP_RUN_EXISTS', message);
  }
  if (!exists && options.resume) {
    throw new AppError('APP_RUN_MISSING', `there is no run ${folder.shown} to resume`);
  }
  return { options, module, definition, workers, plan, device, folder };
}

/** @throws AppError APP_OPTION_INVALID for more helpers than there are CPUs (KERNELS-H1). */
function workersOf(
  { workers, threads, oversubscribe }: ResolvedTrainOptions,
  { shards }: TrainingDefinition,
  cpuCount: number,
): number {
  const fitting = Math.max(1, Math.floor(cpuCount / threads));
  const chosen = workers ?? Math.min(fitting, shards);
  if (threads === 1 || oversubscribe || chosen * threads <= cpuCount) return chosen;
  const message = `${chosen} workers of ${threads} threads are more than the ${cpuCount} CPUs of ` +
    'this machine: oversubscribe allows it';
  throw new AppError('APP_OPTION_INVALID', message);
}

/** The name that a run of this script has unless another is given. */
export function nameOf(module: string): string {
  const path = fileURLToPath(module);
  return basename(path, extname(path));
}

function urlOf(script: string | URL): string {
  if (script instanceof URL) return script.href;
  return script.startsWith('file:') ? script : pathToFileURL(script).href;
}

/** What a run goes on from. */
export interface Begun {
  readonly store: Store;
  /** Of the line of metrics that is not yet ended. */
  readonly openLine: OpenLine;
}

/**
 * The store of a run that begins, or of one that goes on from its checkpoint. A run that was ended
 * before its first checkpoint begins anew.
 * @throws AppError APP_CHECKPOINT_CORRUPT, APP_CHECKPOINT_MISMATCH
 */
export async function createStore(setup: Setup, arena: HostArena): Promise<Begun> {
  const { plan, definition, options, folder } = setup;
  const checkpoint = options.resume
    ? await readCheckpoint(folder.storage, folder.shown)
    : undefined;
  if (checkpoint === undefined) {
    const store = Store.create(arena, plan.blocks, 0);
    fillInitialWeights(store, plan.network.parameters, definition.seed);
    return { store, openLine: { steps: 0, lossSum: 0 } };
  }
  checkMatch(setup, checkpoint);
  const { step, openSteps, openLossSum } = checkpoint.manifest;
  const store = Store.create(arena, plan.blocks, step);
  const names = { parameters: plan.network.parameters, states: stateNames(definition.optimizer) };
  writeState(store, names, checkpoint.tensors, folder.shown);
  return { store, openLine: { steps: openSteps, lossSum: openLossSum ?? Number.NaN } };
}

function checkMatch(setup: Setup, { manifest }: LoadedCheckpoint): void {
  const { plan, device, folder, definition } = setup;
  const refuse = (what: string): never => {
    throw new AppError('APP_CHECKPOINT_MISMATCH', `the run ${folder.shown} ${what}`);
  };
  if (manifest.definitionHash !== plan.definitionHash) {
    refuse('was trained with another definition (definition hash ' +
      `${manifest.definitionHash.slice(0, 12)}, the script has ` +
      `${plan.definitionHash.slice(0, 12)}); choose another name with --name`);
  }
  if (manifest.profile !== device.profile) {
    refuse(`has the numeric profile ${manifest.profile}, this machine would go on with ` +
      `${device.profile} and give other bits`);
  }
  if (manifest.step > plan.steps) {
    refuse(`has taken ${manifest.step} steps, ${definition.epochs} epochs are ${plan.steps}`);
  }
}

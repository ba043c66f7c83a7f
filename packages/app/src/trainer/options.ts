/** Options of `train`. */
import type { RunObserver } from '../contract.js';
import { EPOCHS_MAX } from '../definition/definition.js';
import { AppError } from '../errors.js';
import { refuseUnknownKeys, requireInteger } from '../options.js';
import { DEVICE_NAMES } from './choose-device.js';
import type { DeviceName } from './choose-device.js';

/** An actor that is killed on purpose, to show or to test what its supervisor does. */
export interface PlannedKill {
  /** Path in the tree, such as `Model/layers/linear-0`. */
  readonly child: string;
  /** Killed when this many steps were taken, while the next ones run. */
  readonly atStep: number;
}

/** How a definition is trained. */
export interface TrainOptions {
  /**
   * Worker threads, 1 to 1,024. Does not change the result.
   * @default one for each CPU, or for each `threads` CPUs, at most one for each shard
   */
  readonly workers?: number | undefined;
  /**
   * Threads that each worker's native kernels compute on, 1 to 256, the worker among them. Does not
   * change the result.
   * @default 1
   */
  readonly threads?: number | undefined;
  /**
   * Allows workers times threads to be more than the CPUs.
   * @default false
   */
  readonly oversubscribe?: boolean | undefined;
  /**
   * Name of the run's folder.
   * @default the name of the training script
   */
  readonly name?: string | undefined;
  /**
   * Folder of all runs.
   * @default 'runs'
   */
  readonly runs?: string | undefined;
  /**
   * Continues the run of that name from its checkpoint; refused where there is none.
   * @default false
   */
  readonly resume?: boolean | undefined;
  /**
   * Epochs instead of the definition's. A resumed run may be given more of them.
   * @default the definition's
   */
  readonly epochs?: number | undefined;
  /** @default 'auto' */
  readonly device?: DeviceName | undefined;
  /**
   * Module whose `native()` gives kernels, or false for plain TypeScript.
   * @default '@ganglion/native' where it is installed and built
   */
  readonly native?: string | false | undefined;
  /**
   * Time between two checkpoints beside those at the end of each epoch.
   * @default 30000
   */
  readonly checkpointEveryMs?: number | undefined;
  /** Told what happens. @default nobody */
  readonly observer?: RunObserver | undefined;
  /** At most 64. @default none */
  readonly kills?: readonly PlannedKill[] | undefined;
  /** Ends the run after the steps in hand, with a checkpoint. @default none */
  readonly signal?: AbortSignal | undefined;
}

/** Options with every choice made that does not depend on the definition. */
export type ResolvedTrainOptions = Required<
  Pick<
    TrainOptions,
    'threads' | 'oversubscribe' | 'runs' | 'resume' | 'device' | 'checkpointEveryMs' | 'observer' |
    'kills'
  >
> & Pick<TrainOptions, 'workers' | 'name' | 'epochs' | 'native' | 'signal'>;

interface Defaults {
  readonly threads: number;
  readonly oversubscribe: boolean;
  readonly runs: string;
  readonly resume: boolean;
  readonly device: DeviceName;
  readonly checkpointEveryMs: number;
  readonly observer: RunObserver;
  readonly kills: readonly PlannedKill[];
}

/** Defaults of `TrainOptions` that depend on nothing. */
export const trainDefaults: Defaults = Object.freeze({
  threads: 1,
  oversubscribe: false,
  runs: 'runs',
  resume: false,
  device: 'auto',
  checkpointEveryMs: 30_000,
  observer: Object.freeze({ onEvent: (): void => undefined }),
  kills: Object.freeze([]),
});

const OTHERS: readonly string[] = ['workers', 'name', 'epochs', 'native', 'signal'];
const KILLS_MAX = 64;
const WORKERS_MAX = 1_024;
/** As many as native kernels take. */
export const THREADS_MAX = 256;
const DAY_MS = 86_400_000;

/** @throws AppError APP_OPTION_INVALID naming the option, its value and the limit. */
export function resolveTrainOptions(options: TrainOptions): ResolvedTrainOptions {
  refuseUnknownKeys('train', options, [...Object.keys(trainDefaults), ...OTHERS]);
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
  const resolved: ResolvedTrainOptions = { ...trainDefaults, ...given };
  const { workers, threads, epochs, device, checkpointEveryMs, kills } = resolved;
  if (workers !== undefined) requireInteger('workers', workers, { min: 1, max: WORKERS_MAX });
  requireInteger('threads', threads, { min: 1, max: THREADS_MAX });
  if (epochs !== undefined) requireInteger('epochs', epochs, { min: 1, max: EPOCHS_MAX });
  requireInteger('checkpointEveryMs', checkpointEveryMs, { min: 0, max: DAY_MS });
  if (!Array.isArray(kills)) {
    throw new AppError('APP_OPTION_INVALID', `kills is ${String(kills)}, it must be a list`);
  }
  requireInteger('kills', kills.length, { min: 0, max: KILLS_MAX });
  for (const kill of kills as readonly PlannedKill[]) {
    requireInteger('atStep of a kill', kill.atStep, { min: 0, max: Number.MAX_SAFE_INTEGER });
    if (typeof kill.child !== 'string') {
      const message = `child of a kill is ${String(kill.child)}, it must be a path in the tree`;
      throw new AppError('APP_OPTION_INVALID', message);
    }
  }
  if (!DEVICE_NAMES.includes(device)) {
    const message = `device is ${String(device)}, it must be one of ${DEVICE_NAMES.join(', ')}`;
    throw new AppError('APP_OPTION_INVALID', message);
  }
  return resolved;
}

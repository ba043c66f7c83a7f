/**
 * The app layer's seams: what a dataset is, and what a run tells whoever watches it. A dataset or a
 * front end in a package of its own implements this file and nothing else.
 */
import type { ClusterNode } from '@ganglion/distribution/contract';

/** What a description is made of: it is hashed, shown, and sent between threads. */
export type Plain = string | number | boolean | null | readonly Plain[] | { [key: string]: Plain };

/** Where a dataset's files are looked for. */
export interface DatasetContext {
  /** URL of the training script's module. */
  readonly module: string;
}

/** Where a dataset puts what it loads. */
export interface DatasetMemory {
  /** `count` samples of the sample shape, row-major; zeros. For samples of i32 not to be used. */
  readonly samples: Float32Array;
  /** The same memory, for samples of i32. */
  readonly indices: Int32Array;
  /** `count` labels, or as many times the label shape, row-major. */
  readonly labels: Int32Array;
}

/**
 * Labelled samples. A training script makes one on every thread; the dataset actor calls `load`.
 *
 * DATASET-1: `load` fills every sample and label, the same ones each time and on every machine.
 * DATASET-2: labels are in [0, classes).
 * DATASET-3: the last `heldOut` samples are never trained on; they are the same for every seed of
 *   the training.
 */
export interface Dataset {
  /** Part of the definition's hash: two datasets that differ in content differ here. */
  readonly description: Plain;
  /** Of one sample. */
  readonly sampleShape: readonly number[];
  /** What samples are made of: numbers, or i32 indices that an embedding reads. @default 'f32' */
  readonly elements?: 'f32' | 'i32';
  /** Labels of one sample, such as (T) for a label at each of T tokens. @default () */
  readonly labelShape?: readonly number[];
  readonly classes: number;
  /** All samples, those held out included. */
  readonly count: number;
  readonly heldOut: number;
  /**
   * @throws AppError APP_DATA_MISSING with the command that gets the data, APP_DATA_INVALID if the
   *   data are not what they should be.
   */
  load(memory: DatasetMemory, context: DatasetContext): Promise<void>;
}

/** Where a run stands. */
export interface RunProgress {
  /** Steps committed since the beginning of the run, before a `--resume` included. */
  readonly step: number;
  readonly steps: number;
  /** Counted from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean loss of the newest batches. */
  readonly loss: number;
  readonly samplesPerSecond: number;
  /** `undefined` until a rate is known. */
  readonly remainingMs: number | undefined;
}

/** What a supervisor did about an actor that ended. */
export interface RestartReport {
  /** Path in the tree, such as `Model/layers/linear-0`. */
  readonly child: string;
  readonly reason: string;
  /** Error of the actor, or empty. */
  readonly text: string;
  /** Restarts of this child so far. */
  readonly restarts: number;
  /** Back-off before this restart. */
  readonly delayMs: number;
}

/** Something that a person watching a run is told. */
export type RunEvent =
  | { readonly kind: 'started'; readonly step: number; readonly steps: number;
      readonly device: string; readonly profile: string; readonly workers: number;
      readonly folder: string }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'progress'; readonly progress: RunProgress }
  | { readonly kind: 'evaluated'; readonly step: number; readonly epoch: number;
      readonly accuracy: number }
  | { readonly kind: 'killing'; readonly step: number; readonly child: string;
      readonly incarnation: number }
  | { readonly kind: 'restart'; readonly report: RestartReport }
  | { readonly kind: 'back'; readonly child: string; readonly incarnation: number;
      readonly downMs: number }
  | { readonly kind: 'gaveUp'; readonly supervisor: string; readonly text: string }
  | { readonly kind: 'checkpoint'; readonly step: number; readonly file: string };

/** Watches a run. Calls come in order, on the thread that called `train`, and must not throw. */
export interface RunObserver {
  onEvent(event: RunEvent): void;
}

/** What `summary.json` holds. */
export interface TrainSummary {
  /** Fraction of the held-out samples' labels that were predicted; 0 where none is held out. */
  readonly accuracy: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Restarts of all actors in this process's part of the run. */
  readonly restarts: number;
  /** From the call of `train` to the end of its last step, in this process. */
  readonly seconds: number;
  /** SHA-256 of the parameters in order. */
  readonly weightsHash: string;
  /** Numeric profile (NUMERICS-N6) and device. */
  readonly profile: string;
  readonly device: string;
  readonly workers: number;
  readonly definitionHash: string;
  /** This machine, measured at the end. */
  readonly node: ClusterNode;
}

export { AppError } from './errors.js';
export type { AppErrorCode } from './errors.js';

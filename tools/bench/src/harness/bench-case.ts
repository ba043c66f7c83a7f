/**
 * What a benchmark is: data that the harness runs. A case names the work of one sample; every
 * contestant does the same work and says how much of it was completed.
 */

/** `small` runs with the tests and shows that the case works; `full` is what figures come from. */
export type Size = 'small' | 'full';

/** One sample, measured by the contestant around the workload only. */
export interface Reading {
  readonly seconds: number;
  /** Processor time of the contestant's whole process during the sample. */
  readonly cpuSeconds: number;
  /** Work done and verified, in the unit of the case's `intended`. */
  readonly completed: number;
  /** A value of the result, so that no work can be left out. */
  readonly check: string;
  /** Further measures by name. */
  readonly figures: Readonly<Record<string, number>>;
}

/** One figure that is derived from each reading of a contestant. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  value(reading: Reading): number;
}

/** A started contestant, warmed up. */
export interface Running {
  /** Version and settings, for people. */
  readonly note: string;
  sample(): Promise<Reading>;
  /** Ends its process. Closing twice is allowed. */
  close(): Promise<void>;
}

/** A contestant that this machine cannot run, with the command that installs it. */
export interface Skipped {
  readonly skipped: string;
}

/** One side of a comparison. Two contestants may have one subject and different metrics. */
export interface Contestant {
  readonly subject: string;
  /** The first is the main one. */
  readonly metrics: readonly Metric[];
  /** Threads that the case allows: processor ÷ wall time above this + 0.1 is refused. */
  readonly threads?: number;
  start(): Promise<Running | Skipped>;
}

/** The work of one sample and who does it. */
export interface Plan {
  /** Amount of work of one sample. */
  readonly intended: number;
  /** What `intended` counts. */
  readonly work: string;
  /** Ours first. */
  readonly contestants: readonly Contestant[];
}

/** One case of a suite. */
export interface BenchCase {
  readonly suite: string;
  readonly name: string;
  /** Samples of each contestant unless the command says otherwise. */
  readonly samples: number;
  /** Names of the peers it can be run against. */
  readonly peers: readonly string[];
  plan(size: Size, peers: readonly string[]): Plan;
}

/** Cases of one area. */
export interface Suite {
  readonly name: string;
  readonly cases: readonly BenchCase[];
  /** Case names of the interface that cannot run yet, each with its reason. */
  readonly notSupported: Readonly<Record<string, string>>;
}

/** Work per second. */
export function throughput(unit: string, scale = 1, name = 'throughput'): Metric {
  return { name, unit, better: 'higher', value: (r) => (r.completed * scale) / r.seconds };
}

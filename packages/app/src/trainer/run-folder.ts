/**
 * The folder of one run: metrics.jsonl, summary.json, checkpoint/. Owns their names and how they
 * are written; what is in them is the trainer's.
 *
 * RUN-1: the folder is made when the first step can be taken, not before.
 * RUN-2: summary and checkpoint are replaced whole; a line of metrics is one write at the end.
 * RUN-3: one process at a time trains into a folder.
 */
import { join } from 'node:path';

import { nodeStorage } from '@ganglion/runtime';
import type { LockAttempt, Storage } from '@ganglion/runtime/contract';

import type { TrainSummary } from '../contract.js';
import { AppError } from '../errors.js';

/** Which folder. */
export interface RunFolderOptions {
  /** Folder of all runs. */
  readonly runs: string;
  /** Letters, digits, `.`, `_` and `-`, not beginning with a dot; at most 64. */
  readonly name: string;
  /**
   * Bytes of metrics.jsonl, which is read whole when a run is resumed.
   * @default 268435456
   */
  readonly metricsBytesMax?: number;
}

/** One line of metrics.jsonl; every line has the step it speaks of. */
export interface MetricsLine {
  readonly step: number;
  readonly [name: string]: unknown;
}

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;
const METRICS = 'metrics.jsonl';
const SUMMARY = 'summary.json';
const LOCK = 'running';
const METRICS_BYTES_MAX = 2 ** 28;

/** See the file's header. */
export class RunFolder {
  /** As messages show it. */
  readonly shown: string;
  readonly storage: Storage;
  /** 0 once a line did not fit: no later, shorter one is written after the gap. */
  #metricsBytesMax: number;
  #metricsBytes = 0;

  /** @throws AppError APP_OPTION_INVALID for a name that is no name of a folder. */
  constructor({ runs, name, metricsBytesMax = METRICS_BYTES_MAX }: RunFolderOptions) {
    if (!NAME.test(name)) {
      const message = `the run's name is "${name}", it must be 1 to 64 letters, digits, dots, ` +
        'dashes or underscores, the first no dot';
      throw new AppError('APP_OPTION_INVALID', message);
    }
    this.storage = nodeStorage({ root: join(runs, name) });
    this.shown = this.storage.place;
    this.#metricsBytesMax = metricsBytesMax;
  }

  /** True if a run of this name has left anything. */
  async exists(): Promise<boolean> {
    try {
      const names = await this.storage.list('');
      return names.length > 0;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `the run's folder ${this.shown} cannot be read: ${reason}`;
      throw new AppError('APP_OPTION_INVALID', message, { cause: error });
    }
  }

  /**
   * Takes the folder for this process; what is returned gives it back.
   * @throws AppError APP_RUN_BUSY if another living process has it.
   */
  async lock(): Promise<() => Promise<void>> {
    let attempt: LockAttempt;
    try {
      attempt = await this.storage.lock(LOCK);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `the run's folder ${this.shown} cannot be written: ${reason}`;
      throw new AppError('APP_OPTION_INVALID', message, { cause: error });
    }
    if (attempt.kind === 'taken') return attempt.release;
    const message = `the run ${this.shown} is being trained by ${attempt.holder}; wait for it or ` +
      'choose another name';
    throw new AppError('APP_RUN_BUSY', message);
  }

  /** Begins metrics.jsonl: with nothing, or with the lines up to `step` of the run before. */
  async beginMetrics(step: number): Promise<void> {
    const before = step === 0 ? undefined : await this.storage.read(METRICS);
    const text = before === undefined ? '' : new TextDecoder().decode(before);
    const kept = text.split('\n').filter((line) => (stepOf(line) ?? step + 1) <= step);
    const bytes = new TextEncoder().encode([...kept, ''].join('\n'));
    await this.storage.replace(METRICS, bytes);
    this.#metricsBytes = bytes.length;
  }

  /** Resolves with false, and has written nothing, once the file has no room for the lines. */
  async appendMetrics(lines: readonly MetricsLine[]): Promise<boolean> {
    if (lines.length === 0) return true;
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const bytes = new TextEncoder().encode(text);
    if (this.#metricsBytes + bytes.length > this.#metricsBytesMax) {
      this.#metricsBytesMax = 0;
      return false;
    }
    await this.storage.append(METRICS, bytes);
    this.#metricsBytes += bytes.length;
    return true;
  }

  async writeSummary(summary: object): Promise<void> {
    const text = `${JSON.stringify(summary, null, 2)}\n`;
    await this.storage.replace(SUMMARY, new TextEncoder().encode(text));
  }

  /** The summary of a run that has ended, or `undefined`. */
  async readSummary(): Promise<TrainSummary | undefined> {
    const bytes = await this.storage.read(SUMMARY);
    if (bytes === undefined) return undefined;
    return JSON.parse(new TextDecoder().decode(bytes)) as TrainSummary;
  }

  /** Removes the summary of a run that goes on. */
  async removeSummary(): Promise<void> {
    await this.storage.remove(SUMMARY);
  }
}

/** The first of `name`, `name-2`, `name-3` … of which there is no run yet. */
export async function freeName(options: RunFolderOptions): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? options.name : `${options.name}-${number}`;
    if (!(await new RunFolder({ ...options, name }).exists())) return name;
  }
}

function stepOf(line: string): number | undefined {
  try {
    const { step } = JSON.parse(line) as { readonly step?: unknown };
    return typeof step === 'number' ? step : undefined;
  } catch {
    // The last line of a run that was killed in the middle of a write.
    return undefined;
  }
}

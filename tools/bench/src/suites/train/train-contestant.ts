/** What all contestants of the train suite share. */
import type { Contestant } from '../../harness/bench-case.js';
import { throughput } from '../../harness/bench-case.js';

/** Threads that compute; processor ÷ wall time is held against it. */
export const TRAIN_THREADS = 1;

/** A contestant that reports steps, and `peakMemoryMiB` above the level before the first step. */
export function trainContestant(subject: string, start: Contestant['start']): Contestant {
  return {
    subject,
    threads: TRAIN_THREADS,
    metrics: [
      throughput('steps/s'),
      {
        name: 'peak_memory',
        unit: 'MiB',
        better: 'lower',
        value: ({ figures }) => figures['peakMemoryMiB'] ?? Number.NaN,
      },
    ],
    start,
  };
}

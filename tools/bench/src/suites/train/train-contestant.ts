/** What all contestants of the train suite share. */
import type { Contestant } from '../../harness/bench-case.js';

/**
 * A contestant that reports the steps that were taken, how many of them its time is for
 * (`timedSteps`), and the peak of memory above the level before the first step (`peakMemoryMiB`).
 * @param threads that compute; processor ÷ wall time is held against it.
 */
export function trainContestant(
  subject: string,
  threads: number,
  start: Contestant['start'],
): Contestant {
  return {
    subject,
    threads,
    metrics: [
      {
        name: 'throughput',
        unit: 'steps/s',
        better: 'higher',
        value: ({ figures, seconds }) => (figures['timedSteps'] ?? Number.NaN) / seconds,
      },
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

/** What all contestants of the gemm suite share. */
import type { Contestant } from '../../harness/bench-case.js';
import { throughput } from '../../harness/bench-case.js';

/** Edge and products of one sample. */
export interface GemmWork {
  readonly n: number;
  readonly products: number;
}

/** A contestant that reports completed products of n × n, on one thread. */
export function gemmContestant(
  subject: string,
  work: GemmWork,
  start: Contestant['start'],
): Contestant {
  const gigaflop = (2 * work.n ** 3) / 1e9;
  return { subject, metrics: [throughput('GFLOP/s', gigaflop)], threads: 1, start };
}

/** What all contestants of the gemm suite share. */
import type { Contestant } from '../../harness/bench-case.js';
import { throughput } from '../../harness/bench-case.js';

/** Products of (m, n) and (n, n), how many of them are a sample, of what, on how many threads. */
export interface GemmWork {
  readonly m: number;
  readonly n: number;
  readonly products: number;
  /** Of both factors; results are f32. */
  readonly dtype: 'f32' | 'bf16';
  readonly threads: number;
}

/** As every contestant's program takes them; a peer's threads are set in its environment. */
export function gemmArguments({ m, n, products, dtype }: GemmWork): readonly string[] {
  return [...[m, n, products].map(String), dtype];
}

/** A contestant that reports completed products. */
export function gemmContestant(
  subject: string,
  work: GemmWork,
  start: Contestant['start'],
): Contestant {
  const gigaflop = (2 * work.m * work.n ** 2) / 1e9;
  return { subject, metrics: [throughput('GFLOP/s', gigaflop)], threads: work.threads, start };
}

/**
 * Suite gemm: f32 products of (m, n) and (n, n), square ones on one and two threads, and those of
 * few rows on one. GFLOP/s count 2mn² operations a product.
 */
import { fileURLToPath } from 'node:url';
import type { BenchCase, Contestant, Suite } from '../../harness/bench-case.js';
import { startLineChild } from '../../harness/line-child.js';
import { gemmArguments, gemmContestant } from './gemm-contestant.js';
import type { GemmWork } from './gemm-contestant.js';
import { onednn, openblas } from './peers.js';

const SQUARES: readonly GemmWork[] = [
  { m: 512, n: 512, products: 80, threads: 1 },
  { m: 1_024, n: 1_024, products: 12, threads: 1 },
  { m: 2_048, n: 2_048, products: 2, threads: 1 },
];
const THIN: readonly GemmWork[] = [
  { m: 1, n: 1_024, products: 6_000, threads: 1 },
  { m: 32, n: 1_024, products: 400, threads: 1 },
  { m: 128, n: 1_024, products: 120, threads: 1 },
];
const TWO_THREADS = 2;
const SMALL_N = 96;
const SMALL_PRODUCTS = 2;
const CHILD = fileURLToPath(new URL('./ganglion-child.js', import.meta.url));
const LIMIT_MS = 300_000; // plain TypeScript needs most of a minute for a sample of f32-2048
const PEERS_BY_NAME = { onednn, openblas };

function gemmCase(name: string, full: GemmWork): BenchCase {
  const { threads } = full;
  const small = { m: Math.min(full.m, SMALL_N), n: SMALL_N, products: SMALL_PRODUCTS, threads };
  return {
    suite: 'gemm',
    name,
    samples: 9,
    peers: Object.keys(PEERS_BY_NAME),
    plan(size, peers) {
      const work = size === 'small' ? small : full;
      const asked = Object.entries(PEERS_BY_NAME).filter(([peer]) => peers.includes(peer));
      const contestants = [ganglion(work), ...asked.map(([, peer]) => peer(work))];
      return { intended: work.products, work: 'products', contestants };
    },
  };
}

function ganglion(work: GemmWork): Contestant {
  return gemmContestant('ganglion', work, () => startLineChild({
    name: 'ganglion',
    command: process.execPath,
    args: [CHILD, ...gemmArguments(work), String(work.threads)],
    limitMs: LIMIT_MS,
  }));
}

const NO_BF16 = 'the cpu backend has no bf16';

export const gemm: Suite = {
  name: 'gemm',
  cases: [
    ...SQUARES.map((work) => gemmCase(`f32-${work.n}`, work)),
    ...SQUARES.map((work) =>
      gemmCase(`f32-${work.n}-${TWO_THREADS}t`, {
        ...work, products: TWO_THREADS * work.products, threads: TWO_THREADS,
      })),
    ...THIN.map((work) => gemmCase(`f32-m${work.m}`, work)),
  ],
  notSupported: Object.fromEntries(SQUARES.flatMap(({ n }) =>
    [[`bf16-${n}`, NO_BF16], [`bf16-packed-${n}`, NO_BF16]])),
};

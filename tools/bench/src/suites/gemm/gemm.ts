/**
 * Suite gemm: products of (m, n) and (n, n), square ones of f32 and bf16 on one and two threads,
 * and of f32 those of few rows on one. GFLOP/s count 2mn² operations a product.
 */
import { fileURLToPath } from 'node:url';
import type { BenchCase, Contestant, Suite } from '../../harness/bench-case.js';
import { startLineChild } from '../../harness/line-child.js';
import { gemmArguments, gemmContestant } from './gemm-contestant.js';
import type { GemmWork } from './gemm-contestant.js';
import { onednn, openblas } from './peers.js';

const F32 = { dtype: 'f32', threads: 1 } as const;
const SQUARES: readonly GemmWork[] = [
  { m: 512, n: 512, products: 80, ...F32 },
  { m: 1_024, n: 1_024, products: 12, ...F32 },
  { m: 2_048, n: 2_048, products: 2, ...F32 },
];
const THIN: readonly GemmWork[] = [
  { m: 1, n: 1_024, products: 6_000, ...F32 },
  { m: 32, n: 1_024, products: 400, ...F32 },
  { m: 128, n: 1_024, products: 120, ...F32 },
];
const TWO_THREADS = 2;
const SMALL_N = 96;
const SMALL_PRODUCTS = 2;
const CHILD = fileURLToPath(new URL('./ganglion-child.js', import.meta.url));
const LIMIT_MS = 300_000; // plain TypeScript needs most of a minute for a sample of f32-2048
const PEERS_BY_NAME = { onednn, openblas };
/** Debian's OpenBLAS exports no product of bf16. */
const PEERS_OF = { f32: ['onednn', 'openblas'], bf16: ['onednn'] } as const;

function gemmCase(name: string, full: GemmWork): BenchCase {
  const small = { ...full, m: Math.min(full.m, SMALL_N), n: SMALL_N, products: SMALL_PRODUCTS };
  return {
    suite: 'gemm',
    name,
    samples: 9,
    peers: PEERS_OF[full.dtype],
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

const NOT_PACKED = 'the cpu backend cannot pack a factor beforehand';

function squares(dtype: GemmWork['dtype']): readonly BenchCase[] {
  return [1, TWO_THREADS].flatMap((threads) => SQUARES.map((work) => {
    const name = `${dtype}-${work.n}${threads === 1 ? '' : `-${threads}t`}`;
    return gemmCase(name, { ...work, dtype, threads, products: threads * work.products });
  }));
}

export const gemm: Suite = {
  name: 'gemm',
  cases: [
    ...squares('f32'),
    ...squares('bf16'),
    ...THIN.map((work) => gemmCase(`f32-m${work.m}`, work)),
  ],
  notSupported: Object.fromEntries(SQUARES.map(({ n }) => [`bf16-packed-${n}`, NOT_PACKED])),
};

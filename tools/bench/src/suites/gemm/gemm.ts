/** Suite gemm: square f32 products on one thread. GFLOP/s count 2n³ operations a product. */
import { fileURLToPath } from 'node:url';
import type { BenchCase, Contestant, Suite } from '../../harness/bench-case.js';
import { startLineChild } from '../../harness/line-child.js';
import { gemmContestant } from './gemm-contestant.js';
import type { GemmWork } from './gemm-contestant.js';
import { onednn, openblas } from './peers.js';

const SMALL: GemmWork = { n: 96, products: 2 };
const CASES: readonly GemmWork[] = [
  { n: 512, products: 80 },
  { n: 1_024, products: 12 },
  { n: 2_048, products: 2 },
];
const CHILD = fileURLToPath(new URL('./ganglion-child.js', import.meta.url));
const LIMIT_MS = 300_000; // plain TypeScript needs most of a minute for a sample of f32-2048
const PEERS_BY_NAME = { onednn, openblas };

function gemmCase(full: GemmWork): BenchCase {
  return {
    suite: 'gemm',
    name: `f32-${full.n}`,
    samples: 9,
    peers: Object.keys(PEERS_BY_NAME),
    plan(size, peers) {
      const work = size === 'small' ? SMALL : full;
      const asked = Object.entries(PEERS_BY_NAME).filter(([name]) => peers.includes(name));
      const contestants = [ganglion(work), ...asked.map(([, peer]) => peer(work))];
      return { intended: work.products, work: 'products', contestants };
    },
  };
}

function ganglion(work: GemmWork): Contestant {
  return gemmContestant('ganglion', work, () => startLineChild({
    name: 'ganglion',
    command: process.execPath,
    args: [CHILD, String(work.n), String(work.products)],
    limitMs: LIMIT_MS,
  }));
}

const ONE_THREAD = 'the cpu backend runs a product on one thread';

export const gemm: Suite = {
  name: 'gemm',
  cases: CASES.map(gemmCase),
  notSupported: Object.fromEntries(CASES.map(({ n }) => [`f32-${n}-2t`, ONE_THREAD])),
};

/**
 * Suite dispatch: what selecting a device costs. Ours selects by name for every product; `direct`
 * calls the function of a backend that no set holds.
 */
import { fileURLToPath } from 'node:url';
import type { BenchCase, Contestant, Metric, Suite } from '../../harness/bench-case.js';
import { startLineChild } from '../../harness/line-child.js';

const PRODUCTS = 100_000;
const SMALL_PRODUCTS = 2_000;
const LIMIT_MS = 60_000;
const NS_PER_SECOND = 1e9;
const CHILD = fileURLToPath(new URL('./dispatch-child.js', import.meta.url));

const time: Metric = {
  name: 'time',
  unit: 'ns',
  better: 'lower',
  value: ({ seconds, completed }) => (seconds * NS_PER_SECOND) / completed,
};

function contestant(subject: string, way: 'selected' | 'direct', products: number): Contestant {
  const start: Contestant['start'] = () => startLineChild({
    name: subject,
    command: process.execPath,
    args: [CHILD, way, String(products)],
    limitMs: LIMIT_MS,
  });
  return { subject, metrics: [time], start };
}

const matmul: BenchCase = {
  suite: 'dispatch',
  name: 'matmul',
  samples: 51,
  peers: ['direct'],
  plan(size, peers) {
    const intended = size === 'small' ? SMALL_PRODUCTS : PRODUCTS;
    const direct = peers.includes('direct') ? [contestant('direct', 'direct', intended)] : [];
    const contestants = [contestant('ganglion', 'selected', intended), ...direct];
    return { intended, work: 'products', contestants };
  },
};

export const dispatch: Suite = { name: 'dispatch', cases: [matmul], notSupported: {} };

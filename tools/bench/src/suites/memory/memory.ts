/**
 * Suite memory: what the structures of the memory layer take, in ns per operation. An operation of
 * a queue is one record put and taken; of the slab, one block freed and one allocated.
 */
import { fileURLToPath } from 'node:url';
import type { BenchCase, Metric, Suite } from '../../harness/bench-case.js';
import { startLineChild } from '../../harness/line-child.js';

const LIMIT_MS = 60_000;
const SMALL_OPERATIONS = 20_000;
const NS_PER_SECOND = 1e9;

interface MemoryWork {
  readonly name: string;
  readonly operations: number;
  readonly work: string;
  readonly child: string;
  /** Arguments of the child before the number of operations. */
  readonly args: readonly string[];
}

const QUEUE = { work: 'records', child: './queue-child.js' } as const;
const SLAB = { work: 'frees and allocations', child: './slab-child.js' } as const;
const CASES: readonly MemoryWork[] = [
  { name: 'slab', operations: 2_000_000, args: [], ...SLAB },
  { name: 'queue-spsc', operations: 5_000_000, args: ['spsc'], ...QUEUE },
  { name: 'queue-mpsc', operations: 1_000_000, args: ['mpsc'], ...QUEUE },
  { name: 'queue-mpmc', operations: 1_000_000, args: ['mpmc'], ...QUEUE },
];

const time: Metric = {
  name: 'time',
  unit: 'ns',
  better: 'lower',
  value: ({ seconds, completed }) => (seconds * NS_PER_SECOND) / completed,
};

function memoryCase({ name, operations, work, child, args }: MemoryWork): BenchCase {
  return {
    suite: 'memory',
    name,
    samples: 5,
    peers: [],
    plan(size) {
      const intended = size === 'small' ? SMALL_OPERATIONS : operations;
      const start = () => startLineChild({
        name: 'ganglion',
        command: process.execPath,
        args: [fileURLToPath(new URL(child, import.meta.url)), ...args, String(intended)],
        limitMs: LIMIT_MS,
      });
      return { intended, work, contestants: [{ subject: 'ganglion', metrics: [time], start }] };
    },
  };
}

export const memory: Suite = {
  name: 'memory',
  cases: CASES.map(memoryCase),
  notSupported: { pool: 'the pool of device memory is not in this repository yet' },
};

import { INDEX_NONE } from '@ganglion/memory';
import { nodeThreads } from '@ganglion/runtime';
import type { Thread } from '@ganglion/runtime';
import { describe, expect, it } from 'vitest';
import {
  createStressBuffer, openStress, STRESS_RECORDS, STRESS_SLOTS, STRESS_THREADS,
} from './fixtures/stress-layout.js';
import type { StressTask } from './fixtures/stress-layout.js';

const ENTRY = new URL('../dist/fixtures/stress-thread.js', import.meta.url);

interface Running {
  /** What the thread counted; undefined if it was terminated. */
  readonly counts: Promise<Counts | undefined>;
  terminate(): Promise<void>;
}

type Counts = Record<string, number>;

function start(data: StressTask): Running {
  const threads: Thread[] = [];
  const counts = new Promise<Counts | undefined>((resolve, reject) => {
    let posted: Counts | undefined;
    const name = `${data.kind}-${data.index}`;
    threads.push(nodeThreads().start({ name, entry: ENTRY, data }, {
      onMessage: (message) => { posted = message as Counts; },
      onError: reject,
      onExit: () => resolve(posted),
    }));
  });
  return { counts, terminate: () => threads[0].terminate() };
}

async function runAll(
  kind: StressTask['kind'], turns: number, buffer: SharedArrayBuffer,
): Promise<Counts> {
  const threads = Array.from({ length: STRESS_THREADS }, (_, index) =>
    start({ kind, index, turns, seed: 1 + index, buffer }).counts);
  const sums: Counts = {};
  for (const counts of await Promise.all(threads)) {
    for (const [name, count] of Object.entries(counts ?? {})) {
      sums[name] = (sums[name] ?? 0) + count;
    }
  }
  return sums;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/**
 * Every slot that a new thread can take after slots still on return stacks have been given back.
 */
function slotsOf(buffer: SharedArrayBuffer, dead: readonly number[]): number[] {
  const { pool, stacks, head } = openStress(buffer);
  const heir = pool.thread(STRESS_THREADS);
  for (let thread = 0; thread < STRESS_THREADS; thread++) {
    for (let slot = stacks.take(head(thread)); slot !== 0;) {
      const next = stacks.next(slot);
      heir.give(slot);
      slot = next;
    }
  }
  heir.openAdoption();
  heir.recirculate();
  for (const one of dead) heir.adopt(one, (slot) => heir.give(slot));
  const slots: number[] = [];
  for (let slot = heir.take(); slot !== 0; slot = heir.take()) slots.push(slot);
  return slots.toSorted((a, b) => a - b);
}

const reached = async (words: Int32Array, word: number, count: number): Promise<void> => {
  while (Atomics.load(words, word) < count) {
    await new Promise((resolve) => { setImmediate(resolve); });
  }
};

/** Three threads at the exchange queue, one of which is killed and followed by this thread. */
async function killOneOfThree(
  round: number,
): Promise<{ buffer: SharedArrayBuffer; dead: number; sent: number[] }> {
  const buffer = createStressBuffer();
  const { words, progress, exchange, stop, seen } = openStress(buffer);
  const threads = [0, 1, 2].map((index) => start({
    kind: 'exchange', index, turns: STRESS_RECORDS, seed: 0, buffer,
  }));
  const dead = round % STRESS_THREADS;
  await reached(words, progress(dead), 500 + 777 * round);
  await threads[dead].terminate();
  const heir = { producer: exchange.producer(dead), consumer: exchange.consumer(dead) };
  const before = Atomics.load(words, progress((dead + 1) % STRESS_THREADS));
  await reached(words, progress((dead + 1) % STRESS_THREADS), before + 500);
  const at = heir.consumer.peek();
  if (at >= 0) Atomics.add(words, seen(words[at], words[at + 1]), 1);
  if (at >= 0) heir.consumer.release();
  Atomics.store(words, stop, 1);
  await Promise.all(threads.map((one) => one.counts));
  return { buffer, dead, sent: [0, 1, 2].map((index) => Atomics.load(words, progress(index))) };
}

describe('on real threads', () => {
  it('SLOT-POOL-1, -3, ACTORS-O6: slots that move among three threads are all there', async () => {
    const buffer = createStressBuffer();
    const counts = await runAll('slots', 200_000, buffer);
    expect(counts.taken).toBeGreaterThanOrEqual(600_000);
    expect(counts.handed).toBeGreaterThan(counts.taken / 2);
    expect(slotsOf(buffer, [])).toEqual(numbers(STRESS_SLOTS));
  });

  it('RETURN-STACK-2: two pushers and an owner keep each pusher\'s order', async () => {
    const buffer = createStressBuffer();
    const { sent, received } = await runAll('stack', 100_000, buffer);
    expect([sent, received]).toEqual([200_000, 200_000]);
    expect(slotsOf(buffer, [])).toEqual(numbers(STRESS_SLOTS));
  });

  it('INDEX-QUEUE-1: indices that three threads cycle are one thread\'s at a time', async () => {
    const buffer = createStressBuffer();
    const { indices } = openStress(buffer);
    for (const index of [0, 1, 2, 3]) indices.put(index);
    const { cycles } = await runAll('indices', 60_000, buffer);
    expect(cycles).toBeGreaterThan(100_000);
    const left = [0, 1, 2, 3, 4].map(() => indices.take());
    expect(left.toSorted((a, b) => a - b)).toEqual([INDEX_NONE, 0, 1, 2, 3]);
  });

  it('BLOCK-HEAP-3, QUEUE-1: blocks freed by others come back', async () => {
    const buffer = createStressBuffer();
    const { sent, received } = await runAll('blocks', 15_000, buffer);
    expect([sent, received]).toEqual([45_000, 45_000]);
    const { heap } = openStress(buffer);
    for (let index = 0; index < STRESS_THREADS; index++) heap.thread(index).trim();
    expect(heap.ownedSegments()).toBe(0);
  });

  it('QUEUE-1, EXCHANGE-QUEUE-2: three threads put and take at one queue', async () => {
    const buffer = createStressBuffer();
    const { sent, received, full } = await runAll('exchange', 100_000, buffer);
    expect([sent, received]).toEqual([300_000, 300_000]);
    expect(full).toBeGreaterThan(0);
    const { words, seen } = openStress(buffer);
    for (let from = 0; from < STRESS_THREADS; from++) {
      const counts = words.subarray(seen(from, 0), seen(from, 100_000));
      expect(counts.every((count) => count === 1)).toBe(true);
    }
  });

  it('QUEUE-3, EXCHANGE-QUEUE-5: killed threads lose no record, the others go on', async () => {
    for (let round = 0; round < 3; round++) {
      const { buffer, dead, sent } = await killOneOfThree(round);
      const { words, seen, exchange } = openStress(buffer);
      const takers = [0, 1, 2].map((index) => exchange.consumer(index));
      let left = 0;
      for (let idle = 0; idle < 3;) {
        const at = takers[left % 3].peek();
        idle = at < 0 ? idle + 1 : 0;
        if (at >= 0) {
          words[seen(words[at], words[at + 1])] += 1;
          takers[left % 3].release();
        }
        left += 1;
      }
      // The dead thread had perhaps queued one more than it said, and counted one twice.
      let repeated = 0;
      for (let from = 0; from < STRESS_THREADS; from++) {
        const counts = words.subarray(seen(from, 0), seen(from, sent[from] + 2));
        expect(counts.subarray(0, sent[from]).every((count) => count > 0)).toBe(true);
        expect(counts[sent[from]]).toBeLessThanOrEqual(from === dead ? 2 : 0);
        repeated += counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
      }
      expect(repeated).toBeLessThanOrEqual(1);
    }
  });

  it('BUFFER-1, -2, LEASE-2: buffers move and are lent in a ring of threads', async () => {
    const buffer = createStressBuffer();
    const { sent, received, lent } = await runAll('buffers', 4_000, buffer);
    expect([sent, received]).toEqual([12_000, 12_000]);
    expect(lent).toBeGreaterThan(1_000);
    const { heap } = openStress(buffer);
    for (let index = 0; index < STRESS_THREADS; index++) heap.thread(index).trim();
    expect(heap.ownedSegments()).toBe(0);
  });

  it('BUFFER-4, -5: what killed threads owned and borrowed is found', async () => {
    for (let round = 0; round < 3; round++) {
      const buffer = createStressBuffer();
      const { words, progress, heap, buffers } = openStress(buffer);
      const threads = [0, 1, 2].map((index) => start({
        kind: 'buffers', index, turns: Infinity, seed: 10 * round + index, buffer,
      }));
      for (const index of [0, 1, 2]) await reached(words, progress(index), 100 + 77 * round);
      await Promise.all(threads.map((one) => one.terminate()));
      const ends = [0, 1, 2].map((index) => buffers.thread(index, heap.thread(index)));
      for (const lessee of [101, 102, 103]) ends[0].releaseAll(lessee);
      for (const owner of [1, 2, 3]) ends[0].freeAll(owner);
      let live = 0;
      heap.eachLive(undefined, () => { live += 1; });
      expect(live).toBe(0);
    }
  });

  it('SLOT-POOL-5, ACTORS-W1: killed threads leave no slot behind', async () => {
    for (let round = 0; round < 5; round++) {
      const buffer = createStressBuffer();
      const { words, progress } = openStress(buffer);
      const threads = [0, 1, 2].map((index) => start({
        kind: 'slots', index, turns: Infinity, seed: 10 * round + index, buffer,
      }));
      for (const index of [0, 1, 2]) {
        while (Atomics.load(words, progress(index)) < 20 + 7 * round) {
          await new Promise((resolve) => { setImmediate(resolve); });
        }
      }
      await Promise.all(threads.map((one) => one.terminate()));
      const counts = await Promise.all(threads.map((one) => one.counts));
      expect(counts).toEqual([undefined, undefined, undefined]);
      expect(slotsOf(buffer, [0, 1, 2])).toEqual(numbers(STRESS_SLOTS));
    }
  });
});

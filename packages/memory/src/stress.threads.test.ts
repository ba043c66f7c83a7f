import { INDEX_NONE } from '@ganglion/memory';
import { nodeThreads } from '@ganglion/runtime';
import type { Thread } from '@ganglion/runtime';
import { describe, expect, it } from 'vitest';
import { createStressBuffer, openStress, STRESS_SLOTS, STRESS_THREADS } from
  './fixtures/stress-layout.js';
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

  it('BLOCK-HEAP-3, BOUNDED-QUEUE-1: blocks freed by others come back', async () => {
    const buffer = createStressBuffer();
    const { sent, received } = await runAll('blocks', 15_000, buffer);
    expect([sent, received]).toEqual([45_000, 45_000]);
    const { heap } = openStress(buffer);
    for (let index = 0; index < STRESS_THREADS; index++) heap.thread(index).trim();
    expect(heap.ownedSegments()).toBe(0);
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

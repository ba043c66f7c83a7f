import { describe, expect, it } from 'vitest';
import {
  createIndexQueue, INDEX_NONE, INDEX_QUEUE_CAPACITY_MAX, indexQueueCapacity, indexQueueWords,
} from './index-queue.js';
import type { IndexQueue } from './index-queue.js';
import { explore, isLinearizable } from './testing/index.js';
import type { Call, Scenario, SequentialModel, ThreadContext } from './testing/index.js';

const HEAD = 0;
const TAIL = 16;

function newQueue(capacity: number): IndexQueue {
  const words = new Int32Array(indexQueueWords(capacity));
  return createIndexQueue(words, { word: 0, capacity });
}

describe('an index queue', () => {
  it('INDEX-QUEUE-1: gives indices back first in, first out, over many rounds', () => {
    const queue = newQueue(4);
    const taken: number[] = [];
    for (let turn = 0; turn < 30; turn++) {
      expect(queue.put(turn % 3)).toBe(true);
      expect(queue.put(3)).toBe(true);
      taken.push(queue.take(), queue.take());
    }
    expect(taken).toEqual(Array.from({ length: 30 }, (_, turn) => [turn % 3, 3]).flat());
  });

  it('INDEX-QUEUE-2: is full at its capacity and empty after as many takes', () => {
    const queue = newQueue(4);
    expect([0, 1, 2, 3].every((index) => queue.put(index))).toBe(true);
    expect(queue.put(0)).toBe(false);
    expect(queue.count()).toBe(4);
    expect([1, 2, 3, 4, 5].map(() => queue.take())).toEqual([0, 1, 2, 3, INDEX_NONE]);
    expect(queue.count()).toBe(0);
  });

  it('goes on where its counters wrap', () => {
    const words = new Int32Array(indexQueueWords(4));
    words[HEAD] = -2;
    words[TAIL] = -2;
    // The cells of positions −2, −1 (round 2^29 − 1) and 0, 1 (the round after, which is 0 again).
    words.fill(2 ** 31 - 4, 34, 36);
    const queue = createIndexQueue(words, { word: 0, capacity: 4 });
    for (let turn = 0; turn < 8; turn++) {
      expect([queue.put(1), queue.put(2), queue.take(), queue.take()]).toEqual([true, true, 1, 2]);
    }
    expect(words[HEAD]).toBe(14);
  });

  it('refuses an index outside its capacity', () => {
    expect(() => newQueue(4).put(4)).toThrow('an index is below the capacity of its queue');
  });

  it.each([
    [3, 'MEMORY_OPTION_INVALID', '3, must be a power of two from 2'],
    [1, 'MEMORY_OPTION_INVALID', '1, must be a power of two'],
    [2 * INDEX_QUEUE_CAPACITY_MAX, 'MEMORY_LIMIT', 'is 134217728, the limit is 67108864'],
  ])('refuses a capacity of %d', (capacity, code, message) => {
    const make = (): unknown => createIndexQueue(new Int32Array(64), { word: 0, capacity });
    expect(make).toThrow(expect.objectContaining({ code }));
    expect(make).toThrow(message);
  });

  it.each([[1, 2], [2, 2], [3, 4], [4, 4], [262_145, 524_288]])(
    '%d indices need a capacity of %d', (count, capacity) => {
      expect(indexQueueCapacity(count)).toBe(capacity);
    });
});

type Program = (queue: IndexQueue, context: ThreadContext & { words: Int32Array }) => void;

const model: SequentialModel<readonly number[]> = (state, { name, args }) => {
  if (name === 'take') return { state: state.slice(1), result: state[0] ?? INDEX_NONE };
  const room = state.length < 2;
  return { state: room ? [...state, args[0]] : state, result: room };
};

function open(words: Int32Array): IndexQueue {
  return createIndexQueue(words, { word: 0, capacity: 2 });
}

/** Threads over a queue of two cells, each of whose calls is recorded. */
function scenarioOf(start: readonly number[], programs: readonly Program[]): Scenario {
  const wordCount = indexQueueWords(2);
  return {
    wordCount,
    mayRace: () => true, // INDEX-QUEUE-5
    setup: (words) => { for (const index of start) open(words).put(index); },
    threads: programs.map((program) => (words, context) => {
      const queue = open(words);
      program({
        ...queue,
        put: (index) => recorded(context, 'put', [index], () => queue.put(index)),
        take: () => recorded(context, 'take', [], () => queue.take()),
      }, { ...context, words });
    }),
    check({ words, calls }) {
      const queue = open(words);
      const left: number[] = [];
      for (let index = queue.take(); index !== INDEX_NONE; index = queue.take()) left.push(index);
      const end = Math.max(0, ...calls.map(({ from, to }) => (to === Infinity ? from : to))) + 1;
      const drained = [...left, INDEX_NONE].map((result, order): Call =>
        ({ thread: 9, name: 'take', args: [], from: end + order, to: end + order, result }));
      expect(isLinearizable([...calls, ...drained], start, model)).toBe(true);
      expect(queue.put(0) && queue.put(1) && !queue.put(1)).toBe(true);
    },
  };
}

function recorded<T extends number | boolean>(
  context: ThreadContext, name: string, args: readonly number[], run: () => T,
): T {
  let result: T | undefined;
  context.call(name, args, () => (result = run()));
  return result as T; // `run` has returned
}

const cycle: Program = (queue) => {
  const index = queue.take();
  if (index !== INDEX_NONE) queue.put(index);
};
const produce: Program = (queue) => { queue.put(0); };
const consume: Program = (queue) => { queue.take(); queue.take(); };

/** Takes the oldest index of the first round as a queue with one consumer would. */
const takeByStore: Program = (_queue, { words, call }) => {
  call('take', [], () => {
    const at = Atomics.load(words, HEAD);
    const seen = Atomics.load(words, 2 * TAIL + (at & 1));
    Atomics.store(words, 2 * TAIL + (at & 1), 2);
    Atomics.store(words, HEAD, at + 1);
    return seen & 1;
  });
};

describe('an index queue under every interleaving (ACTORS-P1)', { timeout: 60_000 }, () => {
  it('INDEX-QUEUE-1, -2: two threads that take and put again', () => {
    const { schedules } = explore(scenarioOf([0, 1], [cycle, cycle]), { preemptions: 3 });
    expect(schedules).toBeGreaterThan(500);
  });

  it('INDEX-QUEUE-2: a producer and a consumer at a full and at an empty queue', () => {
    const empty = explore(scenarioOf([1], [produce, consume]), { preemptions: 4 });
    const full = explore(scenarioOf([0, 1], [cycle, consume]), { preemptions: 3 });
    expect(Math.min(empty.schedules, full.schedules)).toBeGreaterThan(100);
  });

  it('INDEX-QUEUE-1: three threads', () => {
    const { schedules } = explore(scenarioOf([0, 1], [cycle, cycle, cycle]), { preemptions: 2 });
    expect(schedules).toBeGreaterThan(2_000);
  });

  it('INDEX-QUEUE-3: deaths inside put and take', () => {
    const one = explore(scenarioOf([0, 1], [cycle, cycle]), { preemptions: 2, deaths: 1 });
    const two = explore(scenarioOf([0], [cycle, cycle, cycle]), { preemptions: 0, deaths: 2 });
    expect(Math.min(one.schedules, two.schedules)).toBeGreaterThan(500);
  });

  it('INDEX-QUEUE-1: catches a take that looks and then stores', () => {
    expect(() => explore(scenarioOf([0, 1], [takeByStore, consume]), { preemptions: 1 }))
      .toThrow(/the check failed/);
  });
});

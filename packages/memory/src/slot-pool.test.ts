import { describe, expect, it } from 'vitest';
import { indexQueueCapacity, indexQueueWords } from './index-queue.js';
import {
  createSlotPool, SLOT_COUNT_MAX, SLOT_THREADS_MAX, slotPoolWords,
} from './slot-pool.js';
import { SLOT_CHUNK } from './slot-list.js';
import type { SlotPool, SlotPoolThread } from './slot-pool.js';
import { explore, withoutWrites } from './testing/index.js';
import type { Scenario } from './testing/index.js';

const STRIDE_WORDS = 4;
/** Slots of the explorations. */
const COUNT = 4;
/** The pool's second control word. */
const EPOCH = 1;
/** Bits of a holder word. */
const HOLDERS_TAKEN = 2 ** 16;
const HOLDERS_QUEUED = 2 ** 17;

function poolOver(words: Int32Array, count: number): SlotPool {
  return createSlotPool(words, {
    count, control: 0, slots: slotPoolWords(count), strideWords: STRIDE_WORDS, linkWord: 1,
  });
}

function wordsFor(count: number): number {
  return slotPoolWords(count) + (count + 1) * STRIDE_WORDS;
}

/** Words of the queue of chunks, which stands before the holder words (INDEX-QUEUE-5). */
function inQueue(word: number): boolean {
  const end = slotPoolWords(COUNT) - Math.ceil((COUNT + 1) / 16) * 16;
  return word < end && word >= end - indexQueueWords(indexQueueCapacity(COUNT + 1));
}

function newPool(count: number): SlotPool {
  return poolOver(new Int32Array(wordsFor(count)), count);
}

function takeAll(end: SlotPoolThread): number[] {
  const slots: number[] = [];
  for (let slot = end.take(); slot !== 0; slot = end.take()) slots.push(slot);
  return slots;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

describe('a slot pool', () => {
  it.each([1, 63, 64, 65, 200])('SLOT-POOL-1: hands out %d slots, each once, never 0', (count) => {
    const pool = newPool(count);
    expect(takeAll(pool.thread(0))).toEqual(numbers(count));
    expect(pool.unused()).toBe(0);
  });

  it('SLOT-POOL-2: takes back the slot given last, from private memory', () => {
    const end = newPool(100).thread(0);
    const slots = [end.take(), end.take()];
    end.give(slots[0]);
    end.give(slots[1]);
    expect([end.take(), end.take()]).toEqual([slots[1], slots[0]]);
  });

  it('SLOT-POOL-4: keeps at most 128 free slots from the other threads', () => {
    const pool = newPool(300);
    const giver = pool.thread(0);
    for (const slot of takeAll(giver)) giver.give(slot);
    const taker = pool.thread(1);
    expect(takeAll(taker).length).toBe(300 - 44 - SLOT_CHUNK);
    giver.flush();
    expect(takeAll(taker).length).toBe(44 + SLOT_CHUNK);
    expect(giver.take()).toBe(0);
  });

  it('keeps the length of a chunk that is not full', () => {
    const pool = newPool(200);
    const giver = pool.thread(0);
    const slots = numbers(10).map(() => giver.take());
    for (const slot of slots.slice(0, 3)) giver.give(slot);
    giver.flush();
    const taker = pool.thread(1);
    // 54 of the first chunk were never taken, 3 came back: one chunk of 57.
    const taken = numbers(57).map(() => taker.take());
    expect(Math.max(...taken)).toBe(SLOT_CHUNK);
    expect(taker.take()).toBeGreaterThan(SLOT_CHUNK);
  });

  it('SLOT-POOL-3: names the holder of a slot', () => {
    const pool = newPool(100);
    const end = pool.thread(6);
    expect(pool.holder(70)).toBe(-1);
    const slot = end.take();
    expect([pool.holder(slot), pool.isTaken(slot)]).toEqual([6, true]);
    pool.transfer(slot, 9);
    expect([pool.holder(slot), pool.isTaken(slot)]).toEqual([9, true]);
    pool.thread(9).give(slot);
    expect([pool.holder(slot), pool.isTaken(slot)]).toEqual([9, false]);
  });

  it('refuses a slot that is free already', () => {
    const end = newPool(10).thread(0);
    const slot = end.take();
    end.give(slot);
    expect(() => end.give(slot)).toThrow(`slot ${slot} is free already`);
  });

  it('SLOT-POOL-5: a new holder gets the free slots and is asked about the taken ones', () => {
    const pool = newPool(200);
    const dead = pool.thread(1);
    const inHand = [dead.take(), dead.take(), dead.take()];
    const heir = pool.thread(0);
    heir.openAdoption();
    heir.recirculate();
    const asked: number[] = [];
    expect(heir.adopt(1, (slot) => { asked.push(slot); heir.give(slot); })).toBe(SLOT_CHUNK);
    expect(asked).toEqual(inHand);
    expect(ascending(takeAll(heir))).toEqual(numbers(200));
  });

  it('SLOT-POOL-5: an adoption leaves the living what they have', () => {
    const pool = newPool(200);
    const [living, dead, heir] = [pool.thread(0), pool.thread(1), pool.thread(2)];
    for (const slot of takeAll(living)) living.give(slot);
    living.flush();
    const kept = living.take();
    dead.take();
    heir.openAdoption();
    heir.recirculate();
    heir.adopt(1, (slot) => heir.give(slot));
    const all = [kept, ...takeAll(living), ...takeAll(heir)];
    expect(ascending(all)).toEqual(numbers(200));
  });

  it.each([
    [0, 'MEMORY_OPTION_INVALID', 'is 0, must be an integer from 1'],
    [1.5, 'MEMORY_OPTION_INVALID', 'is 1.5, must be'],
    [SLOT_COUNT_MAX + 1, 'MEMORY_LIMIT', 'is 16777216, the limit is 16777215'],
  ])('refuses %d slots', (count, code, message) => {
    const make = (): unknown => poolOver(new Int32Array(256), count);
    expect(make).toThrow(expect.objectContaining({ code }));
    expect(make).toThrow(message);
  });

  it('refuses a thread index over its limit', () => {
    expect(() => newPool(1).thread(SLOT_THREADS_MAX)).toThrow('index 4096 of a slot pool');
  });
});

describe('a slot pool under every interleaving (ACTORS-P1, ACTORS-O6)', { timeout: 60_000 }, () => {
  const use = (index: number, takes: number) => (
    words: Int32Array, { note }: { note(value: number): void },
  ): void => {
    const end = poolOver(words, COUNT).thread(index);
    const slots: number[] = [];
    for (let left = takes; left > 0; left--) slots.push(end.take());
    for (const slot of slots) {
      if (slot === 0) continue;
      words[slotPoolWords(COUNT) + slot * STRIDE_WORDS] = index;
      note(slot);
      end.give(slot);
    }
    end.flush();
  };
  /** Queues every slot as a chunk of its own. */
  const setup = (words: Int32Array): void => {
    const pool = poolOver(words, COUNT);
    const end = pool.thread(7);
    const slots = takeAll(end);
    for (const slot of slots) {
      end.give(slot);
      end.flush();
    }
  };
  const check: Scenario['check'] = ({ words, died }) => {
    const heir = poolOver(words, COUNT).thread(2);
    heir.openAdoption();
    heir.recirculate();
    for (const [dead, isDead] of died.entries()) {
      if (isDead) heir.adopt(dead, (slot) => heir.give(slot));
    }
    expect(ascending(takeAll(heir))).toEqual(numbers(COUNT));
  };
  const threads = [use(0, 2), use(1, 2)];
  const unused: Scenario = { wordCount: wordsFor(COUNT), mayRace: inQueue, threads, check };
  const queued: Scenario = { ...unused, setup };

  it('SLOT-POOL-1: two threads share queued chunks, each slot held by one at a time', () => {
    expect(explore(queued, { preemptions: 3 }).schedules).toBeGreaterThan(500);
  });

  it('SLOT-POOL-1: two threads share slots that nobody used', () => {
    expect(explore(unused, { preemptions: 4 }).schedules).toBeGreaterThan(500);
  });

  it('SLOT-POOL-5: after a death anywhere, adoption finds every slot', () => {
    const runs = [
      explore(unused, { preemptions: 1, deaths: 1 }),
      explore(queued, { preemptions: 0, deaths: 2 }),
      explore(queued, { preemptions: 1, deaths: 1 }),
    ];
    expect(Math.min(...runs.map(({ schedules }) => schedules))).toBeGreaterThan(500);
  });

  it('SLOT-POOL-5: an adoption opens while another thread goes on', () => {
    const { schedules } = explore({
      ...queued,
      recover: (words) => poolOver(words, COUNT).thread(2).openAdoption(),
    }, { preemptions: 1, deaths: 1 });
    expect(schedules).toBeGreaterThan(500);
  });

  it.each([
    ['takes', HOLDERS_TAKEN, /is free already/],
    ['queues', HOLDERS_QUEUED, /the check failed/],
  ])('SLOT-POOL-3: catches a thread that does not mark what it %s', (_what, bit, message) => {
    const holders = slotPoolWords(COUNT) - 16;
    const drop = (word: number, value: number): boolean =>
      word >= holders && word < holders + 16 && (value & bit) !== 0;
    const hurt: Scenario = {
      ...queued,
      // The second takes what the first has queued.
      threads: [(words, context) => use(0, 2)(withoutWrites(words, drop), context), use(1, 3)],
    };
    expect(() => explore(hurt, { preemptions: 0, deaths: 1 })).toThrow(message);
  });

  it('SLOT-POOL-5: chunks recirculate while another thread goes on', () => {
    const { schedules } = explore({
      wordCount: wordsFor(COUNT),
      mayRace: inQueue,
      setup(words) {
        setup(words);
        const dead = poolOver(words, COUNT).thread(5);
        dead.take();
        Atomics.add(words, EPOCH, 1);
      },
      threads: [use(0, 2), (words) => poolOver(words, COUNT).thread(2).recirculate()],
      check({ words }) {
        const heir = poolOver(words, COUNT).thread(3);
        // The adoption was opened before the threads started; this end learns of it now.
        heir.openAdoption();
        Atomics.sub(words, EPOCH, 1);
        expect(heir.adopt(5, heir.give.bind(heir))).toBe(1);
        expect(ascending(takeAll(heir))).toEqual(numbers(COUNT));
      },
    }, { preemptions: 2 });
    expect(schedules).toBeGreaterThan(500);
  });
});

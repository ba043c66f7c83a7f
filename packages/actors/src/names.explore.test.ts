/**
 * The names under every interleaving (ACTORS-P1), with deaths: the shipped table over instrumented
 * words. All names share one bucket, and there are few elements, so that threads meet.
 */
import { planRegion } from '@ganglion/memory';
import { explore } from '@ganglion/memory/testing';
import type { Outcome, Scenario, ThreadContext } from '@ganglion/memory/testing';
import { describe, expect, test } from 'vitest';
import { NameCell, NameEntry, SystemBlock } from './layouts.js';
import { nameKey, nameOf } from './names-key.js';
import { NameTable } from './names-table.js';
import type { NameSection } from './names-table.js';

const ENTRIES = 3;
const ACTORS = 4;
const plan = planRegion<NameSection | 'system'>([
  { name: 'system', count: 1, elementBytes: SystemBlock.size },
  { name: 'nameBuckets', count: 1, elementBytes: 4 },
  { name: 'nameEntries', count: ENTRIES, elementBytes: NameEntry.size },
  { name: 'nameCells', count: ENTRIES + 2, elementBytes: NameCell.size },
  { name: 'nameHints', count: ACTORS, elementBytes: 4 },
]);
/** Words that say which actors have ended. */
const ENDED = plan.sizeBytes / 4;
const WORD_COUNT = ENDED + ACTORS;
const BUCKET = plan.sections.nameBuckets.word;
const CELL_MASK = (1 << 17) - 1;
const [A, B, C] = [nameKey('a'), nameKey('b'), nameKey('c')];
const actorOf = (index: number): { low: number; high: number } => ({ low: index, high: 0 });

const isLive = (words: Int32Array, index: number): boolean =>
  Atomics.load(words, ENDED + index) === 0;

/** The end of the thread of a number; the threads of a system count from 1. */
function open(words: Int32Array, number: number): NameTable {
  const isAlive = (low: number): boolean => isLive(words, low);
  return new NameTable({ words, plan, thread: number + 1, isAlive });
}

function namesOf(words: Int32Array): string[] {
  const found: string[] = [];
  open(words, 0).each((text, bytes) => found.push(nameOf(text, bytes)));
  return found.toSorted();
}

/** Names there are or could be, after the threads of all numbers below have been started anew. */
function room(words: Int32Array, threads: number): number {
  for (let number = 0; number < threads; number++) open(words, number).sweep();
  const before = namesOf(words).length;
  const table = open(words, 0);
  let more = 0;
  while (table.register(nameKey(`more ${more}`), actorOf(3)) === 'registered') more += 1;
  return before + more;
}

/** An actor ends, as its owner ends it. */
function end(words: Int32Array, table: NameTable, index: number): void {
  Atomics.store(words, ENDED + index, 1);
  table.ended(index);
}

const REGISTERED = 1;
const TAKEN = 2;
const FULL = 3;
const FOUND = 10;

const wants = (number: number, actor: number, key = A) => (
  words: Int32Array, { note }: ThreadContext,
): void => {
  const result = open(words, number).register(key, actorOf(actor));
  note({ registered: REGISTERED, held: TAKEN, taken: TAKEN, full: FULL }[result]);
};

const looks = (number: number, times: number) => (
  words: Int32Array, { note }: ThreadContext,
): void => {
  const table = open(words, number);
  for (let look = 0; look < times; look++) note(FOUND + (table.find(A)?.low ?? 0));
};

const unregisters = (number: number, key = A) => (
  words: Int32Array, { note }: ThreadContext,
): void => note(open(words, number).unregister(key) ? 1 : 0);

const results = ({ notes }: Outcome): string => notes.map((of) => of.join()).join(' ');

/** Gives swaps of the bucket's word no tag while it runs (against NAMES-1). */
function withoutTags(run: () => void): void {
  const swap = Atomics.compareExchange;
  const untagged = (words: Int32Array, at: number, seen: number, to: number): number =>
    swap(words, at, seen, at === BUCKET ? to & CELL_MASK : to);
  Reflect.set(Atomics, 'compareExchange', untagged);
  try {
    run();
  } finally {
    Reflect.set(Atomics, 'compareExchange', swap);
  }
}

/** One thread wants a name while another unregisters one and takes the first's. */
const passes = (around: (run: () => void) => void): Scenario => ({
  wordCount: WORD_COUNT,
  setup: (words) => around(() => void open(words, 0).register(B, actorOf(3))),
  threads: [
    (words, context) => around(() => wants(0, 1)(words, context)),
    (words, context) => around(() => {
      open(words, 1).unregister(B);
      wants(1, 2)(words, context);
    }),
  ],
  check(outcome) {
    expect([`${REGISTERED} ${TAKEN}`, `${TAKEN} ${REGISTERED}`]).toContain(results(outcome));
    expect(namesOf(outcome.words)).toEqual(['a']);
  },
});

describe('names between threads', { timeout: 60_000 }, () => {
  test('NAMES-1: of two that want a name one gets it, and what is found stays', () => {
    const seen = new Set<string>();
    const { schedules } = explore({
      wordCount: WORD_COUNT,
      threads: [wants(0, 1), wants(1, 2), looks(2, 2)],
      check(outcome) {
        const [first, second, found] = outcome.notes.map((of) => of.join());
        seen.add(`${first} ${second} ${found}`);
        expect([first, second].toSorted()).toEqual([`${REGISTERED}`, `${TAKEN}`]);
        const winner = FOUND + (first === `${REGISTERED}` ? 1 : 2);
        expect([`${FOUND},${FOUND}`, `${FOUND},${winner}`, `${winner},${winner}`]).toContain(found);
        expect(room(outcome.words, 3)).toBe(ENTRIES);
      },
    }, { preemptions: 1 });
    expect(schedules).toBeGreaterThan(500);
    expect(seen.size).toBe(6);
  });

  test('NAMES-1: a name is passed on while another changes the bucket', () => {
    const { schedules } = explore(passes((run) => run()), { preemptions: 2 });
    expect(schedules).toBeGreaterThan(5_000);
  });

  test('catches a bucket without tags (against NAMES-1)', () => {
    expect(() => explore(passes(withoutTags), { preemptions: 1 })).toThrow(/the check failed/);
  });

  test('NAMES-2: a name is free once its actor has ended, and never of two', () => {
    const seen = new Set<string>();
    explore({
      wordCount: WORD_COUNT,
      setup: (words) => void open(words, 0).register(A, actorOf(1)),
      threads: [
        (words) => end(words, open(words, 0), 1),
        wants(1, 2),
        looks(2, 2),
      ],
      check(outcome) {
        const [, got, found] = outcome.notes.map((of) => of.join());
        seen.add(`${got} ${found}`);
        const orders = ['11,11', '11,10', '10,10', '11,12', '10,12', '12,12'];
        expect(got === `${REGISTERED}` ? orders : orders.slice(0, 3)).toContain(found);
        expect(namesOf(outcome.words)).toEqual(got === `${REGISTERED}` ? ['a'] : []);
        expect(room(outcome.words, 3)).toBe(ENTRIES);
      },
    }, { preemptions: 1 });
    expect(seen.size).toBe(9);
  });

  test('NAMES-3: two unregister neighbours and a third registers; nothing comes back', () => {
    const { schedules } = explore({
      wordCount: WORD_COUNT,
      setup(words) {
        for (const key of [A, B]) open(words, 0).register(key, actorOf(1));
      },
      threads: [
        unregisters(0),
        unregisters(1, B),
        wants(2, 2, C),
      ],
      check(outcome) {
        expect([results(outcome), namesOf(outcome.words)]).toEqual(['1 1 1', ['c']]);
        expect(room(outcome.words, 3)).toBe(ENTRIES);
      },
    }, { preemptions: 1 });
    expect(schedules).toBeGreaterThan(100);
  });

  test('NAMES-3: of two that unregister a name one has done it', () => {
    const { schedules } = explore({
      wordCount: WORD_COUNT,
      setup(words) {
        for (const key of [A, B, C]) open(words, 0).register(key, actorOf(1));
      },
      threads: [
        unregisters(0),
        unregisters(1),
        (words) => void open(words, 2).unregister(B),
      ],
      check(outcome) {
        expect(['1 0 ', '0 1 ']).toContain(results(outcome));
        expect([namesOf(outcome.words), room(outcome.words, 3)]).toEqual([['c'], ENTRIES]);
      },
    }, { preemptions: 1 });
    expect(schedules).toBeGreaterThan(100);
  });

  test('NAMES-4: a thread that dies anywhere leaves one holder at most; nothing is lost', () => {
    let dead = 0;
    explore({
      wordCount: WORD_COUNT,
      setup(words) {
        for (const key of [B, C]) open(words, 0).register(key, actorOf(1));
      },
      threads: [
        (words) => end(words, open(words, 0), 1),
        (words, context) => {
          wants(1, 2)(words, context);
          open(words, 1).unregister(B);
        },
      ],
      check({ words, died, notes }) {
        dead += died.filter(Boolean).length;
        const ended = !isLive(words, 1);
        const names = namesOf(words);
        const [got] = notes[1] as readonly number[];
        const held = {
          a: got === REGISTERED || (died[1] === true && names.includes('a')),
          b: !ended && died[1] === true && names.includes('b'),
          c: !ended,
        };
        expect(names).toEqual(Object.keys(held).filter((name) => held[name as 'a' | 'b' | 'c']));
        expect(room(words, 2)).toBe(ENTRIES);
      },
    }, { preemptions: 1, deaths: 1 });
    expect(dead).toBeGreaterThan(100);
  });

  test('NAMES-4: a thread that finds no element free sweeps while others work', () => {
    const { schedules } = explore({
      wordCount: WORD_COUNT,
      setup(words) {
        const table = open(words, 0);
        // The hint is of one bucket, and here of none: what has ended stays linked.
        for (const key of [A, B, C]) table.register(key, actorOf(1));
        Atomics.store(words, ENDED + 1, 1);
      },
      threads: [
        wants(0, 2),
        wants(1, 3, B),
      ],
      check(outcome) {
        // What a thread has dropped and not given back yet is no room for another.
        const orders = { '1 1': ['a', 'b'], '1 3': ['a'], '3 1': ['b'] };
        const names = orders[results(outcome) as keyof typeof orders];
        expect([namesOf(outcome.words), room(outcome.words, 2)]).toEqual([names, ENTRIES]);
      },
    }, { preemptions: 1 });
    expect(schedules).toBeGreaterThan(100);
  });
});

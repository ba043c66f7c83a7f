import { describe, expect, it } from 'vitest';
import { createReturnStacks } from '../return-stack.js';
import { explore, isLinearizable, ScheduleError } from './index.js';
import type { Call, Scenario, SequentialModel } from './index.js';

const failureOf = (scenario: Scenario, options = {}): string => {
  try {
    explore(scenario, options);
  } catch (error) {
    if (error instanceof ScheduleError) return error.message.split('\n')[0];
    throw error;
  }
  return 'nothing failed';
};

const increment = (words: Int32Array): void => {
  const seen = Atomics.load(words, 0);
  Atomics.store(words, 0, seen + 1);
};

const publish = (store: (words: Int32Array) => void): Scenario => ({
  wordCount: 2,
  threads: [
    (words) => { words[1] = 5; store(words); },
    (words, { note }) => { if (Atomics.load(words, 0) === 1) note(words[1]); },
  ],
  check: ({ notes }) => { expect(notes[1].every((value) => value === 5)).toBe(true); },
});

describe('explore', () => {
  it('EXPLORER-1: runs every schedule of two threads with two accesses each once', () => {
    const counts = [0, 1, 2, 3, 4].map((preemptions) => {
      const finals = new Map<number, number>();
      const { schedules } = explore({
        wordCount: 1,
        threads: [increment, increment],
        check: ({ words }) => { finals.set(words[0], (finals.get(words[0]) ?? 0) + 1); },
      }, { preemptions });
      return { schedules, two: finals.get(2), one: finals.get(1) };
    });
    // 4! / (2! × 2!) = 6 interleavings; a lost update needs one preemption, 2 of the 6 have none.
    expect(counts).toEqual([
      { schedules: 2, two: 2, one: undefined },
      { schedules: 4, two: 2, one: 2 },
      { schedules: 6, two: 2, one: 4 },
      { schedules: 6, two: 2, one: 4 },
      { schedules: 6, two: 2, one: 4 },
    ]);
  });

  it('names the schedule that failed', () => {
    const scenario: Scenario = {
      wordCount: 1,
      threads: [increment, increment],
      check({ words }) { expect(words[0]).toBe(2); },
    };
    expect(() => explore(scenario)).toThrow(/: load \[0\] = 0\n.*: load \[0\] = 0\n.*store/);
  });

  it('lets a thread die before each of its accesses', () => {
    const ends: string[] = [];
    explore({
      wordCount: 1,
      threads: [increment, () => {}],
      check: ({ words, died }) => { ends.push(`${died[0]} ${words[0]}`); },
    }, { deaths: 1, preemptions: 0 });
    expect(ends.toSorted()).toEqual([
      'false 1', 'false 1', 'true 0', 'true 0', 'true 0', 'true 0',
    ]);
  });

  it('starts recovery after a death and gives it what the dead thread wrote', () => {
    const found = new Set<number>();
    explore({
      wordCount: 2,
      threads: [(words) => { words[0] = 7; words[1] = 8; }],
      recover: (words, { note }) => { note(words[0] + words[1]); },
      check: ({ notes, died }) => { if (died[0]) found.add(notes[1][0]); },
    }, { deaths: 1 });
    expect([...found].toSorted((a, b) => a - b)).toEqual([0, 7]);
  });

  it('EXPLORER-2: fails a thread that waits for another', () => {
    const scenario: Scenario = {
      wordCount: 1,
      threads: [
        (words) => { while (Atomics.load(words, 0) === 0); },
        (words) => { Atomics.store(words, 0, 1); },
      ],
      check: () => {},
    };
    expect(failureOf(scenario, { stepsMax: 100 })).toMatch(/does not finish alone in 100 accesses/);
  });

  it('EXPLORER-3, RACE-1: fails plain accesses that nothing orders', () => {
    expect(failureOf(publish((words) => { Atomics.store(words, 0, 1); }))).toBe('nothing failed');
    expect(failureOf(publish((words) => { words[0] = 1; }))).toMatch(/race for word 0/);
  });
});

/**
 * A stack whose threads pop single nodes by compare-and-swap: the mistake that RETURN-STACK-3 rules
 * out.
 */
function popOne(words: Int32Array, head: number, link: number): number {
  for (;;) {
    const seen = Atomics.load(words, head);
    if (seen === 0) return 0;
    const next = Atomics.load(words, link + seen);
    if (Atomics.compareExchange(words, head, seen, next) === seen) return seen;
  }
}

const HEAD = 0;
const LINK = 0;

function pushAll(words: Int32Array, nodes: readonly number[]): void {
  const stacks = createReturnStacks(words, { link: LINK, strideWords: 1 });
  for (const node of nodes) stacks.push(HEAD, node);
}

describe('seeded bugs', () => {
  it('catches the ABA of a stack that pops single nodes', () => {
    const scenario: Scenario = {
      wordCount: 4,
      setup: (words) => pushAll(words, [3, 2, 1]),
      threads: [
        (words, { note }) => { note(popOne(words, HEAD, LINK)); },
        (words, { note }) => {
          const first = popOne(words, HEAD, LINK);
          note(popOne(words, HEAD, LINK));
          createReturnStacks(words, { link: LINK, strideWords: 1 }).push(HEAD, first);
        },
      ],
      check({ words, notes }) {
        const left: number[] = [];
        for (let node = words[HEAD]; node !== 0; node = words[LINK + node]) left.push(node);
        expect([...notes.flat(), ...left].toSorted()).toEqual([1, 2, 3]);
      },
      mayRace: () => true,
    };
    expect(failureOf(scenario)).toMatch(/the check failed/);
  });

  it('catches a push that links its node after publishing it', () => {
    const scenario: Scenario = {
      wordCount: 4,
      setup: (words) => pushAll(words, [1]),
      threads: [
        (words) => {
          const seen = Atomics.exchange(words, HEAD, 2);
          words[LINK + 2] = seen;
        },
        (words, { note }) => {
          const stacks = createReturnStacks(words, { link: LINK, strideWords: 1 });
          for (let node = stacks.take(HEAD); node !== 0; node = stacks.next(node)) note(node);
        },
      ],
      check: () => {},
    };
    expect(failureOf(scenario)).toMatch(/race for word 2/);
  });

  it('catches a take that loads and stores instead of exchanging', () => {
    const scenario: Scenario = {
      wordCount: 4,
      mayRace: (word) => word === HEAD,
      threads: [
        (words) => pushAll(words, [1, 2]),
        (words, { note }) => {
          let node = Atomics.load(words, HEAD);
          for (; node !== 0; node = words[LINK + node]) note(node);
          Atomics.store(words, HEAD, 0);
        },
      ],
      check({ words, notes }) {
        const left: number[] = [];
        for (let node = words[HEAD]; node !== 0; node = words[LINK + node]) left.push(node);
        expect([...notes.flat(), ...left].toSorted()).toEqual([1, 2]);
      },
    };
    expect(failureOf(scenario)).toMatch(/the check failed/);
  });

  it('catches the ring of Vyukov, in which a producer that dies stops everybody', () => {
    const [head, tail, cells] = [0, 1, 2];
    const put = (words: Int32Array, value: number): boolean => {
      for (;;) {
        const at = Atomics.load(words, tail);
        const sequence = Atomics.load(words, cells + 2 * (at & 1));
        if (sequence < at) return false;
        if (sequence > at || Atomics.compareExchange(words, tail, at, at + 1) !== at) continue;
        words[cells + 2 * (at & 1) + 1] = value;
        Atomics.store(words, cells + 2 * (at & 1), at + 1);
        return true;
      }
    };
    const take = (words: Int32Array): number => {
      for (;;) {
        const at = Atomics.load(words, head);
        const sequence = Atomics.load(words, cells + 2 * (at & 1));
        if (sequence < at + 1) return -1;
        if (sequence > at + 1 || Atomics.compareExchange(words, head, at, at + 1) !== at) continue;
        const value = words[cells + 2 * (at & 1) + 1];
        Atomics.store(words, cells + 2 * (at & 1), at + 2);
        return value;
      }
    };
    const scenario: Scenario = {
      wordCount: 6,
      setup: (words) => { words[cells + 2] = 1; },
      threads: [(words) => { put(words, 5); }, (words) => { put(words, 6); }],
      check({ words, died }) {
        expect(died[1] || [take(words), take(words)].includes(6)).toBe(true);
      },
    };
    expect(failureOf(scenario)).toBe('nothing failed');
    expect(failureOf(scenario, { deaths: 1 })).toMatch(/the check failed/);
  });
});

const call = (thread: number, name: string, from: number, to: number, result?: number): Call =>
  ({ thread, name, args: name === 'write' ? [7] : [], from, to, result });
const register: SequentialModel<number> = (state, { name, args }) =>
  (name === 'write' ? { state: args[0], result: undefined } : { state, result: state });

describe('isLinearizable', () => {
  it.each([
    ['a read after the write sees it', [call(0, 'write', 1, 2), call(1, 'read', 3, 4, 7)], true],
    ['a read after the write misses it', [call(0, 'write', 1, 2), call(1, 'read', 3, 4, 0)], false],
    ['a read during the write sees it', [call(0, 'write', 1, 4), call(1, 'read', 2, 3, 7)], true],
    ['a read during the write misses it', [call(0, 'write', 1, 4), call(1, 'read', 2, 3, 0)], true],
    ['two reads go back in time', [call(0, 'write', 1, 9), call(1, 'read', 2, 3, 7),
      call(1, 'read', 4, 5, 0)], false],
    ['a write that was broken off is seen', [call(0, 'write', 1, Infinity),
      call(1, 'read', 2, 3, 7)], true],
    ['a write that was broken off is not seen', [call(0, 'write', 1, Infinity),
      call(1, 'read', 2, 3, 0)], true],
  ])('LINEARIZABLE-1: %s', (_name, calls, expected) => {
    expect(isLinearizable(calls, 0, register)).toBe(expected);
  });
});


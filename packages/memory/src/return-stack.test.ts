import { describe, expect, it } from 'vitest';
import { STACK_CLOSED, createReturnStacks } from './return-stack.js';
import type { ReturnStacks } from './return-stack.js';
import { explore } from './testing/index.js';

const HEAD = 0;
const NODES = { link: 0, strideWords: 2 };

function nodesFrom(stacks: ReturnStacks, first: number): number[] {
  const nodes: number[] = [];
  for (let node = first; node !== 0; node = stacks.next(node)) nodes.push(node);
  return nodes;
}

describe('return stacks', () => {
  it('RETURN-STACK-2: takes the last node first, and the first first where asked', () => {
    const stacks = createReturnStacks(new Int32Array(16), NODES);
    expect([3, 1, 2].map((node) => stacks.push(HEAD, node))).toEqual([true, false, false]);
    expect(nodesFrom(stacks, stacks.take(HEAD))).toEqual([2, 1, 3]);
    for (const node of [3, 1, 2]) stacks.push(HEAD, node);
    expect(nodesFrom(stacks, stacks.takeInOrder(HEAD))).toEqual([3, 1, 2]);
  });

  it('is empty at first and after a take', () => {
    const stacks = createReturnStacks(new Int32Array(16), NODES);
    expect(stacks.isEmpty(HEAD)).toBe(true);
    expect([stacks.take(HEAD), stacks.takeInOrder(HEAD)]).toEqual([0, 0]);
    stacks.push(HEAD, 4);
    expect(stacks.isEmpty(HEAD)).toBe(false);
    stacks.take(HEAD);
    expect(stacks.isEmpty(HEAD)).toBe(true);
  });

  it('keeps the stacks of different heads apart', () => {
    const stacks = createReturnStacks(new Int32Array(16), NODES);
    stacks.push(0, 2);
    stacks.push(1, 3);
    expect([stacks.take(0), stacks.take(1)]).toEqual([2, 3]);
  });
});

describe('closed return stacks', () => {
  it('RETURN-STACK-5: closing takes what came before; what comes after is kept back', () => {
    const stacks = createReturnStacks(new Int32Array(16), NODES);
    expect([1, 2].map((node) => stacks.offer(HEAD, node))).toEqual([0, 1]);
    expect(nodesFrom(stacks, stacks.inOrder(stacks.close(HEAD)))).toEqual([1, 2]);
    expect(stacks.offer(HEAD, 3)).toBe(STACK_CLOSED);
    stacks.reopen(HEAD);
    expect(stacks.offer(HEAD, 4)).toBe(0);
    expect(nodesFrom(stacks, stacks.takeInOrder(HEAD))).toEqual([4]);
  });
});

/** A push looks at the head first (RETURN-STACK-6). */
const mayRace = (word: number): boolean => word === HEAD;

const producer = (...nodes: readonly number[]) => (words: Int32Array): void => {
  const stacks = createReturnStacks(words, NODES);
  for (const node of nodes) stacks.push(HEAD, node);
};
const owner = (takes: number) => (
  words: Int32Array, { note }: { note(value: number): void },
): void => {
  const stacks = createReturnStacks(words, NODES);
  for (let left = takes; left > 0; left--) {
    for (const node of nodesFrom(stacks, stacks.takeInOrder(HEAD))) note(node);
  }
};

describe('return stacks under every interleaving (ACTORS-P1)', { timeout: 60_000 }, () => {
  it.each([
    ['two producers and the owner', [producer(1, 2), producer(3, 4), owner(2)], 3, 0],
    ['producers that die', [producer(1, 2), producer(3, 4), owner(2)], 2, 1],
  ])('RETURN-STACK-1, -2, -4: %s', (_name, threads, preemptions, deaths) => {
    const { schedules } = explore({
      wordCount: 12,
      mayRace,
      threads,
      check({ words, notes, died }) {
        const stacks = createReturnStacks(words, NODES);
        const all = [...notes[2], ...nodesFrom(stacks, stacks.takeInOrder(HEAD))];
        if (died[2]) return;
        expect(new Set(all).size).toBe(all.length);
        for (const [thread, pushed] of [[1, 2], [3, 4]].entries()) {
          const seen = all.filter((node) => pushed.includes(node));
          expect(seen).toEqual(died[thread] ? pushed.slice(0, seen.length) : pushed);
        }
      },
    }, { preemptions, deaths });
    expect(schedules).toBeGreaterThan(500);
  });

  it('RETURN-STACK-3: a node that is taken, reused and pushed again', () => {
    const { schedules } = explore({
      wordCount: 12,
      mayRace,
      setup: producer(2, 1),
      threads: [
        producer(3),
        (words, { note }) => {
          const stacks = createReturnStacks(words, NODES);
          const [first, ...others] = nodesFrom(stacks, stacks.take(HEAD));
          stacks.push(HEAD, first);
          for (const node of others) note(node);
        },
      ],
      check({ words, notes }) {
        const stacks = createReturnStacks(words, NODES);
        const left = nodesFrom(stacks, stacks.take(HEAD));
        expect([...left, ...notes[1]].toSorted()).toEqual([1, 2, 3]);
      },
    }, { preemptions: 4 });
    expect(schedules).toBeGreaterThan(10);
  });
});

const offers = (...nodes: readonly number[]) => (
  words: Int32Array, { note }: { note(value: number): void },
): void => {
  const stacks = createReturnStacks(words, NODES);
  for (const node of nodes) if (stacks.offer(HEAD, node) !== STACK_CLOSED) note(node);
};

describe('closing under every interleaving (ACTORS-P1)', { timeout: 60_000 }, () => {
  it('RETURN-STACK-5: every node is taken once or kept by who offered it', () => {
    const accepted = new Set<string>();
    explore({
      wordCount: 16,
      mayRace,
      threads: [offers(1, 2), offers(3), (words, { note }) => {
        const stacks = createReturnStacks(words, NODES);
        for (const node of nodesFrom(stacks, stacks.takeInOrder(HEAD))) note(node);
        for (const node of nodesFrom(stacks, stacks.inOrder(stacks.close(HEAD)))) note(node);
      }],
      check({ words, notes }) {
        const offered = [...notes[0], ...notes[1]].toSorted();
        accepted.add(offered.join());
        expect([...notes[2]].toSorted()).toEqual(offered);
        expect(words[HEAD]).toBe(STACK_CLOSED);
      },
    }, { preemptions: 3 });
    expect([...accepted].toSorted()).toEqual(['', '1', '1,2', '1,2,3', '1,3', '3']);
  });
});

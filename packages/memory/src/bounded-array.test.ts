import { struct } from '@ganglion/runtime/layout';
import { describe, expect, it } from 'vitest';
import { ARRAY_FULL, boundedArrayWords, createBoundedArray } from './bounded-array.js';
import type { BoundedArray } from './bounded-array.js';
import { explore, withoutWrites } from './testing/index.js';
import type { Scenario, ThreadContext } from './testing/index.js';

const Point = struct(12, { x: 'i32', y: 'i32', weight: 'f32' });
type PointFields = typeof Point.fields;
const CAPACITY = 3;
const WORDS = boundedArrayWords(Point, CAPACITY);
const ELEMENTS = 16;

const arrayOver = (words: Int32Array): BoundedArray<PointFields> =>
  createBoundedArray(words, { struct: Point, capacity: CAPACITY, word: 0 });

const newArray = (): BoundedArray<PointFields> =>
  arrayOver(new Int32Array(new SharedArrayBuffer(4 * WORDS)));

describe('a bounded array', () => {
  it('BOUNDED-ARRAY-2: takes as many elements as its capacity, and says so', () => {
    const array = newArray();
    expect([1, 2, 3, 4].map((x) => array.append({ x, y: 10 * x, weight: 0.5 })))
      .toEqual([0, 1, 2, ARRAY_FULL]);
    expect(array.length).toBe(3);
    expect(array.reserve()).toBe(ARRAY_FULL);
    expect(() => array.commit()).toThrow('an element is reserved');
    expect(array.get(2)).toEqual({ x: 3, y: 30, weight: 0.5 });
  });

  it('is written in place, and is the same array on another view', () => {
    const words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
    const array = arrayOver(words);
    const at = array.reserve();
    words[at + Point.word.x] = 7;
    expect(array.commit()).toBe(0);
    const other = arrayOver(new Int32Array(words.buffer));
    expect(other.get(0).x).toBe(7);
    other.set(0, { y: 8 });
    expect(words[array.word(0) + Point.word.y]).toBe(8);
  });

  it('BOUNDED-ARRAY-3: removes an element by moving the last one', () => {
    const array = newArray();
    for (const x of [1, 2, 3]) array.append({ x });
    array.swapRemove(0);
    expect([0, 1].map((index) => array.get(index).x)).toEqual([3, 2]);
    array.swapRemove(1);
    expect([array.length, array.get(0).x]).toEqual([1, 3]);
    array.clear();
    expect(array.length).toBe(0);
  });

  it('refuses an index that is not below its length', () => {
    const array = newArray();
    array.append({ x: 1 });
    for (const index of [-1, 1, Number.NaN]) {
      expect(() => array.get(index)).toThrow(`element ${index} of 1`);
      expect(() => array.swapRemove(index)).toThrow(`element ${index} of 1`);
    }
  });

  it.each([
    [{ capacity: 0, word: 0 }, 'MEMORY_OPTION_INVALID', 'of 0 elements at word 0'],
    [{ capacity: 1, word: 8 }, 'MEMORY_OPTION_INVALID', 'the word a multiple of 16'],
    [{ capacity: 4, word: 0 }, 'MEMORY_LIMIT', 'ends at word 32, the limit is 28'],
  ])('refuses %o', (layout, code, message) => {
    const make = (): unknown =>
      createBoundedArray(new Int32Array(WORDS), { struct: Point, ...layout });
    expect(make).toThrow(expect.objectContaining({ code }));
    expect(make).toThrow(message);
  });
});

type Program = (words: Int32Array, context: ThreadContext) => void;

/** Appends elements whose words are all the same. */
const appendOver = (hurt: (words: Int32Array) => Int32Array): Program => (words) => {
  const array = arrayOver(hurt(words));
  for (const value of [1, 2, 3]) {
    const at = array.reserve();
    for (let word = 0; word < 4; word++) words[at + word] = value;
    array.commit();
  }
};

const read: Program = (words, { note }) => {
  const array = arrayOver(words);
  const { length } = array;
  for (let index = 0; index < length; index++) {
    const at = array.word(index);
    note(words[at]);
    note(words[at + 3]);
  }
};

const appending = (append: Program): Scenario => ({
  wordCount: WORDS,
  threads: [append, read, read],
  check({ notes }) {
    for (const seen of [notes[1], notes[2]]) {
      expect(seen).toEqual([1, 1, 2, 2, 3, 3].slice(0, seen.length));
    }
  },
});

const remove = (hurt: (words: Int32Array) => Int32Array): Scenario => ({
  wordCount: WORDS,
  setup: (words) => appendOver((same) => same)(words, { note: () => undefined, call: () => {} }),
  threads: [(words) => { arrayOver(hurt(words)).swapRemove(0); }],
  recover: (words) => { arrayOver(words).settle(); },
  check({ words, died }) {
    const array = arrayOver(words);
    const left = Array.from({ length: array.length }, (_, index) => words[array.word(index)]);
    const whole = Array.from({ length: array.length }, (_, index) => words[array.word(index) + 3]);
    expect(whole).toEqual(left);
    if (!died[0] || array.length === 2) expect(left).toEqual([3, 2]);
    else expect(left).toEqual([1, 2, 3]);
  },
});

const unsaid = (words: Int32Array): Int32Array => withoutWrites(words, (word) => word === 1);

/** Counts an element before it is written. */
const countsFirst: Program = (words) => {
  arrayOver(words).commit();
  for (let word = 0; word < 4; word++) words[ELEMENTS + word] = 1;
};

describe('a bounded array under every interleaving (ACTORS-P1)', () => {
  it('BOUNDED-ARRAY-1: readers see whole elements', () => {
    // Only `word` looks at the length by a plain load.
    const { schedules } = explore({
      ...appending(appendOver((words) => words)), mayRace: (word) => word === 0,
    }, { preemptions: 2, deaths: 1 });
    expect(schedules).toBeGreaterThan(1_000);
  });

  it('BOUNDED-ARRAY-3: what a dead owner was removing is removed or not', () => {
    const { schedules } = explore(remove((words) => words), { deaths: 1 });
    expect(schedules).toBeGreaterThan(10);
  });

  it('catches an element that is counted first, and a removal that is not said', () => {
    expect(() => explore({ ...appending(countsFirst), mayRace: (word) => word === 0 }))
      .toThrow(/race for word 16/);
    expect(() => explore(remove(unsaid), { deaths: 1 })).toThrow(/the check failed/);
  });
});

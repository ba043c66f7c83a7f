/**
 * A bounded first-in-first-out queue of indices for any number of threads, over 32-bit words.
 *
 * Owns a head, a tail and `capacity` cells. Does not own what the indices name. Each index is below
 * `capacity` and is in the queue at most once, so the queue is full only if the caller breaks that
 * rule or holds every index in it.
 *
 * A cell packs (full bit, round, value). Its state only moves forward: empty(r), full(r, v),
 * empty(r + 1), ... where r is the number of times that the ring has been round. One
 * compare-and-swap on the cell is the whole operation; head and tail only follow, and whoever sees
 * one lag moves it. The ring of D. Vyukov, which claims a position before it fills it, is stopped
 * for ever by a producer that dies in between; here there is nothing to die holding.
 *
 * INDEX-QUEUE-1: an index put once is taken once, by one thread, in the order of the puts'
 * compare-and-swaps.
 * INDEX-QUEUE-2: NONE is returned only if the queue was empty at a moment within the call; false
 * only if it was full.
 * INDEX-QUEUE-3: a thread that ends inside put or take stops nobody. Its own index is either in the
 * queue or not.
 * INDEX-QUEUE-4: round × capacity = 2^31: a thread must not sleep inside a call while others do
 * 2^31 operations.
 *
 * INDEX-QUEUE-5: looks at words are plain loads where the compare-and-swap that follows refuses
 * what was stale; an answer without one, NONE or false, is looked up again with atomic loads. (An
 * Atomics.load is a call in V8 11: 16 ns.)
 *
 * Threads: put and take may be called by every thread at any time.
 */
import assert from 'node:assert/strict';
import { MemoryError } from './errors.js';

/** What `take` returns when the queue is empty. */
export const INDEX_NONE = -1;

/** Most indices of one queue. */
export const INDEX_QUEUE_CAPACITY_MAX: number = 2 ** 26;

const LINE_WORDS = 16;
const HEAD = 0;
const TAIL = LINE_WORDS;
const CELLS = 2 * LINE_WORDS;
const FULL = 1 << 31;

/** Where a queue lies. */
export interface IndexQueueLayout {
  /** First word, a multiple of 16. */
  readonly word: number;
  /** Number of cells, a power of two from 2. Indices are below it. */
  readonly capacity: number;
}

/** The operations of one queue; see the file header for their rules. */
export interface IndexQueue {
  readonly capacity: number;
  /** False if the queue is full. */
  put(index: number): boolean;
  /** The oldest index, or INDEX_NONE. */
  take(): number;
  /**
   * About how many indices are queued; off by at most one for each call under way or broken off.
   * For reports.
   */
  count(): number;
}

/** Smallest legal capacity for indices 0 … count − 1. */
export function indexQueueCapacity(count: number): number {
  return Math.max(2, 2 ** Math.ceil(Math.log2(count)));
}

/** Words that a queue of this capacity takes. */
export function indexQueueWords(capacity: number): number {
  return CELLS + capacity;
}

/**
 * Operations over a queue. Zeroed words are an empty queue, so whoever comes first need not
 * initialise it.
 * @throws MemoryError MEMORY_OPTION_INVALID or MEMORY_LIMIT for a capacity that is not a power of
 * two in [2, 2^26].
 */
export function createIndexQueue(words: Int32Array, layout: IndexQueueLayout): IndexQueue {
  const { word, capacity } = layout;
  if (!(capacity >= 2) || !Number.isInteger(Math.log2(capacity))) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `an index queue's capacity is ${capacity}, must be a power of two from 2`);
  }
  if (capacity > INDEX_QUEUE_CAPACITY_MAX) {
    throw new MemoryError('MEMORY_LIMIT',
      `an index queue's capacity is ${capacity}, the limit is ${INDEX_QUEUE_CAPACITY_MAX}`);
  }
  const head = word + HEAD;
  const tail = word + TAIL;
  const cells = word + CELLS;
  const mask = capacity - 1;

  // A position's round is its bits above `mask`, without the sign bit, which says full.
  const emptyAt = (position: number): number => position & ~mask & ~FULL;

  return Object.freeze({
    capacity,
    put(index: number): boolean {
      if (!(index >= 0 && index < capacity))
        assert.fail('an index is below the capacity of its queue');
      for (;;) {
        const at = words[tail];
        const cell = cells + (at & mask);
        const empty = emptyAt(at);
        const seen = words[cell];
        if (seen === empty) {
          if (Atomics.compareExchange(words, cell, empty, FULL | empty | index) === empty) {
            Atomics.compareExchange(words, tail, at, (at + 1) | 0);
            return true;
          }
        } else if ((seen & ~mask) === (FULL | emptyAt(at - capacity))) {
          if (Atomics.load(words, tail) === at && Atomics.load(words, cell) === seen) return false;
        } else {
          Atomics.compareExchange(words, tail, at, (at + 1) | 0);
        }
      }
    },
    take(): number {
      for (;;) {
        const at = words[head];
        const cell = cells + (at & mask);
        const empty = emptyAt(at);
        const seen = words[cell];
        if (seen === empty) {
          if (Atomics.load(words, head) === at && Atomics.load(words, cell) === empty)
            return INDEX_NONE;
        } else if ((seen & ~mask) === (FULL | empty)) {
          const next = emptyAt(at + capacity);
          if (Atomics.compareExchange(words, cell, seen, next) === seen) {
            Atomics.compareExchange(words, head, at, (at + 1) | 0);
            return seen & mask;
          }
        } else {
          Atomics.compareExchange(words, head, at, (at + 1) | 0);
        }
      }
    },
    count(): number {
      return Math.max(0, (Atomics.load(words, tail) - Atomics.load(words, head)) | 0);
    },
  });
}

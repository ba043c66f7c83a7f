/**
 * The runnable actors of one worker, private to it (ARCHITECTURE A3). Indices, each at most once:
 * the new ones on a stack, the others in a queue.
 *
 * RUN-QUEUE-1 (ACTORS-S1): what is pushed first runs next, the last such before all. After
 *   AHEAD_MAX of them in a row, the others that wait by then run, each once. (With only one of the
 *   others after so many, a tree of actors that report upward filled all message slots: its parents
 *   came far later than their children's reports.)
 */

import type { ActorQueue } from './contract/scheduling.js';

/** What a worker needs of its queue; every actor of the system must fit. */
export interface WorkerQueue extends ActorQueue {
  /** How many wait. */
  readonly size: number;
  /** Set while the worker sleeps: called when the queue was empty and gets an entry. */
  onFirst: (() => void) | undefined;
}

/** Actors pushed first that run in a row. */
export const AHEAD_MAX = 64;

/** See the file's header. */
export class RunQueue implements WorkerQueue {
  private readonly mask: number;
  /** A ring; pop takes its head. */
  private readonly others: Int32Array;
  private head = 0;
  private tail = 0;
  /** A ring as well; pop takes its top, popLast its bottom. */
  private readonly ahead: Int32Array;
  private bottom = 0;
  private top = 0;
  /** How many of those pushed first ran since one of the others did. */
  private inRow = 0;
  /** How many of the others run before the next that was pushed first. */
  private due = 0;
  onFirst: (() => void) | undefined = undefined;

  /** @param capacity most entries; every actor of the system must fit. */
  constructor(capacity: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, capacity)));
    this.others = new Int32Array(size);
    this.ahead = new Int32Array(size);
    this.mask = size - 1;
  }

  get size(): number {
    return ((this.tail - this.head) | 0) + ((this.top - this.bottom) | 0);
  }

  push(index: number): void {
    if (this.onFirst !== undefined && this.size === 0) this.onFirst();
    this.others[this.tail & this.mask] = index;
    this.tail = (this.tail + 1) | 0;
  }

  /** Puts a new actor before all others. */
  pushFirst(index: number): void {
    if (this.onFirst !== undefined && this.size === 0) this.onFirst();
    this.ahead[this.top & this.mask] = index;
    this.top = (this.top + 1) | 0;
  }

  /** The first entry, or 0. */
  pop(): number {
    const head = this.head;
    if (this.bottom !== this.top && (this.due === 0 || head === this.tail))
      return this.popAhead();
    if (head === this.tail) return 0;
    this.head = (head + 1) | 0;
    this.inRow = 0;
    if (this.due !== 0) this.due -= 1;
    return this.others[head & this.mask];
  }

  /** The last entry, or 0: the last of the others, else the oldest that was pushed first. */
  popLast(): number {
    if (this.head !== this.tail) {
      this.tail = (this.tail - 1) | 0;
      return this.others[this.tail & this.mask];
    }
    const bottom = this.bottom;
    if (bottom === this.top) return 0;
    this.bottom = (bottom + 1) | 0;
    return this.ahead[bottom & this.mask];
  }

  private popAhead(): number {
    this.inRow += 1;
    this.due = 0;
    if (this.inRow === AHEAD_MAX) {
      this.inRow = 0;
      this.due = (this.tail - this.head) | 0;
    }
    this.top = (this.top - 1) | 0;
    return this.ahead[this.top & this.mask];
  }
}

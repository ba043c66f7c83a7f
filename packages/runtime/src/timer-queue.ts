/**
 * A bounded queue of calls ordered by due time, then by order of insertion. It owns no clock: its
 * users decide when a call is due. Removal of any entry takes O(log n), so that cancelled time-outs
 * leave nothing behind.
 *
 * Invariants: (1) `heap[i].slot === i` for every queued entry, -1 for all others; (2) no entry is
 * less than its parent.
 */
import { RuntimeError } from './errors.js';

/** A queued call. */
export interface TimerEntry {
  readonly dueMs: number;
  readonly fire: () => void;
}

interface Entry extends TimerEntry {
  readonly sequence: number;
  slot: number;
}

function precedes(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
}

/** Calls in order of their due times. */
export class TimerQueue {
  readonly #heap: Entry[] = [];
  readonly #capacity: number;
  #sequence = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** The next entry, left in the queue. */
  peek(): TimerEntry | undefined {
    return this.#heap[0];
  }

  /** @throws RuntimeError RUNTIME_TIMERS_FULL at capacity. */
  add(dueMs: number, fire: () => void): TimerEntry {
    if (this.#heap.length >= this.#capacity) {
      const message = `${this.#heap.length} timers are pending, the limit is ${this.#capacity}`;
      throw new RuntimeError('RUNTIME_TIMERS_FULL', message);
    }
    const entry: Entry = { dueMs, fire, sequence: this.#sequence++, slot: this.#heap.length };
    this.#heap.push(entry);
    this.#rise(entry);
    return entry;
  }

  /** Removes an entry of this queue; does nothing if it has left already. */
  remove(removed: TimerEntry): void {
    const entry = removed as Entry;
    if (entry.slot < 0) return;
    const slot = entry.slot;
    entry.slot = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#place(last, slot);
    this.#rise(last);
    this.#sink(last);
  }

  #place(entry: Entry, slot: number): void {
    this.#heap[slot] = entry;
    entry.slot = slot;
  }

  #rise(entry: Entry): void {
    while (entry.slot > 0) {
      const slot = entry.slot;
      const parent = this.#heap[(slot - 1) >> 1] as Entry; // a slot above 0 has a parent
      if (!precedes(entry, parent)) return;
      const above = parent.slot;
      this.#place(parent, slot);
      this.#place(entry, above);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const slot = entry.slot;
      const left = this.#heap[2 * slot + 1];
      const right = this.#heap[2 * slot + 2];
      if (left === undefined) return;
      const child = right !== undefined && precedes(right, left) ? right : left;
      if (!precedes(child, entry)) return;
      const below = child.slot;
      this.#place(child, slot);
      this.#place(entry, below);
    }
  }
}

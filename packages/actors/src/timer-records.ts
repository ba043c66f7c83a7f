/**
 * The records of all timers in shared memory, and each actor's list of its own. Does not own the
 * messages (timer-messages.ts) nor the calls that make them come (timers.ts).
 *
 * TIMERS-1: a record's state word is generation × 4,096 + holder: 0 free, the thread that makes or
 *   drops it, or LINKED. Only `take` raises the generation, with the compare-and-swap that takes
 *   it; a handle names record and generation, so that a late one does nothing.
 * TIMERS-2: a LINKED record is in its actor's list, and only the actor's owner touches it. It is
 *   LINKED after it is in the list, and held by a thread again before it leaves.
 * TIMERS-3: a thread may end anywhere. Its successor, of the same index, calls `list` for each of
 *   its actors, which takes out what was being made or dropped and mends the links back, and then
 *   `recover`, which frees what the dead thread held: at most one record; its slot may be lost.
 */
import { TimerRecord } from './layouts.js';

/** Sections of the region that timers use. */
export type TimerSection = 'timerRecords' | 'timerHeads';

interface Section {
  readonly name: TimerSection;
  readonly count: number;
  readonly elementBytes: number;
}

/** What timers reserve. @param actors blocks of actors */
export function timerSections(timers: number, actors: number): readonly Section[] {
  return [
    { name: 'timerRecords', count: timers, elementBytes: TimerRecord.size },
    { name: 'timerHeads', count: actors, elementBytes: 4 },
  ];
}

/** Where the records are. */
export interface TimerRecordsPlace {
  /** Word of the first record; records count from 1. */
  readonly records: number;
  readonly count: number;
  /** Word of the list of actor 0. */
  readonly heads: number;
}

const RECORD_WORDS = TimerRecord.size / 4;
const STATE = TimerRecord.word.state;
const { next: NEXT, previous: PREVIOUS, slot: SLOT } = TimerRecord.plain;
const HOLDER_BITS = 12;
const HOLDER_MASK = (1 << HOLDER_BITS) - 1;
const GENERATION_MASK = (1 << (32 - HOLDER_BITS)) - 1;
const NONE: readonly number[] = Object.freeze([]);
const FREE = 0;
const LINKED = HOLDER_MASK;
const RECORD_RANGE = 2 ** 18;
/** Set in every handle, so that one that was kept in 32 bits is not taken for another. */
const HANDLE = 2 ** 40;

/** One thread's end. */
export class TimerRecords {
  readonly count: number;
  private readonly words: Int32Array;
  private readonly first: number;
  private readonly heads: number;
  private readonly thread: number;
  /** Where the next search begins. */
  private cursor = 0;

  constructor(words: Int32Array, { records, count, heads }: TimerRecordsPlace, thread: number) {
    this.count = count;
    this.words = words;
    this.first = records - RECORD_WORDS;
    this.heads = heads;
    this.thread = thread;
  }

  /** First word of a record. */
  at(record: number): number {
    return this.first + record * RECORD_WORDS;
  }

  /** A record for this thread to fill, or 0 if none is free. */
  take(): number {
    for (let looked = 0; looked < this.count; looked++) {
      const record = 1 + this.cursor;
      const at = this.at(record) + STATE;
      this.cursor = record === this.count ? 0 : record;
      const state = Atomics.load(this.words, at);
      if ((state & HOLDER_MASK) !== FREE) continue;
      const taken = (((state >>> HOLDER_BITS) + 1) & GENERATION_MASK) << HOLDER_BITS;
      if (Atomics.compareExchange(this.words, at, state, taken | this.thread) === state)
        return record;
    }
    return 0;
  }

  /** Gives back a record that this thread holds. */
  give(record: number): void {
    this.hold(record, FREE);
  }

  /** Owner only: puts a filled record into an actor's list. */
  link(record: number, index: number): void {
    const words = this.words;
    const next = words[this.heads + index];
    words[this.at(record) + NEXT] = next;
    words[this.at(record) + PREVIOUS] = 0;
    words[this.heads + index] = record;
    if (next !== 0) words[this.at(next) + PREVIOUS] = record;
    this.hold(record, LINKED);
  }

  /** Owner only: takes a record out of its actor's list and gives it back, without its slot. */
  drop(record: number, index: number): void {
    const words = this.words;
    const at = this.at(record);
    this.hold(record, this.thread);
    const next = words[at + NEXT];
    const previous = words[at + PREVIOUS];
    if (previous === 0) words[this.heads + index] = next;
    else words[this.at(previous) + NEXT] = next;
    if (next !== 0) words[this.at(next) + PREVIOUS] = previous;
    words[at + SLOT] = 0;
    this.hold(record, FREE);
  }

  /** Owner only: an actor's records in the order in which they were made. */
  list(index: number): readonly number[] {
    const words = this.words;
    if (words[this.heads + index] === 0) return NONE;
    const found: number[] = [];
    let previous = 0;
    for (let record = words[this.heads + index]; record !== 0;) {
      const at = this.at(record);
      const next = words[at + NEXT];
      if ((Atomics.load(words, at + STATE) & HOLDER_MASK) === LINKED) {
        words[at + PREVIOUS] = previous;
        previous = record;
        found.push(record);
      } else if (previous === 0) words[this.heads + index] = next;
      else words[this.at(previous) + NEXT] = next;
      record = next;
    }
    return found.toReversed();
  }

  /** Frees what a thread of this index held when it ended (TIMERS-3). */
  recover(): void {
    for (let record = 1; record <= this.count; record++) {
      const state = Atomics.load(this.words, this.at(record) + STATE);
      if ((state & HOLDER_MASK) === this.thread) this.give(record);
    }
  }

  /** Slots of the timers of all actors: in use, though most of them are in no mailbox. */
  eachSlot(visit: (slot: number) => void): void {
    for (let record = 1; record <= this.count; record++) {
      const at = this.at(record);
      if ((Atomics.load(this.words, at + STATE) & HOLDER_MASK) === LINKED)
        visit(this.words[at + SLOT]);
    }
  }

  /** Records that are not free; may be a moment old. */
  get used(): number {
    let used = 0;
    for (let record = 1; record <= this.count; record++) {
      const state = Atomics.load(this.words, this.at(record) + STATE);
      if ((state & HOLDER_MASK) !== FREE) used += 1;
    }
    return used;
  }

  /** The number by which a program knows a timer. */
  handleOf(record: number): number {
    const state = Atomics.load(this.words, this.at(record) + STATE);
    return HANDLE + (state >>> HOLDER_BITS) * RECORD_RANGE + record;
  }

  /** The record of a handle, 0 if it is another timer's by now; undefined for no handle. */
  recordOf(handle: number): number | undefined {
    if (handle === 0) return 0;
    const record = handle % RECORD_RANGE;
    const generation = (handle - HANDLE - record) / RECORD_RANGE;
    const isHandle = Number.isInteger(handle) && record >= 1 && record <= this.count;
    if (!isHandle || generation < 0 || generation > GENERATION_MASK) return undefined;
    const state = Atomics.load(this.words, this.at(record) + STATE);
    return state === ((generation << HOLDER_BITS) | LINKED) ? record : 0;
  }

  private hold(record: number, holder: number): void {
    const at = this.at(record) + STATE;
    const state = Atomics.load(this.words, at);
    Atomics.store(this.words, at, (state & ~HOLDER_MASK) | holder);
  }
}

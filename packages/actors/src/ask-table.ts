/**
 * The asks of one thread that wait for their reply. Private to the thread; a reply names its entry
 * by ticket.
 *
 * ASK-1: every entry is settled once: by a reply, a failure, its deadline, or `failAll`.
 * ASK-2: a ticket is index + round × capacity; entries are reused first in, first out, so that a
 *   late reply cannot meet a new ask before the capacity's 65,536 rounds have passed.
 * ASK-3: entries with equal time-outs are linked in order of their deadlines, so that the next
 *   deadline is found by looking at one entry for each time-out in use.
 */
import type { Clock, Timer, Timers } from '@ganglion/runtime/contract';
import { ActorsError } from './errors.js';
import { MAX_PENDING_ASKS } from './limits.js';

const NONE = -1;
const COARSE_MS = 1;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: ActorsError) => void;
  readonly subject: () => string;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly decode: (slot: number) => unknown;
}

interface Line {
  first: number;
  last: number;
}

/** Limits of an ask's time-out. */
export const ASK_TIMEOUT_MAX_MS: number = 24 * 3_600_000;

/** The pending asks of a thread. */
export class AskTable {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #capacity: number;
  readonly #entries: (Waiting | undefined)[] = [];
  readonly #rounds: number[] = [];
  readonly #next: number[] = [];
  readonly #previous: number[] = [];
  readonly #free: number[] = [];
  #freeHead = 0;
  readonly #lines = new Map<number, Line>();
  #timer: Timer | undefined;
  #timerDueMs = Infinity;
  #stopped: (() => ActorsError) | undefined;

  constructor(clock: Clock, timers: Timers, capacity: number = MAX_PENDING_ASKS) {
    this.#clock = clock;
    this.#timers = timers;
    this.#capacity = capacity;
  }

  get pending(): number {
    return this.#entries.length - (this.#free.length - this.#freeHead);
  }

  /**
   * Enters an ask.
   * @param decode turns the reply's slot into the result; what it throws rejects the ask
   * @returns the ticket
   */
  enter(waiting: Omit<Waiting, 'deadlineMs'>): number {
    const { timeoutMs } = waiting;
    if (this.#stopped !== undefined) throw this.#stopped();
    if (!(timeoutMs > 0) || timeoutMs > ASK_TIMEOUT_MAX_MS) {
      throw new ActorsError(
        'ACTORS_OPTION_INVALID',
        `timeoutMs is ${timeoutMs}; it must be above 0 and at most ${ASK_TIMEOUT_MAX_MS}`,
      );
    }
    const index = this.#takeEntry();
    const nowMs = this.#clock.monotonicMs();
    this.#entries[index] = { ...waiting, deadlineMs: nowMs + timeoutMs };
    this.#append(index, timeoutMs);
    if (nowMs + timeoutMs < this.#timerDueMs) this.#arm(nowMs);
    return (index + (this.#rounds[index] ?? 0) * this.#capacity) | 0;
  }

  /** Removes an entry that will not be settled, because its message was never sent. */
  withdraw(ticket: number): void {
    this.#remove(ticket);
  }

  /** What `decode` makes of a reply; undefined for a late or repeated one. May throw. */
  decode(ticket: number, slot: number): unknown {
    return this.#find(ticket)?.decode(slot);
  }

  /** Settles with a value of this thread. */
  resolveWith(ticket: number, result: unknown): void {
    this.#remove(ticket)?.resolve(result);
  }

  reject(ticket: number, error: (subject: string) => ActorsError): void {
    const waiting = this.#remove(ticket);
    waiting?.reject(error(waiting.subject()));
  }

  /** Settles all, and refuses what is entered from now on. */
  failAll(error: () => ActorsError): void {
    this.#stopped = error;
    this.#timer?.cancel();
    for (let index = 0; index < this.#entries.length; index++) {
      const waiting = this.#entries[index];
      this.#entries[index] = undefined;
      waiting?.reject(error());
    }
    this.#lines.clear();
  }

  #takeEntry(): number {
    if (this.#freeHead < this.#free.length) {
      const index = this.#free[this.#freeHead] as number;
      this.#freeHead += 1;
      if (this.#freeHead > 1_024 && this.#freeHead * 2 > this.#free.length) {
        this.#free.splice(0, this.#freeHead);
        this.#freeHead = 0;
      }
      this.#rounds[index] = ((this.#rounds[index] as number) + 1) & 0xffff;
      return index;
    }
    if (this.#entries.length >= this.#capacity) {
      throw new ActorsError(
        'ACTORS_ASK_LIMIT',
        `${this.#capacity} asks of this thread wait for replies; that is the limit`,
      );
    }
    this.#rounds.push(0);
    this.#next.push(NONE);
    this.#previous.push(NONE);
    return this.#entries.push(undefined) - 1;
  }

  #append(index: number, timeoutMs: number): void {
    const line = this.#lines.get(timeoutMs);
    this.#next[index] = NONE;
    if (line === undefined) {
      this.#previous[index] = NONE;
      this.#lines.set(timeoutMs, { first: index, last: index });
      return;
    }
    this.#previous[index] = line.last;
    this.#next[line.last] = index;
    line.last = index;
  }

  #find(ticket: number): Waiting | undefined {
    const index = (ticket >>> 0) % this.#capacity;
    if (((index + (this.#rounds[index] as number) * this.#capacity) | 0) !== ticket)
      return undefined;
    return this.#entries[index];
  }

  #remove(ticket: number): Waiting | undefined {
    const index = (ticket >>> 0) % this.#capacity;
    const waiting = this.#find(ticket);
    if (waiting === undefined) return undefined;
    const line = this.#lines.get(waiting.timeoutMs) as Line;
    const previous = this.#previous[index] as number;
    const next = this.#next[index] as number;
    if (previous === NONE) line.first = next;
    else this.#next[previous] = next;
    if (next === NONE) line.last = previous;
    else this.#previous[next] = previous;
    if (line.first === NONE) this.#lines.delete(waiting.timeoutMs);
    this.#entries[index] = undefined;
    this.#free.push(index);
    return waiting;
  }

  #arm(nowMs: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDueMs = Infinity;
    for (const line of this.#lines.values()) {
      const first = this.#entries[line.first] as Waiting;
      this.#timerDueMs = Math.min(this.#timerDueMs, first.deadlineMs);
    }
    if (this.#timerDueMs === Infinity) return;
    this.#timer = this.#timers.after(Math.max(COARSE_MS, this.#timerDueMs - nowMs), () =>
      this.#expire(),
    );
  }

  #expire(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const line of this.#lines.values()) {
      for (;;) {
        const index = line.first;
        const waiting = index === NONE ? undefined : this.#entries[index];
        if (waiting === undefined || waiting.deadlineMs > nowMs) break;
        this.#remove((index + (this.#rounds[index] as number) * this.#capacity) | 0);
        waiting.reject(
          new ActorsError(
            'ACTORS_ASK_TIMEOUT',
            `${waiting.subject()} did not reply within ${waiting.timeoutMs} ms`,
          ),
        );
      }
    }
    this.#arm(nowMs);
  }
}

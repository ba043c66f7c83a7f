/**
 * The asks of one thread that wait for their reply. Private to the thread; a reply names its ask by
 * ticket.
 *
 * ASK-1: every ask is settled once: by a reply, a failure, its deadline, or `failAll`.
 * ASK-5: a successor of a thread goes on with its numbers, so that replies to the dead meet no ask.
 * ASK-2: a ticket is the ask's number in 32 bits, and its low bits are its place, so that a late
 *   reply meets no other ask before 2^32 asks of the thread.
 * ASK-3: asks with equal time-outs are linked in order of their deadlines, so that the next
 *   deadline is found by looking at one ask for each time-out in use.
 * ASK-4: at most half of the places are in use; an ask that finds its place taken goes to the next
 *   number.
 */
import type { Clock, Timer, Timers } from '@ganglion/runtime/contract';
import { ActorsError } from './errors.js';
import { MAX_PENDING_ASKS } from './limits.js';

const COARSE_MS = 1;
const PLACES_MIN = 256;
/** Time-outs that are remembered though no ask uses them. */
const LINES_MAX = 64;

/** What an ask asks for; `Q` is the thread's own. */
export interface Questions<Q> {
  /** Who was asked for what, for errors. */
  subject(question: Q, low: number): string;
  /** Makes the result of a reply's slot. */
  decode(question: Q, slot: number): unknown;
}

interface Line<Q> {
  readonly timeoutMs: number;
  first: Place<Q> | undefined;
  last: Place<Q> | undefined;
}

/** One ask, or room for one. */
class Place<Q> {
  ticket = 0;
  isUsed = false;
  low = 0;
  question: Q | undefined = undefined;
  resolve: (result: unknown) => void = nothing;
  reject: (error: ActorsError) => void = nothing;
  deadlineMs = 0;
  line: Line<Q> | undefined = undefined;
  previous: Place<Q> | undefined = undefined;
  next: Place<Q> | undefined = undefined;
}

function nothing(): void {
  // What a place without an ask settles.
}

/** How a table is made. */
export interface AskTableOptions {
  /** Asks that may wait at once. @default 65536 */
  readonly capacity?: number;
  /** The last ticket of the thread that had the index before. @default 0 */
  readonly lastTicket?: number;
}

/** Limits of an ask's time-out. */
export const ASK_TIMEOUT_MAX_MS: number = 24 * 3_600_000;

/** The pending asks of a thread. */
export class AskTable<Q> {
  private readonly clock: Clock;
  private readonly timers: Timers;
  private readonly questions: Questions<Q>;
  private readonly capacity: number;
  private places: Place<Q>[] = newPlaces(PLACES_MIN);
  private waiting = 0;
  private number: number;
  private readonly lines = new Map<number, Line<Q>>();
  private line: Line<Q> = { timeoutMs: 0, first: undefined, last: undefined };
  private timer: Timer | undefined = undefined;
  private timerDueMs = Infinity;
  private stopped: (() => ActorsError) | undefined;

  constructor(
    clock: Clock,
    timers: Timers,
    questions: Questions<Q>,
    { capacity = MAX_PENDING_ASKS, lastTicket = 0 }: AskTableOptions = {},
  ) {
    this.number = lastTicket;
    this.clock = clock;
    this.timers = timers;
    this.questions = questions;
    this.capacity = capacity;
  }

  get pending(): number {
    return this.waiting;
  }

  /**
   * Enters an ask of an actor, named by the low word of its id, and returns its ticket.
   * @throws ActorsError ACTORS_ASK_LIMIT, ACTORS_OPTION_INVALID for a wrong time-out
   */
  enter(
    low: number,
    question: Q,
    timeoutMs: number,
    resolve: (result: unknown) => void,
    reject: (error: ActorsError) => void,
  ): number {
    if (this.stopped !== undefined) throw this.stopped();
    if (!(timeoutMs > 0) || timeoutMs > ASK_TIMEOUT_MAX_MS) {
      throw new ActorsError(
        'ACTORS_OPTION_INVALID',
        `timeoutMs is ${timeoutMs}; it must be above 0 and at most ${ASK_TIMEOUT_MAX_MS}`,
      );
    }
    const place = this.takePlace();
    const deadlineMs = this.clock.monotonicMs() + timeoutMs;
    place.low = low;
    place.question = question;
    place.resolve = resolve;
    place.reject = reject;
    place.deadlineMs = deadlineMs;
    this.append(place, timeoutMs);
    if (deadlineMs < this.timerDueMs) this.arm(deadlineMs - timeoutMs);
    return place.ticket;
  }

  /** Removes an ask that will not be settled, because its message was never sent. */
  withdraw(ticket: number): void {
    const place = this.find(ticket);
    if (place !== undefined) this.remove(place);
  }

  /** What the question makes of a reply; undefined for a late or repeated one. May throw. */
  decode(ticket: number, slot: number): unknown {
    const place = this.find(ticket);
    return place && this.questions.decode(place.question as Q, slot);
  }

  /** Settles with a value of this thread. */
  resolveWith(ticket: number, result: unknown): void {
    const place = this.find(ticket);
    if (place === undefined) return;
    const { resolve } = place;
    this.remove(place);
    resolve(result);
  }

  reject(ticket: number, error: (subject: string) => ActorsError): void {
    const place = this.find(ticket);
    if (place !== undefined) this.fail(place, error);
  }

  /** Settles all, and refuses what is entered from now on. */
  failAll(error: () => ActorsError): void {
    this.stopped = error;
    this.timer?.cancel();
    for (const place of this.places) if (place.isUsed) this.fail(place, error);
  }

  private fail(place: Place<Q>, error: (subject: string) => ActorsError): void {
    const { reject, low } = place;
    const subject = this.questions.subject(place.question as Q, low);
    this.remove(place);
    reject(error(subject));
  }

  private takePlace(): Place<Q> {
    if (this.waiting >= this.capacity) throw this.full();
    if (this.waiting * 2 >= this.places.length) this.grow();
    const places = this.places;
    let place: Place<Q>;
    do {
      this.number = (this.number + 1) | 0;
      place = places[this.number & (places.length - 1)] as Place<Q>;
    } while (place.isUsed);
    place.isUsed = true;
    place.ticket = this.number;
    this.waiting += 1;
    return place;
  }

  private full(): ActorsError {
    return new ActorsError(
      'ACTORS_ASK_LIMIT',
      `${this.capacity} asks of this thread wait for replies; that is the limit`,
    );
  }

  private grow(): void {
    const before = this.places;
    this.places = newPlaces(before.length * 2);
    for (const place of before) if (place.isUsed) this.places[this.at(place.ticket)] = place;
  }

  private at(ticket: number): number {
    return ticket & (this.places.length - 1);
  }

  private find(ticket: number): Place<Q> | undefined {
    const place = this.places[this.at(ticket)] as Place<Q>;
    return place.isUsed && place.ticket === ticket ? place : undefined;
  }

  private append(place: Place<Q>, timeoutMs: number): void {
    if (this.line.timeoutMs !== timeoutMs) this.line = this.lineOf(timeoutMs);
    const line = this.line;
    place.line = line;
    place.previous = line.last;
    if (line.last === undefined) line.first = place;
    else line.last.next = place;
    line.last = place;
  }

  private lineOf(timeoutMs: number): Line<Q> {
    const known = this.lines.get(timeoutMs);
    if (known !== undefined) return known;
    if (this.lines.size >= LINES_MAX) {
      for (const [key, { first }] of this.lines) if (first === undefined) this.lines.delete(key);
    }
    const line: Line<Q> = { timeoutMs, first: undefined, last: undefined };
    this.lines.set(timeoutMs, line);
    return line;
  }

  private remove(place: Place<Q>): void {
    const { previous, next } = place;
    const line = place.line as Line<Q>;
    if (previous === undefined) line.first = next;
    else previous.next = next;
    if (next === undefined) line.last = previous;
    else next.previous = previous;
    place.line = undefined;
    place.previous = undefined;
    place.next = undefined;
    place.question = undefined;
    place.resolve = nothing;
    place.reject = nothing;
    place.isUsed = false;
    this.waiting -= 1;
  }

  private arm(nowMs: number): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.timerDueMs = Infinity;
    for (const { first } of this.lines.values())
      if (first !== undefined) this.timerDueMs = Math.min(this.timerDueMs, first.deadlineMs);
    if (this.timerDueMs === Infinity) return;
    this.timer = this.timers.after(Math.max(COARSE_MS, this.timerDueMs - nowMs), () =>
      this.expire(),
    );
  }

  private expire(): void {
    const nowMs = this.clock.monotonicMs();
    for (const { first, timeoutMs } of this.lines.values()) {
      let place = first;
      while (place !== undefined && place.deadlineMs <= nowMs) {
        const { next } = place;
        this.fail(place, (subject) =>
          new ActorsError('ACTORS_ASK_TIMEOUT', `${subject} did not reply within ${timeoutMs} ms`));
        place = next;
      }
    }
    this.arm(nowMs);
  }
}

function newPlaces<Q>(count: number): Place<Q>[] {
  return Array.from({ length: count }, () => new Place<Q>());
}

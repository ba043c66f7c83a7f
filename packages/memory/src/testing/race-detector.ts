/**
 * Finds unsynchronised accesses by vector clocks (the FastTrack order of Flanagan and Freund, PLDI
 * 2009, over words).
 *
 * Owns the clocks of an exploration's threads and words. An exploration is sequentially consistent;
 * a program without races behaves so on every machine, which is why a race is a failure even where
 * its interleavings look right.
 *
 * RACE-1: two accesses of one word by different threads, at least one a write and at least one
 * plain, are a race unless an atomic write of the first thread was read by an atomic access of the
 * second in between.
 */
import type { Access } from './instrumented-words.js';

type Clock = readonly number[];

interface WordClocks {
  /** What an atomic access of the word learns. */
  readonly released: Clock;
  /** For each thread, its time at its last access of each sort; 0 = none. */
  readonly plainReads: Clock;
  readonly plainWrites: Clock;
  readonly atomicReads: Clock;
  readonly atomicWrites: Clock;
}

/**
 * The clocks at one point of a schedule. Immutable but for the two outer containers, which `fork`
 * copies.
 */
export class RaceDetector {
  readonly #threads: Clock[];
  readonly #words: Map<number, WordClocks>;

  private constructor(threads: readonly Clock[], words: ReadonlyMap<number, WordClocks>) {
    this.#threads = [...threads];
    this.#words = new Map(words);
  }

  static start(threadCount: number): RaceDetector {
    const zero = Array.from({ length: threadCount }, () => 0);
    const threads = zero.map((_, thread) => bump(zero, thread));
    return new RaceDetector(threads, new Map());
  }

  fork(): RaceDetector {
    return new RaceDetector(this.#threads, this.#words);
  }

  /**
   * Records an access; the thread that it races with, or −1. `wrote` is false for a failed
   * compareExchange.
   */
  record(thread: number, access: Access, wrote: boolean): number {
    const zero = this.#threads.map(() => 0);
    const known = this.#words.get(access.word) ?? {
      released: zero, plainReads: zero, plainWrites: zero, atomicReads: zero, atomicWrites: zero,
    };
    const own = this.#threads[thread];
    // Indexing and Atomics.store learn nothing from the word.
    const learns = !access.plain && access.operation !== 'store';
    const clock = learns ? join(own, known.released) : own;
    const rivals = access.plain
      ? [known.plainWrites, known.atomicWrites,
        ...(wrote ? [known.plainReads, known.atomicReads] : [])]
      : [known.plainWrites, ...(wrote ? [known.plainReads] : [])];
    const rival = firstUnordered(rivals, clock, thread);
    const sort = access.plain
      ? (wrote ? 'plainWrites' : 'plainReads')
      : (wrote ? 'atomicWrites' : 'atomicReads');
    const next = { ...known, [sort]: put(known[sort], thread, clock[thread]) };
    if (wrote && !access.plain) {
      // A store ends the release sequence before it; a read-modify-write, having joined it, goes
      // on.
      next.released = clock;
      this.#threads[thread] = bump(clock, thread);
    } else {
      this.#threads[thread] = clock;
    }
    this.#words.set(access.word, next);
    return rival;
  }

  /** `observer` knows from here on everything that `thread`, which has ended, did. */
  observeEnd(observer: number, thread: number): void {
    this.#threads[observer] = join(this.#threads[observer], this.#threads[thread]);
  }
}

function firstUnordered(sorts: readonly Clock[], clock: Clock, self: number): number {
  for (const sort of sorts) {
    const rival = sort.findIndex((time, thread) => thread !== self && time > clock[thread]);
    if (rival >= 0) return rival;
  }
  return -1;
}

function join(a: Clock, b: Clock): Clock {
  return a.map((time, thread) => Math.max(time, b[thread]));
}

function put(clock: Clock, thread: number, time: number): Clock {
  return clock.map((old, index) => (index === thread ? time : old));
}

function bump(clock: Clock, thread: number): Clock {
  return put(clock, thread, clock[thread] + 1);
}

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

/**
 * A word's clocks, one after another: what an atomic access learns from the word, then each
 * thread's time at its last plain read, plain write, atomic read and atomic write (0 = none).
 */
type WordClocks = readonly number[];
const [RELEASED, PLAIN_READ, PLAIN_WRITE, ATOMIC_READ, ATOMIC_WRITE, SORTS] = [0, 1, 2, 3, 4, 5];

/**
 * The clocks at one point of a schedule. Clocks are values, so that `fork` copies only the lists.
 */
export class RaceDetector {
  readonly #threads: (readonly number[])[];
  readonly #words: (WordClocks | undefined)[];

  private constructor(
    threads: readonly (readonly number[])[], words: readonly (WordClocks | undefined)[],
  ) {
    this.#threads = threads.slice();
    this.#words = words.slice();
  }

  static start(threadCount: number): RaceDetector {
    const threads = Array.from({ length: threadCount }, (_, thread) =>
      Array.from({ length: threadCount }, (__, other) => (other === thread ? 1 : 0)));
    return new RaceDetector(threads, []);
  }

  fork(): RaceDetector {
    return new RaceDetector(this.#threads, this.#words);
  }

  /**
   * Records an access of the word with this name (a small number); returns the thread that it races
   * with, or −1. `wrote` is false for a failed compareExchange.
   */
  record(thread: number, name: number, access: Access, wrote: boolean): number {
    const { plain } = access;
    const own = this.#threads[thread];
    const count = own.length;
    const word = (this.#words[name] ?? Array.from({ length: count * SORTS }, () => 0)).slice();
    // Indexing and Atomics.store learn nothing from the word.
    const learns = !plain && access.operation !== 'store';
    const clock = learns ? own.map((time, i) => Math.max(time, word[RELEASED * count + i])) : own;
    let rival = -1;
    for (let other = 0; other < count; other++) {
      if (other === thread) continue;
      const latest = Math.max(
        word[PLAIN_WRITE * count + other],
        plain ? word[ATOMIC_WRITE * count + other] : 0,
        wrote ? word[PLAIN_READ * count + other] : 0,
        wrote && plain ? word[ATOMIC_READ * count + other] : 0);
      if (latest > clock[other]) rival = other;
    }
    const sort = (plain ? PLAIN_READ : ATOMIC_READ) + (wrote ? 1 : 0);
    word[sort * count + thread] = clock[thread];
    if (wrote && !plain) {
      // A store ends the release sequence before it; a read-modify-write, having learnt it, goes
      // on.
      for (let other = 0; other < count; other++) word[RELEASED * count + other] = clock[other];
      this.#threads[thread] = clock.map((time, other) => (other === thread ? time + 1 : time));
    } else {
      this.#threads[thread] = clock;
    }
    this.#words[name] = word;
    return rival;
  }

  /** `observer` knows from here on everything that `thread`, which has ended, did. */
  observeEnd(observer: number, thread: number): void {
    const ended = this.#threads[thread];
    this.#threads[observer] = this.#threads[observer].map((time, i) => Math.max(time, ended[i]));
  }
}

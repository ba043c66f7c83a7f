/**
 * The runnable actors of one worker, private to it (ARCHITECTURE A3). A ring of indices, each at
 * most once.
 *
 * RUN-QUEUE-1 (ACTORS-S1): what is pushed first runs next, but at most AHEAD_MAX in a row before
 *   the others.
 */

/** Actors pushed first that run in a row. */
export const AHEAD_MAX = 64;

/** See the file's header. */
export class RunQueue {
  readonly #ring: Int32Array;
  readonly #mask: number;
  #head = 0;
  #tail = 0;
  /** Entries at the head that were pushed first. */
  #ahead = 0;
  /** How many of them ran since one ran that was not. */
  #inRow = 0;
  /** Called when the queue was empty and gets an entry: wakes a loop that sleeps. */
  onFirst: () => void = () => undefined;

  /** @param capacity most entries; every actor of the system must fit. */
  constructor(capacity: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, capacity)));
    this.#ring = new Int32Array(size);
    this.#mask = size - 1;
  }

  get size(): number {
    return (this.#tail - this.#head) | 0;
  }

  push(index: number): void {
    if (this.#head === this.#tail) this.onFirst();
    this.#ring[this.#tail & this.#mask] = index;
    this.#tail = (this.#tail + 1) | 0;
  }

  /** Puts a new actor before all others. */
  pushFirst(index: number): void {
    if (this.#head === this.#tail) this.onFirst();
    this.#head = (this.#head - 1) | 0;
    this.#ring[this.#head & this.#mask] = index;
    this.#ahead += 1;
  }

  /** The first entry, or 0. */
  pop(): number {
    const head = this.#head;
    if (head === this.#tail) return 0;
    const index = this.#ring[head & this.#mask];
    this.#head = (head + 1) | 0;
    if (this.#ahead !== 0) return this.#popAhead(index);
    this.#inRow = 0;
    return index;
  }

  /** The last entry, or 0. */
  popLast(): number {
    if (this.#head === this.#tail) return 0;
    this.#tail = (this.#tail - 1) | 0;
    this.#ahead = Math.min(this.#ahead, this.size);
    return this.#ring[this.#tail & this.#mask];
  }

  /** `first` was pushed first: it runs, or one that was not runs before it. */
  #popAhead(first: number): number {
    const ring = this.#ring;
    const place = (this.#head - 1 + this.#ahead) | 0;
    if (this.#inRow < AHEAD_MAX || place === this.#tail) {
      this.#ahead -= 1;
      this.#inRow += 1;
      return first;
    }
    this.#inRow = 0;
    const index = ring[place & this.#mask];
    ring[place & this.#mask] = first;
    return index;
  }
}

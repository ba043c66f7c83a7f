/**
 * The runnable actors of one worker, private to it (ARCHITECTURE A3). A ring of indices, each at
 * most once.
 */
export class RunQueue {
  readonly #ring: Int32Array;
  readonly #mask: number;
  #head = 0;
  #tail = 0;
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

  /** The oldest entry, or 0. */
  pop(): number {
    if (this.#head === this.#tail) return 0;
    const index = this.#ring[this.#head & this.#mask];
    this.#head = (this.#head + 1) | 0;
    return index;
  }
}

/** Numbers in the order of their arrival, to be taken at either end. */
const KEEP = 1_024;

/** See the file's header. */
export class Line {
  #waiting: number[] = [];
  /** Those before were taken. */
  #first = 0;

  get size(): number {
    return this.#waiting.length - this.#first;
  }

  push(entry: number): void {
    this.#waiting.push(entry);
  }

  /** The one that waits longest, or 0. */
  takeFirst(): number {
    const entry = this.#waiting[this.#first];
    if (entry === undefined) return 0;
    this.#first += 1;
    // Cut now and then, so that taking one costs the same however many wait.
    if (this.#first > KEEP && 2 * this.#first > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    return entry;
  }

  /** The one that came last, or 0. */
  takeLast(): number {
    return this.size === 0 ? 0 : (this.#waiting.pop() ?? 0);
  }
}

/**
 * Elements of shared memory that threads take and give back: the entries and cells of the names.
 *
 * NAMES-POOL-1: an element's state word is generation × 4,096 + holder: 0 free, the thread that
 *   took it, or DEAD. Only `take` raises the generation, with the compare-and-swap that takes it.
 * NAMES-POOL-2: who gives back names the generation, so that giving twice, or late, does nothing.
 */

const HOLDER_BITS = 12;
const HOLDER_MASK = (1 << HOLDER_BITS) - 1;
const GENERATION_MASK = (1 << (32 - HOLDER_BITS)) - 1;
const FREE = 0;
const DEAD = HOLDER_MASK;

/** Where the elements are. Elements count from 1; the state is the first word of each. */
export interface NamePoolLayout {
  readonly word: number;
  readonly strideWords: number;
  readonly count: number;
}

/** Generation of a state. */
export function generationOf(state: number): number {
  return state >>> HOLDER_BITS;
}

/** The thread that took an element, 0 if it is free, undefined if it is dead. */
export function holderOf(state: number): number | undefined {
  const holder = state & HOLDER_MASK;
  return holder === DEAD ? undefined : holder;
}

/** One thread's end. */
export class NamePool {
  readonly count: number;
  readonly #words: Int32Array;
  readonly #first: number;
  readonly #strideWords: number;
  readonly #thread: number;
  /** Where the next search begins. */
  #cursor = 0;

  constructor(words: Int32Array, { word, strideWords, count }: NamePoolLayout, thread: number) {
    this.count = count;
    this.#words = words;
    this.#first = word - strideWords;
    this.#strideWords = strideWords;
    this.#thread = thread;
  }

  /** First word of an element. */
  at(element: number): number {
    return this.#first + element * this.#strideWords;
  }

  /** An element for this thread, or 0 if none is free. */
  take(): number {
    for (let looked = 0; looked < this.count; looked++) {
      const element = 1 + this.#cursor;
      const at = this.at(element);
      const state = Atomics.load(this.#words, at);
      if ((state & HOLDER_MASK) === FREE) {
        const taken = (((generationOf(state) + 1) & GENERATION_MASK) << HOLDER_BITS) | this.#thread;
        if (Atomics.compareExchange(this.#words, at, state, taken) === state) return element;
      }
      this.#cursor = element === this.count ? 0 : element;
    }
    return 0;
  }

  state(element: number): number {
    return Atomics.load(this.#words, this.at(element));
  }

  /** Marks an element dead that had the state; false if it has another by now. */
  kill(element: number, state: number): boolean {
    return Atomics.compareExchange(this.#words, this.at(element), state, state | DEAD) === state;
  }

  /** Gives back an element of a generation, dead or not. */
  give(element: number, generation: number): void {
    const at = this.at(element);
    for (;;) {
      const state = Atomics.load(this.#words, at);
      if (generationOf(state) !== generation || (state & HOLDER_MASK) === FREE) return;
      const free = generation << HOLDER_BITS;
      if (Atomics.compareExchange(this.#words, at, state, free) === state) return;
    }
  }
}

/**
 * How many messages each actor's mailbox has dropped, in shared memory: for behaviours whose
 * `mailbox` is `dropNewest` (ACTORS-O4). One word for each actor; nobody else touches it.
 *
 * DROPS-1 (ACTORS-W4): every tell that was dropped is counted once, by its sender, with one
 *   compare-and-swap: a thread that dies counts it or not, and tears nothing.
 * DROPS-2: the word carries 8 bits of the generation, so that an actor's count starts at 0 and a
 *   sender to an actor that has just ended counts for nobody else. Its owner clears it at the end.
 */
import { generationOfId, indexOfId } from './actor-id.js';
import type { SystemMemory } from './memory.js';

const COUNT_BITS = 24;
/** The count stays here when it is reached. */
export const DROPPED_MAX: number = 2 ** COUNT_BITS - 1;
const GENERATION_MASK = 0xff;

/** See the file's header. */
export class DropCounts {
  readonly #words: Int32Array;
  readonly #base: number;

  constructor({ region }: SystemMemory) {
    this.#words = region.words;
    this.#base = region.plan.sections.dropped.word;
  }

  /** Counts one of an actor. */
  count(low: number, high: number): void {
    const at = this.#base + indexOfId(low);
    for (;;) {
      const seen = Atomics.load(this.#words, at);
      const dropped = countOf(seen, low, high);
      if (dropped === DROPPED_MAX) return;
      const next = (tagOf(low, high) << COUNT_BITS) | (dropped + 1);
      if (Atomics.compareExchange(this.#words, at, seen, next) === seen) return;
    }
  }

  of(low: number, high: number): number {
    return countOf(Atomics.load(this.#words, this.#base + indexOfId(low)), low, high);
  }

  /** Owner only, of an actor that has ended. */
  clear(index: number): void {
    Atomics.store(this.#words, this.#base + index, 0);
  }
}

function tagOf(low: number, high: number): number {
  return generationOfId(low, high) & GENERATION_MASK;
}

function countOf(seen: number, low: number, high: number): number {
  return seen >>> COUNT_BITS === tagOf(low, high) ? seen & DROPPED_MAX : 0;
}

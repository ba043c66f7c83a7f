/**
 * Leases: who reads a shared block without owning it.
 *
 * Owns three words for each lease: its lessee, its target and its generation. Does not own the
 * targets, and does not know what becomes of one whose last lease ends: its user looks.
 *
 * A lessee word is 0 while the lease is free, the lessee while it is held, and −1 − thread while
 * that thread makes or ends it.
 *
 * LEASE-1: a lease is made, and is ended, by one thread: the first exchange of its lessee word
 * decides. Ending it twice throws and changes nothing.
 * LEASE-2: the target is written by an atomic store before the lease is handed out. So if the user
 * takes its target's handle back by an atomic exchange and then finds no lease, none can come: one
 * that was being made sees the handle gone (the order of M. Michael's hazard pointers, 2004).
 * LEASE-3: who finds no lease of a target comes after everything that its lessees read: each end is
 * counted before its words are cleared, and a look-up loads the count after its walk.
 * LEASE-4: a thread that ends anywhere stops nobody: `markedBy` finds the leases with its mark,
 * which nobody has; its successor ends them.
 * LEASE-5: when all leases are held, `claim` answers −1.
 *
 * Threads: all, each with its own index. Look-ups walk the table by plain loads (Node 20: 1 ns
 * each against 18): what they find is confirmed by an exchange, and LEASE-2 orders what they miss.
 */
import { MemoryError } from './errors.js';

/** Most leases of one table. */
export const LEASES_MAX: number = 2 ** 16;

/** A lease as its lessee has it. Plain data: it may travel. */
export interface Lease {
  readonly index: number;
  readonly generation: number;
}

const LINE_WORDS = 16;

/** Words that a table takes. */
export function leaseTableWords(count: number): number {
  return LINE_WORDS + 3 * count;
}

/** A table over zeroed words. The first line counts the leases that have ended. */
export class LeaseTable {
  readonly #words: Int32Array;
  readonly #ended: number;
  readonly #lessees: number;
  readonly #targets: number;
  readonly #generations: number;
  readonly #count: number;

  constructor(words: Int32Array, word: number, count: number) {
    this.#words = words;
    this.#ended = word;
    this.#lessees = word + LINE_WORDS;
    this.#targets = this.#lessees + count;
    this.#generations = this.#targets + count;
    this.#count = count;
  }

  /** Begins a lease of `target`: its index, or −1 if all are held. `grant` or `end` follows. */
  claim(thread: number, target: number): number {
    const words = this.#words;
    for (let index = 0; index < this.#count; index++) {
      const at = this.#lessees + index;
      if (words[at] !== 0 || Atomics.compareExchange(words, at, 0, -1 - thread) !== 0) continue;
      Atomics.store(words, this.#targets + index, target);
      return index;
    }
    return -1;
  }

  /** Hands out a lease that was claimed. */
  grant(index: number, lessee: number): Lease {
    Atomics.store(this.#words, this.#lessees + index, lessee);
    return { index, generation: this.#words[this.#generations + index] };
  }

  /** The target of a lease that is held. @throws MemoryError MEMORY_STALE_HANDLE. */
  target(lease: Lease): number {
    const words = this.#words;
    const { index, generation } = lease;
    const inside = Number.isInteger(index) && index >= 0 && index < this.#count;
    const target = inside ? words[this.#targets + index] : 0;
    if (target !== 0 && words[this.#generations + index] === generation
      && words[this.#lessees + index] > 0) return target;
    throw staleLease(lease);
  }

  /**
   * Takes a lease from its lessee, so that only this thread ends it.
   * @throws MemoryError MEMORY_STALE_HANDLE.
   */
  take(lease: Lease, thread: number): void {
    const words = this.#words;
    const at = this.#lessees + lease.index;
    const lessee = words[at];
    if (lessee <= 0 || Atomics.compareExchange(words, at, lessee, -1 - thread) !== lessee) {
      throw staleLease(lease);
    }
    if (words[this.#generations + lease.index] === lease.generation) return;
    // The lease had ended and its place was taken again by the same lessee.
    Atomics.store(words, at, lessee);
    throw staleLease(lease);
  }

  /** Ends a lease that this thread claimed or took. */
  end(index: number): void {
    const words = this.#words;
    words[this.#generations + index] = (words[this.#generations + index] + 1) | 0;
    Atomics.add(words, this.#ended, 1);
    Atomics.store(words, this.#targets + index, 0);
    Atomics.store(words, this.#lessees + index, 0);
  }

  /** How many leases a target has, those being made or ended included. */
  countOf(target: number): number {
    const words = this.#words;
    let count = 0;
    for (let index = 0; index < this.#count; index++) {
      if (words[this.#targets + index] === target) count += 1;
    }
    Atomics.load(words, this.#ended);
    return count;
  }

  /** The leases that a lessee holds. */
  heldBy(lessee: number): Lease[] {
    const words = this.#words;
    const held: Lease[] = [];
    for (let index = 0; index < this.#count; index++) {
      if (words[this.#lessees + index] !== lessee) continue;
      held.push({ index, generation: words[this.#generations + index] });
    }
    return held;
  }

  /** The leases that a thread was making or ending when it died, with their targets or 0. */
  markedBy(thread: number): { index: number; target: number }[] {
    const marked: { index: number; target: number }[] = [];
    for (let index = 0; index < this.#count; index++) {
      if (Atomics.load(this.#words, this.#lessees + index) !== -1 - thread) continue;
      marked.push({ index, target: Atomics.load(this.#words, this.#targets + index) });
    }
    return marked;
  }
}

function staleLease({ index, generation }: Lease): MemoryError {
  return new MemoryError('MEMORY_STALE_HANDLE',
    `lease ${index} of generation ${generation} has ended, or never was`);
}

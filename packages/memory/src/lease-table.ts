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
 * LEASE-3: a thread that ends anywhere stops nobody: `settle` finds the leases with its mark, which
 * nobody has, and ends them.
 * LEASE-4: when all leases are held, `claim` answers −1.
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

/** Words that a table takes. */
export function leaseTableWords(count: number): number {
  return 3 * count;
}

/** A table over zeroed words. */
export class LeaseTable {
  readonly #words: Int32Array;
  readonly #lessees: number;
  readonly #targets: number;
  readonly #generations: number;
  readonly #count: number;

  constructor(words: Int32Array, word: number, count: number) {
    this.#words = words;
    this.#lessees = word;
    this.#targets = word + count;
    this.#generations = word + 2 * count;
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
  target({ index, generation }: Lease): number {
    const words = this.#words;
    const inside = Number.isInteger(index) && index >= 0 && index < this.#count;
    const target = inside ? words[this.#targets + index] : 0;
    if (target !== 0 && words[this.#generations + index] === generation
      && words[this.#lessees + index] > 0) return target;
    throw new MemoryError('MEMORY_STALE_HANDLE',
      `lease ${index} of generation ${generation} has ended, or never was`);
  }

  /**
   * Takes a lease from its lessee, so that only this thread ends it.
   * @throws MemoryError MEMORY_STALE_HANDLE.
   */
  take(lease: Lease, thread: number): void {
    this.target(lease);
    const at = this.#lessees + lease.index;
    const lessee = this.#words[at];
    if (lessee > 0
      && Atomics.compareExchange(this.#words, at, lessee, -1 - thread) === lessee) return;
    this.target({ index: lease.index, generation: lease.generation + 1 });
  }

  /** Ends a lease that this thread claimed or took. */
  end(index: number): void {
    const words = this.#words;
    words[this.#generations + index] = (words[this.#generations + index] + 1) | 0;
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

  /** Ends what a dead thread was making or ending; returns the targets. */
  settle(thread: number): number[] {
    const targets: number[] = [];
    for (let index = 0; index < this.#count; index++) {
      if (Atomics.load(this.#words, this.#lessees + index) !== -1 - thread) continue;
      const target = Atomics.load(this.#words, this.#targets + index);
      if (target !== 0) targets.push(target);
      this.end(index);
    }
    return targets;
  }
}

/**
 * A slab: blocks of a few fixed sizes in shared memory, reserved at start, with handles that go
 * stale.
 *
 * Owns a slot pool and a generation word a block for each size class. Does not own the bytes of a
 * live block, which belong to whoever has its number and generation.
 *
 * A block is named by class × 2^24 + slot; 0 is no block. Its generation is the number of times
 * that it was freed, so an allocation changes nothing but the slot pool's private list.
 *
 * SLAB-1: live blocks do not overlap, start at a multiple of 64 bytes, and have the size of the
 * smallest class that holds what was asked for. A class that is empty is not replaced by a larger
 * one.
 * SLAB-2: of all frees of one generation of a block, on whatever threads, one succeeds: it is one
 * compare-and-swap. The others throw and change nothing.
 * SLAB-3: a handle of an earlier generation is never live again: a block that was freed 2^31 − 1
 * times is not handed out any more.
 * SLAB-4: a thread that ends anywhere stops nobody, and an adoption finds every block that it held:
 * free ones, live ones, and one that it was freeing.
 *
 * Threads: one `SlabThread` for each thread index, used by that thread only; `Slab` by all.
 */
import { MemoryError } from './errors.js';
import { createSlotPool, slotPoolWords } from './slot-pool.js';
import type { SlotPool, SlotPoolThread } from './slot-pool.js';

/** Most size classes of one slab. */
export const SLAB_CLASSES = 16;

/** Most bytes of a slab's block. */
export const MAX_SLAB_SIZE: number = 8 * 2 ** 20;

const LINE_WORDS = 16;
const LINE_BYTES = 64;
const SLOT_BITS = 24;
const SLOT_MASK = 2 ** SLOT_BITS - 1;
/** A block whose generation has come so far is retired. */
const GENERATION_MAX = 2 ** 31 - 1;

/** Blocks of one size. */
export interface SlabClass {
  /** A multiple of 64, at most MAX_SLAB_SIZE. */
  readonly sizeBytes: number;
  /** From 1; limited by SLOT_COUNT_MAX. */
  readonly count: number;
}

/** Where a slab lies. */
export interface SlabLayout {
  /** In ascending order of size, at most SLAB_CLASSES. */
  readonly classes: readonly SlabClass[];
  /** First of `slabWords(classes).control` words, zero at the start, a multiple of 16. */
  readonly control: number;
  /** First of `slabWords(classes).data` words, a multiple of 16. */
  readonly data: number;
}

/** One thread's end of a slab. */
export interface SlabThread {
  /**
   * A block of at least `sizeBytes`, held by this thread, with undefined contents; 0 if there is
   * none: `Slab.refusal` says why.
   */
  allocate(sizeBytes: number): number;
  /** Frees a block, whoever holds it. @throws MemoryError MEMORY_STALE_HANDLE unless live. */
  free(block: number, generation: number): void;
  /** Hands all free blocks of this thread to the others. */
  flush(): void;
  /** The three calls of an adoption and their rules are those of `SlotPoolThread`. */
  openAdoption(): void;
  recirculate(): void;
  adopt(dead: number, inHand: (block: number, generation: number) => void): number;
}

/** A slab, seen from any thread. */
export interface Slab {
  thread(index: number): SlabThread;
  /** Of a live block, by who has it. Travels with its number. */
  generation(block: number): number;
  /** True while the block is live in this generation. */
  isLive(block: number, generation: number): boolean;
  /** The bytes of the block's class. */
  sizeBytes(block: number): number;
  /** First word of the block. */
  word(block: number): number;
  /** The thread that holds a block, or −1. */
  holder(block: number): number;
  /** Records that a block, which the caller holds, is now held by another thread. */
  transfer(block: number, thread: number): void;
  /** The error for an allocation that returned 0: MEMORY_LIMIT or MEMORY_EXHAUSTED. */
  refusal(sizeBytes: number): MemoryError;
}

/** A class as the slab sees it. */
interface Shelf {
  readonly sizeBytes: number;
  readonly count: number;
  readonly pool: SlotPool;
  /** Word of the generation of slot 0. */
  readonly generations: number;
  /** Word of slot 0, which would lie one block before the first. */
  readonly slots: number;
  readonly strideWords: number;
}

function shelfControlWords(count: number): number {
  return slotPoolWords(count) + Math.ceil((count + 1) / LINE_WORDS) * LINE_WORDS;
}

/** Words that a slab takes. @throws MemoryError MEMORY_OPTION_INVALID or MEMORY_LIMIT. */
export function slabWords(classes: readonly SlabClass[]): { control: number; data: number } {
  checkClasses(classes);
  let [control, data] = [0, 0];
  for (const { sizeBytes, count } of classes) {
    control += shelfControlWords(count);
    data += (sizeBytes / 4) * count;
  }
  return { control, data };
}

function checkClasses(classes: readonly SlabClass[]): void {
  if (classes.length < 1 || classes.length > SLAB_CLASSES) {
    throw new MemoryError('MEMORY_LIMIT',
      `a slab of ${classes.length} classes; there are 1 to ${SLAB_CLASSES}`);
  }
  let before = 0;
  for (const { sizeBytes } of classes) {
    if (!(sizeBytes > before) || sizeBytes % LINE_BYTES !== 0) {
      throw new MemoryError('MEMORY_OPTION_INVALID',
        `a slab's class of ${sizeBytes} bytes after one of ${before}; sizes are multiples of `
        + `${LINE_BYTES} and ascend`);
    }
    if (sizeBytes > MAX_SLAB_SIZE) {
      throw new MemoryError('MEMORY_LIMIT',
        `a slab's class of ${sizeBytes} bytes, the limit is ${MAX_SLAB_SIZE}`);
    }
    before = sizeBytes;
  }
}

/** @throws MemoryError MEMORY_OPTION_INVALID or MEMORY_LIMIT for classes that are not possible. */
export function createSlab(words: Int32Array, layout: SlabLayout): Slab {
  checkClasses(layout.classes);
  let { control, data } = layout;
  const shelves = layout.classes.map(({ sizeBytes, count }): Shelf => {
    const strideWords = sizeBytes / 4;
    const slots = data - strideWords;
    const pool = createSlotPool(words, { count, control, slots, strideWords, linkWord: 0 });
    const generations = control + slotPoolWords(count);
    control += shelfControlWords(count);
    data += strideWords * count;
    return { sizeBytes, count, pool, generations, slots, strideWords };
  });
  return Object.freeze(new Shelves(words, shelves));
}

class Shelves implements Slab {
  private readonly words: Int32Array;
  private readonly shelves: readonly Shelf[];

  constructor(words: Int32Array, shelves: readonly Shelf[]) {
    this.words = words;
    this.shelves = shelves;
  }

  thread(index: number): SlabThread {
    return new SlabEnd(this.words, this.shelves, index);
  }

  generation(block: number): number {
    // A plain load: who holds the block came by it in some order.
    return this.words[this.shelf(block).generations + (block & SLOT_MASK)];
  }

  isLive(block: number, generation: number): boolean {
    return isLive(this.words, this.shelves, block, generation);
  }

  sizeBytes(block: number): number {
    return this.shelf(block).sizeBytes;
  }

  word(block: number): number {
    const { slots, strideWords } = this.shelf(block);
    return slots + (block & SLOT_MASK) * strideWords;
  }

  holder(block: number): number {
    const { pool } = this.shelf(block);
    return pool.isTaken(block & SLOT_MASK) ? pool.holder(block & SLOT_MASK) : -1;
  }

  transfer(block: number, thread: number): void {
    this.shelf(block).pool.transfer(block & SLOT_MASK, thread);
  }

  refusal(sizeBytes: number): MemoryError {
    const shelf = this.shelves.find((one) => sizeBytes <= one.sizeBytes);
    const limit = this.shelves.at(-1)?.sizeBytes;
    return shelf === undefined
      ? new MemoryError('MEMORY_LIMIT',
        `a block of ${sizeBytes} bytes was asked for, the slab's limit is ${limit}`)
      : new MemoryError('MEMORY_EXHAUSTED', `no block of ${shelf.sizeBytes} bytes is free for `
        + `${sizeBytes}; the slab has ${shelf.count}`);
  }

  private shelf(block: number): Shelf {
    return this.shelves[block >>> SLOT_BITS];
  }
}

function isLive(
  words: Int32Array, shelves: readonly Shelf[], block: number, generation: number,
): boolean {
  const shelf: Shelf | undefined = shelves[block >>> SLOT_BITS];
  const slot = block & SLOT_MASK;
  return shelf !== undefined && slot > 0 && slot <= shelf.count && shelf.pool.isTaken(slot)
    && words[shelf.generations + slot] === generation;
}

class SlabEnd implements SlabThread {
  private readonly words: Int32Array;
  private readonly shelves: readonly Shelf[];
  private readonly ends: readonly SlotPoolThread[];

  constructor(words: Int32Array, shelves: readonly Shelf[], index: number) {
    this.words = words;
    this.shelves = shelves;
    this.ends = shelves.map(({ pool }) => pool.thread(index));
  }

  allocate(sizeBytes: number): number {
    const shelves = this.shelves;
    for (let level = 0; level < shelves.length; level++) {
      if (sizeBytes > shelves[level].sizeBytes) continue;
      const slot = this.ends[level].take();
      return slot === 0 ? 0 : (level << SLOT_BITS) | slot;
    }
    return 0;
  }

  free(block: number, generation: number): void {
    // The plain look finds what was never allocated; the exchange decides between two frees.
    const words = this.words;
    const live = isLive(words, this.shelves, block, generation);
    const level = block >>> SLOT_BITS;
    const slot = block & SLOT_MASK;
    const at = live ? this.shelves[level].generations + slot : 0;
    if (!live || Atomics.compareExchange(words, at, generation, generation + 1) !== generation) {
      throw new MemoryError('MEMORY_STALE_HANDLE', `block ${slot} of class ${level}, generation `
        + `${generation}, is not live; it was freed, or never allocated`);
    }
    if (generation + 1 < GENERATION_MAX) this.ends[level].give(slot);
  }

  flush(): void {
    for (const end of this.ends) end.flush();
  }

  openAdoption(): void {
    for (const end of this.ends) end.openAdoption();
  }

  recirculate(): void {
    for (const end of this.ends) end.recirculate();
  }

  adopt(dead: number, inHand: (block: number, generation: number) => void): number {
    let found = 0;
    for (const [level, end] of this.ends.entries()) {
      const { generations } = this.shelves[level];
      found += end.adopt(dead, (slot) => {
        const generation = Atomics.load(this.words, generations + slot);
        if (generation < GENERATION_MAX) inHand((level << SLOT_BITS) | slot, generation);
      });
    }
    return found;
  }
}

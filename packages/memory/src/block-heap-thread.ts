/**
 * One thread's end of a block heap: cuts the segments that it owns into blocks and joins them
 * again. The rules are in block-heap.ts. Everything here but the state words, the owner words and
 * the return stacks belongs to this thread.
 */
import { MemoryError } from './errors.js';
import type { ReturnStacks } from './return-stack.js';

/** Bytes of the smallest block. */
export const BLOCK_BYTES_MIN = 64;

/** Bytes of a segment and of the largest block. */
export const BLOCK_BYTES_MAX: number = 2 ** 20;

/** Words of the smallest block. */
export const GRANULE_WORDS: number = BLOCK_BYTES_MIN / 4;
/** Smallest blocks in a segment, a power of two. */
export const SEGMENT_GRANULES: number = BLOCK_BYTES_MAX / BLOCK_BYTES_MIN;
const SEGMENT_BITS = Math.log2(SEGMENT_GRANULES);
/** Class of a whole segment. */
const WHOLE = SEGMENT_BITS;
const LINE_WORDS = 16;
/** Bits of a state word that say FREE, LIVE or RETURNING. */
export const STATE_MASK = 3;
/** State of a block that nobody has. */
export const FREE = 0;
/** State of an allocated block. */
export const LIVE = 1;
const RETURNING = 2;
/** From one generation of a block to the next. */
export const COUNT_STEP = 4;

/** One thread's end of a heap. */
export interface BlockHeapThread {
  /**
   * A block of at least `sizeBytes`, live, with undefined contents; 0 if there is no room for it,
   * or it is larger than BLOCK_BYTES_MAX: `BlockHeap.refusal` then says why.
   */
  allocate(sizeBytes: number): number;
  /**
   * Frees a block of any owner. @throws MemoryError MEMORY_STALE_HANDLE unless it is live in this
   * generation.
   */
  free(block: number, generation: number): void;
  /** The same, but false where `free` throws. */
  tryFree(block: number, generation: number): boolean;
  /** Takes in what other threads freed and gives up every segment that is wholly free. */
  trim(): void;
}

/** A heap as its ends see it. */
export interface HeapMemory {
  readonly words: Int32Array;
  readonly segments: number;
  /** First word of the first segment. */
  readonly data: number;
  /** Two words a granule: state, tag. */
  readonly table: number;
  /** One word a segment: thread index + 1, or 0. */
  readonly owners: number;
  /** One line a thread: the head of its return stack. */
  readonly stacks: number;
  /** Linked by the first word of the block. */
  readonly returned: ReturnStacks;
}

/** This thread's end. Takes over the segments of an earlier end of the index (BLOCK-HEAP-4). */
export function createBlockHeapThread(memory: HeapMemory, index: number): BlockHeapThread {
  return new ThreadEnd(memory, index);
}

/** Smallest class whose blocks hold `sizeBytes`. */
export function classOf(sizeBytes: number): number {
  return sizeBytes <= BLOCK_BYTES_MIN ? 0 : 26 - Math.clz32(sizeBytes - 1);
}

/** How many freed blocks of a class are kept as they are, in the hope of the same size again. */
function keptMax(level: number): number {
  return Math.min(32, Math.floor(2 ** (12 - level)));
}

/**
 * Free lists are doubly linked through words 0 (next) and 1 (previous) of the free blocks. In front
 * of them stand short lists of kept blocks, linked through word 0, which their buddies do not see.
 */
class ThreadEnd implements BlockHeapThread {
  readonly #memory: HeapMemory;
  readonly #words: Int32Array;
  readonly #table: number;
  readonly #index: number;
  readonly #stack: number;
  /** First free block of each class, 0 = none. */
  readonly #lists: Int32Array;
  readonly #kept: Int32Array;
  readonly #keptCount: Int32Array;

  constructor(memory: HeapMemory, index: number) {
    this.#memory = memory;
    this.#words = memory.words;
    this.#table = memory.table - 2;
    this.#index = index;
    this.#stack = memory.stacks + index * LINE_WORDS;
    this.#lists = new Int32Array(WHOLE + 1);
    this.#kept = new Int32Array(WHOLE + 1);
    this.#keptCount = new Int32Array(WHOLE + 1);
    for (let segment = 0; segment < memory.segments; segment++) {
      if (Atomics.load(memory.words, memory.owners + segment) === index + 1) this.#recover(segment);
    }
  }

  allocate(sizeBytes: number): number {
    if (!(sizeBytes >= 0) || sizeBytes > BLOCK_BYTES_MAX) return 0;
    this.#drain();
    const wanted = classOf(sizeBytes);
    const words = this.#words;
    let block = this.#kept[wanted];
    if (block === 0) {
      block = this.#cut(wanted);
      if (block === 0) return 0;
    } else {
      this.#kept[wanted] = words[this.#memory.data + (block - 1) * GRANULE_WORDS];
      this.#keptCount[wanted] -= 1;
    }
    const at = this.#table + 2 * block;
    words[at + 1] = sizeBytes;
    Atomics.store(words, at, (words[at] & ~STATE_MASK) + COUNT_STEP + LIVE);
    return block;
  }

  free(block: number, generation: number): void {
    if (this.tryFree(block, generation)) return;
    throw new MemoryError('MEMORY_STALE_HANDLE',
      `block ${block} of generation ${generation} is not live; it was freed, or never allocated`);
  }

  tryFree(block: number, generation: number): boolean {
    const memory = this.#memory;
    const words = this.#words;
    const inside = block > 0 && block <= memory.segments * SEGMENT_GRANULES;
    const segment = (block - 1) >> SEGMENT_BITS;
    const own = inside && Atomics.load(words, memory.owners + segment) === this.#index + 1;
    const next = (generation & ~STATE_MASK) | (own ? FREE : RETURNING);
    const at = this.#table + 2 * block;
    if (!inside || (generation & STATE_MASK) !== LIVE
      || Atomics.compareExchange(words, at, generation, next) !== generation) return false;
    if (own) {
      this.#keep(block, classOf(words[at + 1]));
    } else {
      const owner = Atomics.load(words, memory.owners + segment) - 1;
      memory.returned.push(memory.stacks + owner * LINE_WORDS, block);
    }
    return true;
  }

  trim(): void {
    this.#drain();
    this.#mergeKept();
    while (this.#lists[WHOLE] !== 0) this.#giveUp(this.#lists[WHOLE]);
  }

  #drain(): void {
    const { returned, data } = this.#memory;
    if (returned.isEmpty(this.#stack)) return;
    const words = this.#words;
    for (let block = 0; (block = Atomics.load(words, this.#stack)) !== 0;) {
      const next = words[data + (block - 1) * GRANULE_WORDS];
      if (Atomics.compareExchange(words, this.#stack, block, next) !== block) continue;
      const at = this.#table + 2 * block;
      Atomics.store(words, at, (words[at] & ~STATE_MASK) | FREE);
      this.#keep(block, classOf(words[at + 1]));
    }
  }

  /** Cuts a block of a class out of the smallest free one that holds it; 0 if there is none. */
  #cut(wanted: number): number {
    let level = this.#smallestFrom(wanted);
    if (level > WHOLE) {
      this.#mergeKept();
      level = this.#smallestFrom(wanted);
    }
    if (level > WHOLE) {
      if (!this.#claim()) return 0;
      level = WHOLE;
    }
    const block = this.#lists[level];
    this.#unlink(block, level);
    while (level > wanted) {
      level -= 1;
      this.#link(block + (1 << level), level);
    }
    return block;
  }

  #smallestFrom(wanted: number): number {
    let level = wanted;
    while (level <= WHOLE && this.#lists[level] === 0) level += 1;
    return level;
  }

  #keep(block: number, level: number): void {
    if (this.#keptCount[level] >= keptMax(level)) {
      this.#merge(block, level);
      return;
    }
    this.#words[this.#table + 2 * block + 1] = 0;
    this.#words[this.#memory.data + (block - 1) * GRANULE_WORDS] = this.#kept[level];
    this.#kept[level] = block;
    this.#keptCount[level] += 1;
  }

  #mergeKept(): void {
    for (let level = 0; level < WHOLE; level++) {
      for (let block = this.#kept[level]; block !== 0;) {
        const next = this.#words[this.#memory.data + (block - 1) * GRANULE_WORDS];
        this.#merge(block, level);
        block = next;
      }
      this.#kept[level] = 0;
      this.#keptCount[level] = 0;
    }
  }

  /** Joins a freed block with its buddy while that is free and whole, and lists the result. */
  #merge(freed: number, level: number): void {
    const words = this.#words;
    let block = freed;
    words[this.#table + 2 * block + 1] = 0;
    for (; level < WHOLE; level++) {
      const buddy = ((block - 1) ^ (1 << level)) + 1;
      if (words[this.#table + 2 * buddy + 1] !== -1 - level) break;
      this.#unlink(buddy, level);
      block = Math.min(block, buddy);
    }
    this.#link(block, level);
    // One whole segment is kept, so that a thread at the edge does not claim and give up at every
    // operation.
    if (level === WHOLE && words[this.#memory.data + (block - 1) * GRANULE_WORDS] !== 0) {
      this.#giveUp(block);
    }
  }

  #link(block: number, level: number): void {
    const words = this.#words;
    const { data } = this.#memory;
    const first = this.#lists[level];
    const at = data + (block - 1) * GRANULE_WORDS;
    words[at] = first;
    words[at + 1] = 0;
    if (first !== 0) words[data + (first - 1) * GRANULE_WORDS + 1] = block;
    words[this.#table + 2 * block + 1] = -1 - level;
    this.#lists[level] = block;
  }

  #unlink(block: number, level: number): void {
    const words = this.#words;
    const { data } = this.#memory;
    const at = data + (block - 1) * GRANULE_WORDS;
    const next = words[at];
    const previous = words[at + 1];
    if (previous === 0) this.#lists[level] = next;
    else words[data + (previous - 1) * GRANULE_WORDS] = next;
    if (next !== 0) words[data + (next - 1) * GRANULE_WORDS + 1] = previous;
    words[this.#table + 2 * block + 1] = 0;
  }

  /**
   * Claims the first segment that nobody owns. Low segments first: their pages are in memory
   * already.
   */
  #claim(): boolean {
    const { words, owners, segments } = this.#memory;
    for (let segment = 0; segment < segments; segment++) {
      if (Atomics.load(words, owners + segment) !== 0) continue;
      if (Atomics.compareExchange(words, owners + segment, 0, this.#index + 1) !== 0) continue;
      this.#link(1 + segment * SEGMENT_GRANULES, WHOLE);
      return true;
    }
    return false;
  }

  #giveUp(block: number): void {
    const { words, owners } = this.#memory;
    this.#unlink(block, WHOLE);
    Atomics.store(words, owners + ((block - 1) >> SEGMENT_BITS), 0);
  }

  /** Lists what is free of a segment that an earlier end of this index owned. */
  #recover(segment: number): void {
    const words = this.#words;
    const first = 1 + segment * SEGMENT_GRANULES;
    let start = 0;
    for (let granule = 0; granule <= SEGMENT_GRANULES;) {
      const at = this.#table + 2 * (first + granule);
      const free = granule < SEGMENT_GRANULES && (Atomics.load(words, at) & STATE_MASK) === FREE;
      if (free) {
        granule += 1;
        continue;
      }
      this.#listRange(first, start, granule);
      granule += granule < SEGMENT_GRANULES ? 1 << classOf(words[at + 1]) : 1;
      start = granule;
    }
  }

  /** Lists the granules [start, end) of a segment as the fewest aligned blocks. */
  #listRange(first: number, start: number, end: number): void {
    for (let granule = start; granule < end;) {
      let level = WHOLE;
      while (granule % (1 << level) !== 0 || granule + (1 << level) > end) level -= 1;
      this.#link(first + granule, level);
      granule += 1 << level;
    }
  }
}

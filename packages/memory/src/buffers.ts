/**
 * Zero-copy buffers: blocks of a heap with exactly one owner each, moved by handle and lent by
 * lease (ARCHITECTURE M4).
 *
 * Owns an owner word for each block, the leases, and a line for each thread that says what it is
 * about to do. Does not own what an owner or a lessee is: both are numbers from 1 that its user
 * chooses (an actor, a store, a thread). Does not own the blocks' memory: the heap does.
 *
 * An owner word is 0 while the block is not a buffer, the owner, MOVING + the thread that is moving
 * it, or, negative, the generation in which its owner gave it up while it was lent.
 *
 * BUFFER-1: a buffer has one owner. `transfer` gives it another and a new generation; from then on
 * the old handle is refused, with the name of the owner. Of two transfers or frees of one handle
 * one succeeds: the exchange of the owner word decides.
 * BUFFER-2: a buffer that its owner frees is gone for its owner at once. Its memory comes back when
 * the last lease ends.
 * BUFFER-3: the memory comes back once: the exchange of the given-up generation for 0 decides, and
 * that word is never written again for this generation.
 * BUFFER-4: a thread that ends anywhere stops nobody. Opening its index again finishes what it
 * began: a move that had reached the heap is done, another is undone, a lease that nobody has
 * ends, a block that nobody owns is freed.
 * BUFFER-5: `freeAll` and `releaseAll` find what an owner or a lessee leaves behind when it dies.
 * They walk the heap's blocks and the leases; one thread at a time for one owner or lessee.
 * BUFFER-6: a view that was handed out is memory: it cannot be taken back. `bytes` is asked anew
 * after every point where the buffer may have been moved.
 *
 * Threads: one `BufferThread` for each index, used by that thread only.
 */
import type { BlockHeap } from './block-heap.js';
import { COUNT_STEP } from './block-heap-thread.js';
import type { BlockHeapThread } from './block-heap-thread.js';
import { MemoryError } from './errors.js';
import { LeaseTable, LEASES_MAX, leaseTableWords } from './lease-table.js';
import type { Lease } from './lease-table.js';

/** Highest number of an owner or lessee. */
export const OWNER_MAX: number = 2 ** 30 - 1;

const LINE_WORDS = 16;
const MOVING = 2 ** 30;
const GIVEN_UP = 1 << 31;
/** Words of a thread's line: what it moves, from which generation and owner, to which owner. */
const BLOCK = 0;
const GENERATION = 1;
const SOURCE = 2;
const TARGET = 3;
/** The block that it may be giving back, and in which generation. */
const RETURNED = 4;
const RETURNED_GENERATION = 5;
/** A target that is no owner. */
const NOBODY = 0;

/** A buffer as its owner has it. Plain data: it travels instead of the bytes. */
export interface BufferHandle {
  readonly block: number;
  readonly generation: number;
}

/** Where the owner words and leases of a heap's buffers lie. */
export interface BuffersLayout {
  readonly heap: BlockHeap;
  readonly threads: number;
  /** Leases at once, from 1 to LEASES_MAX. */
  readonly leases: number;
  /** First of `bufferWords` words, zero at the start, a multiple of 16. */
  readonly control: number;
}

/** One thread's end. Handles and leases that are stale throw MEMORY_STALE_HANDLE everywhere. */
export interface BufferThread {
  /** A buffer with undefined contents, or undefined if the heap has no room for it. */
  allocate(sizeBytes: number, owner: number): BufferHandle | undefined;
  /** The buffer's bytes, for its owner (BUFFER-6). A new view at each call. */
  bytes(handle: BufferHandle): Uint8Array;
  owner(handle: BufferHandle): number;
  /** Moves a buffer to another owner, who gets the handle that is returned. */
  transfer(handle: BufferHandle, owner: number): BufferHandle;
  free(handle: BufferHandle): void;
  /** Lends a buffer for reading; undefined if all leases are held. */
  lease(handle: BufferHandle, lessee: number): Lease | undefined;
  /** The bytes of a lease, to be read only. A new view at each call. */
  leasedBytes(lease: Lease): Uint8Array;
  release(lease: Lease): void;
  /** Leases of a buffer: its owner writes while there are none. */
  leaseCount(handle: BufferHandle): number;
  /** Frees every buffer of an owner that has ended; returns their number. */
  freeAll(owner: number): number;
  /** Ends every lease of a lessee that has ended; returns their number. */
  releaseAll(lessee: number): number;
}

/** The buffers of one heap. */
export interface Buffers {
  /** The end of a thread, with the thread's own end of the heap. Finishes what a dead one began. */
  thread(index: number, heap: BlockHeapThread): BufferThread;
}

/** Words that the owner words, lines and leases take. */
export function bufferWords(heap: BlockHeap, threads: number, leases: number): number {
  return threads * LINE_WORDS + heap.blockCount + leaseTableWords(leases);
}

/** @throws MemoryError MEMORY_LIMIT for leases or threads outside their limits. */
export function createBuffers(words: Int32Array, layout: BuffersLayout): Buffers {
  const { heap, threads, leases, control } = layout;
  if (!Number.isSafeInteger(leases) || leases < 1 || leases > LEASES_MAX) {
    throw new MemoryError('MEMORY_LIMIT',
      `buffers with ${leases} leases; there are 1 to ${LEASES_MAX}`);
  }
  const owners = control + threads * LINE_WORDS;
  const table = new LeaseTable(words, owners + heap.blockCount, leases);
  return Object.freeze({
    thread(index: number, heapEnd: BlockHeapThread): BufferThread {
      if (!Number.isSafeInteger(index) || index < 0 || index >= threads) {
        throw new MemoryError('MEMORY_LIMIT',
          `thread index ${index} of buffers, the limit is ${threads - 1}`);
      }
      const line = control + index * LINE_WORDS;
      return new BufferEnd({ words, heap, heapEnd, leases: table, line, owners, index });
    },
  });
}

interface EndMemory {
  readonly words: Int32Array;
  readonly heap: BlockHeap;
  readonly heapEnd: BlockHeapThread;
  readonly leases: LeaseTable;
  readonly line: number;
  /** Word of the owner of block 1. */
  readonly owners: number;
  readonly index: number;
}

/** What an owner word says of a buffer that was given up in this generation. */
function givenUp(generation: number): number {
  // The lowest bit of a live generation is set, so that nothing is lost.
  return GIVEN_UP | (generation >>> 1);
}

function checkOwner(owner: number): void {
  if (Number.isSafeInteger(owner) && owner >= 1 && owner <= OWNER_MAX) return;
  throw new MemoryError('MEMORY_LIMIT',
    `owner or lessee ${owner}, must be an integer from 1 to ${OWNER_MAX}`);
}

class BufferEnd implements BufferThread {
  readonly #memory: EndMemory;
  readonly #words: Int32Array;

  constructor(memory: EndMemory) {
    this.#memory = memory;
    this.#words = memory.words;
    this.#settle();
  }

  allocate(sizeBytes: number, owner: number): BufferHandle | undefined {
    checkOwner(owner);
    const { heap, heapEnd } = this.#memory;
    const block = heapEnd.allocate(sizeBytes);
    if (block === 0) return undefined;
    Atomics.store(this.#words, this.#ownerWord(block), owner);
    return { block, generation: heap.generation(block) };
  }

  bytes(handle: BufferHandle): Uint8Array {
    this.#check(handle);
    return this.#view(handle.block);
  }

  owner(handle: BufferHandle): number {
    this.#check(handle);
    return Atomics.load(this.#words, this.#ownerWord(handle.block));
  }

  transfer(handle: BufferHandle, owner: number): BufferHandle {
    checkOwner(owner);
    return { block: handle.block, generation: this.#move(handle, owner) };
  }

  free(handle: BufferHandle): void {
    this.#move(handle, NOBODY);
    this.#giveBack(handle.block);
  }

  lease(handle: BufferHandle, lessee: number): Lease | undefined {
    checkOwner(lessee);
    this.#check(handle);
    const { leases, heap, index } = this.#memory;
    this.#mayReturn(handle.block, 0);
    const lease = leases.claim(index, handle.block);
    if (lease < 0) return undefined;
    if (heap.isLive(handle.block, handle.generation)) return leases.grant(lease, lessee);
    leases.end(lease);
    this.#giveBack(handle.block);
    throw this.#stale(handle);
  }

  leasedBytes(lease: Lease): Uint8Array {
    return this.#view(this.#memory.leases.target(lease));
  }

  release(lease: Lease): void {
    const { leases, index } = this.#memory;
    const block = leases.target(lease);
    this.#mayReturn(block, 0);
    leases.take(lease, index);
    leases.end(lease.index);
    this.#giveBack(block);
  }

  leaseCount(handle: BufferHandle): number {
    this.#check(handle);
    return this.#memory.leases.countOf(handle.block);
  }

  freeAll(owner: number): number {
    let count = 0;
    this.#memory.heap.eachLive(undefined, (block, generation) => {
      if (Atomics.load(this.#words, this.#ownerWord(block)) !== owner) return;
      this.free({ block, generation });
      count += 1;
    });
    return count;
  }

  releaseAll(lessee: number): number {
    const held = this.#memory.leases.heldBy(lessee);
    for (const lease of held) this.release(lease);
    return held.length;
  }

  /** Changes owner and generation; returns the new generation. */
  #move(handle: BufferHandle, target: number): number {
    const { block, generation } = handle;
    const { line, heap, index } = this.#memory;
    const words = this.#words;
    this.#check(handle);
    const at = this.#ownerWord(block);
    const source = Atomics.load(words, at);
    words[line + GENERATION] = generation;
    words[line + SOURCE] = source;
    words[line + TARGET] = target;
    words[line + BLOCK] = block;
    if (source < 1 || source >= MOVING
      || Atomics.compareExchange(words, at, source, MOVING + index) !== source) {
      throw this.#stale(handle);
    }
    return this.#finishMove(heap.isLive(block, generation));
  }

  /** From the mark MOVING on: renews and hands over, or undoes the mark if the handle was stale. */
  #finishMove(live: boolean): number {
    const { line, heap } = this.#memory;
    const words = this.#words;
    const [block, generation, source] = [words[line + BLOCK], words[line + GENERATION],
      words[line + SOURCE]];
    const at = this.#ownerWord(block);
    if (!live) {
      Atomics.store(words, at, source);
      throw this.#stale({ block, generation });
    }
    const next = heap.renew(block, generation);
    this.#handOver(block, next);
    return next;
  }

  #handOver(block: number, generation: number): void {
    const target = this.#words[this.#memory.line + TARGET];
    const owner = target === NOBODY ? givenUp(generation) : target;
    Atomics.store(this.#words, this.#ownerWord(block), owner);
  }

  /** Frees the memory of a buffer that was given up and is not lent any more. */
  #giveBack(block: number): void {
    const { heapEnd, leases } = this.#memory;
    const words = this.#words;
    const at = this.#ownerWord(block);
    const mark = Atomics.load(words, at);
    if (mark >= 0 || leases.countOf(block) > 0) return;
    const generation = (mark << 1) | 1;
    this.#mayReturn(block, generation);
    if (Atomics.compareExchange(words, at, mark, 0) === mark) heapEnd.tryFree(block, generation);
  }

  /**
   * Says in the line what a successor has to look at. Generation 0 is that of no live block. A
   * block that is said already stays so: nobody else may know that it waits.
   */
  #mayReturn(block: number, generation: number): void {
    const { words, line } = this.#memory;
    if (words[line + RETURNED] !== block) words[line + RETURNED] = 0;
    words[line + RETURNED_GENERATION] = generation;
    words[line + RETURNED] = block;
  }

  /** BUFFER-4, for what an earlier end of this index left. */
  #settle(): void {
    const { heap, heapEnd, leases, line, index } = this.#memory;
    const words = this.#words;
    const returned = words[line + RETURNED];
    if (returned !== 0) {
      const generation = words[line + RETURNED_GENERATION];
      const claimed = Atomics.load(words, this.#ownerWord(returned)) === NOBODY;
      if (claimed) heapEnd.tryFree(returned, generation);
      else this.#giveBack(returned);
    }
    for (const { index: lease, target } of leases.markedBy(index)) {
      if (target !== 0) this.#mayReturn(target, 0);
      leases.end(lease);
      if (target !== 0) this.#giveBack(target);
    }
    this.#settleMove();
    // In segments of this index nobody else allocates, so a live block without owner is left over.
    heap.eachLive(index, (block, live) => {
      if (Atomics.load(words, this.#ownerWord(block)) === NOBODY) heapEnd.tryFree(block, live);
    });
  }

  #settleMove(): void {
    const { heap, line, index } = this.#memory;
    const words = this.#words;
    const moved = words[line + BLOCK];
    if (moved === 0) return;
    if (Atomics.load(words, this.#ownerWord(moved)) === MOVING + index) {
      const next = (words[line + GENERATION] + COUNT_STEP) | 0;
      if (heap.isLive(moved, next)) this.#handOver(moved, next);
      else Atomics.store(words, this.#ownerWord(moved), words[line + SOURCE]);
    }
    this.#giveBack(moved);
  }

  #check(handle: BufferHandle): void {
    if (!this.#memory.heap.isLive(handle.block, handle.generation)) throw this.#stale(handle);
  }

  #stale({ block, generation }: BufferHandle): MemoryError {
    const { heap } = this.#memory;
    const inside = Number.isInteger(block) && block > 0 && block <= heap.blockCount;
    const owner = inside ? Atomics.load(this.#words, this.#ownerWord(block)) : 0;
    const now = owner > 0 && owner < MOVING ? `its owner is ${owner} now` : 'it was freed';
    return new MemoryError('MEMORY_STALE_HANDLE',
      `buffer ${block} of generation ${generation} was given away; ${now}`);
  }

  #ownerWord(block: number): number {
    return this.#memory.owners + block - 1;
  }

  #view(block: number): Uint8Array {
    const { heap } = this.#memory;
    return new Uint8Array(this.#words.buffer, heap.byteOffset(block), heap.sizeBytes(block));
  }
}

/**
 * A heap of variable-size blocks in shared memory, for what does not fit a message or an actor.
 *
 * The heap is cut into segments of 1 MiB. A thread owns the segments that it claimed and cuts them
 * into blocks of 64 B × 2^class by halves (buddies) without atomics. Any thread may free a block:
 * on another's segment it pushes the block onto the owner's return stack, which the owner empties
 * at its next allocation (the scheme of mimalloc).
 *
 * Owns the segments, the table of two words for each 64-byte granule (state and tag), the segments'
 * owner words and the return stacks. Does not own the bytes of a live block, which belong to
 * whoever has its id and generation.
 *
 * A block is named by its id, 1 + the index of its first granule. The granule's state word is
 * (count << 2) + FREE | LIVE | RETURNING; while LIVE it is the block's generation. Its tag is the
 * size asked for, or −1 − class on a free list, or 0.
 *
 * BLOCK-HEAP-1: live blocks do not overlap, start at a multiple of 64 bytes and keep their bytes
 * until they are freed.
 * BLOCK-HEAP-2: the generation of a granule rises with each block that starts there. A free with an
 * older generation, or a second free, throws and changes nothing: the state is changed by one
 * compare-and-swap (count: 30 bits).
 * BLOCK-HEAP-3: when all blocks are freed, and each owner has emptied its stack and trimmed, no
 * segment is owned.
 * BLOCK-HEAP-4: a thread that ends anywhere stops nobody. A new end for its index finds its
 * segments by their owner words and its free blocks as the complement of the others. Lost is at
 * most the one block that it was allocating or freeing.
 * BLOCK-HEAP-5: only the owner removes from its return stack, one block at a time. With a single
 * remover a compare-and-swap of the head has no ABA.
 *
 * Threads: one `BlockHeapThread` for each thread index, used by that thread only; `BlockHeap` by
 * all.
 */
import {
  BLOCK_BYTES_MAX, classOf, COUNT_STEP, createBlockHeapThread, FREE, GRANULE_WORDS, LIVE,
  SEGMENT_GRANULES, STATE_MASK,
} from './block-heap-thread.js';
import type { BlockHeapThread, HeapMemory } from './block-heap-thread.js';
import { MemoryError } from './errors.js';
import { createReturnStacks } from './return-stack.js';

/** Most segments of one heap: 4 GiB. */
export const BLOCK_SEGMENTS_MAX: number = 2 ** 12;

const LINE_WORDS = 16;

/** Where a heap lies. */
export interface BlockHeapLayout {
  readonly segments: number;
  /** Threads that may own segments: indices 0 … threads − 1. */
  readonly threads: number;
  /** First word of `segments` MiB of blocks, a multiple of 16. */
  readonly data: number;
  /** First of `blockHeapWords(segments, threads)` words, zero at the start, a multiple of 16. */
  readonly control: number;
}

/** A heap, seen from any thread. */
export interface BlockHeap {
  readonly segments: number;
  /** Blocks are numbered 1 … blockCount. */
  readonly blockCount: number;
  /**
   * This thread's end. At most one living end for each index; see BLOCK-HEAP-4 for its successor.
   */
  thread(index: number): BlockHeapThread;
  /** Of a live block, by who owns it. Travels with the id. */
  generation(block: number): number;
  /** True while the block is live in this generation. */
  isLive(block: number, generation: number): boolean;
  /**
   * Gives a live block its next generation, so that the handle at hand goes stale; returns it.
   * @throws MemoryError MEMORY_STALE_HANDLE unless it is live in this generation.
   */
  renew(block: number, generation: number): number;
  /** Visits the live blocks of the segments that a thread owns, or that any does. */
  eachLive(thread: number | undefined, visit: (block: number, generation: number) => void): void;
  /** The bytes asked for. */
  sizeBytes(block: number): number;
  /** First byte of the block in the buffer of the words. */
  byteOffset(block: number): number;
  /** First word of the block. */
  word(block: number): number;
  /** Segments that some thread owns. */
  ownedSegments(): number;
  /** The error for an allocation that returned 0: MEMORY_LIMIT or MEMORY_EXHAUSTED. */
  refusal(sizeBytes: number): MemoryError;
}

/** Words of control memory that a heap needs. */
export function blockHeapWords(segments: number, threads: number): number {
  const lines = threads + 1 + Math.ceil(segments / LINE_WORDS);
  return lines * LINE_WORDS + 2 * segments * SEGMENT_GRANULES;
}

/**
 * @throws MemoryError MEMORY_OPTION_INVALID or MEMORY_LIMIT for a number of segments outside [1,
 * 4096].
 */
export function createBlockHeap(words: Int32Array, layout: BlockHeapLayout): BlockHeap {
  const { segments, threads } = layout;
  if (!Number.isSafeInteger(segments) || segments < 1) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `a block heap of ${segments} segments; it must be an integer from 1`);
  }
  if (segments > BLOCK_SEGMENTS_MAX) {
    throw new MemoryError('MEMORY_LIMIT',
      `a block heap of ${segments} segments, the limit is ${BLOCK_SEGMENTS_MAX}`);
  }
  const memory = memoryOf(words, layout);
  const state = (block: number): number => memory.table + 2 * (block - 1);
  const isLive = (block: number, generation: number): boolean =>
    block > 0 && block <= segments * SEGMENT_GRANULES
    && (generation & STATE_MASK) === LIVE && Atomics.load(words, state(block)) === generation;
  return Object.freeze({
    segments,
    blockCount: segments * SEGMENT_GRANULES,
    thread(index: number): BlockHeapThread {
      if (!Number.isSafeInteger(index) || index < 0 || index >= threads) {
        throw new MemoryError('MEMORY_LIMIT',
          `thread index ${index} of a block heap, the limit is ${threads - 1}`);
      }
      return createBlockHeapThread(memory, index);
    },
    generation: (block: number): number => Atomics.load(words, state(block)),
    isLive,
    renew(block: number, generation: number): number {
      const next = (generation + COUNT_STEP) | 0;
      if (isLive(block, generation)
        && Atomics.compareExchange(words, state(block), generation, next) === generation) {
        return next;
      }
      throw new MemoryError('MEMORY_STALE_HANDLE', `block ${block} of generation ${generation} `
        + 'is not live; it was renewed or freed, or never allocated');
    },
    eachLive(
      thread: number | undefined, visit: (block: number, generation: number) => void,
    ): void {
      for (let segment = 0; segment < segments; segment++) {
        const owner = Atomics.load(words, memory.owners + segment) - 1;
        if (owner >= 0 && (thread ?? owner) === owner) visitLive(memory, segment, visit);
      }
    },
    sizeBytes: (block: number): number => words[state(block) + 1],
    byteOffset: (block: number): number =>
      words.byteOffset + 4 * (memory.data + (block - 1) * GRANULE_WORDS),
    word: (block: number): number => memory.data + (block - 1) * GRANULE_WORDS,
    ownedSegments(): number {
      let owned = 0;
      for (let segment = 0; segment < segments; segment++) {
        if (Atomics.load(words, memory.owners + segment) !== 0) owned += 1;
      }
      return owned;
    },
    refusal(sizeBytes: number): MemoryError {
      if (sizeBytes > BLOCK_BYTES_MAX) {
        return new MemoryError('MEMORY_LIMIT',
          `a block of ${sizeBytes} bytes was asked for, the limit is ${BLOCK_BYTES_MAX}`);
      }
      return new MemoryError('MEMORY_EXHAUSTED',
        `no room for a block of ${sizeBytes} bytes in the heap of ${segments * BLOCK_BYTES_MAX}`);
    },
  });
}

/**
 * Steps over blocks that are live, returning or listed, so that a segment costs about as many steps
 * as it has blocks.
 * Plain loads: a block that comes or goes during the visit may be seen or not.
 */
function visitLive(
  { words, table }: HeapMemory, segment: number,
  visit: (block: number, generation: number) => void,
): void {
  const first = 1 + segment * SEGMENT_GRANULES;
  for (let block = first; block < first + SEGMENT_GRANULES;) {
    const at = table + 2 * (block - 1);
    const state = words[at];
    const tag = words[at + 1];
    if ((state & STATE_MASK) === LIVE) visit(block, state);
    const level = tag < 0 ? -1 - tag : classOf(tag);
    block += (state & STATE_MASK) !== FREE || tag < 0 ? 1 << level : 1;
  }
}

function memoryOf(words: Int32Array, layout: BlockHeapLayout): HeapMemory {
  const { segments, threads, data, control } = layout;
  const owners = control + threads * LINE_WORDS;
  return {
    words, segments, data, owners,
    stacks: control,
    table: owners + (1 + Math.ceil(segments / LINE_WORDS)) * LINE_WORDS,
    returned: createReturnStacks(words, { link: data - GRANULE_WORDS, strideWords: GRANULE_WORDS }),
  };
}

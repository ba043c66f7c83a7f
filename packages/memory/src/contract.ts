/**
 * The memory layer's seams. All of it is shared memory reserved at start; nothing grows afterwards.
 */

/**
 * What this layer asks of a shared `WebAssembly.Memory`, whose type TypeScript declares only for
 * browsers.
 */
export interface ArenaMemory {
  readonly buffer: SharedArrayBuffer;
}

/**
 * One process-lifetime block of tensor memory: the buffer of a shared `WebAssembly.Memory`, so that
 * the same bytes serve JavaScript, Wasm and native code (KERNELS-M1). Untouched pages cost nothing.
 *
 * A `HostArena` crosses to another thread by structured clone of `memory`; both sides then see the
 * same bytes.
 */
export interface HostArena {
  /** Small and unique in the process; native code knows the arena by this number. */
  readonly id: number;
  readonly sizeBytes: number;
  readonly memory: ArenaMemory;
}

/**
 * A range of an arena. Calls into kernels pass (arena, offset) numbers and never typed arrays.
 * `offset` is 64-byte aligned; `sizeBytes` is what was asked for.
 */
export interface Block {
  readonly arena: number;
  readonly offset: number;
  readonly sizeBytes: number;
  /**
   * Rises each time the same range is handed out again; a stale block is refused (ARCHITECTURE M3).
   */
  readonly generation: number;
}

/**
 * Allocates blocks of one arena.
 *
 * ALLOCATOR-1: live blocks never overlap and are 64-byte aligned.
 * ALLOCATOR-2: a freed block's bytes may be handed out again, with a higher generation.
 * ALLOCATOR-3: freeing twice, or freeing another allocator's block, throws MEMORY_STALE_HANDLE and
 * changes nothing.
 * ALLOCATOR-4: an allocation that does not fit throws MEMORY_EXHAUSTED naming size, limit and
 * largest free range.
 * ALLOCATOR-5: after everything was freed, one block of the whole capacity can be allocated again.
 */
export interface Allocator {
  readonly capacityBytes: number;
  readonly allocatedBytes: number;
  allocate(sizeBytes: number): Block;
  free(block: Block): void;
  /** @throws MemoryError MEMORY_STALE_HANDLE if the block was freed. */
  check(block: Block): void;
}

/** What `reserve` answers when a queue is full, and `peek` when it is empty. */
export const QUEUE_NONE = -1;

/**
 * The producer's end of a queue. Its record is words `reserve()` … + recordWords − 1; its contents
 * are undefined until the producer writes them.
 */
export interface QueueProducer {
  /** First word of the record to write, the same until `commit` is true; QUEUE_NONE if full. */
  reserve(): number;
  /**
   * Queues the reserved record. False if other producers filled the queue meanwhile: nothing was
   * queued, and the record stays as it was written.
   */
  commit(): boolean;
}

/** The consumer's end of a queue. */
export interface QueueConsumer {
  /** First word of a record to read, the same until `release`; QUEUE_NONE if there is none. */
  peek(): number;
  /** Lets go of the record that `peek` gave: it is not given again. */
  release(): void;
}

/**
 * A bounded queue of equal records, written and read in place, over shared words.
 *
 * QUEUE-1: a committed record is given by `peek` once, whole, in the order of the commits.
 * QUEUE-2: QUEUE_NONE from `reserve` and false from `commit` mean that `capacity` records were
 * queued; QUEUE_NONE from `peek` that none was. Nothing waits, nothing is dropped.
 * QUEUE-3: a thread that ends anywhere stops nobody. The end that is opened next with its index
 * goes on where it stopped: what a producer had not committed was not queued, and what a consumer
 * had not released is given again.
 * QUEUE-4: an end is used by one thread at a time; there are `producers` and `consumers` of them,
 * and another index throws MEMORY_LIMIT.
 */
export interface BoundedQueue {
  readonly capacity: number;
  readonly recordWords: number;
  readonly producers: number;
  readonly consumers: number;
  producer(index: number): QueueProducer;
  consumer(index: number): QueueConsumer;
  /** How many records are queued, about; exact while nobody works on the queue. For reports. */
  count(): number;
}

export { MemoryError } from './errors.js';
export type { MemoryErrorCode } from './errors.js';

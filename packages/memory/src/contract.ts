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

export { MemoryError } from './errors.js';
export type { MemoryErrorCode } from './errors.js';

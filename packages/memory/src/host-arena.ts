/**
 * Host arenas: the few process-lifetime buffers that tensors live in (KERNELS-M1).
 *
 * Owns the making and the views of an arena's memory. Does not own what is allocated in it.
 *
 * HOST-ARENA-1: an arena's memory has its final size from the start and never moves.
 * HOST-ARENA-2: its bytes are shared: a thread that got the arena by structured clone sees the same
 * bytes.
 */
import type { ArenaMemory, Block, HostArena } from './contract.js';
import { MemoryError } from './errors.js';

/** Bytes of a WebAssembly page; an arena's size is a multiple of it. */
export const ARENA_PAGE_BYTES = 65_536;

/** Most bytes of one arena: 65,536 pages. */
export const ARENA_BYTES_MAX: number = ARENA_PAGE_BYTES * 65_536;

/** Highest id of an arena; the native addon keeps a table of as many. */
export const ARENA_ID_MAX = 63;

interface MemoryConstructor {
  new (limits: { initial: number; maximum: number; shared: true }): ArenaMemory;
}

declare const WebAssembly: { readonly Memory: MemoryConstructor };

/** What an arena is made from. */
export interface HostArenaOptions {
  /** Unique among the process's arenas, from 0 to ARENA_ID_MAX. */
  readonly id: number;
  /** From 1; rounded up to whole pages. */
  readonly sizeBytes: number;
}

/**
 * Reserves a zeroed arena. Call on the main thread: the memory lives as long as any thread holds
 * it.
 * @throws MemoryError MEMORY_OPTION_INVALID for a size or id that is not an integer in range,
 * MEMORY_LIMIT above 4 GiB, MEMORY_EXHAUSTED if the machine refuses.
 */
export function createHostArena(options: HostArenaOptions): HostArena {
  checkKeys(options);
  const { id, sizeBytes } = options;
  checkId(id);
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `arena ${id}: sizeBytes is ${sizeBytes}, must be an integer from 1`);
  }
  if (sizeBytes > ARENA_BYTES_MAX) {
    throw new MemoryError('MEMORY_LIMIT',
      `arena ${id}: sizeBytes is ${sizeBytes}, the limit is ${ARENA_BYTES_MAX}`);
  }
  const pages = Math.ceil(sizeBytes / ARENA_PAGE_BYTES);
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    return Object.freeze({ id, sizeBytes: pages * ARENA_PAGE_BYTES, memory });
  } catch (cause) {
    throw new MemoryError('MEMORY_EXHAUSTED',
      `the machine refused to reserve arena ${id} of ${pages * ARENA_PAGE_BYTES} bytes`, { cause });
  }
}

/**
 * Checks an arena that came from another thread.
 * @throws MemoryError MEMORY_OPTION_INVALID if it is not an arena, or its memory has another size.
 */
export function attachHostArena(arena: HostArena): HostArena {
  const { id, sizeBytes, memory } = arena;
  checkId(id);
  if (!(memory.buffer instanceof SharedArrayBuffer) || memory.buffer.byteLength !== sizeBytes) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `arena ${id} says ${sizeBytes} bytes, its memory has ${memory.buffer.byteLength}`);
  }
  return Object.freeze({ id, sizeBytes, memory });
}

function checkKeys(options: HostArenaOptions): void {
  for (const key of Object.keys(options)) {
    if (key !== 'id' && key !== 'sizeBytes') {
      throw new MemoryError('MEMORY_OPTION_INVALID',
        `createHostArena has no option ${key}; it has id and sizeBytes`);
    }
  }
}

function checkId(id: number): void {
  if (!Number.isSafeInteger(id) || id < 0 || id > ARENA_ID_MAX) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `an arena's id is ${id}, must be an integer from 0 to ${ARENA_ID_MAX}`);
  }
}

/** All bytes of an arena. A new view at each call; keep it. */
export function bytesOf(arena: HostArena): Uint8Array {
  return new Uint8Array(arena.memory.buffer);
}

/**
 * The `sizeBytes` bytes of a block. A new view at each call. Does not check that the block is live.
 */
export function blockBytes(arena: HostArena, block: Block): Uint8Array {
  if (block.arena !== arena.id) {
    throw new MemoryError('MEMORY_STALE_HANDLE',
      `the block is of arena ${block.arena}, not of arena ${arena.id}`);
  }
  return new Uint8Array(arena.memory.buffer, block.offset, block.sizeBytes);
}

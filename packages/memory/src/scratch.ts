/**
 * A scratch arena: a fixed piece of memory that one thread hands out from the bottom and takes back
 * all at once, for what lives no longer than a turn (SPEC ActorMemory, "stack").
 *
 * Owns the position in its range. Does not own what the bytes hold.
 *
 * SCRATCH-1: ranges handed out since the last `reset` do not overlap and start at a multiple of 16
 * bytes.
 * SCRATCH-2: what does not fit is answered by SCRATCH_FULL and takes nothing.
 * SCRATCH-3: `reset(mark)` takes back what was handed out since that mark, and nothing before.
 *
 * Threads: the one that made it. A dead thread leaves nothing to find: its range is free again.
 */
import { MemoryError } from './errors.js';

/** What `allocate` answers when a range does not fit. */
export const SCRATCH_FULL = -1;

/** Ranges start at a multiple of it. */
export const SCRATCH_ALIGN_BYTES = 16;

/** Where a scratch arena lies in a buffer, in bytes. */
export interface ScratchLayout {
  /** A multiple of 16. */
  readonly offset: number;
  readonly sizeBytes: number;
}

/** A scratch arena. */
export interface Scratch {
  readonly sizeBytes: number;
  readonly usedBytes: number;
  /** First byte of a range, with undefined contents; SCRATCH_FULL if it does not fit. */
  allocate(sizeBytes: number): number;
  /** What `reset` takes to come back to this point. */
  mark(): number;
  /** Takes everything back, or everything since a mark. */
  reset(mark?: number): void;
}

/** @throws MemoryError MEMORY_OPTION_INVALID for an offset or size that is not possible. */
export function createScratch(layout: ScratchLayout): Scratch {
  const { offset, sizeBytes } = layout;
  const whole = Number.isSafeInteger(sizeBytes) && sizeBytes >= 0 && Number.isSafeInteger(offset);
  if (!whole || offset < 0 || offset % SCRATCH_ALIGN_BYTES !== 0) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `a scratch arena of ${sizeBytes} bytes at ${offset}; the offset must be a multiple of `
      + `${SCRATCH_ALIGN_BYTES}`);
  }
  return new Bump(offset, sizeBytes);
}

class Bump implements Scratch {
  readonly sizeBytes: number;
  readonly #offset: number;
  #used: number;

  constructor(offset: number, sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#offset = offset;
    this.#used = 0;
  }

  get usedBytes(): number {
    return this.#used;
  }

  allocate(sizeBytes: number): number {
    const at = this.#used;
    const taken = Math.ceil(sizeBytes / SCRATCH_ALIGN_BYTES) * SCRATCH_ALIGN_BYTES;
    // Written so that NaN does not fit.
    if (!(taken >= 0 && at + taken <= this.sizeBytes)) return SCRATCH_FULL;
    this.#used = at + taken;
    return this.#offset + at;
  }

  mark(): number {
    return this.#used;
  }

  reset(mark = 0): void {
    if (!(mark >= 0 && mark <= this.#used)) {
      throw new MemoryError('MEMORY_STALE_HANDLE',
        `the mark ${mark} of a scratch arena is above its ${this.#used} used bytes`);
    }
    this.#used = mark;
  }
}

import type { ValueId } from '../contract.js';

/** How the cpu backend runs a validated program, in plain TypeScript or with native kernels. */

/** A range of an arena with the views that plain kernels use. */
export interface Memory {
  readonly arena: number;
  /** Bytes from the start of the arena; a multiple of 4. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
}

/**
 * A program ready to run once every value has a place. Runs of one runner never overlap in time.
 */
export interface Runner {
  /** Value `id` lies in `memory` from byte `first` on. Placing again replaces the place. */
  place(id: ValueId, memory: Memory, first: number): void;
  /** @throws GpuError GPU_LABEL_OUT_OF_RANGE */
  run(): void;
}

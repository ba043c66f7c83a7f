import type { GpuInfo } from '@ganglion/distribution/contract';
import type { Allocator, Block, HostArena } from '@ganglion/memory/contract';
import type { DType, Op, Program } from './contract/program.js';

/**
 * The gpu layer's seam: what a backend is; contract/program.ts says what a program is. A backend
 * in a package of its own implements this and nothing else.
 */

/** A backend's handle of device memory: opaque, valid on the backend that made it. */
export type Slot = number;

/**
 * A program prepared for one device. It owns the memory of its temporaries until it is released.
 */
export interface Executable {
  readonly program: Program;
  readonly temporaryBytes: number;
  /** Releasing twice throws GPU_STALE_SLOT. */
  release(): void;
}

/** One direct product: row-major, no padding. out(M,N) = op(a) · op(b). */
export interface MatmulCall {
  readonly a: Slot;
  readonly b: Slot;
  readonly out: Slot;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** What a backend can do. The conformance kit skips only what is not declared here. */
export interface BackendCapabilities {
  readonly dtypes: readonly DType[];
  readonly ops: readonly Op['kind'][];
  /** 'owner': the context belongs to one thread; 'any': every thread may call (KERNELS-M3). */
  readonly threads: 'owner' | 'any';
  /** The backend can bind host arena memory without a copy. */
  readonly hostMemory: boolean;
  /** Names the rounding behaviour; equal profiles give equal bits (NUMERICS-N6). */
  readonly numericProfile: string;
}

/**
 * A device. All calls come from the thread that created the backend unless `capabilities.threads`
 * is 'any'.
 *
 * BACKEND-1: `launch` reads its inputs after everything launched before it has written them.
 * BACKEND-2: what `launch` wrote may be read with `read` at once (read waits), or through host
 *   memory after `synchronize`.
 * BACKEND-3: a slot that was freed, or comes from another backend, throws GPU_STALE_SLOT.
 * BACKEND-4: a program with wrong shapes or dtypes is refused by `compile` with GPU_SHAPE_MISMATCH
 *   or GPU_DTYPE_MISMATCH naming the operation's index; nothing is allocated.
 * BACKEND-5: an operation outside `capabilities.ops` is refused with GPU_NOT_SUPPORTED.
 * BACKEND-6: a program that is malformed otherwise (unknown value, written twice, read before it is
 *   written) is refused with GPU_PROGRAM_INVALID.
 */
export interface Backend<Name extends string = string> {
  readonly name: Name;
  readonly info: GpuInfo;
  readonly capabilities: BackendCapabilities;
  /** @throws GpuError GPU_OUT_OF_MEMORY naming what was asked for and what is left. */
  allocate(sizeBytes: number): Slot;
  /**
   * Binds arena memory without a copy. The block must outlive the slot; it may be any part of a
   * block that the caller owns, at an offset that is a multiple of 4.
   * @throws GpuError GPU_NOT_SUPPORTED
   */
  wrap(block: Block): Slot;
  free(slot: Slot): void;
  write(slot: Slot, bytes: Uint8Array, offsetBytes?: number): void;
  read(slot: Slot, into: Uint8Array, offsetBytes?: number): void;
  compile(program: Program): Executable;
  /**
   * `bindings[valueId]` is the slot of each value that is neither a temporary nor a part; other
   * entries are ignored. A slot may be larger than its value, which then lies at its start.
   * @throws GpuError GPU_SHAPE_MISMATCH for a missing or too small slot, GPU_STALE_SLOT for a dead
   * one; nothing ran then.
   */
  launch(executable: Executable, bindings: readonly Slot[]): void;
  /** Returns when everything launched has finished. */
  synchronize(): void;
  /** The same function for the life of the backend: callers may keep it (KERNELS-D1). */
  readonly matmul: (call: MatmulCall) => void;
  /** Frees everything; later calls throw GPU_STALE_SLOT. Closing twice is allowed. */
  close(): void;
}

/** What a backend is given by the thread that makes it. */
export interface BackendComponents {
  /** The arenas whose blocks may be wrapped. */
  readonly arenas: readonly HostArena[];
  /**
   * Where the backend takes host memory of its own from: a range of one of `arenas` that no other
   * thread allocates from (KERNELS-M3).
   */
  readonly allocator: Allocator;
}

/** Makes a backend. `cpu()` gives one, and so does whatever a package from outside exports. */
export interface BackendFactory<Name extends string = string> {
  /** Known before the device is touched, so that selection creates only what is selected. */
  readonly backendName: Name;
  /** @throws GpuError GPU_NOT_SUPPORTED where this machine has no such device. */
  (components: BackendComponents): Backend<Name>;
}

/**
 * The CPU kernels of the native addon, injected as a value into `cpu({ kernels })`. Arena memory is
 * known by (arena, byte offset). A call returns when it is done, or within milliseconds when its
 * thread is being terminated.
 */
export interface NativeKernels {
  /** What dispatch chose: 'avx512-bf16', 'avx512', 'avx2', 'neon' or 'scalar'. */
  readonly level: string;
  /** Levels that this machine can run, best first. */
  readonly levels: readonly string[];
  /** @throws RangeError for a level that this machine cannot run. */
  forceLevel(level: string): void;
  /**
   * From now on programs of this thread run on so many threads: this one and helpers of its own.
   * With `oversubscribe` they may be more than the CPUs, and never spin (KERNELS-H1).
   * @throws RangeError for a number that this machine does not take.
   */
  setThreads(threads: number, oversubscribe: boolean): void;
  /** Makes an arena known; registering the same memory again is allowed. */
  registerArena(id: number, bytes: Uint8Array): void;
  /**
   * Runs a program of encoded operations from `words` (Int32Array over an arena or plain memory) in
   * one call. The encoding is native/core/cpu/program.h.
   * @throws RangeError for a malformed program or a label out of range, before anything ran.
   */
  run(words: Int32Array, length: number): void;
}

export { GpuError } from './errors.js';
export type { GpuErrorCode } from './errors.js';
export type {
  DType,
  ElementFunction,
  ElementStep,
  Expression,
  Op,
  Program,
  Shape,
  ValueId,
  ValueRole,
  ValueSpec,
} from './contract/program.js';

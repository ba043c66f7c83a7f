import type { GpuInfo } from '@ganglion/distribution/contract';
import type { Block, HostArena } from '@ganglion/memory/contract';

/** The gpu layer's seam: what a backend is. A backend in a package of its own implements this file and nothing else. */

/** Types of tensor elements. More follow with the kernels that use them. */
export type DType = 'f32' | 'i32' | 'u8';

/** Sizes from the outermost dimension to the innermost; row-major, contiguous. */
export type Shape = readonly number[];

/** Index of a value within one program. */
export type ValueId = number;

/** What a value of a program is for. `temporary` memory belongs to the executable, all else is bound at launch. */
export type ValueRole = 'input' | 'parameter' | 'output' | 'temporary';

/** One value of a program. */
export interface ValueSpec {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly role: ValueRole;
}

/**
 * One operation of a program: plain, serialisable, hashable data (KERNELS-K3). Values are f32 unless said otherwise.
 * Every f32 product element is one multiply-add chain in ascending k (NUMERICS-N1); other reductions use the fixed
 * 16-lane order (NUMERICS-N2). `edges` are ascending row numbers e₀ = 0 … e_S = rows: shard s is rows
 * [e_s, e_{s+1}) and results over the batch are kept apart per shard (NUMERICS-N3).
 */
export type Op =
  /** out(M,N) = activation(op(a) · op(b) + bias(N)); op transposes. The bias is added after the chain. */
  | {
      readonly kind: 'matmul';
      readonly a: ValueId;
      readonly b: ValueId;
      readonly out: ValueId;
      readonly transposeA: boolean;
      readonly transposeB: boolean;
      readonly bias?: ValueId;
      readonly activation: 'none' | 'relu';
    }
  /** out(S,K,N)[s] = a(rows of s, K)ᵀ · b(rows of s, N). An empty shard gives zeros. */
  | {
      readonly kind: 'shardMatmul';
      readonly a: ValueId;
      readonly b: ValueId;
      readonly out: ValueId;
      readonly edges: readonly number[];
    }
  /** out(S,N)[s] = sum over the rows of s of a(rows, N). */
  | {
      readonly kind: 'shardColumnSum';
      readonly a: ValueId;
      readonly out: ValueId;
      readonly edges: readonly number[];
    }
  /** out = max(a, 0); NaN stays NaN. */
  | { readonly kind: 'relu'; readonly a: ValueId; readonly out: ValueId }
  /** out = output > 0 ? gradient : 0. */
  | {
      readonly kind: 'reluGradient';
      readonly gradient: ValueId;
      readonly output: ValueId;
      readonly out: ValueId;
    }
  /**
   * losses(M) = −log softmax(logits(M,N))[label]; gradient(M,N) = (softmax − onehot) · scale.
   * `labels` is i32 (M), each in [0, N).
   */
  | {
      readonly kind: 'softmaxCrossEntropy';
      readonly logits: ValueId;
      readonly labels: ValueId;
      readonly losses: ValueId;
      readonly gradient: ValueId;
      readonly scale: number;
    }
  /** out = a + b, same shapes. */
  | { readonly kind: 'add'; readonly a: ValueId; readonly b: ValueId; readonly out: ValueId }
  /** out(M,N) = a(M,N) + bias(N), broadcast over rows. */
  | { readonly kind: 'addBias'; readonly a: ValueId; readonly bias: ValueId; readonly out: ValueId }
  /** out(M) i32 = index of the first largest element of each row of a(M,N). */
  | { readonly kind: 'argmax'; readonly a: ValueId; readonly out: ValueId }
  /**
   * One SGD step into other memory (NUMERICS-N7): velocity' = momentum·velocity + gradient + weightDecay·parameter;
   * parameter' = parameter − learningRate·velocity'.
   * `hyper` f32 (4) = learningRate, momentum, weightDecay, 0.
   */
  | {
      readonly kind: 'sgd';
      readonly parameter: ValueId;
      readonly gradient: ValueId;
      readonly velocity: ValueId;
      readonly hyper: ValueId;
      readonly nextParameter: ValueId;
      readonly nextVelocity: ValueId;
    }
  /**
   * One AdamW step (Loshchilov and Hutter 2019) into other memory.
   * `hyper` f32 (8) = learningRate, beta1, beta2, epsilon, weightDecay, 1/(1−beta1^t), 1/sqrt(1−beta2^t), 0.
   */
  | {
      readonly kind: 'adamw';
      readonly parameter: ValueId;
      readonly gradient: ValueId;
      readonly first: ValueId;
      readonly second: ValueId;
      readonly hyper: ValueId;
      readonly nextParameter: ValueId;
      readonly nextFirst: ValueId;
      readonly nextSecond: ValueId;
    };

/** A recorded list of operations over numbered values, in execution order. */
export interface Program {
  readonly values: readonly ValueSpec[];
  readonly ops: readonly Op[];
}

/** A backend's handle of device memory: opaque, valid on the backend that made it. */
export type Slot = number;

/** A program prepared for one device. It owns the memory of its temporaries until it is released. */
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
 * A device. All calls come from the thread that created the backend unless `capabilities.threads` is 'any'.
 *
 * BACKEND-1: `launch` reads its inputs after everything launched before it has written them.
 * BACKEND-2: what `launch` wrote may be read with `read` at once (read waits), or through host memory after
 *   `synchronize`.
 * BACKEND-3: a slot that was freed, or comes from another backend, throws GPU_STALE_SLOT.
 * BACKEND-4: a program with wrong shapes or dtypes is refused by `compile` with GPU_SHAPE_MISMATCH or
 *   GPU_DTYPE_MISMATCH naming the operation's index; nothing is allocated.
 * BACKEND-5: an operation outside `capabilities.ops` is refused with GPU_NOT_SUPPORTED.
 */
export interface Backend<Name extends string = string> {
  readonly name: Name;
  readonly info: GpuInfo;
  readonly capabilities: BackendCapabilities;
  /** @throws GpuError GPU_OUT_OF_MEMORY naming what was asked for and what is left. */
  allocate(sizeBytes: number): Slot;
  /** Binds arena memory without a copy. The block must outlive the slot. @throws GPU_NOT_SUPPORTED */
  wrap(block: Block): Slot;
  free(slot: Slot): void;
  write(slot: Slot, bytes: Uint8Array, offsetBytes?: number): void;
  read(slot: Slot, into: Uint8Array, offsetBytes?: number): void;
  compile(program: Program): Executable;
  /** `bindings[valueId]` is the slot of each value that is not a temporary; entries of temporaries are ignored. */
  launch(executable: Executable, bindings: readonly Slot[]): void;
  /** Returns when everything launched has finished. */
  synchronize(): void;
  /** The same function for the life of the backend: callers may keep it (KERNELS-D1). */
  readonly matmul: (call: MatmulCall) => void;
  /** Frees everything; later calls throw GPU_STALE_SLOT. Closing twice is allowed. */
  close(): void;
}

/** What a backend is given: the arenas of this thread. */
export interface BackendComponents {
  readonly arenas: readonly HostArena[];
}

/** Makes a backend. `cpu()`, and whatever a package from outside exports. */
export type BackendFactory<Name extends string = string> = (components: BackendComponents) => Backend<Name>;

/**
 * The CPU kernels of the native addon, injected as a value into `cpu({ kernels })`. Arena memory is known by
 * (arena, byte offset). Calls run on the calling thread.
 */
export interface NativeKernels {
  /** The instruction set that dispatch chose: 'avx512', 'avx2', 'neon' or 'scalar'. */
  readonly level: string;
  /** Levels that this machine can run, best first. */
  readonly levels: readonly string[];
  /** @throws RangeError for a level that this machine cannot run. */
  forceLevel(level: string): void;
  /** Makes an arena known; registering the same memory again is allowed. */
  registerArena(id: number, bytes: Uint8Array): void;
  /**
   * Runs a program of encoded operations from `words` (Int32Array over an arena or plain memory) in one call.
   * The encoding is native/core/cpu/program.h. @throws RangeError for a malformed program, before anything ran.
   */
  run(words: Int32Array, length: number): void;
}

export { GpuError } from './errors.js';
export type { GpuErrorCode } from './errors.js';

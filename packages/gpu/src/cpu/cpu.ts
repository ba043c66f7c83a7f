import type { Allocator, Block, HostArena } from '@ganglion/memory/contract';
import { MemoryError } from '@ganglion/memory/contract';
import type {
  Backend,
  BackendCapabilities,
  BackendComponents,
  BackendFactory,
  Executable,
  MatmulCall,
  NativeKernels,
  Program,
  Slot,
} from '../contract.js';
import { GpuError } from '../errors.js';
import { OP_KINDS } from '../operands.js';
import { DTYPES } from '../shape.js';
import { validateProgram } from '../validate.js';
import { DirectProducts } from './direct-products.js';
import { createNativeRunner } from './native-runner.js';
import type { CpuOptions, ResolvedCpuOptions } from './options.js';
import { resolveCpuOptions } from './options.js';
import { createPlainRunner } from './plain-runner.js';
import { Prepared } from './prepared.js';
import type { Memory, Runner } from './runner.js';
import { SlotTable } from './slots.js';

/**
 * The cpu backend: slots over host arenas and programs that run when they are launched, with native
 * kernels when they are given, on the calling thread and its helpers. Owns the memory it took from
 * its allocator; arenas and wrapped blocks are the caller's.
 */

/**
 * `cpu()` runs plain TypeScript, `cpu({ kernels })` native code.
 * @throws GpuError GPU_OPTION_INVALID
 */
export function cpu(options: CpuOptions = {}): BackendFactory<'cpu'> {
  const resolved = resolveCpuOptions(options);
  const create = (components: BackendComponents): Backend<'cpu'> =>
    new CpuBackend(components, resolved);
  return Object.freeze(Object.assign(create, { backendName: 'cpu' as const }));
}

function capabilitiesOf(kernels: NativeKernels | undefined): BackendCapabilities {
  return Object.freeze({
    dtypes: DTYPES,
    ops: OP_KINDS,
    threads: 'owner' as const,
    hostMemory: true,
    numericProfile: kernels === undefined ? 'plain-f32' : 'fma-f32',
  });
}

class CpuBackend implements Backend<'cpu'> {
  readonly name = 'cpu' as const;
  readonly info: Backend['info'];
  readonly capabilities: BackendCapabilities;
  readonly matmul: (call: MatmulCall) => void;
  readonly #kernels: NativeKernels | undefined;
  readonly #allocator: Allocator;
  readonly #arenas = new Map<number, HostArena>();
  readonly #slots = new SlotTable();
  readonly #owned = new Map<Slot, Block>();
  readonly #executables = new Set<Prepared>();
  #closed = false;

  constructor(
    components: BackendComponents,
    { kernels, threads, oversubscribe }: ResolvedCpuOptions,
  ) {
    this.#kernels = kernels;
    setThreads(kernels, threads, oversubscribe);
    this.#allocator = components.allocator;
    this.capabilities = capabilitiesOf(kernels);
    this.info = Object.freeze({
      backend: 'cpu',
      name: kernels === undefined ? 'plain TypeScript' : `native ${kernels.level}`,
      memoryBytes: components.allocator.capacityBytes,
      driver: this.capabilities.numericProfile,
    });
    for (const arena of components.arenas) {
      this.#arenas.set(arena.id, arena);
      kernels?.registerArena(arena.id, new Uint8Array(arena.memory.buffer));
    }
    this.matmul = this.#checkedMatmul();
  }

  allocate(sizeBytes: number): Slot {
    this.#checkOpen();
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
      throw new GpuError('GPU_OPTION_INVALID', `sizeBytes ${sizeBytes} is no integer from 0`);
    }
    const block = this.#take(sizeBytes);
    try {
      const slot = this.#slots.add(this.#memoryOf({ ...block, sizeBytes }));
      this.#owned.set(slot, block);
      return slot;
    } catch (error) {
      this.#allocator.free(block);
      throw error;
    }
  }

  wrap(block: Block): Slot {
    this.#checkOpen();
    return this.#slots.add(this.#memoryOf(block));
  }

  free(slot: Slot): void {
    this.#slots.remove(slot);
    const block = this.#owned.get(slot);
    if (block === undefined) return;
    this.#owned.delete(slot);
    this.#allocator.free(block);
  }

  write(slot: Slot, bytes: Uint8Array, offsetBytes = 0): void {
    const memory = this.#slots.get(slot);
    checkRange(memory, bytes.byteLength, offsetBytes);
    memory.bytes.set(bytes, offsetBytes);
  }

  read(slot: Slot, into: Uint8Array, offsetBytes = 0): void {
    const memory = this.#slots.get(slot);
    checkRange(memory, into.byteLength, offsetBytes);
    into.set(memory.bytes.subarray(offsetBytes, offsetBytes + into.byteLength));
  }

  compile(program: Program): Executable {
    this.#checkOpen();
    validateProgram(program, this.capabilities);
    const prepared: Prepared = new Prepared(program, this.#createRunner(program), {
      take: (sizeBytes) => {
        const block = this.#take(sizeBytes);
        return { memory: this.#memoryOf(block), giveBack: () => this.#allocator.free(block) };
      },
      forget: () => this.#executables.delete(prepared),
    });
    this.#executables.add(prepared);
    return prepared;
  }

  launch(executable: Executable, bindings: readonly Slot[]): void {
    const prepared = executable as Prepared;
    if (!this.#executables.has(prepared)) {
      throw new GpuError('GPU_STALE_SLOT', 'the executable was released or is another backend\'s');
    }
    prepared.bind(bindings, this.#slots);
    prepared.run();
  }

  synchronize(): void {
    this.#checkOpen();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const prepared of this.#executables) prepared.release();
    for (const block of this.#owned.values()) this.#allocator.free(block);
    this.#owned.clear();
    this.#slots.clear();
  }

  #createRunner(program: Program): Runner {
    if (this.#kernels === undefined) return createPlainRunner(program);
    return createNativeRunner(program, this.#kernels);
  }

  #checkedMatmul(): (call: MatmulCall) => void {
    const products = new DirectProducts((program) => this.#createRunner(program));
    return (call) => {
      const { m, n, k } = call;
      const runner = products.runnerOf(call);
      const a = this.#slots.get(call.a);
      const b = this.#slots.get(call.b);
      const out = this.#slots.get(call.out);
      checkRange(a, 4 * m * k, 0);
      checkRange(b, 4 * k * n, 0);
      checkRange(out, 4 * m * n, 0);
      runner.place(0, a, 0);
      runner.place(1, b, 0);
      runner.place(2, out, 0);
      runner.run();
    };
  }

  #take(sizeBytes: number): Block {
    try {
      return this.#allocator.allocate(Math.max(sizeBytes, 4));
    } catch (error) {
      if (!(error instanceof MemoryError) || error.code !== 'MEMORY_EXHAUSTED') throw error;
      const left = this.#allocator.capacityBytes - this.#allocator.allocatedBytes;
      throw new GpuError(
        'GPU_OUT_OF_MEMORY',
        `${sizeBytes} bytes asked of the cpu backend, ${left} of ` +
          `${this.#allocator.capacityBytes} are left: ${error.message}`,
        { cause: error },
      );
    }
  }

  /** Zero-sized blocks are allowed: they hold tensors without elements. */
  #memoryOf({ arena: id, offset, sizeBytes }: Block): Memory {
    const arena = this.#arenas.get(id);
    if (arena === undefined) {
      const known = [...this.#arenas.keys()].join(', ');
      throw new GpuError('GPU_NOT_SUPPORTED', `arena ${id} is unknown, the backend has ${known}`);
    }
    const fits = Number.isSafeInteger(offset) && Number.isSafeInteger(sizeBytes) &&
      offset >= 0 && sizeBytes >= 0 && offset + sizeBytes <= arena.sizeBytes;
    if (!fits || offset % 4 !== 0) {
      throw new GpuError(
        'GPU_OPTION_INVALID',
        `block at ${offset} of ${sizeBytes} bytes: offsets are multiples of 4 and arena ${id} ` +
          `has ${arena.sizeBytes} bytes`,
      );
    }
    const { buffer } = arena.memory;
    const count = Math.floor(sizeBytes / 4);
    return {
      arena: id,
      offset,
      sizeBytes,
      bytes: new Uint8Array(buffer, offset, sizeBytes),
      f32: new Float32Array(buffer, offset, count),
      i32: new Int32Array(buffer, offset, count),
    };
  }

  #checkOpen(): void {
    if (this.#closed) throw new GpuError('GPU_STALE_SLOT', 'the cpu backend is closed');
  }
}

function setThreads(
  kernels: NativeKernels | undefined,
  threads: number,
  oversubscribe: boolean,
): void {
  try {
    kernels?.setThreads(threads, oversubscribe);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new GpuError('GPU_OPTION_INVALID', `cpu: ${error.message}`, { cause: error });
  }
}

function checkRange(memory: Memory, sizeBytes: number, offsetBytes: number): void {
  const end = offsetBytes + sizeBytes;
  if (Number.isSafeInteger(offsetBytes) && offsetBytes >= 0 && end <= memory.sizeBytes) return;
  throw new GpuError(
    'GPU_SHAPE_MISMATCH',
    `bytes ${offsetBytes} to ${end} of a slot of ${memory.sizeBytes} bytes`,
  );
}

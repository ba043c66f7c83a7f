import { availableParallelism } from 'node:os';

import { NativeError } from './errors.js';
import type { Addon } from './load.js';
import { loadAddon } from './load.js';

/**
 * The native addon as a value for the layers, none of which imports this package: `kernels` goes to
 * `cpu({ kernels })` of @ganglion/gpu, `pinning` binds the calling thread to a CPU.
 */

/** Kernels of the calling thread's environment; the shape of `NativeKernels` of @ganglion/gpu. */
export interface CpuKernels {
  /** The instruction set in use. */
  readonly level: string;
  /** Instruction sets that this machine runs, best first; the last is 'scalar'. */
  readonly levels: readonly string[];
  /** Uses another instruction set from now on. @throws RangeError NATIVE_LEVEL_UNKNOWN */
  forceLevel(level: string): void;
  /**
   * From now on programs of this thread run on so many threads, from 1 to 256: this one and helpers
   * of its own, which end with it. They spin for a moment inside a call, except with
   * `oversubscribe`, where they may be more than the CPUs.
   * @throws RangeError NATIVE_THREADS_INVALID
   * @throws Error NATIVE_THREADS_INVALID if the system starts no more threads; there is one then.
   */
  setThreads(threads: number, oversubscribe: boolean): void;
  /**
   * Makes shared memory known under a number from 0 to 63, and keeps it alive until the thread
   * ends. The same memory may be registered again.
   * @throws RangeError NATIVE_ARENA_INVALID if the number has other memory or is out of range.
   * @throws TypeError NATIVE_ARENA_INVALID for memory that is not shared.
   */
  registerArena(id: number, bytes: Uint8Array): void;
  /**
   * Runs the program in the first `length` words (core/cpu/program.h).
   * @throws RangeError NATIVE_PROGRAM_MALFORMED or NATIVE_LABEL_OUT_OF_RANGE, before anything ran.
   * @throws Error NATIVE_INTERRUPTED when the thread is being terminated; what was to be written is
   *   anything then.
   */
  run(words: Int32Array, length: number): void;
}

/** Pins the calling thread. */
export interface Pinning {
  /** @throws Error NATIVE_PIN_FAILED if the system refuses, and on systems other than Linux. */
  pinThread(cpu: number): void;
}

/** What the addon holds now, in all threads of the process. */
export interface NativeUsage {
  /** Threads that have loaded the addon and not ended. */
  readonly environments: number;
  readonly workspaceBytes: number;
}

export interface NativeModule {
  readonly kernels: CpuKernels;
  readonly pinning: Pinning;
  usage(): NativeUsage;
}

/** Names the instruction set to use, in place of the best that the machine runs. */
export const LEVEL_VARIABLE = 'GANGLION_CPU_LEVEL';

/**
 * The addon, loaded for the calling thread. The environment may name the level that it starts with
 * in GANGLION_CPU_LEVEL; worker threads inherit it.
 * @throws NativeError NATIVE_NOT_BUILT with what was tried and how to build it,
 *   NATIVE_LEVEL_UNKNOWN for a level that this machine cannot run.
 */
export function native(environment: Environment = process.env): NativeModule {
  const found = moduleOf(loadAddon());
  const level = environment[LEVEL_VARIABLE];
  if (level === undefined || level === '') return found;
  const { levels } = found.kernels;
  if (!levels.includes(level)) {
    const message = `${LEVEL_VARIABLE} is '${level}', this machine runs ${levels.join(', ')}`;
    throw new NativeError('NATIVE_LEVEL_UNKNOWN', message);
  }
  found.kernels.forceLevel(level);
  return found;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** As `native`, with NATIVE_NOT_BUILT returned: for programs that go on without the addon. */
export function tryNative(): NativeModule | NativeError {
  try {
    return native();
  } catch (error) {
    if (error instanceof NativeError && error.code === 'NATIVE_NOT_BUILT') return error;
    throw error;
  }
}

function checkThreads(threads: number, oversubscribe: boolean): void {
  const cpus = availableParallelism();
  if (oversubscribe || !(threads > cpus)) return;
  const message = `${threads} threads are more than the ${cpus} CPUs of this machine: ` +
    'oversubscribe allows it';
  throw Object.assign(new RangeError(message), { code: 'NATIVE_THREADS_INVALID' });
}

function moduleOf(addon: Addon): NativeModule {
  const kernels: CpuKernels = {
    get level(): string {
      return addon.level();
    },
    levels: Object.freeze(addon.levels()),
    forceLevel: addon.forceLevel,
    setThreads(threads, oversubscribe): void {
      checkThreads(threads, oversubscribe);
      addon.setThreads(threads, !oversubscribe);
    },
    registerArena: addon.registerArena,
    run: addon.run,
  };
  return Object.freeze({
    kernels: Object.freeze(kernels),
    pinning: Object.freeze({ pinThread: addon.pinThread }),
    usage: addon.usage,
  });
}

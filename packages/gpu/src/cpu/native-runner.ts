import type { NativeKernels, Program, ValueId } from '../contract.js';
import { GpuError } from '../errors.js';
import { bindValue, encodeProgram } from './native-program.js';
import type { Memory, Runner } from './runner.js';

/**
 * Programs on the injected native kernels: encoded once when they are compiled, run with one call;
 * placing a value rewrites two words.
 */

/** Code of the RangeError with which the addon refuses labels; what else it refuses passes on. */
const LABEL_CODE = 'NATIVE_LABEL_OUT_OF_RANGE';

/** @param program validated. @throws GpuError GPU_NOT_SUPPORTED where its encoding is too long. */
export function createNativeRunner(program: Program, kernels: NativeKernels): Runner {
  const words = encodeProgram(program);
  return {
    place(id: ValueId, memory: Memory, first: number): void {
      if (program.values[id]?.part !== undefined) return; // a part follows its whole
      bindValue(words, id, memory.arena, memory.offset + first);
    },
    run(): void {
      try {
        kernels.run(words, words.length);
      } catch (error) {
        if (!(error instanceof RangeError) || !('code' in error)) throw error;
        if (error.code !== LABEL_CODE) throw error;
        throw new GpuError('GPU_LABEL_OUT_OF_RANGE', error.message, { cause: error });
      }
    },
  };
}

import type { NativeKernels } from '../contract.js';
import { GpuError } from '../errors.js';

export interface CpuOptions {
  /**
   * Kernels of the native addon. Without them every operation runs in plain TypeScript, in the
   * numeric profile 'plain-f32'.
   * @default undefined
   */
  readonly kernels?: NativeKernels | undefined;
}

/** Every option, set. */
export interface ResolvedCpuOptions {
  readonly kernels: NativeKernels | undefined;
}

export const cpuDefaults: ResolvedCpuOptions = Object.freeze({ kernels: undefined });

/** @throws GpuError GPU_OPTION_INVALID */
export function resolveCpuOptions(options: CpuOptions = {}): ResolvedCpuOptions {
  for (const key of Object.keys(options)) {
    if (key in cpuDefaults) continue;
    const known = Object.keys(cpuDefaults).join(', ');
    throw new GpuError('GPU_OPTION_INVALID', `cpu has no option ${key}; its options are ${known}`);
  }
  return { ...cpuDefaults, ...options };
}

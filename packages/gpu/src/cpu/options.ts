import type { NativeKernels } from '../contract.js';
import { GpuError } from '../errors.js';

export interface CpuOptions {
  /**
   * Kernels of the native addon. Without them every operation runs in plain TypeScript, in the
   * numeric profile 'plain-f32'.
   * @default undefined
   */
  readonly kernels?: NativeKernels | undefined;
  /**
   * Threads that native kernels compute on, the calling one among them. Of all backends of a thread
   * the one that was made last decides. Does not change any result.
   * @default 1
   */
  readonly threads?: number | undefined;
  /**
   * Allows more threads than there are CPUs.
   * @default false
   */
  readonly oversubscribe?: boolean | undefined;
}

/** Every option, set. */
export interface ResolvedCpuOptions {
  readonly kernels: NativeKernels | undefined;
  readonly threads: number;
  readonly oversubscribe: boolean;
}

export const cpuDefaults: ResolvedCpuOptions = Object.freeze({
  kernels: undefined, threads: 1, oversubscribe: false,
});

/** @throws GpuError GPU_OPTION_INVALID */
export function resolveCpuOptions(options: CpuOptions = {}): ResolvedCpuOptions {
  for (const key of Object.keys(options)) {
    if (key in cpuDefaults) continue;
    const known = Object.keys(cpuDefaults).join(', ');
    throw new GpuError('GPU_OPTION_INVALID', `cpu has no option ${key}; its options are ${known}`);
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const resolved: ResolvedCpuOptions = { ...cpuDefaults, ...Object.fromEntries(given) };
  const { kernels, threads } = resolved;
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new GpuError('GPU_OPTION_INVALID', `threads is ${threads}, it is an integer from 1`);
  }
  if (threads > 1 && kernels === undefined) {
    const message = `threads is ${threads}: without native kernels cpu computes on one thread`;
    throw new GpuError('GPU_OPTION_INVALID', message);
  }
  return resolved;
}

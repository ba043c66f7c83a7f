/** The native addon, injected into the layers as a value. */

export { NativeError } from './errors.js';
export type { NativeErrorCode } from './errors.js';
export { native, tryNative } from './module.js';
export type { CpuKernels, NativeModule, NativeUsage, Pinning } from './module.js';

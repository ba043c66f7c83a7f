import { overlay, requireInteger } from '../options.js';

/** Limits of a storage. */
export interface StorageLimits {
  /**
   * Bytes of a file that is read or replaced whole.
   * @default 1073741824
   */
  readonly fileBytesMax?: number;
  /**
   * Bytes of one record of a log.
   * @default 67108864
   */
  readonly recordBytesMax?: number;
  /**
   * Bytes that a log holds in memory between two syncs.
   * @default 134217728
   */
  readonly logBufferBytesMax?: number;
}

/** Defaults of `StorageLimits`. */
export const storageDefaults: Required<StorageLimits> = Object.freeze({
  fileBytesMax: 2 ** 30,
  recordBytesMax: 64 * 1_024 * 1_024,
  logBufferBytesMax: 128 * 1_024 * 1_024,
});

/** @throws RuntimeError RUNTIME_OPTION_INVALID */
export function resolveStorageLimits(options: StorageLimits): Required<StorageLimits> {
  const resolved = overlay('storage', storageDefaults, options);
  requireInteger('fileBytesMax', resolved.fileBytesMax, { min: 1, max: 2 ** 31 - 1 });
  requireInteger('recordBytesMax', resolved.recordBytesMax, { min: 1, max: 2 ** 30 });
  requireInteger('logBufferBytesMax', resolved.logBufferBytesMax, { min: 1, max: 2 ** 31 - 1 });
  return resolved;
}

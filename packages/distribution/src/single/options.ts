import type { Storage } from '@ganglion/runtime/contract';

import { refuseUnknownKeys, requireInteger, requireText } from '../options.js';

/** How `single()` is made. */
export interface SingleOptions {
  /** The machine's id, its only member; 1 to 128 characters. */
  readonly id: string;
  /**
   * Keeps the epochs of leases rising across restarts, in the file `single/epoch`.
   * @default none: epochs rise while the process lives
   */
  readonly storage?: Storage;
  /**
   * Commands that `committed` can still yield; the oldest beyond it are dropped.
   * @default 65536
   */
  readonly retainedMax?: number;
  /**
   * Bytes of the commands that `committed` can still yield; the oldest beyond it are dropped.
   * @default 67108864
   */
  readonly retainedBytesMax?: number;
  /**
   * Bytes of one command.
   * @default 1048576
   */
  readonly commandBytesMax?: number;
  /**
   * Callers that may wait for one lease name.
   * @default 1024
   */
  readonly leaseWaitersMax?: number;
}

/** `SingleOptions` with every limit set. */
export type ResolvedSingleOptions = Required<Omit<SingleOptions, 'storage'>> &
  Pick<SingleOptions, 'storage'>;

/** Defaults of `SingleOptions`. */
export const singleDefaults: Omit<ResolvedSingleOptions, 'id' | 'storage'> = Object.freeze({
  retainedMax: 65_536,
  retainedBytesMax: 64 * 1_024 * 1_024,
  commandBytesMax: 1_024 * 1_024,
  leaseWaitersMax: 1_024,
});

const KEYS = Object.freeze(['id', 'storage', ...Object.keys(singleDefaults)]);

/** @throws DistributionError DISTRIBUTION_OPTION_INVALID */
export function resolveSingleOptions(options: SingleOptions): ResolvedSingleOptions {
  refuseUnknownKeys('single', options, KEYS);
  const resolved = { ...singleDefaults, ...options };
  requireText('id', resolved.id, 128);
  requireInteger('retainedMax', resolved.retainedMax, { min: 1, max: 2 ** 24 });
  requireInteger('commandBytesMax', resolved.commandBytesMax, { min: 1, max: 2 ** 30 });
  // One command of the largest size must fit.
  const min = resolved.commandBytesMax;
  requireInteger('retainedBytesMax', resolved.retainedBytesMax, { min, max: 2 ** 36 });
  requireInteger('leaseWaitersMax', resolved.leaseWaitersMax, { min: 0, max: 2 ** 20 });
  return resolved;
}

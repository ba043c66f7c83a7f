/** Codes of the distribution layer's errors; each is described in the package's README. */
export type DistributionErrorCode =
  | 'DISTRIBUTION_COMMAND_TOO_LARGE'
  | 'DISTRIBUTION_COMPACTED'
  | 'DISTRIBUTION_JOIN_REFUSED'
  | 'DISTRIBUTION_LEASE_CORRUPT'
  | 'DISTRIBUTION_LEASE_QUEUE_FULL'
  | 'DISTRIBUTION_OPTION_INVALID'
  | 'DISTRIBUTION_PROBE_FAILED'
  | 'DISTRIBUTION_STOPPED';

const BRAND = Symbol.for('@ganglion/distribution/DistributionError');

/**
 * An operating error of the distribution layer. `instanceof` holds across two installed copies of
 * the package.
 */
export class DistributionError extends Error {
  readonly code: DistributionErrorCode;

  constructor(code: DistributionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DistributionError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

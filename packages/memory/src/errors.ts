/** Codes of the memory layer's operating errors; each is described in the package's README. */
export type MemoryErrorCode =
  | 'MEMORY_EXHAUSTED'
  | 'MEMORY_LIMIT'
  | 'MEMORY_OPTION_INVALID'
  | 'MEMORY_STALE_HANDLE';

const BRAND = Symbol.for('@ganglion/memory/MemoryError');

/**
 * An operating error of the memory layer. `instanceof` holds across two installed copies of the
 * package.
 */
export class MemoryError extends Error {
  readonly code: MemoryErrorCode;

  constructor(code: MemoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MemoryError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

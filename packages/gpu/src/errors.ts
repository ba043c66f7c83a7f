/** Codes of the gpu layer's operating errors; each is described in the package's README. */
export type GpuErrorCode =
  | 'GPU_BACKEND_UNKNOWN'
  | 'GPU_DTYPE_MISMATCH'
  | 'GPU_LABEL_OUT_OF_RANGE'
  | 'GPU_NOT_SUPPORTED'
  | 'GPU_OPTION_INVALID'
  | 'GPU_OUT_OF_MEMORY'
  | 'GPU_PROGRAM_INVALID'
  | 'GPU_SHAPE_MISMATCH'
  | 'GPU_STALE_SLOT';

const BRAND = Symbol.for('@ganglion/gpu/GpuError');

/**
 * An operating error of the gpu layer. `instanceof` holds across two installed copies of the
 * package.
 */
export class GpuError extends Error {
  readonly code: GpuErrorCode;

  constructor(code: GpuErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GpuError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

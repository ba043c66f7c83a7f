/** Codes of this package's errors; each is described in its README. */
export type NativeErrorCode =
  | 'NATIVE_ARENA_INVALID'
  | 'NATIVE_ARGUMENT_INVALID'
  | 'NATIVE_LABEL_OUT_OF_RANGE'
  | 'NATIVE_LEVEL_UNKNOWN'
  | 'NATIVE_NOT_BUILT'
  | 'NATIVE_PIN_FAILED'
  | 'NATIVE_PROGRAM_MALFORMED';

const BRAND = Symbol.for('@ganglion/native/NativeError');

/**
 * The addon cannot be loaded. What the loaded addon throws are plain `TypeError`, `RangeError` and
 * `Error` objects with one of the other codes.
 */
export class NativeError extends Error {
  readonly code: NativeErrorCode;

  constructor(code: NativeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NativeError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

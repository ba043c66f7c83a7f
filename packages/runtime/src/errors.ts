/** Codes of the runtime's operating errors; each is described in the package's README. */
export type RuntimeErrorCode =
  | 'RUNTIME_CODEC_LIMIT'
  | 'RUNTIME_CODEC_MALFORMED'
  | 'RUNTIME_CODEC_UNSUPPORTED'
  | 'RUNTIME_CONNECTION_CLOSED'
  | 'RUNTIME_CONNECTION_LOST'
  | 'RUNTIME_CONNECTION_REFUSED'
  | 'RUNTIME_FRAME_MALFORMED'
  | 'RUNTIME_FRAME_TOO_LARGE'
  | 'RUNTIME_LOG_BUFFER_FULL'
  | 'RUNTIME_LOG_CLOSED'
  | 'RUNTIME_LOG_CORRUPT'
  | 'RUNTIME_LOG_OPEN'
  | 'RUNTIME_OPTION_INVALID'
  | 'RUNTIME_SEND_BUFFER_FULL'
  | 'RUNTIME_STORAGE_FAILED'
  | 'RUNTIME_STORAGE_LIMIT'
  | 'RUNTIME_STORAGE_NAME'
  | 'RUNTIME_THREAD_ENDED'
  | 'RUNTIME_TIMERS_FULL'
  | 'RUNTIME_TRANSPORT_ADDRESS';

const BRAND = Symbol.for('@ganglion/runtime/RuntimeError');

/**
 * An operating error of the runtime. `instanceof` holds across two installed copies of the package.
 */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RuntimeError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

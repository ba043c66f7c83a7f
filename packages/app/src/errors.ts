/** Codes of the app layer's operating errors; each is described in the package's README. */
export type AppErrorCode =
  | 'APP_CHECKPOINT_CORRUPT'
  | 'APP_CHECKPOINT_MISMATCH'
  | 'APP_DATA_INVALID'
  | 'APP_DATA_MISSING'
  | 'APP_DEFINITION_INVALID'
  | 'APP_DEVICE_UNAVAILABLE'
  | 'APP_OPTION_INVALID'
  | 'APP_RUN_BUSY'
  | 'APP_RUN_EXISTS'
  | 'APP_RUN_MISSING'
  | 'APP_RUN_TOO_LARGE'
  | 'APP_SAFETENSORS_INVALID'
  | 'APP_SHAPE_MISMATCH'
  | 'APP_STEP_FAILED'
  | 'APP_USAGE';

const BRAND = Symbol.for('@ganglion/app/AppError');

/** An operating error of the app layer. `instanceof` holds across two installed copies. */
export class AppError extends Error {
  readonly code: AppErrorCode;

  constructor(code: AppErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** Codes of the actor layer's operating errors; each is described in the package's README. */
export type ActorsErrorCode =
  | 'ACTORS_ACTORS_EXHAUSTED'
  | 'ACTORS_ASK_LIMIT'
  | 'ACTORS_ASK_TIMEOUT'
  | 'ACTORS_BEHAVIOUR_UNKNOWN'
  | 'ACTORS_CHILD_PRESENT'
  | 'ACTORS_CHILD_RUNNING'
  | 'ACTORS_CHILD_UNKNOWN'
  | 'ACTORS_DEFINITION_INVALID'
  | 'ACTORS_EXITED'
  | 'ACTORS_FIELD_INVALID'
  | 'ACTORS_HEAP_EXHAUSTED'
  | 'ACTORS_MAILBOX_FULL'
  | 'ACTORS_MAILBOX_TIMEOUT'
  | 'ACTORS_MAIN_MODULE_IMPORTED'
  | 'ACTORS_NAME_INVALID'
  | 'ACTORS_NAME_TAKEN'
  | 'ACTORS_NAME_TIMEOUT'
  | 'ACTORS_NAMES_EXHAUSTED'
  | 'ACTORS_NO_REPLY'
  | 'ACTORS_NOT_SUPPORTED'
  | 'ACTORS_OPTION_INVALID'
  | 'ACTORS_PINNING_INVALID'
  | 'ACTORS_RELATIONS_EXHAUSTED'
  | 'ACTORS_RESTARTED'
  | 'ACTORS_SCHEDULER_INVALID'
  | 'ACTORS_SLOTS_EXHAUSTED'
  | 'ACTORS_START_FAILED'
  | 'ACTORS_SUPERVISOR_DOWN'
  | 'ACTORS_SYSTEM_STOPPED'
  | 'ACTORS_TIMERS_EXHAUSTED'
  | 'ACTORS_TRACER_INVALID'
  | 'ACTORS_VALUE_INVALID'
  | 'ACTORS_VIEW_EXPIRED'
  | 'ACTORS_YIELD_INVALID';

const BRAND = Symbol.for('@ganglion/actors/ActorsError');

/**
 * An operating error of the actor layer. `instanceof` holds across two installed copies of the
 * package.
 */
export class ActorsError extends Error {
  readonly code: ActorsErrorCode;

  constructor(code: ActorsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ActorsError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** The text of whatever was thrown. Never throws itself. */
export function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return 'something without a text was thrown';
  }
}

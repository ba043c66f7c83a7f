/** Checks of options. Every refusal is one sentence naming the option, its value and the limit. */
import { AppError } from './errors.js';

/** Bounds of an integer option, both inclusive. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/** @throws AppError APP_OPTION_INVALID for a key that is not known. */
export function refuseUnknownKeys(owner: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const message = `${owner} has no option ${key}; it has ${known.join(', ')}`;
    throw new AppError('APP_OPTION_INVALID', message);
  }
}

/** @throws AppError APP_OPTION_INVALID unless `value` is an integer of the range. */
export function requireInteger(name: string, value: unknown, range: IntegerRange): void {
  const { min, max } = range;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return;
  const message = `${name} is ${String(value)}, it must be an integer from ${min} to ${max}`;
  throw new AppError('APP_OPTION_INVALID', message);
}

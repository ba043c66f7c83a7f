/**
 * Checks of options, shared by the runtime's factories. Every refusal is one sentence that names
 * the option, its value and the limit.
 */
import { RuntimeError } from './errors.js';

/** Bounds of an integer option, both inclusive. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

function invalid(message: string): RuntimeError {
  return new RuntimeError('RUNTIME_OPTION_INVALID', message);
}

/** Lays `given` over `defaults` and refuses keys that `defaults` does not have. */
export function overlay<T extends object>(owner: string, defaults: T, given: Partial<T>): T {
  const known = Object.keys(defaults);
  const result: Partial<T> = { ...defaults };
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      throw invalid(`${owner}: unknown option ${key}; known are ${known.join(', ')}`);
    }
    const name = key as keyof T; // it is one of the keys of `defaults`
    if (given[name] !== undefined) result[name] = given[name];
  }
  return result as T;
}

/** @throws RuntimeError RUNTIME_OPTION_INVALID unless `value` is an integer of the range. */
export function requireInteger(name: string, value: unknown, range: IntegerRange): void {
  if (!Number.isInteger(value) || Number(value) < range.min || Number(value) > range.max) {
    throw invalid(`${name} is ${String(value)}, must be an integer ${range.min} to ${range.max}`);
  }
}

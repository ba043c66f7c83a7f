/** Checks of options. Every refusal is one sentence naming the option, its value and the limit. */
import { DistributionError } from './errors.js';

/** Bounds of an integer option, both inclusive. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

function invalid(message: string): DistributionError {
  return new DistributionError('DISTRIBUTION_OPTION_INVALID', message);
}

/** @throws DistributionError DISTRIBUTION_OPTION_INVALID for a key that is not known. */
export function refuseUnknownKeys(owner: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      throw invalid(`${owner}: unknown option ${key}; known are ${known.join(', ')}`);
    }
  }
}

/** @throws DistributionError DISTRIBUTION_OPTION_INVALID unless it is an integer of the range. */
export function requireInteger(name: string, value: number, range: IntegerRange): void {
  if (!Number.isInteger(value) || value < range.min || value > range.max) {
    throw invalid(`${name} is ${value}, must be an integer ${range.min} to ${range.max}`);
  }
}

/** @throws DistributionError DISTRIBUTION_OPTION_INVALID unless it has 1 to `lengthMax` units. */
export function requireText(name: string, value: string, lengthMax: number): void {
  if (value.length < 1 || value.length > lengthMax) {
    throw invalid(`${name} has ${value.length} characters, must have 1 to ${lengthMax}`);
  }
}

import { createHash } from 'node:crypto';
import type { Program } from './contract.js';

/**
 * A name for what a program computes, for manifests and caches: equal programs have equal hashes on
 * every machine, whatever order their objects' keys were written in.
 */

/** SHA-256 in hexadecimal over the canonical text of the program. */
export function hashProgram(program: Program): string {
  return createHash('sha256').update(canonical(program)).digest('hex');
}

/** JSON with sorted keys and without absent fields. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}

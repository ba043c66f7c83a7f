/**
 * Freezes a value that the codec encodes, with all that it holds.
 *
 * What JavaScript cannot freeze stays as it is: typed arrays, buffers and dates; of maps and sets,
 * which entries they have. An actor reference is left alone. Runs no getter.
 */
import { ActorRefObject } from './ref-object.js';

/** See the file's header. */
export function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (ArrayBuffer.isView(value) || value instanceof ActorRefObject) return;
  if (value instanceof Map) {
    for (const [key, held] of value) {
      deepFreeze(key);
      deepFreeze(held);
    }
    return;
  }
  if (value instanceof Set) {
    for (const held of value) deepFreeze(held);
    return;
  }
  for (const { value: held } of Object.values(Object.getOwnPropertyDescriptors(value)))
    deepFreeze(held);
  Object.freeze(value);
}

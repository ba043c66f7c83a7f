/** A name as the shared table compares it: its hash, its length and its bytes in whole words. */
import { ActorsError } from './errors.js';
import { NAME_BYTES_MAX } from './limits.js';

/** Words that hold a name's bytes. */
export const NAME_WORDS: number = NAME_BYTES_MAX / 4;

/** See the file's header. */
export interface NameKey {
  readonly hash: number;
  readonly bytes: number;
  readonly words: Int32Array;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SHOWN_MAX = 80;

/** @throws ActorsError ACTORS_NAME_INVALID */
export function nameKey(name: string): NameKey {
  const padded = new Uint8Array(NAME_BYTES_MAX);
  const { read, written } = new TextEncoder().encodeInto(name, padded);
  if (name === '' || read < name.length) {
    const shown = JSON.stringify(name.slice(0, SHOWN_MAX));
    const given = new TextEncoder().encode(name).length;
    throw new ActorsError(
      'ACTORS_NAME_INVALID',
      `the name ${shown} takes ${given} bytes of UTF-8; it must take 1 to ${NAME_BYTES_MAX}`,
    );
  }
  // Half of a surrogate pair has no encoding of its own, so different names would become one.
  if (/\p{Surrogate}/u.test(name))
    throw new ActorsError('ACTORS_NAME_INVALID', 'a name must be well-formed Unicode');
  const words = new Int32Array(padded.buffer);
  let hash = FNV_OFFSET;
  for (let index = 0; index < written; index++)
    hash = Math.imul(hash ^ (padded[index] as number), FNV_PRIME);
  return { hash, bytes: written, words };
}

/** The name of words and a length. */
export function nameOf(words: Int32Array, bytes: number): string {
  return new TextDecoder().decode(new Uint8Array(words.buffer, words.byteOffset, bytes));
}

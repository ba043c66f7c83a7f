/**
 * What of MessagePack a Ganglion codec writes and reads. Plain data takes MessagePack's own types;
 * Map, Set, negative zero and instances of extended classes are one extension type, `tagged`, which
 * stands before the array [code, payload].
 */

/** MessagePack extension types that a codec writes. */
export interface ExtensionTypes {
  readonly undefined: number;
  readonly bigint: number;
  readonly tagged: number;
  readonly bytes: number;
  readonly date: number;
}

export const EXTENSION: ExtensionTypes = Object.freeze({
  undefined: 0x00,
  bigint: 0x42,
  tagged: 0x47,
  bytes: 0x74,
  date: 0xff,
});

/** Codes before a payload that belong to the codec; those of extensions are ≥ 0. */
export interface TagCodes {
  /** Before an array of keys and values in turn. */
  readonly map: number;
  /** Before an array of elements. */
  readonly set: number;
  /** Before nil. */
  readonly negativeZero: number;
  /** Before a space and a text that begins with a byte order mark. */
  readonly text: number;
}

export const TAG: TagCodes = Object.freeze({ map: -1, set: -2, negativeZero: -3, text: -4 });

/** Keys of objects that name an object's prototype or lead to it. */
export const PROTOTYPE_KEYS: readonly string[] = Object.freeze([
  '__proto__', 'constructor', 'prototype',
]);

/** The one class that is registered with msgpackr: a value with its code. */
export class Tagged {
  readonly code: number;
  readonly payload: unknown;

  constructor(code: number, payload: unknown) {
    this.code = code;
    this.payload = payload;
  }
}

/**
 * Code made from declarations. Generated, so that every behaviour has functions of its own and V8
 * sees one layout in each (ACTORS-P2), and so that the positions of the system's memory are
 * constants in it. Names come from checked identifiers only (message-layout.ts), the rest is
 * numbers of the layouts; nothing from outside a declaration enters the text.
 */

/** The memory that generated code works on. */
export interface GeneratedMemory {
  readonly words: Int32Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
}

/** The function or class that `text` returns; it sees the memory's arrays and `names`. */
export function compileIn<T>(
  { words, floats, doubles, bytes }: GeneratedMemory,
  names: Readonly<Record<string, unknown>>,
  text: string,
): T {
  const all = { words, floats, doubles, bytes, ...names };
  // Names and text come from declarations that layoutFields has checked.
  return new Function(...Object.keys(all), `'use strict'; ${text}`)(...Object.values(all)) as T;
}

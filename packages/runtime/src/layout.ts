/**
 * Shared-memory layouts. One `struct` table is the single source of every offset (ARCHITECTURE M2):
 * `tools/gen-layouts` writes the C++ struct with its `static_assert`s from the same table.
 *
 * Multi-byte fields are in the machine's byte order, as typed arrays and C++ see them.
 */

const BYTES = { u8: 1, i32: 4, u32: 4, f32: 4, i64: 8, u64: 8, f64: 8 } as const;

/** Kinds of a field. Only `i32` fields may be touched by Atomics. */
export type FieldKind = keyof typeof BYTES;

/** A field: one value, or a fixed array of them. */
export type Field = FieldKind | readonly [kind: FieldKind, count: number];

type NamesOf<F, K extends FieldKind> = { [P in keyof F]: F[P] extends K ? P : never }[keyof F];
type WordKind = 'i32' | 'u32' | 'f32';

/**
 * The computed layout of a struct. Offsets are in bytes; `word` and `plain` are indices in 4-byte
 * elements.
 */
export interface Struct<F extends Record<string, Field> = Record<string, Field>> {
  readonly size: number;
  readonly fields: F;
  readonly offset: { readonly [P in keyof F]: number };
  /** Int32Array indices of the `i32` fields, the only ones that Atomics may touch. */
  readonly word: { readonly [P in NamesOf<F, 'i32'>]: number };
  /** 4-byte element indices of every single `i32`, `u32` and `f32` field, for plain access. */
  readonly plain: { readonly [P in NamesOf<F, WordKind>]: number };
}

/**
 * Declares a layout of exactly `size` bytes.
 * @throws RangeError if a field needs implicit padding, an array has no whole positive count, or
 *   the fields do not take `size` bytes.
 */
export function struct<const F extends Record<string, Field>>(size: number, fields: F): Struct<F> {
  const offset: Record<string, number> = {};
  const word: Record<string, number> = {};
  const plain: Record<string, number> = {};
  let at = 0;
  for (const [name, field] of Object.entries<Field>(fields)) {
    const [kind, count] = typeof field === 'string' ? ([field, 1] as const) : field;
    if (!Number.isInteger(count) || count < 1) throw new RangeError(`${name}: count is ${count}`);
    const width = BYTES[kind];
    if (at % width !== 0) {
      const message = `${name}: offset ${at} is not ${width}-byte aligned; add a reserved field`;
      throw new RangeError(message);
    }
    offset[name] = at;
    if (field === 'i32') word[name] = at / 4;
    if (field === 'i32' || field === 'u32' || field === 'f32') plain[name] = at / 4;
    at += width * count;
  }
  if (at !== size) throw new RangeError(`fields take ${at} bytes, declared ${size}`);
  return Object.freeze({ size, fields, offset, word, plain }) as Struct<F>;
}

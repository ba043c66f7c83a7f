/**
 * Typed copies of structs in shared memory, field by field.
 *
 * Owns nothing: plain loads and stores of whatever bytes it is pointed at. For code that is not on
 * a hot path; that uses the struct's words in place.
 */
import assert from 'node:assert/strict';
import type { Field, FieldKind, Struct } from '@ganglion/runtime/layout';

type ValueOfKind<K> = K extends 'i64' | 'u64' ? bigint : number;
type ValueOf<F> = F extends readonly [infer K, number] ? readonly ValueOfKind<K>[] : ValueOfKind<F>;

/** The plain value of an element. */
export type ElementOf<F extends Record<string, Field>> = { readonly [P in keyof F]: ValueOf<F[P]> };

interface Accessor {
  readonly bytes: number;
  get(view: DataView, at: number): number | bigint;
  set(view: DataView, at: number, value: number | bigint): void;
}

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const ACCESSORS: Readonly<Record<FieldKind, Accessor>> = Object.freeze({
  u8: number(1, (v, at) => v.getUint8(at), (v, at, x) => v.setUint8(at, x)),
  i32: number(4, (v, at) => v.getInt32(at, LITTLE), (v, at, x) => v.setInt32(at, x, LITTLE)),
  u32: number(4, (v, at) => v.getUint32(at, LITTLE), (v, at, x) => v.setUint32(at, x, LITTLE)),
  f32: number(4, (v, at) => v.getFloat32(at, LITTLE), (v, at, x) => v.setFloat32(at, x, LITTLE)),
  f64: number(8, (v, at) => v.getFloat64(at, LITTLE), (v, at, x) => v.setFloat64(at, x, LITTLE)),
  i64: {
    bytes: 8,
    get: (view, at) => view.getBigInt64(at, LITTLE),
    set: (view, at, value) => view.setBigInt64(at, BigInt(value), LITTLE),
  },
  u64: {
    bytes: 8,
    get: (view, at) => view.getBigUint64(at, LITTLE),
    set: (view, at, value) => view.setBigUint64(at, BigInt(value), LITTLE),
  },
});

function number(
  bytes: number,
  get: (view: DataView, at: number) => number,
  set: (view: DataView, at: number, value: number) => void,
): Accessor {
  return { bytes, get, set: (view, at, value) => set(view, at, Number(value)) };
}

/** A copy of the struct at byte `at`. */
export function readStruct<F extends Record<string, Field>>(
  view: DataView, at: number, struct: Struct<F>,
): ElementOf<F> {
  const element: Record<string, unknown> = {};
  for (const name of Object.keys(struct.fields)) {
    element[name] = readField(view, at + struct.offset[name], struct.fields[name]);
  }
  return element as ElementOf<F>;
}

/** Writes the given fields. @throws AssertionError for a field that the struct has not. */
export function writeStruct<F extends Record<string, Field>>(
  view: DataView, at: number, struct: Struct<F>, value: Partial<ElementOf<F>>,
): void {
  for (const name of Object.keys(value)) {
    assert.ok(Object.hasOwn(struct.fields, name), `${name} is a field of the struct`);
    writeField(view, at + struct.offset[name], struct.fields[name], value[name]);
  }
}

function readField(view: DataView, at: number, field: Field): unknown {
  if (typeof field === 'string') return ACCESSORS[field].get(view, at);
  const { bytes, get } = ACCESSORS[field[0]];
  return Array.from({ length: field[1] }, (_, index) => get(view, at + index * bytes));
}

function writeField(view: DataView, at: number, field: Field, value: unknown): void {
  if (typeof field === 'string') {
    ACCESSORS[field].set(view, at, value as number | bigint); // typed by ElementOf
    return;
  }
  const { bytes, set } = ACCESSORS[field[0]];
  const values = value as readonly (number | bigint)[]; // typed by ElementOf
  assert.equal(values.length, field[1], 'an array field is written whole');
  for (const [index, one] of values.entries()) set(view, at + index * bytes, one);
}

/**
 * Places the fields of a state or message. The same declaration gives the same layout on every
 * thread.
 */
import { ActorsError } from './errors.js';
import type { FieldKind, Fields } from './contract/messages.js';

/** A placed field; `offset` is in bytes from the start, which is 8-byte aligned. */
export interface PlacedField {
  readonly name: string;
  readonly kind: FieldKind['kind'];
  readonly offset: number;
}

/** A placed declaration. `bytes` is a multiple of 4. */
export interface FieldsLayout {
  readonly fields: readonly PlacedField[];
  readonly bytes: number;
}

const BYTES: Readonly<Record<FieldKind['kind'], number>> = {
  f64: 8,
  ref: 8,
  i32: 4,
  u32: 4,
  f32: 4,
  u8: 1,
};
/** What views have besides their fields. */
const RESERVED: readonly string[] = ['at', 'reply', 'value', 'constructor', '__proto__'];

/**
 * Widest fields first, then in order of declaration, without padding between them.
 * @throws ActorsError ACTORS_DEFINITION_INVALID naming `owner`, the field and the limit.
 */
export function layoutFields(owner: string, fields: Fields, limitBytes: number): FieldsLayout {
  const entries = Object.entries(fields);
  for (const [name, field] of entries) {
    if (!/^[A-Za-z_$][\w$]*$/.test(name) || RESERVED.includes(name)) {
      throw new ActorsError('ACTORS_DEFINITION_INVALID', `${owner}: "${name}" cannot name a field`);
    }
    if (!Object.hasOwn(BYTES, field.kind)) {
      throw new ActorsError(
        'ACTORS_DEFINITION_INVALID',
        `${owner}: field ${name} has no known kind`,
      );
    }
  }
  const placed: PlacedField[] = [];
  let at = 0;
  for (const width of [8, 4, 1]) {
    for (const [name, { kind }] of entries) {
      if (BYTES[kind] !== width) continue;
      placed.push({ name, kind, offset: at });
      at += width;
    }
  }
  const bytes = (at + 3) & ~3;
  if (bytes > limitBytes) {
    throw new ActorsError(
      'ACTORS_DEFINITION_INVALID',
      `${owner} takes ${bytes} bytes, at most ${limitBytes} fit`,
    );
  }
  return { fields: placed, bytes };
}

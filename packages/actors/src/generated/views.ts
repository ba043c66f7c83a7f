/** Views: objects whose properties are the fields of a state or a message in shared memory. */
import type { FieldsLayout, PlacedField } from '../message-layout.js';
import type { ActorRefObject } from '../ref-object.js';
import { compileIn } from './compile.js';
import type { GeneratedMemory } from './compile.js';

/** What views need of their thread. */
export interface ViewScope extends GeneratedMemory {
  /** The ref of the two words; undefined for an unset field. */
  refAt(low: number, high: number): ActorRefObject | undefined;
}

/** A view: `at` is the word where the fields start. */
export interface FieldsViewObject {
  at: number;
}

const READ: Readonly<Record<PlacedField['kind'], (offset: number) => string>> = {
  i32: (offset) => `words[this.at + ${offset / 4}]`,
  u32: (offset) => `words[this.at + ${offset / 4}] >>> 0`,
  f32: (offset) => `floats[this.at + ${offset / 4}]`,
  f64: (offset) => `doubles[(this.at >> 1) + ${offset / 8}]`,
  u8: (offset) => `bytes[(this.at << 2) + ${offset}]`,
  ref: (offset) =>
    `scope.refAt(words[this.at + ${offset / 4}], words[this.at + ${offset / 4 + 1}])`,
};

/** The statement that writes `from` to a field of the fields at word `at`. */
export const WRITE: Readonly<
  Record<PlacedField['kind'], (at: string, offset: number, from: string) => string>
> = {
  i32: (at, offset, from) => `words[${at} + ${offset / 4}] = ${from};`,
  u32: (at, offset, from) => `words[${at} + ${offset / 4}] = ${from};`,
  f32: (at, offset, from) => `floats[${at} + ${offset / 4}] = ${from};`,
  f64: (at, offset, from) => `doubles[(${at} >> 1) + ${offset / 8}] = ${from};`,
  u8: (at, offset, from) => `bytes[(${at} << 2) + ${offset}] = ${from};`,
  ref: (at, offset, from) =>
    `words[${at} + ${offset / 4}] = ${from}.low; words[${at} + ${offset / 4 + 1}] = ${from}.high;`,
};

const UNSET = Object.freeze({ low: 0, high: 0 });

/**
 * A class of views over placed fields; assigning to a field writes it, wrapping numbers as typed
 * arrays do.
 */
export function viewClass(
  scope: ViewScope,
  layout: FieldsLayout,
  methods = '',
  names: Readonly<Record<string, unknown>> = {},
): new () => FieldsViewObject {
  const accessors = layout.fields.map(({ name, kind, offset }) => {
    const store = kind === 'ref' ? `if (value === undefined) value = unset; ` : '';
    return `get ${name}() { return ${READ[kind](offset)}; }
      set ${name}(value) { ${store}${WRITE[kind]('this.at', offset, 'value')} }`;
  });
  return compileIn(
    scope,
    { scope, unset: UNSET, ...names },
    `return class {
      constructor() { this.at = 0; }
      ${accessors.join('\n')} ${methods}
    };`,
  );
}

/**
 * Views: objects whose properties are the fields of a state or a message in shared memory.
 *
 * VIEW-1 (ACTORS-O8): with development checks a view is at EXPIRED from the end of its turn until
 *   it is used for another one; its fields then throw. So does what `self` does for its actor: it
 *   names none. Without them nobody looks, and the code is what it would be without this rule.
 *
 * An element of a typed array that is not there is undefined, and V8 looks anyway whether it is
 * there. So asking for undefined costs nothing in a turn. (A look at `at` took 8 ns a message.)
 */
import { ActorsError } from '../errors.js';
import type { FieldsLayout, PlacedField } from '../message-layout.js';
import type { ActorRefObject } from '../ref-object.js';
import { compileIn } from './compile.js';
import type { GeneratedMemory } from './compile.js';

/** What views need of their thread. */
export interface ViewScope extends GeneratedMemory {
  /** Says whether views expire (VIEW-1). */
  readonly references: { readonly isChecked: boolean };
  /** The ref of the two words; undefined for an unset field. */
  refAt(low: number, high: number): ActorRefObject | undefined;
}

/** A view: `at` is the word where the fields start. */
export interface FieldsViewObject {
  at: number;
}

/** Where a view is whose turn has ended: before all memory, whatever the field. */
export const EXPIRED: number = -(2 ** 20);

/** The word of memory that a field begins with, or the element that it is. */
const ELEMENT: Readonly<Record<PlacedField['kind'], (offset: number) => string>> = {
  i32: (offset) => `words[this.at + ${offset / 4}]`,
  u32: (offset) => `words[this.at + ${offset / 4}]`,
  f32: (offset) => `floats[this.at + ${offset / 4}]`,
  f64: (offset) => `doubles[(this.at >> 1) + ${offset / 8}]`,
  u8: (offset) => `bytes[(this.at << 2) + ${offset}]`,
  ref: (offset) => `words[this.at + ${offset / 4}]`,
};

/** A field's value, given its element. */
function read(kind: PlacedField['kind'], element: string, offset: number): string {
  if (kind === 'u32') return `(${element}) >>> 0`;
  if (kind !== 'ref') return element;
  return `scope.refAt(${element}, words[this.at + ${offset / 4 + 1}])`;
}

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

/** What throws for each field. Without an argument, so that accessors stay small. */
function refusals({ fields }: FieldsLayout): Readonly<Record<string, () => never>> {
  return Object.fromEntries(fields.map(({ name }) => [`expired_${name}`, () => {
    throw viewExpired(`the field ${name} was used after the turn of its message or state`);
  }]));
}

/** @param what was done too late */
export function viewExpired(what: string): ActorsError {
  return new ActorsError('ACTORS_VIEW_EXPIRED', `${what}: keep what a view shows, not the view`);
}

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
  const { isChecked } = scope.references;
  const accessors = layout.fields.map(({ name, kind, offset }) => {
    const store = kind === 'ref' ? `if (value === undefined) value = unset; ` : '';
    const bare = ELEMENT[kind](offset);
    const element = isChecked ? `${bare} ?? expired_${name}()` : bare;
    return `get ${name}() { return ${read(kind, element, offset)}; }
      set ${name}(value) {
        ${isChecked ? `${element};` : ''} ${store}${WRITE[kind]('this.at', offset, 'value')}
      }`;
  });
  return compileIn(
    scope,
    { scope, unset: UNSET, ...(isChecked ? refusals(layout) : {}), ...names },
    `return class {
      constructor() { this.at = 0; }
      ${accessors.join('\n')} ${methods}
    };`,
  );
}

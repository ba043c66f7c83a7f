/**
 * State writers: functions that write an actor's first shared state.
 *
 * STATE-WRITER-1: every field that is given is checked before it is written; one that is not given
 *   is zero. A writer that throws leaves the state half written: its actor does not exist yet.
 */
import { ActorsError } from '../errors.js';
import type { FieldsLayout, PlacedField } from '../message-layout.js';
import { ActorRefObject } from '../ref-object.js';
import { compileIn } from './compile.js';
import type { GeneratedMemory } from './compile.js';
import { WRITE } from './views.js';

/** What state writers need of their thread. */
export interface StateScope extends GeneratedMemory {
  /** Tells one system from another. */
  readonly system: object;
}

/** Writes `given` to the state at word `at`. @throws ActorsError ACTORS_FIELD_INVALID */
export type StateWriter = (at: number, given: unknown) => void;

/** Words that are set to zero one by one. */
const UNROLLED_MAX = 16;

/** The writer of a behaviour's states. @param owner names the behaviour in errors */
export function stateWriter(scope: StateScope, layout: FieldsLayout, owner: string): StateWriter {
  const refuse = refuser(owner);
  return compileIn(
    scope,
    { system: scope.system, refuse, ActorRefObject },
    `return function (at, given) {
      ${clearOf(layout.bytes / 4)}
      if (given === undefined) return;
      if (typeof given !== 'object' || given === null) refuse('', 'fields', given);
      for (const name in given) {
        const value = given[name];
        if (value === undefined) continue;
        switch (name) {
          ${layout.fields.map(caseOf).join('\n')}
          default: refuse(name, '', value);
        }
      }
    };`,
  );
}

function clearOf(words: number): string {
  if (words > UNROLLED_MAX) return `words.fill(0, at, at + ${words});`;
  return Array.from({ length: words }, (_, n) => `words[at + ${n}] = 0;`).join(' ');
}

function caseOf({ name, kind, offset }: PlacedField): string {
  const isWrong =
    kind === 'ref'
      ? `!(value instanceof ActorRefObject) || value.home.system !== system`
      : `typeof value !== 'number'`;
  return `case '${name}':
    if (${isWrong}) refuse('${name}', '${kind}', value);
    ${WRITE[kind]('at', offset, 'value')}
    break;`;
}

function refuser(owner: string): (name: string, kind: string, given: unknown) => never {
  return (name, kind, given) => {
    throw new ActorsError('ACTORS_FIELD_INVALID', refusal(owner, name, kind, given));
  };
}

function refusal(owner: string, name: string, kind: string, given: unknown): string {
  if (kind === '') return `${owner} has no state field ${name}`;
  const type = given === null ? 'null' : typeof given;
  if (kind === 'fields') return `${owner}: its state is ${type}, must be an object with its fields`;
  const wanted = kind === 'ref' ? 'an actor reference of this system' : 'a number';
  return `${owner}: state field ${name} is ${type}, must be ${wanted}`;
}

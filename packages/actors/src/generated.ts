/**
 * Code made from declarations: views of state and messages, writers of messages, and each
 * behaviour's dispatch. Generated, so that every behaviour has functions of its own and V8 sees one
 * layout in each (ACTORS-P2). Names come from checked identifiers only (message-layout.ts); nothing
 * from outside a declaration enters the text.
 */
import { ActorsError } from './errors.js';
import type { FieldsLayout, PlacedField } from './message-layout.js';
import { MessageSlot } from './layouts.js';
import { ActorRefObject } from './ref-object.js';

/** What generated code works on. */
export interface GeneratedScope {
  readonly words: Int32Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
  /** Opens a slot and returns it. */
  open(low: number, high: number, message: number, payloadBytes: number): number;
  /** Word of a slot's payload. */
  payloadWord(slot: number): number;
  /** A ref for the two words; `view` may be pointed elsewhere instead of making another. */
  refAt(low: number, high: number, view: ActorRefObject | undefined): ActorRefObject | undefined;
}

/** A view: `at` is the word where the fields start. */
export interface FieldsViewObject {
  at: number;
}

const READ: Readonly<Record<PlacedField['kind'], (offset: number, name: string) => string>> = {
  i32: (offset) => `words[this.at + ${offset / 4}]`,
  u32: (offset) => `words[this.at + ${offset / 4}] >>> 0`,
  f32: (offset) => `floats[this.at + ${offset / 4}]`,
  f64: (offset) => `doubles[(this.at >> 1) + ${offset / 8}]`,
  u8: (offset) => `bytes[(this.at << 2) + ${offset}]`,
  ref: (offset, name) =>
    `this.ref_${name} = scope.refAt(words[this.at + ${offset / 4}],
      words[this.at + ${offset / 4 + 1}], this.ref_${name})`,
};

const WRITE: Readonly<
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

/** From a payload's word to the one that tells who asked. */
const ASK_THREAD = MessageSlot.plain.askThread - MessageSlot.offset.inline / 4;

const UNSET = Object.freeze({ low: 0, high: 0 });
const COERCED: Readonly<Partial<Record<PlacedField['kind'], string>>> = {
  i32: '| 0',
  u32: '>>> 0',
  u8: '& 255',
};

function compile<T>(names: readonly string[], values: readonly unknown[], text: string): T {
  // Names and text come from declarations that layoutFields has checked.
  return new Function(...names, `'use strict'; ${text}`)(...values) as T;
}

function compileIn<T>(
  scope: GeneratedScope,
  extra: Readonly<Record<string, unknown>>,
  text: string,
): T {
  const { words, floats, doubles, bytes } = scope;
  const all = { scope, words, floats, doubles, bytes, ...extra };
  return compile<T>(Object.keys(all), Object.values(all), text);
}

/**
 * A class of views over placed fields; assigning to a field writes it, wrapping numbers as typed
 * arrays do.
 */
export function viewClass(
  scope: GeneratedScope,
  layout: FieldsLayout,
  methods = '',
  extra: Readonly<Record<string, unknown>> = {},
): new () => FieldsViewObject {
  const accessors = layout.fields.map(({ name, kind, offset }) => {
    const store = kind === 'ref' ? `if (value === undefined) value = unset; ` : '';
    return `get ${name}() { return ${READ[kind](offset, name)}; }
      set ${name}(value) { ${store}${WRITE[kind]('this.at', offset, 'value')} }`;
  });
  const refs = layout.fields
    .filter(({ kind }) => kind === 'ref')
    .map(({ name }) => `this.ref_${name} = undefined;`);
  return compileIn(
    scope,
    { unset: UNSET, ...extra },
    `return class {
      constructor() { this.at = 0; ${refs.join(' ')} }
      ${accessors.join('\n')} ${methods}
    };`,
  );
}

/** Opens a slot for one message and writes its fields; nothing is taken if a field is wrong. */
export type Opener = (low: number, high: number, payload: unknown) => number;

/** The opener of a message with fields. @param owner names the message in errors */
export function fieldsOpener(
  scope: GeneratedScope,
  layout: FieldsLayout,
  message: number,
  owner: string,
): Opener {
  const reads = layout.fields.map(({ name, kind }, n) => {
    const coerced = COERCED[kind];
    if (coerced !== undefined) {
      return `const v${n} = fields.${name}; const n${n} = v${n} ${coerced};
        if (n${n} !== v${n}) refuse('${name}', '${kind}', v${n});`;
    }
    const test =
      kind === 'ref' ? `!(v${n} instanceof ActorRefObject)` : `typeof v${n} !== 'number'`;
    return `const v${n} = fields.${name}; if (${test}) refuse('${name}', '${kind}', v${n});`;
  });
  const writes = layout.fields.map(({ kind, offset }, n) =>
    WRITE[kind]('at', offset, COERCED[kind] === undefined ? `v${n}` : `n${n}`),
  );
  const refuse = (name: string, kind: string, given: unknown): never => {
    throw new ActorsError(
      'ACTORS_FIELD_INVALID',
      `${owner}: ${name} is ${describe(given)}, must be ${KIND_TEXT[kind]}`,
    );
  };
  return compileIn(
    scope,
    { refuse, ActorRefObject },
    `return function (low, high, fields) {
    ${reads.join('\n')}
    const slot = scope.open(low, high, ${message}, ${layout.bytes});
    const at = scope.payloadWord(slot);
    ${writes.join('\n')}
    return slot;
  };`,
  );
}

const KIND_TEXT: Readonly<Record<string, string>> = {
  u8: 'an integer from 0 to 255',
  i32: 'an integer from -2147483648 to 2147483647',
  u32: 'an integer from 0 to 4294967295',
  f32: 'a number',
  f64: 'a number',
  ref: 'an actor reference',
};

function describe(given: unknown): string {
  return typeof given === 'object' ? 'an object' : `${typeof given} ${String(given)}`;
}

/** Makes a class whose methods send one kind of message each; `send(low, slot)` follows `open`. */
export function tellClass(
  openers: Readonly<Record<string, Opener>>,
  send: (low: number, slot: number) => void,
): new (low: number, high: number) => TargetObject {
  const names = Object.keys(openers);
  const methods = names.map(
    (name, n) => `'${name}'(payload) { send(this.low, open${n}(this.low, this.high, payload)); }`,
  );
  return compile(
    ['send', ...names.map((_, n) => `open${n}`)],
    [send, ...Object.values(openers)],
    `return class {
      constructor(low, high) { this.low = low; this.high = high; }
      ${methods.join('\n')}
    };`,
  );
}

/** The object behind `ref.tell` and `ref.ask`: methods by message name. */
export interface TargetObject {
  low: number;
  high: number;
}

/** One message as dispatch sees it. */
export interface DispatchedMessage {
  readonly View: new () => FieldsViewObject;
  readonly handler: (self: unknown, message: unknown) => unknown;
  readonly isValue: boolean;
  readonly isReply: boolean;
  /** Word offsets of its refs, whose behaviours must be known before the handler runs. */
  readonly refs: readonly number[];
}

/** A handler that returned a promise, and the view of the message that it holds until then. */
export interface HeldHandler {
  readonly settled: PromiseLike<unknown>;
  readonly view: FieldsViewObject;
}

/** Runs the handler of message `kind`, whose slot is `slot`. */
export type Dispatch = (self: unknown, kind: number, slot: number) => HeldHandler | undefined;

const replyCall = (n: number): string => `let result;
  try { result = handler${n}(self, view); }
  catch (error) { view.at = nowhere; view${n} = new View${n}(); throw error; }`;

/**
 * The dispatch of a behaviour. A view is used again and again, unless the handler returned a
 * promise: then its activation holds the view, and the next message gets another (ACTORS-O8). A
 * view that can reply is pointed at slot 0, where nobody asks, before its request's slot is
 * released. So a late reply is ignored.
 */
export function dispatchFunction(
  scope: GeneratedScope,
  messages: readonly DispatchedMessage[],
  calls: {
    readonly readValue: (slot: number) => unknown;
    readonly requireRef: (low: number) => void;
    /** Ends the ask of a handler that has returned without a reply. */
    readonly endUnanswered: (slot: number) => void;
  },
): Dispatch {
  const extra: Record<string, unknown> = { ...calls, isThenable };
  const cases = messages.map((message, n) => {
    extra[`View${n}`] = message.View;
    extra[`handler${n}`] = message.handler;
    return `case ${n}: {
      const view = view${n};
      view.at = scope.payloadWord(slot);
      ${message.refs.map((offset) => `requireRef(words[view.at + ${offset}]);`).join(' ')}
      ${message.isValue ? 'view.value = readValue(slot);' : ''}
      ${message.isReply ? replyCall(n) : `const result = handler${n}(self, view);`}
      if (result !== undefined && isThenable(result)) {
        view${n} = new View${n}();
        return { settled: result, view };
      }
      ${message.isReply ? `if (words[view.at + ${ASK_THREAD}] !== 0) endUnanswered(slot);` : ''}
      ${message.isReply ? 'view.at = nowhere;' : ''}
      return undefined;
    }`;
  });
  const views = messages.map((_, n) => `let view${n} = new View${n}();`);
  return compileIn(
    scope,
    extra,
    `${views.join(' ')} const nowhere = scope.payloadWord(0);
    return function (self, kind, slot) { switch (kind) { ${cases.join('\n')} } };`,
  );
}

/** True for promises and what behaves like them. */
export function isThenable(candidate: unknown): candidate is PromiseLike<unknown> {
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    'then' in candidate &&
    typeof candidate.then === 'function'
  );
}

/**
 * Points a state view at the words of an actor. One function for each behaviour, so that each sees
 * one class.
 */
export function pointFunction(): (view: FieldsViewObject, at: number) => void {
  return compile([], [], 'return function (view, at) { view.at = at; };');
}

/**
 * Senders: functions that check a message's fields, take a slot and write the message into it.
 *
 * SENDER-1: nothing is taken before every field has been read and checked; after that nothing of a
 *   user runs.
 * SENDER-2: a tell to an actor of the same thread does the steps of Mailboxes.open and send in one
 *   function, whose positions are constants. It does them only where none of their other branches
 *   is taken; everything else goes through the two.
 * SENDER-3 (ACTORS-O7): a value for an isolate-state actor is kept by reference (references.ts).
 *   Its teller is that of SENDER-2; with development checks it goes through References.open.
 */
import { ActorsError } from '../errors.js';
import { ActorBlock, MessageSlot } from '../layouts.js';
import type { Mailboxes } from '../mailbox.js';
import type { FieldsLayout, PlacedField } from '../message-layout.js';
import { BY_REFERENCE } from '../phases.js';
import { ActorRefObject } from '../ref-object.js';
import type { References } from '../references.js';
import { compileIn } from './compile.js';
import type { GeneratedMemory } from './compile.js';
import { blockOf, placeNames, slotIn, slotWord, takeSlot } from './places.js';
import { WRITE } from './views.js';

/** What senders need of their thread. */
export interface SendScope extends GeneratedMemory {
  readonly mail: Mailboxes;
  /** Tells one system's refs from another's. */
  readonly system: object;
  /** Opens a slot and returns it. */
  open(low: number, high: number, message: number, payloadBytes: number): number;
  /** Queues an opened slot. */
  send(low: number, slot: number): void;
  /** Word of a slot's payload. */
  payloadWord(slot: number): number;
}

/** Opens a slot for one message and writes its fields; nothing is taken if a field is wrong. */
export type Opener = (low: number, high: number, payload: unknown) => number;

/** Sends one message; nothing is taken if a field is wrong. */
export type Teller = (low: number, high: number, payload: unknown) => void;

/** The object behind `ref.tell` and `ref.ask`: methods by message name. */
export interface TargetObject {
  readonly low: number;
  readonly high: number;
}

const INDEX_MASK = (1 << 20) - 1;
const PAYLOAD = MessageSlot.offset.inline / 4;
const TIMESTAMP = MessageSlot.offset.timestamp / 4;
const block = ActorBlock.plain;
const shared = ActorBlock.word;
const slot = MessageSlot.plain;
/** Words of a header that are copied from the stamp. */
const STAMPED = [
  TIMESTAMP, TIMESTAMP + 1, slot.idSequenceHigh, slot.fromLow, slot.fromHigh,
] as const;

const COERCED: Readonly<Partial<Record<PlacedField['kind'], string>>> = {
  i32: '| 0',
  u32: '>>> 0',
  u8: '& 255',
};

const KIND_TEXT: Readonly<Record<string, string>> = {
  u8: 'an integer from 0 to 255',
  i32: 'an integer from -2147483648 to 2147483647',
  u32: 'an integer from 0 to 4294967295',
  f32: 'a number',
  f64: 'a number',
  ref: 'an actor reference of this system',
  fields: 'an object with its fields',
};

/** The statements that read and check the fields of `fields`. */
function readsOf({ fields }: FieldsLayout): string {
  const given = fields.length === 0 ? '' : `if (fields == null) refuse('its payload', 'fields');\n`;
  return given + fields
    .map(({ name, kind }, n) => {
      const coerced = COERCED[kind];
      if (coerced !== undefined) {
        return `const v${n} = fields.${name};
          if (typeof v${n} !== 'number') refuse('${name}', '${kind}', v${n});
          const n${n} = v${n} ${coerced};
          if (n${n} !== v${n}) refuse('${name}', '${kind}', v${n});`;
      }
      const test =
        kind === 'ref'
          ? `!(v${n} instanceof ActorRefObject) || v${n}.home.system !== system`
          : `typeof v${n} !== 'number'`;
      return `const v${n} = fields.${name}; if (${test}) refuse('${name}', '${kind}', v${n});`;
    })
    .join('\n');
}

/** The statements that write them to the payload at word `at`. */
function writesOf({ fields }: FieldsLayout): string {
  return fields
    .map(({ kind, offset }, n) =>
      WRITE[kind]('at', offset, COERCED[kind] === undefined ? `v${n}` : `n${n}`),
    )
    .join(' ');
}

function checkNames(scope: SendScope, owner: string): Readonly<Record<string, unknown>> {
  return { scope, system: scope.system, refuse: refuser(owner), ActorRefObject };
}

function refuser(owner: string): (name: string, kind: string, given: unknown) => never {
  return (name, kind, given) => {
    throw new ActorsError(
      'ACTORS_FIELD_INVALID',
      `${owner}: ${name} is ${describe(given)}, must be ${KIND_TEXT[kind]}`,
    );
  };
}

function describe(given: unknown): string {
  return typeof given === 'object' ? 'an object' : `${typeof given} ${String(given)}`;
}

/** The opener of a message with fields. @param owner names the message in errors */
export function fieldsOpener(
  scope: SendScope,
  layout: FieldsLayout,
  message: number,
  owner: string,
): Opener {
  return compileIn(
    scope,
    checkNames(scope, owner),
    `return function (low, high, fields) {
      ${readsOf(layout)}
      const slot = scope.open(low, high, ${message}, ${layout.bytes});
      const at = scope.payloadWord(slot);
      ${writesOf(layout)}
      return slot;
    };`,
  );
}

/** The teller of a message with fields. @param owner names the message in errors */
export function fieldsTeller(
  scope: SendScope,
  layout: FieldsLayout,
  message: number,
  owner: string,
): Teller {
  const { mail } = scope;
  return compileIn(
    scope,
    { ...placeNames(mail), ...checkNames(scope, owner) },
    `return function (low, high, fields) {
      ${readsOf(layout)}
      ${ifFast(mail)} {
        ${headerOf(mail, message, layout.bytes)}
        const at = header + ${PAYLOAD};
        ${writesOf(layout)}
        ${linkOf(mail)}
        return;
      }
      const slot = scope.open(low, high, ${message}, ${layout.bytes});
      const at = scope.payloadWord(slot);
      ${writesOf(layout)}
      scope.send(low, slot);
    };`,
  );
}

/** The teller of an untyped value to an isolate-state actor, without checks (SENDER-3). */
export function referenceTeller(
  scope: SendScope,
  references: References,
  message: number,
): Teller {
  const { mail } = scope;
  return compileIn(
    scope,
    { ...placeNames(mail), scope, references, values: references.values },
    `return function (low, high, value) {
      ${ifFast(mail)} {
        ${headerOf(mail, message | BY_REFERENCE, 0)}
        if (slot < values.length) values[slot] = value;
        else references.keep(slot, value);
        ${linkOf(mail)}
        return;
      }
      scope.send(low, references.open(low, high, ${message}, value));
    };`,
  );
}

/** The condition under which a tell is done here (SENDER-2). */
function ifFast(mail: Mailboxes): string {
  return `const block = ${blockOf(mail, 'low')};
    const free = freeList[0];
    if (free !== 0 &&
      words[block + ${shared.owner}] === ${mail.thread} &&
      words[block + ${shared.idLow}] === low &&
      words[block + ${shared.idHigh}] === high &&
      words[block + ${block.localDebt}] < ${mail.localHalf} &&
      words[block + ${shared.remoteStack}] === 0)`;
}

/** The statements that link a slot that is written, and schedule its actor. */
function linkOf(mail: Mailboxes): string {
  return `words[header + ${slot.toLow}] = low;
    words[block + ${block.localDebt}] += 1;
    const tail = words[block + ${block.mailboxTail}];
    if (tail === 0) words[block + ${block.mailboxHead}] = slot;
    else words[${slotWord(mail, slotIn(mail, 'tail'))} + ${slot.next}] = slot;
    words[block + ${block.mailboxTail}] = slot;
    if (words[block + ${block.scheduled}] === 0) mail.schedule(low & ${INDEX_MASK}, block);`;
}

/** The statements that take a slot and write the header of a tell (Mailboxes.open). */
function headerOf(mail: Mailboxes, message: number, payloadBytes: number): string {
  return `${takeSlot(mail)}
    words[header + ${slot.next}] = 0;
    words[header + ${slot.payloadBytes}] = ${payloadBytes};
    const sequence = (stamp[${slot.idSequenceLow - TIMESTAMP}] + 1) | 0;
    stamp[${slot.idSequenceLow - TIMESTAMP}] = sequence;
    if (sequence === 0) stamp[${slot.idSequenceHigh - TIMESTAMP}] += 1;
    ${STAMPED.map((n) => `words[header + ${n}] = stamp[${n - TIMESTAMP}];`).join('\n')}
    words[header + ${slot.idNode}] = ${mail.node};
    words[header + ${slot.idThread}] = ${mail.thread};
    words[header + ${slot.idSequenceLow}] = sequence;
    words[header + ${slot.toHigh}] = high;
    words[header + ${slot.message}] = ${message};
    words[header + ${slot.askThread}] = 0;
    words[header + ${slot.replySlot}] = 0;`;
}

/** Makes the class of `ref.tell`: a method for each message. */
export function tellClass(
  scope: GeneratedMemory,
  tellers: Readonly<Record<string, Teller>>,
): new (low: number, high: number) => TargetObject {
  const names = Object.keys(tellers);
  const methods = names.map(
    (name, n) => `'${name}'(payload) { tell${n}(this.low, this.high, payload); }`,
  );
  return compileIn(
    scope,
    Object.fromEntries(Object.values(tellers).map((teller, n) => [`tell${n}`, teller])),
    `return class {
      constructor(low, high) { this.low = low; this.high = high; }
      ${methods.join('\n')}
    };`,
  );
}

/** What the class of `ref.ask` needs of its thread. */
export interface AskScope<M> extends GeneratedMemory {
  ask(low: number, high: number, message: M, payload: unknown, options: unknown): Promise<unknown>;
}

/**
 * Makes the class of `ref.ask`: a method for each message, with its payload, if it has one, and
 * the options of the ask.
 */
export function askClass<M extends { readonly name: string; readonly bare: boolean }>(
  scope: AskScope<M>,
  messages: readonly M[],
): new (low: number, high: number) => TargetObject {
  const methods = messages.map(({ name, bare }, n) => bare
    ? `'${name}'(options) { return scope.ask(this.low, this.high, m${n}, undefined, options); }`
    : `'${name}'(payload, options) {
      return scope.ask(this.low, this.high, m${n}, payload, options);
    }`);
  return compileIn(
    scope,
    { scope, ...Object.fromEntries(messages.map((message, n) => [`m${n}`, message])) },
    `return class {
      constructor(low, high) { this.low = low; this.high = high; }
      ${methods.join('\n')}
    };`,
  );
}

/** A behaviour as one thread runs it: layouts placed, views and senders generated. */
import type { AnyBehaviour, BehaviourCode } from './contract/behaviour.js';
import { ActorsError } from './errors.js';
import type { DropCounts } from './drop-counts.js';
import {
  askClass, fieldsOpener, fieldsTeller, referenceTeller, tellClass,
} from './generated/senders.js';
import type { Opener, SendScope, TargetObject, Teller } from './generated/senders.js';
import { stateWriter } from './generated/states.js';
import type { StateWriter } from './generated/states.js';
import { turnFunction } from './generated/turns.js';
import type { DispatchedMessage, Turn, TurnScope } from './generated/turns.js';
import { viewClass } from './generated/views.js';
import type { FieldsViewObject, ViewScope } from './generated/views.js';
import type {
  FieldKind,
  Fields,
  MessageKind,
  Payload,
  ReplyKind,
  ResultKind,
  ValueKind,
} from './contract/messages.js';
import type { References } from './references.js';
import { ACTOR_HEAP_SIZE_MAX, INLINE_BYTES } from './limits.js';
import { layoutFields } from './message-layout.js';
import type { FieldsLayout } from './message-layout.js';

/** One message of a program. */
export interface CompiledMessage {
  readonly name: string;
  readonly index: number;
  readonly open: Opener;
  readonly tell: Teller;
  /** Names of its fields; undefined for a value. */
  readonly fields: readonly string[] | undefined;
  /** True if the message carries nothing. */
  readonly bare: boolean;
  /** What the reply holds, or undefined for a message that is only told. */
  readonly result: ResultKind | undefined;
}

/** See the file's header. */
export interface Program {
  readonly behaviour: AnyBehaviour;
  readonly code: BehaviourCode;
  readonly messages: readonly CompiledMessage[];
  /** Of the messages, by index. */
  readonly views: readonly (new () => FieldsViewObject)[];
  readonly stateLayout: FieldsLayout | undefined;
  readonly StateView: (new () => FieldsViewObject) | undefined;
  /** Of a behaviour with shared state. */
  readonly writeState: StateWriter | undefined;
  /** Word offsets of the refs in the shared state. */
  readonly stateRefs: readonly number[];
  readonly TellTarget: new (low: number, high: number) => TargetObject;
  readonly AskTarget: new (low: number, high: number) => TargetObject;
  readonly turn: Turn;
}

/** What a program needs of its thread. */
export interface ProgramScope extends SendScope, TurnScope, ViewScope {
  readonly dropped: DropCounts;
  readonly references: References;
  openValue(low: number, high: number, message: number, value: unknown): number;
  ask(
    low: number,
    high: number,
    message: CompiledMessage,
    payload: unknown,
    options: unknown,
  ): Promise<unknown>;
  reply(payloadWord: number, message: CompiledMessage, result: unknown): void;
}

const VALUE_LAYOUT: FieldsLayout = Object.freeze({ fields: Object.freeze([]), bytes: 0 });
const MESSAGES_MAX = 1_024;

/** True for a message that is answered. */
export function isReply(kind: MessageKind): kind is ReplyKind<Payload, ResultKind> {
  return (kind as { readonly kind?: unknown }).kind === 'reply';
}

/** True for an untyped payload or result. */
export function isValue(kind: Payload | ResultKind): kind is ValueKind<unknown> {
  return (kind as { readonly kind?: unknown }).kind === 'value';
}

/** @throws ActorsError ACTORS_DEFINITION_INVALID for fields that do not fit. */
export function compileProgram(behaviour: AnyBehaviour, scope: ProgramScope): Program {
  const entries = Object.entries(behaviour.messages);
  if (entries.length > MESSAGES_MAX) {
    throw new ActorsError(
      'ACTORS_DEFINITION_INVALID',
      `behaviour ${behaviour.name} has ${entries.length} messages, at most ${MESSAGES_MAX}`,
    );
  }
  const messages: CompiledMessage[] = [];
  const dispatched: DispatchedMessage[] = [];
  for (const [index, [name, kind]] of entries.entries()) {
    const owner = `${behaviour.name}.${name}`;
    const request = isReply(kind) ? kind.request : kind;
    const layout = isValue(request)
      ? VALUE_LAYOUT
      : layoutFields(owner, request as Fields, INLINE_BYTES);
    if (isReply(kind)) checkResult(owner, kind.result);
    const { open, tell } = isValue(request)
      ? valueSenders(scope, index, behaviour.code.state === undefined)
      : {
          open: fieldsOpener(scope, layout, index, owner),
          tell: fieldsTeller(scope, layout, index, owner),
        };
    const bare = !isValue(request) && Object.keys(request).length === 0;
    const message: CompiledMessage = {
      name,
      index,
      open,
      tell,
      fields: isValue(request) ? undefined : layout.fields.map((field) => field.name),
      bare,
      result: isReply(kind) ? kind.result : undefined,
    };
    messages.push(message);
    dispatched.push({
      View: viewClass(
        scope,
        layout,
        isReply(kind) ? replyMethod(scope) : '',
        {
          message,
          reply: (at: number, sent: CompiledMessage, result: unknown) =>
            scope.reply(at, sent, result),
        },
      ),
      handler: behaviour.code.receive[name] as DispatchedMessage['handler'],
      isValue: isValue(request),
      isReply: isReply(kind),
      refs: refsOf(layout),
    });
  }
  const { state } = behaviour.code;
  const stateLayout =
    state && layoutFields(`state of ${behaviour.name}`, state, ACTOR_HEAP_SIZE_MAX);
  return {
    behaviour,
    code: behaviour.code,
    messages,
    views: dispatched.map(({ View }) => View),
    stateLayout,
    StateView: stateLayout && viewClass(scope, stateLayout),
    writeState: stateLayout && stateWriter(scope, stateLayout, behaviour.name),
    stateRefs: stateLayout === undefined ? [] : refsOf(stateLayout),
    TellTarget: tellTargetOf(messages, behaviour, scope),
    AskTarget: askClass(scope, messages.filter(({ result }) => result !== undefined)),
    turn: turnFunction(scope, dispatched, stateLayout !== undefined),
  };
}

/** The class of `ref.tell`. */
export function tellTargetOf(
  messages: readonly CompiledMessage[],
  { code }: AnyBehaviour,
  scope: ProgramScope,
): Program['TellTarget'] {
  const drops = code.mailbox === 'dropNewest';
  const tellers = messages.map(({ name, tell }) =>
    [name, drops ? dropping(scope, tell) : tell] as const);
  return tellClass(scope, Object.fromEntries(tellers));
}

/** A teller that counts what a full mailbox refuses, and goes on. */
function dropping(scope: ProgramScope, tell: Teller): Teller {
  return (low, high, payload) => {
    try {
      tell(low, high, payload);
    } catch (error) {
      if (!(error instanceof ActorsError) || error.code !== 'ACTORS_MAILBOX_FULL') throw error;
      scope.dropped.count(low, high);
    }
  };
}

/** The senders of an untyped value. @param isIsolate whether the receiver's state is (ACTORS-O7) */
function valueSenders(
  scope: ProgramScope,
  message: number,
  isIsolate: boolean,
): { readonly open: Opener; readonly tell: Teller } {
  const { references } = scope;
  const open: Opener = isIsolate
    ? (low, high, value) => references.open(low, high, message, value)
    : (low, high, value) => scope.openValue(low, high, message, value);
  const tell: Teller =
    isIsolate && !references.isChecked
      ? referenceTeller(scope, references, message)
      : (low, high, value) => scope.send(low, open(low, high, value));
  return { open, tell };
}

/** A late reply is ignored (TURN-2). */
function replyMethod({ references }: ProgramScope): string {
  const call = 'reply(this.at, message, result);';
  return `reply(result) { ${references.isChecked ? `if (this.at >= 0) ${call}` : call} }`;
}

/** Word offsets of the refs of a layout. */
function refsOf({ fields }: FieldsLayout): readonly number[] {
  return fields.filter(({ kind }) => kind === 'ref').map(({ offset }) => offset / 4);
}

function checkResult(owner: string, result: ResultKind): void {
  if (isValue(result)) return;
  layoutFields(`reply of ${owner}`, { result: result as FieldKind }, INLINE_BYTES);
}

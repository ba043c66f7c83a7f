/**
 * Turns: the loop that takes an actor's messages and runs its handlers, one function for each
 * behaviour.
 *
 * TURN-1 (ACTORS-W1): the thread's block names the message in hand before that leaves its list, and
 *   a handled message has no target before its slot is released. So a successor knows what was
 *   handled, what was in hand and what was not.
 * TURN-2: a view is used again and again, unless its handler returned a promise or a generator:
 *   then its activation holds the view, and the next message gets another (ACTORS-O8). A view that
 *   can reply is pointed at slot 0, where nobody asks, before its request's slot is released. So a
 *   late reply is ignored. With development checks every view ends so (VIEW-1), at EXPIRED.
 */
import { ActorBlock, MessageSlot, ThreadBlock } from '../layouts.js';
import type { Mailboxes } from '../mailbox.js';
import { compileIn } from './compile.js';
import type { GeneratedMemory } from './compile.js';
import { blockOf, giveSlot, placeNames, slotIn, slotWord } from './places.js';
import { EXPIRED } from './views.js';
import type { FieldsViewObject } from './views.js';

/** What turns need of their thread. */
export interface TurnScope extends GeneratedMemory {
  /** Says whether views expire (VIEW-1). */
  readonly references: { readonly isChecked: boolean };
  readonly mail: Mailboxes;
  readonly turns: TurnRecord;
  /** By behaviour; undefined where it is not imported. */
  readonly programs: readonly unknown[];
  /** Word of a slot's payload. */
  payloadWord(slot: number): number;
  readValue(slot: number): unknown;
  /** @throws UnknownBehaviours if the actor's behaviour is not imported on this thread */
  requireRef(low: number): void;
  /** Gives back a handled message that is more than a slot. */
  finish(slot: number): void;
  /** Gives back a message for an actor that has ended. */
  discard(slot: number): void;
  /** Hands a letter that came back to its sender. What the handler throws comes through. */
  returned(self: unknown, slot: number): void;
  /** Ends the ask of a handler that has returned without a reply. */
  endUnanswered(slot: number): void;
}

/** One message as turns see it. */
export interface DispatchedMessage {
  readonly View: new () => FieldsViewObject;
  readonly handler: (self: unknown, message: unknown) => unknown;
  readonly isValue: boolean;
  readonly isReply: boolean;
  /** Word offsets of its refs, whose behaviours must be known before the handler runs. */
  readonly refs: readonly number[];
}

/** The generator of a handler, asynchronous or not. */
export interface HandlerGenerator {
  next(): unknown;
  return(): unknown;
}

/** What a handler returned that has not ended yet, and the view of the message that it holds. */
export interface HeldHandler {
  readonly result: PromiseLike<unknown> | HandlerGenerator;
  readonly view: FieldsViewObject;
}

/** What turns leave to their scheduler. */
export interface TurnRecord {
  /** Messages that were handled. Of an own buffer, so that its place is a constant in code. */
  readonly handled: Int32Array;
  held: HeldHandler | undefined;
  /** What `held` left of the turn's reductions. */
  reductions: number;
}

/** A thread's record of turns. */
export function newTurnRecord(): TurnRecord {
  const handled = new Int32Array(new ArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return { handled, held: undefined, reductions: 0 };
}

/** The `self` of handlers, as turns see it. */
export interface TurnSelf {
  readonly stopRequested: boolean;
}

/** How a turn ended: with its reductions or messages, held by a handler, or by `self.stop()`. */
export const Turned = Object.freeze({ done: 0, held: 1, stopped: 2 });

/**
 * Handles the messages of an actor, up to slot `last` (0 = none) and while reductions are left.
 * What a handler throws comes through.
 */
export interface Turn {
  (self: TurnSelf, index: number, last: number, reductions: number): number;
  /**
   * With development checks: ends the views of a turn whose handler threw. (A handler called within
   * a `try` took 12 ns more.)
   */
  readonly expire?: (self: unknown) => void;
}

const PAYLOAD = MessageSlot.offset.inline / 4;
const KIND_MASK = 0xffff;
const REDUCTION_SHIFT = 10;
const slot = MessageSlot.plain;
const { mailboxHead, mailboxTail, localDebt, heapWord, behaviour } = ActorBlock.plain;
const { idLow, idHigh } = ActorBlock.word;

/**
 * The turn of a behaviour with these messages. If its state is shared, the turn points the state's
 * view at the actor's.
 */
export function turnFunction(
  scope: TurnScope,
  messages: readonly DispatchedMessage[],
  isShared: boolean,
): Turn {
  const { mail, programs, turns, references: { isChecked } } = scope;
  const names: Record<string, unknown> = {
    ...placeNames(mail), scope, programs, turns, handled: turns.handled, isHeld,
  };
  for (const [n, message] of messages.entries()) {
    names[`View${n}`] = message.View;
    names[`handler${n}`] = message.handler;
  }
  const cases = messages.map(caseOf(scope));
  const ends = expiry(scope, isShared);
  const leave = (turned: number): string =>
    ends === '' ? `return ${turned};` : `{ ${ends} return ${turned}; }`;
  return compileIn(
    scope,
    names,
    `${messages.map((_, n) => `var view${n} = new View${n}();`).join(' ')}
    ${isChecked ? 'const turn =' : 'return'} function (self, index, last, reductions) {
      const block = ${blockOf(mail, 'index')};
      ${isShared ? `self.state.at = words[block + ${heapWord}];` : ''}
      const low = words[block + ${idLow}];
      const high = words[block + ${idHigh}];
      let slot = 0;
      while (slot !== last && reductions > 0) {
        slot = ${slotIn(mail, `words[block + ${mailboxHead}]`)};
        const at = ${slotWord(mail, 'slot')};
        words[${mail.threadBlock + ThreadBlock.word.inHand}] = slot;
        ${takeOf(mail)}
        if (words[at + ${slot.toLow}] !== low || words[at + ${slot.toHigh}] !== high) {
          scope.discard(slot);
          continue;
        }
        handled[0] += 1;
        const header = words[at + ${slot.message}];
        reductions -= 1 + (words[at + ${slot.payloadBytes}] >> ${REDUCTION_SHIFT});
        switch (header & ${KIND_MASK}) { ${cases.join('\n')} default: scope.returned(self, slot); }
        if (header > ${KIND_MASK}) scope.finish(slot);
        else {
          words[at + ${slot.toLow}] = 0;
          ${giveSlot(mail)}
        }
        if (self.stopRequested === true) ${leave(Turned.stopped)}
      }
      ${leave(Turned.done)}
    };
    ${isChecked ? expireOf(messages, ends) : ''}`,
  );
}

/** The statements that take the first message off the list (Mailboxes.take). */
function takeOf(mail: Mailboxes): string {
  return `const next = words[at + ${slot.next}];
    words[block + ${mailboxHead}] = next;
    if (next === 0) words[block + ${mailboxTail}] = 0;
    const debt = words[block + ${localDebt}] - 1;
    words[block + ${localDebt}] = debt;
    if (debt < ${0 - mail.batch}) mail.returnCredits(block);`;
}

/** The statements that end `self` and the view of its shared state (VIEW-1). */
function expiry({ references }: TurnScope, isShared: boolean): string {
  return references.isChecked && isShared ? `self.state.at = ${EXPIRED}; self.low = 0;` : '';
}

function expireOf(messages: readonly DispatchedMessage[], ends: string): string {
  const views = messages.map((_, n) => `view${n}.at = ${EXPIRED};`).join(' ');
  return `turn.expire = function (self) { ${views} ${ends} };
    return turn;`;
}

function caseOf(scope: TurnScope): (message: DispatchedMessage, n: number) => string {
  const { isChecked } = scope.references;
  const nowhere = isChecked ? EXPIRED : scope.payloadWord(0);
  return ({ refs, isValue, isReply }, n) => {
    const leaves = isReply || isChecked;
    return `case ${n}: {
    const view = view${n};
    view.at = at + ${PAYLOAD};
    ${refs.map((offset) => requireOf(scope.mail, `words[at + ${PAYLOAD + offset}]`)).join(' ')}
    ${isValue ? 'view.value = scope.readValue(slot);' : ''}
    ${isReply ? replyCall(n, nowhere) : `const result = handler${n}(self, view);`}
    if (result !== undefined && isHeld(result)) {
      view${n} = new View${n}();
      turns.held = { result, view };
      turns.reductions = reductions;
      return ${Turned.held};
    }
    ${isReply ? closeCall(n) : ''}
    ${leaves ? `view.at = ${nowhere};` : ''}
    break;
  }`;
  };
}

/** Looks first whether the behaviour of a ref is imported. */
function requireOf(mail: Mailboxes, low: string): string {
  const known = `programs[words[${blockOf(mail, low)} + ${behaviour}]]`;
  return `if (${known} === undefined) scope.requireRef(${low});`;
}

/** Who ends without a reply may still hold the view: the next request gets another. */
function closeCall(n: number): string {
  return `if (words[at + ${slot.askThread}] !== 0) {
    scope.endUnanswered(slot);
    view${n} = new View${n}();
  }`;
}

function replyCall(n: number, nowhere: number): string {
  return `let result;
    try { result = handler${n}(self, view); }
    catch (error) { view.at = ${nowhere}; view${n} = new View${n}(); throw error; }`;
}

/** True for what a handler returned that has not ended yet. */
export function isHeld(result: unknown): boolean {
  return isThenable(result) || isGenerator(result);
}

/** True for generators of either kind and what behaves like them. */
function isGenerator(candidate: unknown): candidate is HandlerGenerator {
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    'next' in candidate &&
    typeof candidate.next === 'function' &&
    'return' in candidate &&
    typeof candidate.return === 'function'
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

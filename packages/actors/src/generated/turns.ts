/**
 * Turns: the loop that takes an actor's messages and runs its handlers, one function for each
 * behaviour.
 *
 * TURN-1: `turn.slot` is the message in hand whenever code of a user runs, for who catches what it
 *   throws.
 * TURN-3 (ACTORS-W1): the thread's block names the message in hand before that leaves its list, and
 *   a handled message has no target before its slot is released. So a successor knows what was
 *   handled, what was in hand and what was not.
 * TURN-2: a view is used again and again, unless its handler returned a promise or a generator:
 *   then its activation holds the view, and the next message gets another (ACTORS-O8). A view that
 *   can reply is pointed at slot 0, where nobody asks, before its request's slot is released. So a
 *   late reply is ignored.
 */
import { ActorBlock, MessageSlot, ThreadBlock } from '../layouts.js';
import type { Mailboxes } from '../mailbox.js';
import { compileIn } from './compile.js';
import type { GeneratedMemory } from './compile.js';
import type { FieldsViewObject } from './views.js';

/** What turns need of their thread. */
export interface TurnScope extends GeneratedMemory {
  readonly mail: Mailboxes;
  /** Word of a slot's payload. */
  payloadWord(slot: number): number;
  readValue(slot: number): unknown;
  /** @throws UnknownBehaviours if the actor's behaviour is not imported on this thread */
  requireRef(low: number): void;
  /** Gives back a handled message that is more than a slot. */
  finish(slot: number): void;
  /** Gives back a message for an actor that has ended. */
  discard(slot: number): void;
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

/** What a turn leaves to its scheduler. */
export interface TurnRecord {
  /** The message in hand. */
  slot: number;
  /** Rises by 1 for each message that was handled. */
  handled: number;
  held: HeldHandler | undefined;
  /** What `held` left of the turn's reductions. */
  reductions: number;
}

/** The `self` of handlers, as turns see it. */
export interface TurnSelf {
  readonly low: number;
  readonly high: number;
  readonly stopRequested: boolean;
}

/** How a turn ended: with its reductions or messages, held by a handler, or by `self.stop()`. */
export const Turned = Object.freeze({ done: 0, held: 1, stopped: 2 });

/**
 * Handles the messages of the actor at word `block`, up to slot `last` (0 = none) and while
 * reductions are left. What a handler throws comes through.
 */
export type Turn = (
  turn: TurnRecord,
  self: TurnSelf,
  block: number,
  last: number,
  reductions: number,
) => number;

const SLOT_WORDS = MessageSlot.size / 4;
const PAYLOAD = MessageSlot.offset.inline / 4;
const KIND_MASK = 0xffff;
const REDUCTION_SHIFT = 10;
const slot = MessageSlot.plain;
const { mailboxHead, mailboxTail, localDebt, heapWord } = ActorBlock.plain;

/**
 * The turn of a behaviour with these messages. If its state is shared, the turn points the state's
 * view at the actor's.
 */
export function turnFunction(
  scope: TurnScope,
  messages: readonly DispatchedMessage[],
  isShared: boolean,
): Turn {
  const { mail } = scope;
  const names: Record<string, unknown> = { scope, mail, slots: mail.slots, isHeld };
  for (const [n, message] of messages.entries()) {
    names[`View${n}`] = message.View;
    names[`handler${n}`] = message.handler;
  }
  return compileIn(
    scope,
    names,
    `${messages.map((_, n) => `let view${n} = new View${n}();`).join(' ')}
    return function (turn, self, block, last, reductions) {
      ${isShared ? `self.state.at = words[block + ${heapWord}];` : ''}
      const { low, high } = self;
      let slot = 0;
      while (slot !== last && reductions > 0) {
        slot = words[block + ${mailboxHead}];
        const at = ${mail.slotBase} + slot * ${SLOT_WORDS};
        words[${mail.threadBlock + ThreadBlock.word.inHand}] = slot;
        ${takeOf(mail)}
        if (words[at + ${slot.toLow}] !== low || words[at + ${slot.toHigh}] !== high) {
          scope.discard(slot);
          continue;
        }
        turn.slot = slot;
        turn.handled += 1;
        const header = words[at + ${slot.message}];
        reductions -= 1 + (words[at + ${slot.payloadBytes}] >> ${REDUCTION_SHIFT});
        switch (header & ${KIND_MASK}) { ${messages.map(caseOf(scope.payloadWord(0))).join('\n')} }
        if (header > ${KIND_MASK}) scope.finish(slot);
        else {
          words[at + ${slot.toLow}] = 0;
          slots.give(slot);
        }
        if (self.stopRequested) return ${Turned.stopped};
      }
      return ${Turned.done};
    };`,
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

function caseOf(nowhere: number): (message: DispatchedMessage, n: number) => string {
  return ({ refs, isValue, isReply }, n) => `case ${n}: {
    const view = view${n};
    view.at = at + ${PAYLOAD};
    ${refs.map((offset) => `scope.requireRef(words[view.at + ${offset}]);`).join(' ')}
    ${isValue ? 'view.value = scope.readValue(slot);' : ''}
    ${isReply ? replyCall(n, nowhere) : `const result = handler${n}(self, view);`}
    if (result !== undefined && isHeld(result)) {
      view${n} = new View${n}();
      turn.held = { result, view };
      turn.reductions = reductions;
      return ${Turned.held};
    }
    ${isReply ? closeCall(n) : ''}
    ${isReply ? `view.at = ${nowhere};` : ''}
    break;
  }`;
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

function isHeld(result: unknown): boolean {
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

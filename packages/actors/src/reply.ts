/**
 * Replies on their way: encoded into a slot for another thread, or passed within one.
 *
 * REPLY-1 (ACTORS-O5): an ask reserves the slot of its reply before it is sent, and its request
 *   names it. So a reply and a refusal never lack a slot, and what a handler still reads of the
 *   request stays as it is.
 * REPLY-2: the reserved slot is given once: with the reply, or with the failure of a request that
 *   is not answered. `askThread` of the request is 0 from then on, and is looked at again after an
 *   encoded value's getters have run.
 *
 * A reply's slot carries its outcome in the header's `message` word, and the ask's ticket.
 */
import { indexOfId } from './actor-id.js';
import { ActorsError } from './errors.js';
import type { DeadLetterCause } from './contract/inspection.js';
import type { ActorsErrorCode } from './errors.js';
import type { FieldKind, ResultKind } from './contract/messages.js';
import { ActorBlock, MessageSlot } from './layouts.js';
import { INLINE_BYTES } from './limits.js';
import { PayloadKind } from './phases.js';
import type { Doubt, ReplyInDoubt } from './protocol.js';
import { isValue } from './program.js';
import type { CompiledMessage } from './program.js';
import { ActorRefObject } from './ref-object.js';
import { beginReply, isUnsent } from './reply-in-doubt.js';
import { isLetter, returnLetter } from './returned-letters.js';
import type { ActorThread } from './thread.js';
import { UnknownBehaviours } from './unknown-behaviours.js';

const INLINE_WORD = MessageSlot.offset.inline / 4;
const BLOCK_WORDS = ActorBlock.size / 4;
const TO_LOW = MessageSlot.plain.toLow;
const ASK_THREAD = MessageSlot.plain.askThread;
const ASK_TICKET = MessageSlot.plain.askTicket;
const REPLY_SLOT = MessageSlot.plain.replySlot;
const MESSAGE = MessageSlot.plain.message;
const PAYLOAD_BYTES = MessageSlot.plain.payloadBytes;
const FAILURE = 1;
const KIND_SHIFT = 16;
const FAILURE_TEXT_BYTES = INLINE_BYTES - 4;

/** Codes that travel as a failed reply. */
const FAILURES: readonly ActorsErrorCode[] = [
  'ACTORS_RESTARTED',
  'ACTORS_EXITED',
  'ACTORS_BEHAVIOUR_UNKNOWN',
  'ACTORS_NO_REPLY',
];

function refuse(message: CompiledMessage, result: unknown): never {
  throw new ActorsError(
    'ACTORS_FIELD_INVALID',
    `the reply to ${message.name} is ` +
      `${typeof result === 'object' ? 'an object' : String(result)}, ` +
      `must fit its kind ${(message.result as FieldKind).kind}`,
  );
}

/**
 * Answers the request at word `at`, if it is an ask that has not been answered. Nothing is sent if
 * it throws.
 */
export function sendReply(
  thread: ActorThread,
  message: CompiledMessage,
  result: unknown,
  at: number,
): void {
  const { words } = thread;
  const asker = words[at + ASK_THREAD];
  if (asker === 0) return;
  if (asker !== thread.index) {
    writeReply(thread, message, result, at);
    return;
  }
  const passed = passReply(thread, message, result);
  if (words[at + ASK_THREAD] === 0) return;
  words[at + ASK_THREAD] = 0;
  thread.mail.release(words[at + REPLY_SLOT]);
  thread.asks.resolveWith(words[at + ASK_TICKET], passed);
}

/** The result as the asker on this same thread gets it. */
function passReply(thread: ActorThread, message: CompiledMessage, result: unknown): unknown {
  const kind = message.result as ResultKind;
  if (isValue(kind)) {
    const encoded = thread.encode(result, () => `the asker of ${message.name}`);
    return thread.codec.decode(encoded);
  }
  switch ((kind as FieldKind).kind) {
    case 'u8':
      return (result as number) >>> 0 === result && result < 256 ? result : refuse(message, result);
    case 'u32':
      return (result as number) >>> 0 === result ? result : refuse(message, result);
    case 'i32':
      return ((result as number) | 0) === result ? result : refuse(message, result);
    case 'f32':
      return typeof result === 'number' ? Math.fround(result) : refuse(message, result);
    case 'f64':
      return typeof result === 'number' ? result : refuse(message, result);
    case 'ref':
      return result instanceof ActorRefObject && result.home.system === thread.system
        ? thread.makeRef(result.low, result.high)
        : refuse(message, result);
  }
}

/** Sends a result to another thread. */
function writeReply(
  thread: ActorThread,
  message: CompiledMessage,
  result: unknown,
  at: number,
): void {
  const kind = message.result as ResultKind;
  const slot = thread.words[at + REPLY_SLOT];
  const payload = thread.payloadWord(slot);
  if (isValue(kind)) {
    const encoded = thread.encode(result, () => `the asker of ${message.name}`);
    if (thread.words[at + ASK_THREAD] === 0) return;
    if (encoded.length <= INLINE_BYTES) {
      thread.bytes.set(encoded, payload * 4);
      dispatchReply(thread, at, 0, encoded.length);
      return;
    }
    const block = thread.heap.store(encoded);
    thread.writeBlockPayload(payload, block, encoded.length);
    dispatchReply(thread, at, PayloadKind.zeroCopy << KIND_SHIFT, encoded.length);
    return;
  }
  const passed = passReply(thread, message, result);
  switch ((kind as FieldKind).kind) {
    case 'u8':
    case 'u32':
    case 'i32':
      thread.words[payload] = passed as number;
      break;
    case 'f32':
      thread.floats[payload] = passed as number;
      break;
    case 'f64':
      thread.doubles[payload >> 1] = passed as number;
      break;
    case 'ref':
      thread.words[payload] = (passed as ActorRefObject).low;
      thread.words[payload + 1] = (passed as ActorRefObject).high;
  }
  dispatchReply(thread, at, 0, 8);
}

/**
 * Gives back a request that will not be handled, or whose handling failed, and ends its ask; a tell
 * goes to its sender if that takes letters back.
 */
export function refuseRequest(
  thread: ActorThread,
  slot: number,
  code: ActorsErrorCode,
  text: string,
  cause: DeadLetterCause,
): void {
  // A timer's that was cancelled while it waited: nobody misses it (TIMERS-6).
  if (thread.words[thread.payloadWord(slot) - INLINE_WORD + TO_LOW] === 0) {
    thread.finish(slot);
    return;
  }
  if (isLetter(thread, slot)) {
    thread.letters.drop(slot);
    thread.finish(slot);
    return;
  }
  if (returnLetter(thread, slot, cause)) return;
  thread.letters.tell(slot, cause);
  endAsk(thread, slot, code, text);
  thread.letters.end(slot, cause);
  thread.finish(slot);
}

/**
 * Gives back a whole message that a thread died with, if its actor has ended: nobody else will.
 */
export function refuseLost(thread: ActorThread, { dead, actor, slot }: Doubt): void {
  const { words, memory, mail } = thread;
  const at = thread.payloadWord(slot) - INLINE_WORD;
  const block = mail.blocks + actor * BLOCK_WORDS;
  const isLost =
    slot !== 0 &&
    memory.slots.isTaken(slot) &&
    memory.slots.holder(slot) === dead &&
    indexOfId(words[at + TO_LOW]) === actor &&
    words[at + TO_LOW] !== Atomics.load(words, block + ActorBlock.word.idLow);
  if (isLost) refuseRequest(thread, slot, 'ACTORS_EXITED', 'has ended', 'waiting');
}

/** Ends the ask whose handler ended without a reply. The request's slot stays with the caller. */
export function endUnanswered(thread: ActorThread, slot: number): void {
  endAsk(thread, slot, 'ACTORS_NO_REPLY', 'ended its handler without a reply');
}

/** Ends the ask in a slot, if it is one that has not been answered. */
function endAsk(thread: ActorThread, slot: number, code: ActorsErrorCode, text: string): void {
  const at = thread.payloadWord(slot) - INLINE_WORD;
  const asker = thread.words[at + ASK_THREAD];
  if (asker === 0) return;
  if (asker !== thread.index) {
    sendFailure(thread, at, code, text);
    return;
  }
  thread.words[at + ASK_THREAD] = 0;
  thread.mail.release(thread.words[at + REPLY_SLOT]);
  const ticket = thread.words[at + ASK_TICKET];
  thread.asks.reject(ticket, (subject) => new ActorsError(code, `${subject} ${text}`));
}

function sendFailure(thread: ActorThread, at: number, code: ActorsErrorCode, text: string): void {
  const payload = thread.payloadWord(thread.words[at + REPLY_SLOT]);
  const encoded = new TextEncoder().encode(text).subarray(0, FAILURE_TEXT_BYTES);
  thread.words[payload] = FAILURES.indexOf(code);
  thread.bytes.set(encoded, payload * 4 + 4);
  dispatchReply(thread, at, FAILURE, encoded.length);
}

/** The result in a reply's slot. */
export function readReply(thread: ActorThread, message: CompiledMessage, slot: number): unknown {
  const payload = thread.payloadWord(slot);
  const kind = message.result as ResultKind;
  if (isValue(kind)) return thread.readValue(slot);
  switch ((kind as FieldKind).kind) {
    case 'u8':
    case 'u32':
      return thread.words[payload] >>> 0;
    case 'i32':
      return thread.words[payload];
    case 'f32':
      return thread.floats[payload];
    case 'f64':
      return thread.doubles[payload >> 1];
    case 'ref':
      thread.requireRef(thread.words[payload]);
      return thread.makeRef(thread.words[payload], thread.words[payload + 1]);
  }
}

/** Settles the asks whose replies have come. */
export function drainInbox(thread: ActorThread): void {
  for (let slot = thread.mail.takeInbox(); slot !== 0;) {
    const next = thread.mail.nextSlot(slot);
    settle(thread, slot);
    slot = next;
  }
}

/** Settles the ask of a reply whose sender died in the midst of it, unless it has come. */
export function settleInDoubt(thread: ActorThread, reply: ReplyInDoubt): void {
  drainInbox(thread);
  if (isUnsent(thread, reply)) settle(thread, reply.slot);
}

/**
 * Settles one ask, after the import of behaviours that its result refers to, and gives the slot
 * back.
 */
function settle(thread: ActorThread, slot: number): void {
  const at = thread.payloadWord(slot) - INLINE_WORD;
  const ticket = thread.words[at + ASK_TICKET];
  thread.words[at + ASK_THREAD] = 0;
  try {
    if ((thread.words[at + MESSAGE] & FAILURE) !== 0) rejectAsk(thread, slot, ticket);
    else thread.asks.resolveWith(ticket, thread.asks.decode(ticket, slot));
  } catch (error) {
    if (error instanceof UnknownBehaviours) {
      Promise.all(error.indices.map((index) => thread.importProgram(index))).then(
        () => settle(thread, slot),
        (cause: unknown) => {
          thread.asks.reject(ticket, () => cause as ActorsError);
          thread.dropPayload(slot);
          thread.mail.release(slot);
        },
      );
      return;
    }
    thread.asks.reject(ticket, () => error as ActorsError);
  }
  thread.dropPayload(slot);
  thread.mail.release(slot);
}

function rejectAsk(thread: ActorThread, slot: number, ticket: number): void {
  const payload = thread.payloadWord(slot);
  const code = FAILURES[thread.words[payload]] ?? 'ACTORS_EXITED';
  const length = thread.words[payload - INLINE_WORD + PAYLOAD_BYTES];
  const text = new TextDecoder().decode(
    thread.bytes.slice(payload * 4 + 4, payload * 4 + 4 + length),
  );
  thread.asks.reject(ticket, (subject) => new ActorsError(code, `${subject} ${text}`));
}

/** Sends the reserved slot of the request at word `at` to its asker. */
function dispatchReply(thread: ActorThread, at: number, message: number, bytes: number): void {
  const { words } = thread;
  const slot = words[at + REPLY_SLOT];
  const reply = thread.payloadWord(slot) - INLINE_WORD;
  words[reply + ASK_TICKET] = words[at + ASK_TICKET];
  words[reply + MESSAGE] = message;
  words[reply + PAYLOAD_BYTES] = bytes;
  const asker = words[at + ASK_THREAD];
  thread.mail.notices.enter(0);
  beginReply(thread, at);
  words[at + ASK_THREAD] = 0;
  thread.mail.pushInbox(asker, slot);
  thread.mail.notices.leave();
}

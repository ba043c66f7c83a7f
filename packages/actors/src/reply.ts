/**
 * Replies on their way: encoded into a slot for another thread, or passed within one. A reply's
 * slot carries its outcome in the header's `message` word and the ask's ticket. The thread's spare
 * slot is used, so that a reply never lacks one (ACTORS-O5): when the pool is empty, the request's
 * slot becomes the spare as it is released.
 */
import { ActorsError } from './errors.js';
import type { ActorsErrorCode } from './errors.js';
import type { FieldKind, ResultKind } from './contract/messages.js';
import { MessageSlot } from './layouts.js';
import { INLINE_BYTES } from './limits.js';
import { PayloadKind } from './phases.js';
import { isValue } from './program.js';
import type { CompiledMessage } from './program.js';
import { ActorRefObject } from './ref-object.js';
import type { ActorThread } from './thread.js';
import { UnknownBehaviours } from './unknown-behaviours.js';

const INLINE_WORD = MessageSlot.offset.inline / 4;
const ASK_THREAD = MessageSlot.plain.askThread;
const ASK_TICKET = MessageSlot.plain.askTicket;
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
];

function refuse(message: CompiledMessage, result: unknown): never {
  throw new ActorsError(
    'ACTORS_FIELD_INVALID',
    `the reply to ${message.name} is ` +
      `${typeof result === 'object' ? 'an object' : String(result)}, ` +
      `must fit its kind ${(message.result as FieldKind).kind}`,
  );
}

/** The result as the asker on this same thread gets it. */
export function passReply(thread: ActorThread, message: CompiledMessage, result: unknown): unknown {
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
      return result instanceof ActorRefObject
        ? thread.makeRef(result.low, result.high)
        : refuse(message, result);
  }
}

/** Sends a result to another thread. Nothing is sent if it throws. */
export function writeReply(
  thread: ActorThread,
  message: CompiledMessage,
  result: unknown,
  asker: number,
  ticket: number,
): void {
  const kind = message.result as ResultKind;
  if (isValue(kind)) {
    const encoded = thread.encode(result, () => `the asker of ${message.name}`);
    const block = encoded.length > INLINE_BYTES ? thread.heap.store(encoded) : 0;
    const slot = takeReplySlot(thread, block);
    const payload = thread.payloadWord(slot);
    if (block === 0) thread.bytes.set(encoded, payload * 4);
    else thread.writeBlockPayload(payload, block, encoded.length);
    dispatchReply(
      thread,
      slot,
      asker,
      ticket,
      block === 0 ? 0 : PayloadKind.zeroCopy << KIND_SHIFT,
      encoded.length,
    );
    return;
  }
  const passed = passReply(thread, message, result);
  const slot = takeReplySlot(thread, 0);
  const payload = thread.payloadWord(slot);
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
  dispatchReply(thread, slot, asker, ticket, 0, 8);
}

/**
 * Gives back a request that will not be handled, or whose handling failed. An ask ends with the
 * failure, which travels in the request's own slot, so that it never lacks one.
 */
export function refuseRequest(
  thread: ActorThread,
  slot: number,
  code: ActorsErrorCode,
  text: string,
): void {
  thread.dropPayload(slot);
  const at = thread.payloadWord(slot) - INLINE_WORD;
  const asker = thread.words[at + ASK_THREAD];
  const ticket = thread.words[at + ASK_TICKET];
  if (asker !== 0 && asker !== thread.index) {
    sendFailure(thread, slot, asker, ticket, code, text);
    return;
  }
  if (asker !== 0)
    thread.asks.reject(ticket, (subject) => new ActorsError(code, `${subject} ${text}`));
  thread.mail.release(slot);
}

/**
 * Ends the ask of a request whose slot an activation still holds. Without a free slot the ask ends
 * at its deadline.
 */
export function refuseHeldRequest(
  thread: ActorThread,
  slot: number,
  code: ActorsErrorCode,
  text: string,
): void {
  const at = thread.payloadWord(slot) - INLINE_WORD;
  const asker = thread.words[at + ASK_THREAD];
  const ticket = thread.words[at + ASK_TICKET];
  thread.words[at + ASK_THREAD] = 0;
  if (asker === 0) return;
  if (asker === thread.index) {
    thread.asks.reject(ticket, (subject) => new ActorsError(code, `${subject} ${text}`));
    return;
  }
  const reply = thread.mail.takeSpare();
  if (reply !== 0) sendFailure(thread, reply, asker, ticket, code, text);
}

function sendFailure(
  thread: ActorThread,
  slot: number,
  asker: number,
  ticket: number,
  code: ActorsErrorCode,
  text: string,
): void {
  const payload = thread.payloadWord(slot);
  const encoded = new TextEncoder().encode(text).subarray(0, FAILURE_TEXT_BYTES);
  thread.words[payload] = FAILURES.indexOf(code);
  thread.bytes.set(encoded, payload * 4 + 4);
  dispatchReply(thread, slot, asker, ticket, FAILURE, encoded.length);
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

/**
 * Settles one ask, after the import of behaviours that its result refers to, and gives the slot
 * back.
 */
function settle(thread: ActorThread, slot: number): void {
  const at = thread.payloadWord(slot) - INLINE_WORD;
  const ticket = thread.words[at + ASK_TICKET];
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

function takeReplySlot(thread: ActorThread, block: number): number {
  const slot = thread.mail.takeSpare();
  if (slot !== 0) return slot;
  if (block !== 0) thread.heap.free(block);
  throw new ActorsError(
    'ACTORS_SLOTS_EXHAUSTED',
    'no message slot is free for a reply (option slots)',
  );
}

function dispatchReply(
  thread: ActorThread,
  slot: number,
  asker: number,
  ticket: number,
  message: number,
  bytes: number,
): void {
  const at = thread.payloadWord(slot) - INLINE_WORD;
  thread.words[at + ASK_TICKET] = ticket;
  thread.words[at + ASK_THREAD] = 0;
  thread.words[at + MESSAGE] = message;
  thread.words[at + PAYLOAD_BYTES] = bytes;
  thread.mail.pushInbox(asker, slot);
}

/**
 * Messages of timers: written into a reserved slot when the timer is made, and sent from there when
 * it is due. Takes no credit of a mailbox; a slot that is not queued belongs to its timer.
 */
import type { Fields, MessageKind } from './contract/messages.js';
import { fieldsOpener } from './generated/senders.js';
import type { Opener, SendScope } from './generated/senders.js';
import { ActorBlock, MessageSlot, ZeroCopyPayload } from './layouts.js';
import { INLINE_BYTES } from './limits.js';
import { layoutFields } from './message-layout.js';
import { PayloadKind, payloadKind, TIMER_MESSAGE } from './phases.js';
import { isReply, isValue } from './program.js';
import type { Program } from './program.js';
import type { ActorThread } from './thread.js';
import { writeValue } from './value-message.js';

const INLINE_WORD = MessageSlot.offset.inline / 4;
const LOCAL_DEBT = ActorBlock.plain.localDebt;
const {
  message: MESSAGE,
  payloadBytes: PAYLOAD_BYTES,
  askThread: ASK_THREAD,
  replySlot: REPLY_SLOT,
  fromLow: FROM_LOW,
  toLow: TO_LOW,
} = MessageSlot.plain;

/** What one call of `after` or `every` was given. */
export interface TimerRequest {
  readonly low: number;
  readonly high: number;
  readonly targetLow: number;
  readonly targetHigh: number;
  readonly delayMs: number;
  readonly isInterval: boolean;
}

/** The object that `after` and `every` return: methods by message name. */
export interface LaterObject {
  readonly request: TimerRequest;
}

/** Makes a timer whose message `compose` writes. */
export type TimerMake = (request: TimerRequest, compose: Opener, payload: unknown) => number;

/** The class of `after` and `every` for the messages of a behaviour. */
export function laterClass(
  thread: ActorThread,
  program: Program,
  make: TimerMake,
): new (request: TimerRequest) => LaterObject {
  class Later implements LaterObject {
    readonly request: TimerRequest;
    constructor(request: TimerRequest) {
      this.request = request;
    }
  }
  for (const [index, [name, kind]] of Object.entries(program.behaviour.messages).entries()) {
    const owner = `${program.behaviour.name}.${name}`;
    let compose: Opener | undefined;
    Object.defineProperty(Later.prototype, name, {
      value(this: Later, payload: unknown): number {
        compose ??= composer(thread, kind, index, owner);
        return make(this.request, compose, payload);
      },
    });
  }
  return Later;
}

function composer(
  thread: ActorThread,
  kind: MessageKind,
  message: number,
  owner: string,
): Opener {
  const request = isReply(kind) ? kind.request : kind;
  if (isValue(request)) {
    return (low, high, given) =>
      writeValue(thread, low, given, (bits, payloadBytes) =>
        reserve(thread, low, high, message | bits, payloadBytes));
  }
  const { mail, system, words, floats, doubles, bytes } = thread;
  const scope: SendScope = {
    mail, system, words, floats, doubles, bytes,
    open: (...given) => reserve(thread, ...given),
    // An opener only opens.
    send: () => undefined,
    payloadWord: (slot) => thread.payloadWord(slot),
  };
  return fieldsOpener(scope, layoutFields(owner, request as Fields, INLINE_BYTES), message, owner);
}

/** A slot with a tell's header, for a message that is not on its way. */
function reserve(
  thread: ActorThread,
  low: number,
  high: number,
  message: number,
  payloadBytes: number,
): number {
  const slot = thread.mail.reserve(low);
  const { words } = thread;
  const at = thread.payloadWord(slot) - INLINE_WORD;
  words[at + PAYLOAD_BYTES] = payloadBytes;
  words[at + MESSAGE] = message;
  words[at + ASK_THREAD] = 0;
  words[at + REPLY_SLOT] = 0;
  words[at + TO_LOW + 1] = high;
  return slot;
}

/** Puts a timer's own slot into the mailbox of the actor that made it, whatever waits there. */
export function deliver(thread: ActorThread, slot: number, low: number, high: number): void {
  const { words, mail } = thread;
  const at = thread.payloadWord(slot) - INLINE_WORD;
  mail.stamp.write(at);
  words[at + FROM_LOW] = low;
  words[at + FROM_LOW + 1] = high;
  words[thread.blockOf(low) + LOCAL_DEBT] += 1;
  mail.send(low, slot);
}

/** Marks a timer's slot, so that it comes back to its record; or as an ordinary message's. */
export function markSlot(thread: ActorThread, slot: number, isTimer: boolean): void {
  const at = thread.payloadWord(slot) - INLINE_WORD;
  if (isTimer) thread.words[at + MESSAGE] |= TIMER_MESSAGE;
  else thread.words[at + MESSAGE] &= ~TIMER_MESSAGE;
}

/** Takes the target from a message that waits: it is thrown away when its turn comes. */
export function voidSlot(thread: ActorThread, slot: number): void {
  thread.words[thread.payloadWord(slot) - INLINE_WORD + TO_LOW] = 0;
  markSlot(thread, slot, false);
}

/**
 * Sends an ordinary message that is a copy of a timer's. @throws ActorsError as `tell`; nothing is
 * sent then
 */
export function sendCopy(thread: ActorThread, slot: number, low: number, high: number): void {
  const { words, heap, mail } = thread;
  const payload = thread.payloadWord(slot);
  const header = words[payload - INLINE_WORD + MESSAGE] & ~TIMER_MESSAGE;
  const length = words[payload - INLINE_WORD + PAYLOAD_BYTES];
  if (payloadKind(header) !== PayloadKind.zeroCopy) {
    const sent = mail.open(low, high, header, length);
    words.copyWithin(thread.payloadWord(sent), payload, payload + Math.ceil(length / 4));
    thread.send(low, sent);
    return;
  }
  const block = heap.store(heap.load(words[payload + ZeroCopyPayload.plain.pointer], length));
  let sent: number;
  try {
    sent = mail.open(low, high, header, length);
  } catch (error) {
    heap.free(block);
    throw error;
  }
  thread.writeBlockPayload(thread.payloadWord(sent), block, length);
  thread.send(low, sent);
}

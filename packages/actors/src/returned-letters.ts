/**
 * Dead letters on their way back to the actor that sent them, whose behaviour declares `returned`.
 * Does not count them (dead-letters.ts).
 *
 * RETURN-1 (ACTORS-O5): a letter travels in the dead message's own slot and past the bound of its
 *   sender's mailbox. So nothing is taken for it, and nothing can be full.
 * RETURN-2 (ACTORS-W4): it is counted as every dead letter is, before it is on its way. One that
 *   does not arrive, because its sender has ended, its handler throws, or a worker dies with it, is
 *   neither counted again nor returned itself.
 * RETURN-3: from when it is counted the slot is the returning thread's, as if that had taken it,
 *   and is sent within what SENDING-1 covers. So a death leaves what it leaves of any message.
 * RETURN-4: returned is a tell of an actor's turn to another actor. An asker has its failure; an
 *   actor's messages to itself, its timers' too, would come back to who did not handle them.
 * RETURN-5: a value by reference stays behind, because the letter may go to another thread. So do
 *   name and payload if the receiver's block may be another's: a worker died while it ended it.
 */
import { indexOfId } from './actor-id.js';
import type { ReturnedLetter } from './contract/letters.js';
import type { DeadLetterCause } from './contract/inspection.js';
import { CAUSES } from './dead-letters.js';
import { ActorsError } from './errors.js';
import { isThenable } from './generated/turns.js';
import { ActorBlock, MessageSlot, ThreadBlock } from './layouts.js';
import { BY_REFERENCE, payloadKind, Phase, RETURNED_MESSAGE } from './phases.js';
import type { Program } from './program.js';
import { ActorRefObject } from './ref-object.js';
import { nextId } from './spawn.js';
import type { ActorThread } from './thread.js';

const INLINE_WORD = MessageSlot.offset.inline / 4;
const {
  fromLow: FROM_LOW, fromHigh: FROM_HIGH, toLow: TO_LOW, toHigh: TO_HIGH, message: MESSAGE,
  askThread: ASK_THREAD, askTicket: MESSAGE_INDEX, replySlot: RECEIVER,
} = MessageSlot.plain;
const BEHAVIOUR = ActorBlock.plain.behaviour;
const {
  idLow: ID_LOW, idHigh: ID_HIGH, owner: OWNER, phase: PHASE, remoteDebt: REMOTE_DEBT,
} = ActorBlock.word;
const MESSAGE_MASK = 0xffff;
const KIND_SHIFT = 16;
const CAUSE_SHIFT = 20;
const CAUSE_MASK = 7;
/** Bit of a letter's word: its payload was by reference. */
const WITHOUT_PAYLOAD = 2 ** 24;

/** True if a slot holds a letter that is on its way back. */
export function isLetter(thread: ActorThread, slot: number): boolean {
  return (thread.words[headerOf(thread, slot) + MESSAGE] & MESSAGE_MASK) === RETURNED_MESSAGE;
}

/**
 * Counts a message that is not handled, and sends it back. False, and nothing done, if its sender
 * takes none back. Not within what SENDING-1 covers.
 */
export function returnLetter(thread: ActorThread, slot: number, cause: DeadLetterCause): boolean {
  const { words, mail, memory } = thread;
  const at = headerOf(thread, slot);
  if (!isReturnable(thread, at)) return false;
  const low = words[at + FROM_LOW];
  const high = words[at + FROM_HIGH];
  const toLow = words[at + TO_LOW];
  const toHigh = words[at + TO_HIGH];
  const receiver = receiverOf(thread, toLow, toHigh);
  mail.notices.enter(indexOfId(low));
  thread.letters.end(slot, cause);
  memory.slots.transfer(slot, thread.index);
  words[mail.threadBlock + ThreadBlock.word.releasing] = 0;
  const header = words[at + MESSAGE];
  if ((header & BY_REFERENCE) !== 0) thread.references.drop(slot);
  words[at + MESSAGE_INDEX] = header & MESSAGE_MASK;
  words[at + MESSAGE] =
    RETURNED_MESSAGE |
    (payloadKind(header) << KIND_SHIFT) |
    (CAUSES.indexOf(cause) << CAUSE_SHIFT) |
    ((header & BY_REFERENCE) !== 0 ? WITHOUT_PAYLOAD : 0);
  words[at + RECEIVER] = receiver + 1;
  mail.stamp.write(at);
  words[at + FROM_LOW] = toLow;
  words[at + FROM_HIGH] = toHigh;
  words[at + TO_HIGH] = high;
  const index = indexOfId(low);
  const block = thread.blockOf(low);
  // Past the bound (MAILBOX-3).
  Atomics.add(words, block + REMOTE_DEBT, 1);
  if (!mail.sendRemote(low, index, block, slot)) thread.finish(slot);
  return true;
}

/** Runs `returned` of the actor in whose turn a letter came. What it throws comes through. */
export function handleLetter(thread: ActorThread, self: unknown, slot: number): void {
  const { words } = thread;
  if (!isLetter(thread, slot)) return;
  const behaviour = words[thread.blockOf(words[headerOf(thread, slot) + TO_LOW]) + BEHAVIOUR];
  const program = thread.programs[behaviour];
  const result = program?.code.returned?.(self, readLetter(thread, slot));
  if (!isThenable(result)) return;
  const text = `${program?.behaviour.name}: returned returned a promise, and is synchronous`;
  throw new ActorsError('ACTORS_NOT_SUPPORTED', text);
}

/** RETURN-4. */
function isReturnable(thread: ActorThread, at: number): boolean {
  const { words } = thread;
  const low = words[at + FROM_LOW];
  const high = words[at + FROM_HIGH];
  if (low === 0 || words[at + ASK_THREAD] !== 0 || words[at + RECEIVER] !== 0) return false;
  // What was cancelled has no receiver.
  const to = words[at + TO_LOW];
  if (to === 0 || (to === low && words[at + TO_HIGH] === high)) return false;
  const block = thread.blockOf(low);
  // A stale answer is as good: the letter is refused as a message would be (MAILBOX-4).
  const isAlive = words[block + ID_LOW] === low && words[block + ID_HIGH] === high;
  return isAlive && thread.directory.returns(words[block + BEHAVIOUR]);
}

/** The behaviour of a message's receiver; −1 if its block is, or may be, another's by now. */
function receiverOf(thread: ActorThread, low: number, high: number): number {
  const { words } = thread;
  const block = thread.blockOf(low);
  const isIt = (id: { readonly low: number; readonly high: number }): boolean =>
    words[block + ID_LOW] === id.low && words[block + ID_HIGH] === id.high;
  // This thread is ending it: nobody has the block before that is over.
  const isEnding =
    Atomics.load(words, block + OWNER) === thread.index &&
    Atomics.load(words, block + PHASE) === Phase.free &&
    isIt(nextId(indexOfId(low), low, high));
  return isEnding || isIt({ low, high }) ? words[block + BEHAVIOUR] : -1;
}

function readLetter(thread: ActorThread, slot: number): ReturnedLetter {
  const { words } = thread;
  const at = headerOf(thread, slot);
  const header = words[at + MESSAGE];
  const program = thread.programs[words[at + RECEIVER] - 1];
  const index = words[at + MESSAGE_INDEX];
  return {
    message: program?.messages[index]?.name ?? '',
    payload:
      program === undefined || (header & WITHOUT_PAYLOAD) !== 0
        ? undefined
        : readPayload(thread, program, index, slot),
    to: thread.makeRef(words[at + FROM_LOW], words[at + FROM_HIGH]),
    cause: CAUSES[(header >>> CAUSE_SHIFT) & CAUSE_MASK] ?? 'waiting',
  };
}

/** @throws UnknownBehaviours as a handler's message does */
function readPayload(
  thread: ActorThread,
  { messages, views }: Program,
  index: number,
  slot: number,
): unknown {
  const names = messages[index]?.fields;
  const View = views[index];
  if (names === undefined || View === undefined) return thread.readValue(slot);
  const view = new View();
  view.at = thread.payloadWord(slot);
  const payload = Object.fromEntries(
    names.map((name) => [name, (view as object as Record<string, unknown>)[name]]),
  );
  for (const field of Object.values(payload))
    if (field instanceof ActorRefObject) thread.requireRef(field.low);
  return payload;
}

function headerOf(thread: ActorThread, slot: number): number {
  return thread.payloadWord(slot) - INLINE_WORD;
}

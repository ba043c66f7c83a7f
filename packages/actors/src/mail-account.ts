/** The credits of a mailbox, counted anew after a thread has died (ACTORS-O4, -W1). */
import { ActorBlock, MessageSlot, ThreadBlock } from './layouts.js';
import type { ActorThread } from './thread.js';

const SLOT_WORDS = MessageSlot.size / 4;
const THREAD_WORDS = ThreadBlock.size / 4;
const NEXT = MessageSlot.plain.next;
const { plain, word } = ActorBlock;

/**
 * Owner only: makes the debt of the two ends what is queued. False while another thread has a
 * credit and has not queued its message: try again.
 */
export function settleDebts(thread: ActorThread, index: number, block: number): boolean {
  const { words } = thread;
  const remote = Atomics.load(words, block + word.remoteDebt);
  if (isUnderWay(thread, index)) return false;
  let queued = lengthOf(thread, words[block + plain.mailboxHead]);
  queued += lengthOf(thread, Atomics.load(words, block + word.remoteStack));
  if (Atomics.load(words, block + word.remoteDebt) !== remote) return false;
  words[block + plain.localDebt] = queued - remote;
  return true;
}

/** True while a living thread sends to the actor (SENDING-1). */
function isUnderWay({ words, memory, index: own }: ActorThread, actor: number): boolean {
  const { threads } = memory.region.plan.sections;
  for (let thread = 0; thread < threads.count; thread++) {
    const at = threads.word + thread * THREAD_WORDS;
    if (thread === own || Atomics.load(words, at + ThreadBlock.word.dead) !== 0) continue;
    if (Atomics.load(words, at + ThreadBlock.word.sendActor) === actor) return true;
  }
  return false;
}

function lengthOf({ words, mail }: ActorThread, first: number): number {
  let length = 0;
  for (let slot = first; slot > 0; slot = words[mail.slotBase + slot * SLOT_WORDS + NEXT])
    length += 1;
  return length;
}

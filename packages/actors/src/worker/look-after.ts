/**
 * What a worker does about an actor to which a thread that died was sending something, or that it
 * was handing over (SENDING-1). Between steps, so that whatever is on its way here has been
 * announced or never will be.
 */
import { ActorBlock, MessageSlot } from '../layouts.js';
import { settleDebts } from '../mail-account.js';
import { Phase } from '../phases.js';
import type { Doubt } from '../protocol.js';
import { restoreRelations } from '../relation-survey.js';
import { refuseRequest } from '../reply.js';
import type { ActorThread } from '../thread.js';
import type { Scheduler } from './scheduler.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const SLOT_WORDS = MessageSlot.size / 4;
const SETTLE_TRIES = 1_000;
const { plain, word } = ActorBlock;
const { next, toLow, toHigh } = MessageSlot.plain;

/** False if the actor is not this worker's. */
export function lookAfter(
  thread: ActorThread,
  scheduler: Scheduler,
  { dead, actor, slot }: Doubt,
): boolean {
  const { words, mail } = thread;
  const block = mail.blocks + actor * BLOCK_WORDS;
  scheduler.stealing.takeHanded();
  scheduler.drainReady();
  const owner = Atomics.load(words, block + word.owner);
  const isHeir = owner === 0 && Atomics.load(words, block + word.heir) === thread.index;
  if (isHeir && Atomics.load(words, block + word.phase) !== Phase.free)
    scheduler.stealing.take(actor);
  else if (owner !== thread.index) return false;
  // Not queued: its sender has ended in the midst of it, and may have sent a later one since.
  if (slot !== 0 && isDropped(thread, block, slot, dead))
    refuseRequest(thread, slot, 'ACTORS_EXITED', 'was not sent to the end', 'workerLost');
  for (let tries = 0; tries < SETTLE_TRIES; tries++) if (settleDebts(thread, actor, block)) break;
  mail.notices.clearDropped(actor, dead);
  if (Atomics.load(words, block + word.ready) === 1) mail.notices.forward(actor);
  const id = { low: words[block + word.idLow], high: words[block + word.idHigh] };
  restoreRelations(thread.relations.telling, actor, id);
  thread.relations.remind(actor, id);
  scheduler.lookAt(actor);
  return true;
}

/** True for a whole message to this very actor that is in nobody's hands. */
function isDropped(thread: ActorThread, block: number, slot: number, dead: number): boolean {
  const { words, mail } = thread;
  const { slots } = thread.memory;
  const at = mail.slotBase + slot * SLOT_WORDS;
  const isMessage =
    slots.isTaken(slot) &&
    slots.holder(slot) === dead &&
    words[at + toLow] === words[block + word.idLow] &&
    words[at + toHigh] === words[block + word.idHigh];
  return isMessage && words[block + plain.activation] !== slot && !isQueued(thread, block, slot);
}

function isQueued({ words, mail }: ActorThread, block: number, slot: number): boolean {
  const heads = [words[block + plain.mailboxHead], Atomics.load(words, block + word.remoteStack)];
  for (const head of heads)
    for (let queued = head; queued > 0; queued = words[mail.slotBase + queued * SLOT_WORDS + next])
      if (queued === slot) return true;
  return false;
}

/**
 * The reply that a worker was sending when it died. Owns what says that it was, and how its asker
 * tells whether it came; not sending and settling replies (reply.ts).
 *
 * DOUBT-1: a reply is complete and bears its sender's mark, and the sender's block names the
 *   request, before the request is answered: before its `askThread` is 0. Then it goes to the
 *   asker's inbox. The block names the request until the next: to name one too long is no harm
 *   (DOUBT-3).
 * DOUBT-2: after a death a named request that is not answered is its successor's, as any other. The
 *   reply to one that is answered has come or is in nobody's hands.
 * DOUBT-3: only its asker can tell, and no two settle it: a reply that came is in the asker's inbox
 *   or was settled, which takes the mark away. So the asker settles what is in its inbox and then,
 *   if the mark is still there, the reply itself. No other thread has that mark, the sender's
 *   successors neither; and a slot that is reserved again has none.
 * DOUBT-4: an asker that has died too need not be told: its successor looks for slots after that
 *   death, and frees the reply as one that is in no place (SURVEY-1).
 */
import { MessageSlot, ThreadBlock } from './layouts.js';
import type { SystemMemory } from './memory.js';
import type { ReplyInDoubt } from './protocol.js';
import type { ActorThread } from './thread.js';

const SLOT_WORDS = MessageSlot.size / 4;
const THREAD_WORDS = ThreadBlock.size / 4;
const { askThread: ASK_THREAD, replySlot: REPLY_SLOT } = MessageSlot.plain;
const { answered: ANSWERED, lives: LIVES } = ThreadBlock.word;
/** Above a thread's index: how many threads had it before. */
const LIVES_SHIFT = 12;

/** Says that the request at word `at` is about to be answered (DOUBT-1). */
export function beginReply({ words, mail, index }: ActorThread, at: number): void {
  const { slotBase, threadBlock } = mail;
  const reply = slotBase + words[at + REPLY_SLOT] * SLOT_WORDS;
  words[reply + ASK_THREAD] = index | (words[threadBlock + LIVES] << LIVES_SHIFT);
  words[threadBlock + ANSWERED] = (at - slotBase) / SLOT_WORDS;
}

/** What a thread that has died was sending; asked before its death is counted in its block. */
export function replyInDoubt(
  { region, slots }: SystemMemory,
  dead: number,
): ReplyInDoubt | undefined {
  const { words, plan } = region;
  const { threads, slots: messages } = plan.sections;
  const block = threads.word + dead * THREAD_WORDS;
  const request = words[block + ANSWERED] ?? 0;
  const at = messages.word + request * SLOT_WORDS;
  if (request === 0 || words[at + ASK_THREAD] !== 0) return undefined;
  const slot = words[at + REPLY_SLOT] ?? 0;
  const mark = dead | ((words[block + LIVES] ?? 0) << LIVES_SHIFT);
  return { asker: slots.holder(slot), slot, mark };
}

/** True if the reply has not come. Asker only, with an empty inbox. */
export function isUnsent(
  { memory, index, words, mail }: ActorThread,
  { slot, mark }: ReplyInDoubt,
): boolean {
  const { slots } = memory;
  const isMine = slots.isTaken(slot) && slots.holder(slot) === index;
  return isMine && words[mail.slotBase + slot * SLOT_WORDS + ASK_THREAD] === mark;
}

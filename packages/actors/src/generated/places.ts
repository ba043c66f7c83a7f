/**
 * Positions in shared memory as text for generated code, and the statements of a slot pool.
 *
 * PLACES-1: an index is masked with the least 2^n − 1 that no index exceeds. It changes none; V8
 *   sees from it that every address is inside the memory, and drops the checks of each access.
 * PLACES-2: taking and giving back a slot are the first branches of SlotPoolThread.take and give,
 *   word for word; everything else is left to those.
 */
import { SlotList } from '@ganglion/memory';
import { ActorBlock, MessageSlot } from '../layouts.js';
import type { Mailboxes } from '../mailbox.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const SLOT_WORDS = MessageSlot.size / 4;
const { next } = MessageSlot.plain;

function maskFor(highest: number): number {
  return 2 ** Math.ceil(Math.log2(highest + 1)) - 1;
}

/** The word of the block of the actor with this id or index. */
export function blockOf(mail: Mailboxes, low: string): string {
  return `(${mail.blocks} + (${low} & ${maskFor(mail.blockCount - 1)}) * ${BLOCK_WORDS})`;
}

/** The number of the first slot of what a list word or a link holds. */
export function slotIn(mail: Mailboxes, list: string): string {
  return `(${list} & ${maskFor(mail.slotCount)})`;
}

/** The word of a slot whose number went through `slotIn`. */
export function slotWord(mail: Mailboxes, slot: string): string {
  return `(${mail.slotBase} + ${slot} * ${SLOT_WORDS})`;
}

/** Takes the first slot of the list in `free`, which is not empty: `slot`, at word `header`. */
export function takeSlot(mail: Mailboxes): string {
  const { holders, taken } = mail.slots.places;
  return `const slot = ${slotIn(mail, 'free')};
    const header = ${slotWord(mail, 'slot')};
    freeList[0] = words[header + ${next}];
    words[${holders} + slot] = ${taken};`;
}

/** Gives back `slot`, at word `at`. */
export function giveSlot(mail: Mailboxes): string {
  const { holders, free } = mail.slots.places;
  const { slotMask, one, chunk, takenBit } = SlotList;
  return `const free = freeList[0];
    if (free >= ${chunk} || (words[${holders} + slot] & ${takenBit}) === 0) slots.give(slot);
    else {
      words[at + ${next}] = free;
      words[${holders} + slot] = ${free};
      freeList[0] = slot | ((free & ${~slotMask}) + ${one});
    }`;
}

/** The names that these statements use. */
export function placeNames(mail: Mailboxes): Readonly<Record<string, unknown>> {
  const { slots, stamp } = mail;
  return { mail, slots, freeList: slots.places.list, stamp: stamp.own };
}

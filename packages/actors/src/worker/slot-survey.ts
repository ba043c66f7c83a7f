/**
 * The message slots that a dead thread left in nobody's hands. Its successor looks at all slots,
 * twice, and between the looks every other thread leaves what SENDING-1 covers.
 *
 * SURVEY-1: a slot on its way is in one place after the other: its sender's hands, a mailbox, a
 *   turn; a reply's in its request, an inbox. So one that no place shows in both looks, and that is
 *   the same message, is in none: whoever had it has died.
 * SURVEY-3: a slot without a target that is not this thread's may be one that it was giving back:
 *   its block names that, and so does a turn (TURN-1).
 * SURVEY-2 (MAILBOX-6): with a target it is a whole message that was not handled: of a stack that
 *   was being turned round, or about to be linked. Without it is empty.
 */
import { indexOfId } from '../actor-id.js';
import { ActorBlock, MessageSlot, ThreadBlock } from '../layouts.js';
import type { ActorThread } from '../thread.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const SLOT_WORDS = MessageSlot.size / 4;
const { plain, word } = ActorBlock;
const { next, toLow, idThread, idSequenceLow, askThread, replySlot } = MessageSlot.plain;

/** What was found. */
export interface LostSlots {
  /** Messages by actor, each list in order. */
  readonly mail: ReadonlyMap<number, readonly number[]>;
  readonly empty: Set<number>;
}

/** Names one use of a slot. */
interface Use {
  readonly to: number;
  readonly thread: number;
  readonly sequence: number;
}

/** See the file's header. */
export class SlotSurvey {
  readonly #thread: ActorThread;
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #blocks: number;
  #first: ReadonlyMap<number, Use> = new Map();

  constructor(thread: ActorThread) {
    this.#thread = thread;
    this.#words = thread.words;
    this.#base = thread.mail.slotBase;
    this.#blocks = thread.mail.blocks;
  }

  /** The first look. */
  begin(): void {
    this.#first = this.#look();
  }

  /** The second. */
  end(): LostSlots {
    const mail = new Map<number, number[]>();
    const empty = new Set<number>();
    for (const [slot, use] of this.#look()) {
      const before = this.#first.get(slot);
      if (before === undefined || !isSame(before, use)) continue;
      if (use.to === 0) {
        empty.add(slot);
        continue;
      }
      const index = indexOfId(use.to);
      const slots = mail.get(index) ?? [];
      mail.set(index, slots);
      slots.push(slot);
    }
    return {
      empty,
      mail: new Map([...mail].map(([index, slots]) => [index, this.#inOrder(slots)])),
    };
  }

  /** Slots in use that are in no place of this thread's, and might be this thread's. */
  #look(): ReadonlyMap<number, Use> {
    const { slots } = this.#thread.memory;
    const used = slots.count - slots.unused();
    const isPlaced = this.#places(used);
    const found = new Map<number, Use>();
    for (let slot = 1; slot <= used; slot++) {
      if (isPlaced[slot] !== 0 || !slots.isTaken(slot)) continue;
      const at = this.#base + slot * SLOT_WORDS;
      const to = this.#words[at + toLow];
      const mine = to === 0 ? this.#wasHeld(slot) : this.#isMine(indexOfId(to));
      if (!mine) continue;
      const thread = this.#words[at + idThread];
      found.set(slot, { to, thread, sequence: this.#words[at + idSequenceLow] });
    }
    return found;
  }

  /** By slot: 1 if it is in a place. */
  #places(used: number): Uint8Array {
    const { mail, memory } = this.#thread;
    const words = this.#words;
    const isPlaced = new Uint8Array(memory.slots.count + 1);
    const follow = (first: number): void => {
      for (let slot = first; slot > 0 && isPlaced[slot] === 0;) {
        isPlaced[slot] = 1;
        slot = words[this.#base + slot * SLOT_WORDS + next];
      }
    };
    follow(Atomics.load(words, mail.threadBlock + ThreadBlock.word.inbox));
    for (let index = 1; index < memory.actorsUsed; index++) {
      if (!this.#isMine(index)) continue;
      const block = this.#blocks + index * BLOCK_WORDS;
      follow(words[block + plain.mailboxHead]);
      follow(Atomics.load(words, block + word.remoteStack));
      const held = words[block + plain.activation];
      if (held > 0 && words[this.#base + held * SLOT_WORDS + toLow] !== 0) isPlaced[held] = 1;
    }
    this.#thread.actorTimers.records.eachSlot((slot) => {
      if (words[this.#base + slot * SLOT_WORDS + toLow] === 0) isPlaced[slot] = 1;
    });
    for (let slot = 1; slot <= used; slot++) {
      const at = this.#base + slot * SLOT_WORDS;
      const asked = words[at + toLow] !== 0 && words[at + askThread] === this.#thread.index;
      if (asked && memory.slots.isTaken(slot)) isPlaced[words[at + replySlot]] = 1;
    }
    return isPlaced;
  }

  /** True for a slot that the dead thread had, empty, in its hands. */
  #wasHeld(slot: number): boolean {
    const { memory, mail, index } = this.#thread;
    const words = this.#words;
    const at = mail.threadBlock;
    if (memory.slots.holder(slot) === index) return true;
    if (words[at + ThreadBlock.word.releasing] === slot) return true;
    const inTurn = (words[at + ThreadBlock.word.turnSequence] & 1) !== 0;
    return inTurn && words[at + ThreadBlock.word.inHand] === slot;
  }

  /** True for an actor of this thread, or on its way to it. */
  #isMine(index: number): boolean {
    const block = this.#blocks + index * BLOCK_WORDS;
    const owner = Atomics.load(this.#words, block + word.owner);
    if (owner !== 0) return owner === this.#thread.index;
    return Atomics.load(this.#words, block + word.heir) === this.#thread.index;
  }

  /** Slots of one stack, as the dead thread left it while it turned it round (MAILBOX-6). */
  #inOrder(slots: readonly number[]): readonly number[] {
    const lost = new Set(slots);
    const after = (slot: number): number => this.#words[this.#base + slot * SLOT_WORDS + next];
    const before = new Map<number, number>();
    for (const slot of slots) if (lost.has(after(slot))) before.set(after(slot), slot);
    const turned: number[] = [];
    const newest = this.#words[this.#thread.mail.threadBlock + ThreadBlock.word.refilling];
    if (lost.has(newest) && after(newest) === 0) {
      for (let slot: number | undefined = newest; slot !== undefined; slot = before.get(slot)) {
        turned.push(slot);
        lost.delete(slot);
      }
    }
    const rest: number[] = [];
    const first = slots.find((slot) => lost.has(slot) && !lost.has(before.get(slot) ?? 0));
    for (let slot = first ?? 0; lost.delete(slot); slot = after(slot)) rest.push(slot);
    return [...rest.toReversed(), ...turned.toReversed(), ...lost];
  }
}

function isSame(one: Use, other: Use): boolean {
  return (
    one.to === other.to && one.thread === other.thread && one.sequence === other.sequence
  );
}

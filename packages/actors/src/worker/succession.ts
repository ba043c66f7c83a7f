/**
 * A new thread takes the place of a worker that died (ACTORS-W1, -W2). It has the dead one's index,
 * so that its actors, their mail and what is on its way to them stay where they are; it finds again
 * what was only in the dead one's hands. Runs before the successor's loop.
 *
 * SUCCESSION-1: whose turn it was exits with the reason of the death. Isolate-state actors, and
 *   those that awaited something, exit with `workerLost`. All others go on.
 * SUCCESSION-2 (ACTORS-W4): the message in hand is refused, as at any exit; every other message is
 *   handled once, in its order.
 *   Messages by reference have died with their values and are returned (ACTORS-O7).
 * SUCCESSION-3: it may die anywhere itself. Its successor then does all this again.
 * SUCCESSION-4: lost is at most what the dead thread was making or freeing: a block of the heap,
 *   an actor's index without an actor, a relation's record. The reply that it was sending comes
 *   (reply-in-doubt.ts).
 */
import { indexOfId } from '../actor-id.js';
import { ActorBlock, MessageSlot, ThreadBlock } from '../layouts.js';
import { settleDebts } from '../mail-account.js';
import type { Mailboxes } from '../mailbox.js';
import { BY_REFERENCE, Phase } from '../phases.js';
import type { WorkerDeath } from '../protocol.js';
import { quiescence } from '../quiescence.js';
import { RelationSurvey } from '../relation-survey.js';
import { refuseRequest } from '../reply.js';
import type { ActorThread } from '../thread.js';
import type { Scheduler } from './scheduler.js';
import { SlotSurvey } from './slot-survey.js';
import type { LostSlots } from './slot-survey.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const SLOT_WORDS = MessageSlot.size / 4;
const NEXT = MessageSlot.plain.next;
const MESSAGE = MessageSlot.plain.message;
const { plain, word } = ActorBlock;
const own = ThreadBlock.word;

/** What a succession needs. */
export interface SuccessionParts {
  readonly thread: ActorThread;
  readonly scheduler: Scheduler;
  readonly death: WorkerDeath;
  /** Lets time pass. */
  readonly pause: () => Promise<void>;
}

/** See the file's header. */
export class Succession {
  readonly #thread: ActorThread;
  readonly #mail: Mailboxes;
  readonly #words: Int32Array;
  readonly #scheduler: Scheduler;
  readonly #death: WorkerDeath;
  readonly #pause: () => Promise<void>;
  readonly #at: number;
  /** Actors that were in a ready stack, or handed over, before the others were waited for. */
  readonly #marked = new Set<number>();
  readonly #handed = new Set<number>();
  readonly #signalled = new Set<number>();

  constructor({ thread, scheduler, death, pause }: SuccessionParts) {
    this.#thread = thread;
    this.#mail = thread.mail;
    this.#words = thread.words;
    this.#scheduler = scheduler;
    this.#death = death;
    this.#pause = pause;
    this.#at = thread.mail.threadBlock;
  }

  get #lostText(): string {
    return `its worker died: ${this.#death.text}`;
  }

  async run(): Promise<void> {
    this.#begin();
    const survey = new SlotSurvey(this.#thread);
    survey.begin();
    const relations = new RelationSurvey(this.#thread.relations.records, this.#thread.index, () => {
      const indices: number[] = [];
      this.#eachOwn((index) => indices.push(index));
      return indices;
    });
    relations.begin();
    this.#eachBlock((index, block) => this.#note(index, block));
    const { slots } = this.#mail;
    slots.openAdoption();
    await quiescence(this.#thread, this.#pause);
    slots.recirculate();
    await quiescence(this.#thread, this.#pause);
    const lost = survey.end();
    relations.end();
    slots.adopt(this.#thread.index, (slot) => {
      if (lost.empty.has(slot)) this.#free(slot);
      lost.empty.delete(slot);
    });
    for (const slot of lost.empty) this.#free(slot);
    this.#words[this.#at + own.releasing] = 0;
    await this.#restoreMail(lost);
    this.#resignal();
    this.#endTurn(lost);
    this.#eachOwn((index, block) => this.#goOn(index, block));
    this.#takeHanded();
    for (const index of this.#signalled) this.#scheduler.lookAt(index);
    this.#scheduler.drainReady((index) => this.#marked.delete(index));
    for (const index of this.#marked) this.#scheduler.ready(index);
    this.#finish();
  }

  /** What the dead thread was sending is looked after by others (control/workers.ts). */
  #begin(): void {
    const words = this.#words;
    this.#thread.letters.succeed();
    Atomics.store(words, this.#at + own.sleeping, 0);
    words[this.#at + own.sendActor] = 0;
    words[this.#at + own.sendSlot] = 0;
    if ((words[this.#at + own.sendPasses] & 1) !== 0)
      Atomics.add(words, this.#at + own.sendPasses, 1);
  }

  #note(index: number, block: number): void {
    const owner = Atomics.load(this.#words, block + word.owner);
    if (owner === this.#thread.index) {
      if (Atomics.load(this.#words, block + word.ready) > 1) this.#marked.add(index);
    } else if (this.#isHanded(block)) this.#handed.add(index);
  }

  #isHanded(block: number): boolean {
    const words = this.#words;
    return (
      Atomics.load(words, block + word.owner) === 0 &&
      Atomics.load(words, block + word.heir) === this.#thread.index &&
      Atomics.load(words, block + word.phase) !== Phase.free
    );
  }

  /** Puts the lists of all actors in order, with the mail that was lost. */
  async #restoreMail({ mail }: LostSlots): Promise<void> {
    const unsettled: (readonly [index: number, block: number])[] = [];
    const inHand = this.#words[this.#at + own.inHand];
    const restore = (index: number, block: number): void => {
      const words = this.#words;
      // Until it is this one's turn, nobody puts it into the run queue.
      words[block + plain.scheduled] = 1;
      words[block + plain.mailboxTail] = this.#takeReferences(block);
      for (const slot of mail.get(index) ?? []) {
        if (slot === inHand && this.#turnActor() === index) continue;
        if (this.#isReference(slot)) {
          this.#return(slot);
          continue;
        }
        words[this.#mail.slotBase + slot * SLOT_WORDS + NEXT] = 0;
        this.#mail.appendList(block, slot);
      }
      const isIdle =
        words[block + plain.mailboxHead] === 0 &&
        words[block + plain.localDebt] === 0 &&
        Atomics.load(words, block + word.remoteDebt) === 0;
      if (!isIdle) unsettled.push([index, block]);
    };
    this.#eachOwn(restore);
    for (const index of this.#handed) {
      const block = this.#mail.blocks + index * BLOCK_WORDS;
      if (this.#isHanded(block)) restore(index, block);
    }
    this.#words[this.#at + own.refilling] = 0;
    for (const [index, block] of unsettled)
      while (!settleDebts(this.#thread, index, block)) await this.#pause();
  }

  /** Returns the list's messages by reference (REFERENCE-4). @returns the last that stays, or 0 */
  #takeReferences(block: number): number {
    const words = this.#words;
    let last = 0;
    for (let slot = words[block + plain.mailboxHead]; slot !== 0;) {
      const next = this.#after(slot);
      if (this.#isReference(slot)) {
        if (last === 0) words[block + plain.mailboxHead] = next;
        else words[this.#mail.slotBase + last * SLOT_WORDS + NEXT] = next;
        this.#return(slot);
      } else last = slot;
      slot = next;
    }
    return last;
  }

  #isReference(slot: number): boolean {
    const header = this.#words[this.#mail.slotBase + slot * SLOT_WORDS + MESSAGE];
    return (header & BY_REFERENCE) !== 0;
  }

  #return(slot: number): void {
    const text = `was lost: ${this.#lostText}`;
    refuseRequest(this.#thread, slot, 'ACTORS_EXITED', text, 'workerLost');
  }

  #after(slot: number): number {
    return this.#words[this.#mail.slotBase + slot * SLOT_WORDS + NEXT];
  }

  /** Gives an empty slot back, with a payload that it may have. */
  #free(slot: number): void {
    try {
      this.#thread.dropPayload(slot);
    } catch {
      // SUCCESSION-4: it was not written to the end.
    }
    this.#mail.release(slot);
  }

  /** The signals that were being handled come again. */
  #resignal(): void {
    const bits = this.#words[this.#at + own.takenSignals];
    if (bits === 0) return;
    const low = this.#words[this.#at + own.takenLow];
    this.#mail.notices.signal(low, this.#words[this.#at + own.takenHigh], bits);
    this.#mail.notices.handledSignals();
    this.#marked.add(indexOfId(low));
  }

  /** The actor of the turn in which the thread died, or 0. */
  #turnActor(): number {
    const inTurn = (this.#words[this.#at + own.turnSequence] & 1) !== 0;
    return inTurn ? this.#words[this.#at + own.turnActor] : 0;
  }

  #endTurn(lost: LostSlots): void {
    const index = this.#turnActor();
    const block = this.#mail.blocks + index * BLOCK_WORDS;
    const isOwn = Atomics.load(this.#words, block + word.owner) === this.#thread.index;
    if (index !== 0 && isOwn) this.#endCulprit(index, block, lost);
    this.#words[this.#at + own.inHand] = 0;
    if ((this.#words[this.#at + own.turnSequence] & 1) !== 0)
      Atomics.add(this.#words, this.#at + own.turnSequence, 1);
  }

  #endCulprit(index: number, block: number, { mail }: LostSlots): void {
    const { lives } = this.#scheduler;
    const { reason, text } = this.#death;
    const inHand = this.#words[this.#at + own.inHand];
    if (mail.get(index)?.includes(inHand) === true)
      lives.failInHand(index, inHand, reason, new Error(text));
    const phase = Atomics.load(this.#words, block + word.phase);
    if (phase !== Phase.free && phase !== Phase.down) lives.abandon(index, reason, text);
  }

  #goOn(index: number, block: number): void {
    const words = this.#words;
    const { lives } = this.#scheduler;
    if (Atomics.load(words, block + word.phase) !== Phase.free)
      this.#thread.relations.remind(index, {
        low: words[block + word.idLow], high: words[block + word.idHigh],
      });
    if (this.#mail.notices.hasSignals(block)) this.#signalled.add(index);
    switch (Atomics.load(words, block + word.phase)) {
      case Phase.free:
        lives.endAgain(index);
        return;
      case Phase.down:
        lives.forget(block);
        return;
      case Phase.terminating:
        lives.abandon(index, 'workerLost', this.#lostText);
        return;
      default:
    }
    if (words[block + plain.instance] !== 0 || words[block + plain.activation] !== 0)
      lives.abandon(index, 'workerLost', this.#lostText);
    else if (Atomics.load(words, block + word.phase) === Phase.starting)
      lives.starts.start(index, block);
    else this.#mail.reschedule(index, block);
    this.#thread.actorTimers.rearm(index);
    if (Atomics.load(words, block + word.ready) === 1) this.#mail.notices.forward(index);
  }

  #takeHanded(): void {
    this.#scheduler.stealing.takeHanded();
    for (const index of this.#handed)
      if (this.#isHanded(this.#mail.blocks + index * BLOCK_WORDS))
        this.#scheduler.stealing.take(index);
  }

  #finish(): void {
    this.#thread.actorTimers.records.recover();
    Atomics.store(this.#words, this.#at + own.dead, 0);
    // What the dead thread gave others may have come without a wake-up.
    const { count } = this.#thread.memory.region.plan.sections.threads;
    for (let thread = 1; thread < count; thread++) this.#mail.notices.wake(thread);
  }

  #eachBlock(visit: (index: number, block: number) => void): void {
    for (let index = 1; index < this.#thread.memory.actorsUsed; index++)
      visit(index, this.#mail.blocks + index * BLOCK_WORDS);
  }

  #eachOwn(visit: (index: number, block: number) => void): void {
    this.#eachBlock((index, block) => {
      if (Atomics.load(this.#words, block + word.owner) === this.#thread.index)
        visit(index, block);
    });
  }
}

/**
 * The timers of the actors that one thread owns: made, cancelled, and called when they are due.
 * The records are in shared memory (timer-records.ts), so a timer goes where its actor goes; the
 * calls are JavaScript's, and each owner makes its own.
 *
 * TIMERS-4: a thread has a call pending for exactly those records of its actors that have a
 *   message to come: all but the one-shot ones whose message waits in the actor's mailbox. `forget`
 *   ends the calls before an actor is handed over, and `rearm` makes them at its taker.
 * TIMERS-5: the message to the actor itself is the slot of the record (ACTORS-O5). `queued` is set
 *   before it is put into the mailbox, and cleared when it was handled. A slot of a record that is
 *   queued and has no target (MAILBOX-6) was left so by a thread that died in between, and is due
 *   again; of an interval, at its next time.
 * TIMERS-6: a cancel is exact up to the handler: it takes the target from a slot that waits.
 * TIMERS-7: timers are of one incarnation. They are dropped when it has ended, before the next one
 *   starts or the actor's mail is refused.
 */
import type { Timer as Call } from '@ganglion/runtime/contract';
import { indexOfId } from './actor-id.js';
import type { ActorRef } from './contract/ref.js';
import type { Timer } from './contract/timers.js';
import { ActorsError, textOf } from './errors.js';
import type { Opener } from './generated/senders.js';
import { ActorBlock, MessageSlot, ThreadBlock, TimerRecord } from './layouts.js';
import { TIMER_MAX_MS } from './limits.js';
import { ActorRefObject } from './ref-object.js';
import type { IdWords } from './spawn.js';
import type { ActorThread } from './thread.js';
import { deliver, laterClass, markSlot, sendCopy, voidSlot } from './timer-messages.js';
import type { LaterObject, TimerRequest } from './timer-messages.js';
import { TimerRecords } from './timer-records.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const OWNER = ActorBlock.word.owner;
const INLINE_WORD = MessageSlot.offset.inline / 4;
const TO_LOW = MessageSlot.plain.toLow;
const RECORD_OF_SLOT = MessageSlot.plain.askTicket;
const { plain } = TimerRecord;
const { turnSequence, turnActor, inHand } = ThreadBlock.word;
const MICROSECONDS = 1_000;
const LOW_RANGE = 2 ** 32;
/** Refusals are told together. */
const REPORT_MS = 100;

/** Told how many messages were refused, and why the last one was. */
export type RefusedListener = (count: number, text: string) => void;

/** See the file's header. */
export class ActorTimers {
  readonly records: TimerRecords;
  onRefused: RefusedListener = () => undefined;
  private readonly thread: ActorThread;
  private readonly words: Int32Array;
  private readonly blocks: number;
  /** Pending calls by record. */
  private readonly calls = new Map<number, Call>();
  /** By index of the target's behaviour. */
  private readonly classes: ((new (request: TimerRequest) => LaterObject) | undefined)[] = [];
  private refused = 0;
  private refusedText = '';

  constructor(thread: ActorThread) {
    const { timerRecords, timerHeads, actors } = thread.memory.region.plan.sections;
    this.thread = thread;
    this.words = thread.words;
    this.blocks = actors.word;
    this.records = new TimerRecords(
      thread.words,
      { records: timerRecords.word, count: timerRecords.count, heads: timerHeads.word },
      thread.index,
    );
  }

  /** What `after` and `every` of an actor return. */
  later({ low, high }: IdWords, delayMs: number, to: ActorRef, isInterval: boolean): LaterObject {
    if (!Number.isInteger(delayMs) || delayMs < 1 || delayMs > TIMER_MAX_MS) {
      throw new ActorsError(
        'ACTORS_OPTION_INVALID',
        `${isInterval ? 'periodMs' : 'delayMs'} is ${String(delayMs)}; ` +
          `it must be a whole number of milliseconds from 1 to ${TIMER_MAX_MS}`,
      );
    }
    if (!(to instanceof ActorRefObject) || to.home.system !== this.thread.system) {
      throw new ActorsError(
        'ACTORS_VALUE_INVALID',
        'a timer is for something that is no reference of this actor system',
      );
    }
    const behaviour = this.thread.behaviourOf(to.low, to.high);
    const program = this.thread.programAt(behaviour, to.low);
    const Later = (this.classes[behaviour] ??= laterClass(this.thread, program, (...given) =>
      this.make(...given)));
    const { low: targetLow, high: targetHigh } = to;
    return new Later({ low, high, targetLow, targetHigh, delayMs, isInterval });
  }

  /** What an actor that has ended gets for `after` and `every`. */
  ofEnded(low: number): ActorsError {
    const text = `${this.thread.describe(low)} has ended, so it gets no timer`;
    return new ActorsError('ACTORS_EXITED', text);
  }

  /** See TimerMaker. */
  cancel(low: number, high: number, timer: Timer): boolean {
    const record = this.records.recordOf(timer);
    if (record === undefined) {
      throw new ActorsError(
        'ACTORS_FIELD_INVALID',
        `${String(timer)} names no timer; a timer is kept in an f64 field or a variable`,
      );
    }
    const at = this.records.at(record);
    const words = this.words;
    if (record === 0 || !this.owns(low, high)) return false;
    if (words[at + plain.actorLow] !== low || words[at + plain.actorHigh] !== high) return false;
    if (words[at + plain.periodMs] === 0 && this.isInHand(low, words[at + plain.slot]))
      return false;
    this.drop(record);
    return true;
  }

  /** Drops all timers of an actor whose incarnation has ended (TIMERS-7). */
  ended(index: number): void {
    for (const record of this.records.list(index)) this.drop(record);
  }

  /** Ends the calls of an actor that this thread is about to hand over. */
  forget(index: number): void {
    for (const record of this.records.list(index)) this.uncall(record);
  }

  /**
   * Makes the calls of an actor that this thread has come to own, by a hand-over or from a dead
   * thread; its mailbox must be whole.
   */
  rearm(index: number): void {
    const words = this.words;
    for (const record of this.records.list(index)) {
      const at = this.records.at(record);
      if (words[this.headerOf(words[at + plain.slot]) + TO_LOW] === 0)
        words[at + plain.queued] = 0;
      if (words[at + plain.queued] === 0 || words[at + plain.periodMs] !== 0) this.call(record);
    }
  }

  /**
   * A timer's message was handled or thrown away. True if its slot stays with the timer, false if
   * it is the caller's.
   */
  keeps(slot: number): boolean {
    const words = this.words;
    const record = words[this.headerOf(slot) + RECORD_OF_SLOT];
    const at = this.records.at(record);
    if (words[at + plain.slot] !== slot) return false;
    if (words[at + plain.periodMs] === 0) {
      this.records.drop(record, indexOfId(words[at + plain.actorLow]));
      return false;
    }
    words[at + plain.queued] = 0;
    words[this.headerOf(slot) + TO_LOW] = 0;
    return true;
  }

  private make(request: TimerRequest, compose: Opener, payload: unknown): number {
    const { low, high, targetLow, targetHigh, delayMs, isInterval } = request;
    if (!this.owns(low, high)) throw this.ofEnded(low);
    const record = this.records.take();
    if (record === 0) {
      throw new ActorsError(
        'ACTORS_TIMERS_EXHAUSTED',
        `all ${this.records.count} timers are in use (option timers)`,
      );
    }
    let slot: number;
    try {
      slot = compose(targetLow, targetHigh, payload);
    } catch (error) {
      this.records.give(record);
      throw error;
    }
    const words = this.words;
    const at = this.records.at(record);
    words[this.headerOf(slot) + RECORD_OF_SLOT] = record;
    words[at + plain.slot] = slot;
    words[at + plain.actorLow] = low;
    words[at + plain.actorHigh] = high;
    words[at + plain.targetLow] = targetLow;
    words[at + plain.targetHigh] = targetHigh;
    words[at + plain.periodMs] = isInterval ? delayMs : 0;
    words[at + plain.queued] = 0;
    this.setDue(at, this.now() + delayMs * MICROSECONDS);
    markSlot(this.thread, slot, low === targetLow && high === targetHigh);
    this.records.link(record, indexOfId(low));
    this.call(record);
    return this.records.handleOf(record);
  }

  /** A timer is due. */
  private fire(record: number): void {
    const words = this.words;
    const at = this.records.at(record);
    const now = this.now();
    const period = words[at + plain.periodMs] * MICROSECONDS;
    this.calls.delete(record);
    this.thread.mail.stamp.setTime(now);
    if (period !== 0) {
      const due = this.due(at);
      this.setDue(at, due + (Math.max(0, Math.floor((now - due) / period)) + 1) * period);
      this.call(record);
    }
    const low = words[at + plain.actorLow];
    const high = words[at + plain.actorHigh];
    if (words[at + plain.targetLow] !== low || words[at + plain.targetHigh] !== high)
      this.send(record, period !== 0);
    else if (words[at + plain.queued] === 0) {
      words[at + plain.queued] = 1;
      deliver(this.thread, words[at + plain.slot], low, high);
    }
  }

  /** Sends an ordinary message to another actor; a timer that has no more to send is dropped. */
  private send(record: number, isInterval: boolean): void {
    const words = this.words;
    const { mail } = this.thread;
    const at = this.records.at(record);
    let hasEnded = false;
    mail.stamp.setFrom(words[at + plain.actorLow], words[at + plain.actorHigh]);
    try {
      const to = [words[at + plain.targetLow], words[at + plain.targetHigh]] as const;
      sendCopy(this.thread, words[at + plain.slot], ...to);
    } catch (error) {
      if (!(error instanceof ActorsError)) throw error;
      hasEnded = error.code === 'ACTORS_EXITED';
      this.tellRefused(textOf(error));
    } finally {
      mail.stamp.setFrom(0, 0);
    }
    if (!isInterval || hasEnded) this.drop(record);
  }

  private tellRefused(text: string): void {
    this.refused += 1;
    this.refusedText = text;
    if (this.refused !== 1) return;
    this.thread.timers.after(REPORT_MS, () => {
      const refused = this.refused;
      this.refused = 0;
      this.onRefused(refused, this.refusedText);
    });
  }

  /** Ends a timer: its call, its message where that waits, its record and its slot. */
  private drop(record: number): void {
    const words = this.words;
    const at = this.records.at(record);
    const { mail } = this.thread;
    const slot = words[at + plain.slot];
    const isAway = words[at + plain.queued] === 1;
    const index = indexOfId(words[at + plain.actorLow]);
    this.uncall(record);
    if (isAway) {
      voidSlot(this.thread, slot);
      this.records.drop(record, index);
      return;
    }
    // A successor of the thread that took the slot must not meet it on its way (SURVEY-1).
    mail.notices.enter(0);
    this.records.drop(record, index);
    this.thread.dropPayload(slot);
    mail.release(slot);
    mail.notices.leave();
  }

  private call(record: number): void {
    this.uncall(record);
    const delay = this.due(this.records.at(record)) - this.now();
    const call = this.thread.timers.after(Math.max(0, delay / MICROSECONDS), () =>
      this.fire(record));
    this.calls.set(record, call);
  }

  private uncall(record: number): void {
    this.calls.get(record)?.cancel();
    this.calls.delete(record);
  }

  /** True while the handler of a slot's message runs, or its activation does. */
  private isInHand(low: number, slot: number): boolean {
    const words = this.words;
    const own = this.thread.mail.threadBlock;
    if (words[this.blockOf(low) + ActorBlock.plain.activation] === slot) return true;
    return (
      (words[own + turnSequence] & 1) !== 0 &&
      words[own + turnActor] === indexOfId(low) &&
      words[own + inHand] === slot
    );
  }

  private owns(low: number, high: number): boolean {
    const isOwner = this.words[this.blockOf(low) + OWNER] === this.thread.index;
    return isOwner && this.thread.isAlive(low, high);
  }

  private blockOf(low: number): number {
    return this.blocks + indexOfId(low) * BLOCK_WORDS;
  }

  private headerOf(slot: number): number {
    return this.thread.payloadWord(slot) - INLINE_WORD;
  }

  private now(): number {
    return Math.ceil(this.thread.clock.monotonicMs() * MICROSECONDS);
  }

  private due(at: number): number {
    const words = this.words;
    return words[at + plain.dueHigh] * LOW_RANGE + (words[at + plain.dueLow] >>> 0);
  }

  private setDue(at: number, due: number): void {
    this.words[at + plain.dueLow] = due | 0;
    this.words[at + plain.dueHigh] = (due / LOW_RANGE) | 0;
  }
}

/**
 * Sending, as one thread sees it: slots, the two ends of a mailbox and their credits.
 *
 * MAILBOX-1 (ACTORS-O1): `owner` says whose the local list is. Every other thread, and NONE, uses
 *   the remote stack.
 * MAILBOX-2 (ACTORS-O2): the owner moves the remote stack to the list before it appends itself,
 *   so that the order of one sender to one receiver is kept whatever thread the sender runs on.
 * MAILBOX-3 (ACTORS-O4): messages queued = localDebt + remoteDebt ≤ capacity. The local debt is
 *   the owner's and may fall an eighth of the capacity below zero before the surplus goes back to
 *   the remote end, which is that much larger: so a remote sender is refused only while half of the
 *   capacity waits. An actor's own timers and returned letters count and are never refused: they
 *   may come on top.
 * MAILBOX-4: looks at `owner`, the id and the remote stack are plain loads where a stale answer
 *   is as good: only this thread can make `owner` this thread or end that; an id that changes now
 *   could have changed a moment later; mail that a look misses is announced by NOTICE-1, or was
 *   pushed by this sender before it moved here, which the hand-over orders. (An Atomics.load is a
 *   call in V8 11: 24 ns against 1.6.)
 * MAILBOX-5: the remote stack is closed when its actor ends for good and open before the next one's
 *   id is seen. So a message is either found by the actor's end or refused to its sender.
 * MAILBOX-6 (ACTORS-W1): a slot has a target from when it is complete and about to be linked until
 *   it is released. The owner keeps the newest slot of a stack in its block while it turns that
 *   round, so that its successor finds the order again.
 */
import { createReturnStacks, STACK_CLOSED } from '@ganglion/memory';
import type { ReturnStacks, SlotPoolThread } from '@ganglion/memory';
import { indexOfId } from './actor-id.js';
import { ActorsError } from './errors.js';
import { ActorBlock, MessageSlot, ThreadBlock } from './layouts.js';
import type { SystemMemory } from './memory.js';
import { Notices } from './notices.js';
import { RunQueue } from './run-queue.js';
import type { WorkerQueue } from './run-queue.js';
import { Stamp } from './stamp.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const HEAD = ActorBlock.plain.mailboxHead;
const TAIL = ActorBlock.plain.mailboxTail;
const LOCAL_DEBT = ActorBlock.plain.localDebt;
const SCHEDULED = ActorBlock.plain.scheduled;
const IS_NEW = ActorBlock.plain.isNew;
const OWNER = ActorBlock.word.owner;
const REMOTE_STACK = ActorBlock.word.remoteStack;
const REMOTE_DEBT = ActorBlock.word.remoteDebt;
const ID_LOW = ActorBlock.word.idLow;
const ID_HIGH = ActorBlock.word.idHigh;

const SLOT_WORDS = MessageSlot.size / 4;
const NEXT = MessageSlot.plain.next;
const PAYLOAD_BYTES = MessageSlot.plain.payloadBytes;
const TO_LOW = MessageSlot.plain.toLow;
const MESSAGE = MessageSlot.plain.message;
const ASK_THREAD = MessageSlot.plain.askThread;
const REPLY_SLOT = MessageSlot.plain.replySlot;

const THREAD_WORDS = ThreadBlock.size / 4;
const { inbox: INBOX, refilling: REFILLING, releasing: RELEASING } = ThreadBlock.word;
/** A mailbox's part that the owner may hold back before it returns it to the remote end. */
const BATCH_SHIFT = 3;

/**
 * The sending half of a thread. Fields are public for the scheduler and for generated code, which
 * share the hot path.
 */
export class Mailboxes {
  readonly words: Int32Array;
  readonly thread: number;
  readonly node: number;
  readonly slots: SlotPoolThread;
  readonly runQueue: WorkerQueue;
  readonly notices: Notices;
  readonly blocks: number;
  readonly blockCount: number;
  readonly slotBase: number;
  readonly slotCount: number;
  /** Messages that the owner's end holds without credits of the remote end. */
  readonly localHalf: number;
  /** Surplus credits that the owner may hold back. */
  readonly batch: number;
  private readonly threads: number;
  private readonly remoteHalf: number;
  private readonly slotStacks: ReturnStacks;
  private readonly describe: (low: number) => string;
  readonly stamp: Stamp;

  constructor(
    memory: SystemMemory,
    thread: number,
    describe: (low: number) => string,
    runQueue: WorkerQueue = new RunQueue(memory.isWorker(thread) ? memory.blockCount : 2),
  ) {
    const { sections } = memory.region.plan;
    this.words = memory.region.words;
    this.thread = thread;
    this.node = memory.node;
    this.slots = memory.slots.thread(thread);
    this.runQueue = runQueue;
    this.notices = new Notices(memory, thread);
    this.blocks = sections.actors.word;
    this.blockCount = sections.actors.count;
    this.slotBase = sections.slots.word;
    this.slotCount = memory.slots.count;
    this.threads = sections.threads.word;
    this.batch = memory.mailboxCapacity >> BATCH_SHIFT;
    this.localHalf = (memory.mailboxCapacity >> 1) - this.batch;
    this.remoteHalf = memory.mailboxCapacity - this.localHalf;
    this.slotStacks = createReturnStacks(this.words, {
      link: this.slotBase + NEXT,
      strideWords: SLOT_WORDS,
    });
    this.describe = describe;
    const lives = this.words[this.threadBlock + ThreadBlock.word.lives];
    this.stamp = new Stamp({ words: this.words, node: memory.node, thread, lives });
  }

  /**
   * Takes a credit and a slot and writes the header of a tell. The caller writes the payload and
   * then calls `send` without any step between that can throw.
   * @returns the slot
   */
  open(low: number, high: number, message: number, payloadBytes: number): number {
    const words = this.words;
    const block = this.blocks + indexOfId(low) * BLOCK_WORDS;
    if (words[block + ID_LOW] !== low || words[block + ID_HIGH] !== high) throw this.exited(low);
    const local = words[block + OWNER] === this.thread;
    if (local) {
      if (words[block + LOCAL_DEBT] >= this.localHalf && !this.pullCredits(block))
        throw this.full(low);
      words[block + LOCAL_DEBT] += 1;
    } else this.openRemote(low, block);
    const slot = this.slots.take();
    if (slot === 0) {
      if (local) words[block + LOCAL_DEBT] -= 1;
      else this.takeBackRemote(block);
      throw this.exhausted(low);
    }
    const at = this.slotBase + slot * SLOT_WORDS;
    words[at + PAYLOAD_BYTES] = payloadBytes;
    words[at + MESSAGE] = message;
    words[at + ASK_THREAD] = 0;
    words[at + REPLY_SLOT] = 0;
    words[at + TO_LOW + 1] = high;
    this.stamp.write(at);
    return slot;
  }

  /**
   * A slot for the reply to an ask or for a timer's message, which is reserved before it can be
   * needed (ACTORS-O5). @throws ActorsError ACTORS_SLOTS_EXHAUSTED
   */
  reserve(low: number): number {
    const slot = this.slots.take();
    if (slot === 0) throw this.exhausted(low);
    return slot;
  }

  /**
   * Queues an opened slot. False if the actor ended after `open` looked: its credit is back, and
   * the slot stays with the caller.
   */
  send(low: number, slot: number): boolean {
    const words = this.words;
    const index = indexOfId(low);
    const block = this.blocks + index * BLOCK_WORDS;
    if (words[block + OWNER] !== this.thread) return this.sendRemote(low, index, block, slot);
    if (words[block + REMOTE_STACK] !== 0) this.refill(block);
    words[this.slotBase + slot * SLOT_WORDS + TO_LOW] = low;
    words[this.slotBase + slot * SLOT_WORDS + NEXT] = 0;
    const tail = words[block + TAIL];
    if (tail === 0) words[block + HEAD] = slot;
    else words[this.slotBase + tail * SLOT_WORDS + NEXT] = slot;
    words[block + TAIL] = slot;
    if (words[block + SCHEDULED] === 0) this.schedule(index, block);
    return true;
  }

  private openRemote(low: number, block: number): void {
    this.notices.enter(indexOfId(low));
    if (this.takeRemoteCredit(block)) return;
    this.notices.leave();
    throw this.full(low);
  }

  private takeBackRemote(block: number): void {
    Atomics.sub(this.words, block + REMOTE_DEBT, 1);
    this.notices.leave();
  }

  /** `send` for who has a credit of the remote end and is within SENDING-1, which this ends. */
  sendRemote(low: number, index: number, block: number, slot: number): boolean {
    this.notices.carry(slot);
    this.words[this.slotBase + slot * SLOT_WORDS + TO_LOW] = low;
    const below = this.slotStacks.offer(block + REMOTE_STACK, slot);
    if (below === STACK_CLOSED) {
      this.words[this.slotBase + slot * SLOT_WORDS + TO_LOW] = 0;
      this.takeBackRemote(block);
      return false;
    }
    if (below === 0) this.notices.makeReady(index);
    this.notices.leave();
    return true;
  }

  /** Owner only: moves the remote stack behind the local list. */
  refill(block: number): void {
    this.append(block, this.slotStacks.take(block + REMOTE_STACK));
  }

  /** Owner only, of an actor that has ended: its last mail comes to the list. Idempotent. */
  close(block: number): void {
    const newest = this.slotStacks.close(block + REMOTE_STACK);
    if (newest !== STACK_CLOSED) this.append(block, newest);
  }

  /**
   * Opens the mailbox of a free block for its next actor, whose id nobody has seen yet. SPAWN-1
   * publishes it.
   */
  reopen(block: number): void {
    this.slotStacks.reopen(block + REMOTE_STACK);
  }

  /** Turns what came off the stack round and appends it (MAILBOX-6). */
  private append(block: number, newest: number): void {
    if (newest === 0) return;
    const refilling = this.threadBlock + REFILLING;
    this.words[refilling] = newest;
    this.appendList(block, this.slotStacks.inOrder(newest));
    this.words[refilling] = 0;
  }

  /** Owner only: appends slots that are linked in order. */
  appendList(block: number, first: number): void {
    const words = this.words;
    let slot = first;
    const tail = words[block + TAIL];
    if (tail === 0) words[block + HEAD] = slot;
    else words[this.slotBase + tail * SLOT_WORDS + NEXT] = slot;
    for (let next = slot; next !== 0; next = words[this.slotBase + next * SLOT_WORDS + NEXT])
      slot = next;
    words[block + TAIL] = slot;
  }

  /** Owner only: the last message that has come, or 0. */
  lastOf(block: number): number {
    if (this.words[block + REMOTE_STACK] !== 0) this.refill(block);
    return this.words[block + TAIL];
  }

  /** Owner only: takes the first message, or 0, off the list. Gives its credit back. */
  take(block: number): number {
    const words = this.words;
    const slot = words[block + HEAD];
    if (slot === 0) return 0;
    const next = words[this.slotBase + slot * SLOT_WORDS + NEXT];
    words[block + HEAD] = next;
    if (next === 0) words[block + TAIL] = 0;
    const debt = words[block + LOCAL_DEBT] - 1;
    words[block + LOCAL_DEBT] = debt;
    if (debt < 0 - this.batch) this.returnCredits(block);
    return slot;
  }

  /**
   * Owner only: gives the surplus of the local end to the remote end (ACTORS-O4: at turn end and in
   * batches).
   */
  returnCredits(block: number): void {
    const surplus = 0 - this.words[block + LOCAL_DEBT];
    if (surplus <= 0) return;
    this.words[block + LOCAL_DEBT] = 0;
    Atomics.sub(this.words, block + REMOTE_DEBT, surplus);
  }

  /** Owner only: true if a message waits. */
  hasMail(block: number): boolean {
    return this.words[block + HEAD] !== 0 || this.words[block + REMOTE_STACK] !== 0;
  }

  /** Returns a handled slot. */
  release(slot: number): void {
    const words = this.words;
    const releasing = this.threadBlock + RELEASING;
    words[releasing] = slot;
    words[this.slotBase + slot * SLOT_WORDS + TO_LOW] = 0;
    this.slots.give(slot);
    words[releasing] = 0;
  }

  /** True for a message to this very actor that was not handled to its end. */
  isFor(low: number, slot: number): boolean {
    return this.words[this.slotBase + slot * SLOT_WORDS + TO_LOW] === low;
  }

  /** Owner only: puts a message back to the front. */
  putBack(block: number, slot: number): void {
    const head = this.words[block + HEAD];
    this.words[this.slotBase + slot * SLOT_WORDS + NEXT] = head;
    this.words[block + HEAD] = slot;
    if (head === 0) this.words[block + TAIL] = slot;
    this.words[block + LOCAL_DEBT] += 1;
  }

  /** Owner only: puts an idle actor into the run queue, a new one at its head (ACTORS-S1). */
  schedule(index: number, block: number): void {
    const words = this.words;
    words[block + SCHEDULED] = 1;
    if (words[block + IS_NEW] === 0) {
      this.runQueue.push(index);
      return;
    }
    words[block + IS_NEW] = 0;
    this.runQueue.pushFirst(index);
  }

  /** Owner only: puts an actor with mail into the run queue, or leaves it idle. */
  reschedule(index: number, block: number): void {
    if (this.hasMail(block)) this.schedule(index, block);
    else this.words[block + SCHEDULED] = 0;
  }

  /** Sends a reply slot to the thread that asked. */
  pushInbox(thread: number, slot: number): void {
    this.slotStacks.push(this.threads + thread * THREAD_WORDS + INBOX, slot);
    this.notices.wake(thread);
  }

  /** This thread's replies, in order; follow with `nextSlot`. */
  takeInbox(): number {
    const inbox = this.threadBlock + INBOX;
    return this.words[inbox] === 0 ? 0 : this.slotStacks.takeInOrder(inbox);
  }

  nextSlot(slot: number): number {
    return this.slotStacks.next(slot);
  }

  get threadBlock(): number {
    return this.threads + this.thread * THREAD_WORDS;
  }

  private takeRemoteCredit(block: number): boolean {
    for (;;) {
      const debt = this.words[block + REMOTE_DEBT];
      if (debt >= this.remoteHalf) return false;
      if (Atomics.compareExchange(this.words, block + REMOTE_DEBT, debt, debt + 1) === debt)
        return true;
    }
  }

  private pullCredits(block: number): boolean {
    for (;;) {
      const debt = this.words[block + REMOTE_DEBT];
      const free = Math.min(this.batch || 1, this.remoteHalf - debt);
      if (free <= 0) return false;
      if (Atomics.compareExchange(this.words, block + REMOTE_DEBT, debt, debt + free) === debt) {
        this.words[block + LOCAL_DEBT] -= free;
        return true;
      }
    }
  }

  private exhausted(low: number): ActorsError {
    const text = `no message slot is free for ${this.describe(low)} (option slots)`;
    return new ActorsError('ACTORS_SLOTS_EXHAUSTED', text);
  }

  private full(low: number): ActorsError {
    const waiting = this.localHalf + this.remoteHalf;
    const text = `the mailbox of ${this.describe(low)} is full: ${waiting} messages wait`;
    return new ActorsError('ACTORS_MAILBOX_FULL', text);
  }

  private exited(low: number): ActorsError {
    return new ActorsError('ACTORS_EXITED', `${this.describe(low)} has ended`);
  }
}

/**
 * Actors that move between workers: an idle worker asks, a busy one hands over (ACTORS-S2).
 *
 * STEALING-1 (ACTORS-O1): the giver stores heir, then owner = NONE, and touches the actor no more;
 *   the taker moves the whole remote stack to the local list before it stores itself as the owner.
 *   Between the two everybody's mail goes to the remote stack, behind what came before. The heir
 *   stays until the actor ends: who saw no owner then finds one of the two.
 * STEALING-2: only actors with shared state move, and of these none that is pinned, awaits, or is
 *   not runnable.
 * STEALING-3: a worker asks one other at a time; who asks again takes back what was not answered.
 * STEALING-4: asking and waking slow down while nothing is handed over, so that actors which must
 *   stay cost the idle workers no CPU.
 */
import { createReturnStacks } from '@ganglion/memory';
import type { ReturnStacks } from '@ganglion/memory';
import { ActorBlock, ThreadBlock } from '../layouts.js';
import { STEAL_THRESHOLD } from '../limits.js';
import type { Mailboxes } from '../mailbox.js';
import { FIRST_WORKER_THREAD, Phase } from '../phases.js';
import type { Program } from '../program.js';
import type { ActorThread } from '../thread.js';
import type { ActorTimers } from '../timers.js';
import { missingPrograms } from '../unknown-behaviours.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const THREAD_WORDS = ThreadBlock.size / 4;
const { plain, word } = ActorBlock;
const REQUEST = ThreadBlock.word.stealRequest;
const HANDED = ThreadBlock.word.handed;
const SLEEPING = ThreadBlock.word.sleeping;
const RUNNABLE = ThreadBlock.word.runnable;
const HANDED_MAX = 64;
/** Entries at the tail that a worker looks at for an answer. */
const LOOKED_MAX = 128;
const LAST_STEAL_MS = 0.05;
const WAKE_MS = 1;
const PAUSE_MAX_MS = 100;

/** Waits until behaviours are imported, then makes the actor runnable. */
export type Park = (index: number, behaviours: readonly number[]) => void;

/** One worker's end. */
export class Stealing {
  private readonly thread: ActorThread;
  private readonly mail: Mailboxes;
  private readonly timers: ActorTimers;
  private readonly words: Int32Array;
  private readonly threads: number;
  private readonly workers: number;
  private readonly handed: ReturnStacks;
  private readonly park: Park;
  /** Thread that was asked and has not answered as far as is known, or 0. */
  private asked = 0;
  private askMs = 0;
  private askPauseMs = LAST_STEAL_MS;
  private wakeMs = 0;
  private wakePauseMs = WAKE_MS;

  constructor(thread: ActorThread, park: Park) {
    this.thread = thread;
    this.mail = thread.mail;
    this.timers = thread.actorTimers;
    this.words = thread.words;
    this.threads = thread.mail.threadBlock - thread.index * THREAD_WORDS;
    this.workers = thread.memory.sizes.workers;
    this.park = park;
    const link = thread.mail.blocks + word.handNext;
    this.handed = createReturnStacks(this.words, { link, strideWords: BLOCK_WORDS });
  }

  /** Answers who asks for actors, at the end of a turn. */
  answer(): void {
    const request = this.mail.threadBlock + REQUEST;
    if (this.words[request] === 0) return;
    const thief = Atomics.exchange(this.words, request, 0);
    if (thief === 0) return;
    if (this.give(thief) === 0) return;
    this.wakePauseMs = WAKE_MS;
    this.mail.notices.wake(thief);
  }

  /** Takes the actors that were handed over. */
  takeHanded(): void {
    const stack = this.mail.threadBlock + HANDED;
    if (this.words[stack] === 0) return;
    this.asked = 0;
    this.askPauseMs = LAST_STEAL_MS;
    for (let index = this.handed.takeInOrder(stack); index !== 0; ) {
      const next = this.handed.next(index);
      this.take(index);
      index = next;
    }
  }

  /** Asks a worker that has many runnable actors, if there is one. */
  ask(nowMs: number): void {
    if (this.workers === 1 || nowMs < this.askMs + this.askPauseMs) return;
    if (!this.takeBack()) return;
    const victim = this.victim();
    if (victim === 0) return;
    this.askMs = nowMs;
    this.askPauseMs = Math.min(PAUSE_MAX_MS, this.askPauseMs * 2);
    const request = this.threads + victim * THREAD_WORDS + REQUEST;
    if (Atomics.compareExchange(this.words, request, 0, this.thread.index) === 0)
      this.asked = victim;
  }

  /** Wakes a worker that sleeps while this one has many runnable actors. */
  share(nowMs: number): void {
    const runnable = this.mail.runQueue.size;
    this.words[this.mail.threadBlock + RUNNABLE] = runnable;
    if (runnable < STEAL_THRESHOLD || this.workers === 1) return;
    if (nowMs < this.wakeMs + this.wakePauseMs) return;
    const sleeper = this.first((at) => this.words[at + SLEEPING] !== 0);
    if (sleeper === 0) return;
    this.wakeMs = nowMs;
    this.wakePauseMs = Math.min(PAUSE_MAX_MS, this.wakePauseMs * 2);
    this.mail.notices.wake(sleeper);
  }

  /** Hands one runnable actor over. Not before its turn has ended. */
  hand(index: number, taker: number): void {
    const block = this.mail.blocks + index * BLOCK_WORDS;
    this.mail.notices.enter(index);
    this.timers.forget(index);
    Atomics.store(this.words, block + word.heir, taker);
    Atomics.store(this.words, block + word.owner, 0);
    this.handed.push(this.threads + taker * THREAD_WORDS + HANDED, index);
    this.mail.notices.leave();
  }

  /** Owns an actor that was handed over to this worker. */
  take(index: number): void {
    const block = this.mail.blocks + index * BLOCK_WORDS;
    this.mail.refill(block);
    Atomics.store(this.words, block + word.owner, this.thread.index);
    this.timers.rearm(index);
    const missing = missingPrograms(this.thread, block);
    if (missing.length === 0) this.mail.runQueue.push(index);
    else this.park(index, missing);
  }

  /** Hands half of the runnable actors over, from the tail. Returns how many. */
  private give(taker: number): number {
    const { runQueue } = this.mail;
    const runnable = runQueue.size;
    if (runnable < STEAL_THRESHOLD) return 0;
    const wanted = Math.min(HANDED_MAX, runnable >> 1);
    const kept: number[] = [];
    let given = 0;
    for (let looked = 0; looked < LOOKED_MAX && given < wanted; looked++) {
      const index = runQueue.popLast();
      if (index === 0) break;
      if (this.mayMove(index)) {
        this.hand(index, taker);
        given += 1;
      } else kept.push(index);
    }
    while (kept.length > 0) runQueue.push(kept.pop() as number);
    return given;
  }

  private mayMove(index: number): boolean {
    const words = this.words;
    const block = this.mail.blocks + index * BLOCK_WORDS;
    const program: Program | undefined = this.thread.programs[words[block + plain.behaviour]];
    return (
      words[block + word.owner] === this.thread.index &&
      words[block + word.phase] === Phase.running &&
      words[block + plain.activation] === 0 &&
      words[block + plain.isPinned] === 0 &&
      program?.stateLayout !== undefined
    );
  }

  /** True if no request of this worker is out any more. */
  private takeBack(): boolean {
    if (this.asked === 0) return true;
    const request = this.threads + this.asked * THREAD_WORDS + REQUEST;
    Atomics.compareExchange(this.words, request, this.thread.index, 0);
    this.asked = 0;
    return this.words[this.mail.threadBlock + HANDED] === 0;
  }

  /** A random worker if it has enough, else the one that has the most; 0 if none has enough. */
  private victim(): number {
    const random = FIRST_WORKER_THREAD + Math.floor(this.thread.random.float() * this.workers);
    if (random !== this.thread.index && this.runnableOf(random) >= STEAL_THRESHOLD) return random;
    let longest = 0;
    let most = STEAL_THRESHOLD - 1;
    for (let thread = FIRST_WORKER_THREAD; thread < this.threadsEnd; thread++) {
      const runnable = thread === this.thread.index ? 0 : this.runnableOf(thread);
      if (runnable <= most) continue;
      most = runnable;
      longest = thread;
    }
    return longest;
  }

  private runnableOf(thread: number): number {
    return this.words[this.threads + thread * THREAD_WORDS + RUNNABLE];
  }

  /** The first worker after this one, in a ring, whose block at a word passes the test; or 0. */
  private first(test: (at: number) => boolean): number {
    for (let step = 1; step < this.workers; step++) {
      const worker = (this.thread.index - FIRST_WORKER_THREAD + step) % this.workers;
      const thread = FIRST_WORKER_THREAD + worker;
      if (test(this.threads + thread * THREAD_WORDS)) return thread;
    }
    return 0;
  }

  private get threadsEnd(): number {
    return FIRST_WORKER_THREAD + this.workers;
  }
}

/**
 * What threads tell each other about actors without messages: that one is ready, signals to its
 * owner, reports to the control thread, and wake-ups. Nothing here needs a slot (ACTORS-O5).
 *
 * NOTICE-1: who pushes mail then marks the actor ready; the owner clears the mark, then looks. So
 *   nothing stays behind unseen.
 * NOTICE-2: an actor is in at most one ready stack: the push is won by one compare-and-swap of
 *   its mark.
 * NOTICE-3: a signal carries the generation, so it never reaches another actor of the same index.
 * SENDING-1: from before it takes a credit of another thread's actor until that actor is in its
 *   owner's ready stack, and so for signals, replies and hand-overs, a thread says in its block
 *   what is under way to whom. After its death only that is in doubt (ACTORS-W1), and the mark of
 *   NOTICE-2 tells whether the push was done: it names the pusher, and only the owner clears it.
 * NOTICE-4: who goes to sleep stores `sleeping`, then looks at its stacks; who pushes looks at
 *   `sleeping` after.
 */
import { createReturnStacks } from '@ganglion/memory';
import type { ReturnStacks } from '@ganglion/memory';
import { generationOfId, indexOfId } from './actor-id.js';
import { ActorBlock, SystemBlock, ThreadBlock } from './layouts.js';
import type { SystemMemory } from './memory.js';
import { CONTROL_THREAD, Report } from './phases.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const OWNER = ActorBlock.word.owner;
const HEIR = ActorBlock.word.heir;
const READY = ActorBlock.word.ready;
const SIGNALS = ActorBlock.word.signals;
const THREAD_WORDS = ThreadBlock.size / 4;
const READY_STACK = ThreadBlock.word.readyStack;
const SLEEPING = ThreadBlock.word.sleeping;
const MARKED = 1;
/** Of an actor that thread t put into its owner's stack: 2 + t. */
const STACKED = 2;
const SIGNAL_BITS = 8;
const SIGNAL_BITS_MASK = (1 << SIGNAL_BITS) - 1;
const SIGNAL_GENERATION_MASK = (1 << 24) - 1;

/** One thread's end. */
export class Notices {
  readonly words: Int32Array;
  readonly blocks: number;
  private readonly thread: number;
  private readonly threads: number;
  private readonly system: number;
  private readonly readyStacks: ReturnStacks;
  private readonly reportStacks: ReturnStacks;
  private readonly sendPasses: number;
  private readonly sendActor: number;
  private readonly sendSlot: number;

  constructor(memory: SystemMemory, thread: number) {
    const { sections } = memory.region.plan;
    this.words = memory.region.words;
    this.blocks = sections.actors.word;
    this.thread = thread;
    this.threads = sections.threads.word;
    this.system = sections.system.word;
    const links = (link: number): ReturnStacks =>
      createReturnStacks(this.words, { link: this.blocks + link, strideWords: BLOCK_WORDS });
    this.readyStacks = links(ActorBlock.word.readyNext);
    this.reportStacks = links(ActorBlock.word.reportNext);
    const own = this.threads + thread * THREAD_WORDS;
    this.sendPasses = own + ThreadBlock.word.sendPasses;
    this.sendActor = own + ThreadBlock.word.sendActor;
    this.sendSlot = own + ThreadBlock.word.sendSlot;
  }

  /** Begins what SENDING-1 covers. Not nested. */
  enter(index: number): void {
    this.words[this.sendPasses] += 1;
    this.words[this.sendActor] = index;
  }

  /** Names the slot that goes to the actor. */
  carry(slot: number): void {
    this.words[this.sendSlot] = slot;
  }

  /** Ends it. */
  leave(): void {
    this.words[this.sendSlot] = 0;
    this.words[this.sendActor] = 0;
    this.words[this.sendPasses] += 1;
  }

  /** Tells the owner that an actor has mail in its stack, or signals. */
  makeReady(index: number): void {
    const block = this.blocks + index * BLOCK_WORDS;
    const mine = STACKED + this.thread;
    if (Atomics.compareExchange(this.words, block + READY, 0, mine) !== 0) return;
    const owner = this.ownerOf(block);
    if (owner !== 0) {
      this.stack(owner, index);
      return;
    }
    // Nobody's: it stays marked, and who spawned it meanwhile is looked for once more.
    Atomics.compareExchange(this.words, block + READY, mine, MARKED);
    this.forward(index);
  }

  /**
   * Puts a marked actor into its owner's stack (ACTORS-O3). Without one it stays marked until
   * somebody spawns it, who forwards it then.
   */
  forward(index: number): void {
    const block = this.blocks + index * BLOCK_WORDS;
    const owner = this.ownerOf(block);
    if (owner === 0) return;
    const mine = STACKED + this.thread;
    if (Atomics.compareExchange(this.words, block + READY, MARKED, mine) === MARKED)
      this.stack(owner, index);
  }

  /**
   * The owner, during a hand-over the heir, or 0. The owner is looked at first: who saw none finds
   * the heir, which stays.
   */
  private ownerOf(block: number): number {
    return Atomics.load(this.words, block + OWNER) || Atomics.load(this.words, block + HEIR);
  }

  /** Pushes an actor that this thread has marked as stacked. */
  private stack(owner: number, index: number): void {
    this.readyStacks.push(this.threads + owner * THREAD_WORDS + READY_STACK, index);
    this.wake(owner);
  }

  /**
   * Spawner only, after it has stored the owner: forwards an actor that starts, or that a late
   * sender to the one before it in its block has marked. Within what SENDING-1 covers.
   */
  announce(index: number, starts: boolean): void {
    const word = this.blocks + index * BLOCK_WORDS + READY;
    if (starts) Atomics.compareExchange(this.words, word, 0, MARKED);
    else if (Atomics.load(this.words, word) !== MARKED) return;
    this.forward(index);
  }

  /**
   * Owner only, with an empty ready stack: clears the mark of a thread that died before it pushed.
   * The caller then looks at the actor.
   */
  clearDropped(index: number, dead: number): void {
    const word = this.blocks + index * BLOCK_WORDS + READY;
    Atomics.compareExchange(this.words, word, STACKED + dead, 0);
  }

  /**
   * Owner only: clears the mark of an actor that came out of the ready stack; the caller then looks
   * at it.
   */
  clearReady(block: number): void {
    Atomics.store(this.words, block + READY, 0);
  }

  /**
   * Sets bits for the owner. False if the actor has ended: the bits never reach another that took
   * its place.
   */
  signal(low: number, high: number, bits: number): boolean {
    this.enter(indexOfId(low));
    const told = this.setSignals(low, high, bits);
    this.leave();
    return told;
  }

  /** `signal`, within what SENDING-1 covers. */
  setSignals(low: number, high: number, bits: number): boolean {
    const index = indexOfId(low);
    const word = this.blocks + index * BLOCK_WORDS + SIGNALS;
    const generation = generationOfId(low, high) & SIGNAL_GENERATION_MASK;
    for (;;) {
      const seen = Atomics.load(this.words, word);
      if (seen >>> SIGNAL_BITS !== generation) return false;
      if (Atomics.compareExchange(this.words, word, seen, seen | bits) === seen) break;
    }
    this.makeReady(index);
    return true;
  }

  /**
   * Owner only: takes the bits. They are in the thread's block until `handledSignals`, for its
   * successor.
   */
  takeSignals(block: number): number {
    const words = this.words;
    const own = this.threads + this.thread * THREAD_WORDS;
    for (;;) {
      const seen = Atomics.load(words, block + SIGNALS);
      const bits = seen & SIGNAL_BITS_MASK;
      if (bits === 0) return 0;
      words[own + ThreadBlock.word.takenLow] = words[block + ActorBlock.word.idLow];
      words[own + ThreadBlock.word.takenHigh] = words[block + ActorBlock.word.idHigh];
      words[own + ThreadBlock.word.takenSignals] = bits;
      const rest = seen & ~SIGNAL_BITS_MASK;
      if (Atomics.compareExchange(words, block + SIGNALS, seen, rest) === seen) return bits;
    }
  }

  /** True if signals of an actor wait. */
  hasSignals(block: number): boolean {
    return (Atomics.load(this.words, block + SIGNALS) & SIGNAL_BITS_MASK) !== 0;
  }

  /** Ends what `takeSignals` began. */
  handledSignals(): void {
    const own = this.threads + this.thread * THREAD_WORDS;
    this.words[own + ThreadBlock.word.takenSignals] = 0;
  }

  /** Sets bits for the control thread. */
  report(index: number, bits: number): void {
    const word = this.blocks + index * BLOCK_WORDS + ActorBlock.word.reports;
    if ((Atomics.or(this.words, word, bits | Report.queued) & Report.queued) !== 0) return;
    this.reportStacks.push(this.system + SystemBlock.word.reportStack, index);
    this.wake(CONTROL_THREAD);
  }

  /** Control only: takes every reported actor, in order, with its bits. */
  takeReports(handle: (index: number, bits: number) => void): void {
    for (
      let index = this.reportStacks.takeInOrder(this.system + SystemBlock.word.reportStack);
      index !== 0;
    ) {
      const next = this.reportStacks.next(index);
      const bits = Atomics.exchange(
        this.words,
        this.blocks + index * BLOCK_WORDS + ActorBlock.word.reports,
        0,
      );
      handle(index, bits & ~Report.queued);
      index = next;
    }
  }

  /** Takes this thread's ready actors, in order; follow with `nextReady`. */
  takeReady(): number {
    const stack = this.threads + this.thread * THREAD_WORDS + READY_STACK;
    return this.words[stack] === 0 ? 0 : this.readyStacks.takeInOrder(stack);
  }

  nextReady(index: number): number {
    return this.readyStacks.next(index);
  }

  /** Wakes a thread that sleeps. */
  wake(thread: number): void {
    const word = this.threads + thread * THREAD_WORDS + SLEEPING;
    if (Atomics.load(this.words, word) === 0) return;
    if (Atomics.compareExchange(this.words, word, 1, 0) === 1) Atomics.notify(this.words, word);
  }
}

/** The signals word of a new generation: no bits. */
export function freshSignals(low: number, high: number): number {
  return (generationOfId(low, high) & SIGNAL_GENERATION_MASK) << SIGNAL_BITS;
}

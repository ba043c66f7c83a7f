/**
 * Turns of one worker. `step` does all the work that is there, within a budget; worker/loop.ts
 * decides when.
 *
 * SCHEDULER-1: an actor runs on its owner only, one turn at a time; a stale entry of the run
 *   queue does nothing.
 * SCHEDULER-2 (ACTORS-S3): a turn ends when its reductions are spent, or with the last message
 *   that had come when it began; then the actor goes to the end of the queue. So an actor yields to
 *   the others by a message to itself.
 * SCHEDULER-3: signals come before messages: they are handled when the actor becomes ready,
 *   between turns.
 */
import type { ExitListener } from '../exit-event.js';
import { Turned } from '../generated/turns.js';
import { ActorBlock, ThreadBlock } from '../layouts.js';
import { INITIAL_REDUCTIONS } from '../limits.js';
import type { Mailboxes } from '../mailbox.js';
import type { Program } from '../program.js';
import { drainInbox } from '../reply.js';
import type { ActorThread } from '../thread.js';
import { UnknownBehaviours } from '../unknown-behaviours.js';
import { Lives } from './lives.js';
import { PacedClock } from './paced-clock.js';
import { ActorSelf } from './self.js';
import type { WorkerHome } from './self.js';
import { Stealing } from './stealing.js';
import { createTurns } from './turns.js';
import type { TurnOwner } from './turns.js';
import { asTurn } from './turn-mark.js';

const BLOCK_WORDS = ActorBlock.size / 4;
// Read once: a struct's tables are slow objects in V8, too slow for each turn.
const OWNER = ActorBlock.word.owner;
const ID_LOW = ActorBlock.word.idLow;
const ID_HIGH = ActorBlock.word.idHigh;
const SCHEDULED = ActorBlock.plain.scheduled;
const BEHAVIOUR = ActorBlock.plain.behaviour;

/** See the file's header. */
export class Scheduler implements TurnOwner {
  readonly lives: Lives;
  readonly stealing: Stealing;
  readonly clock: PacedClock;
  /** Reductions of a turn (ACTORS-S3). */
  reductions = INITIAL_REDUCTIONS;
  private readonly home: WorkerHome;
  private readonly thread: ActorThread;
  private readonly mail: Mailboxes;
  private readonly words: Int32Array;
  private readonly inHand: number;
  /** The `self` of each shared-state behaviour, by index. */
  private readonly selves: (ActorSelf | undefined)[] = [];
  /** Counts the messages handled since the start of `step`, and the resumed handlers. */
  private readonly handled: Int32Array;
  private readonly runTurns: (budget: number, untilMs: number) => void;

  constructor(home: WorkerHome, onExit: ExitListener) {
    this.home = home;
    this.thread = home.thread;
    this.mail = home.thread.mail;
    this.words = home.thread.words;
    this.inHand = this.mail.threadBlock + ThreadBlock.word.inHand;
    this.handled = home.thread.turns.handled;
    this.clock = new PacedClock(home.thread);
    this.lives = new Lives(home, onExit);
    this.stealing = new Stealing(home.thread, (index, behaviours) =>
      this.lives.starts.park(index, behaviours));
    this.runTurns = createTurns(home.thread, this.selves, this);
  }

  /**
   * Settles replies, handles ready actors, then runs turns until none is runnable, about `budget`
   * messages were handled, or the clock shows `untilMs`. Returns how many messages were.
   */
  step(budget: number, untilMs = Infinity): number {
    this.handled[0] = 0;
    drainInbox(this.thread);
    if (this.thread.waits.size > 0) this.thread.waits.retry();
    this.stealing.takeHanded();
    this.drainReady();
    this.runTurns(budget, untilMs);
    return this.handled[0];
  }

  between(untilMs: number): boolean {
    this.stealing.answer();
    return untilMs !== Infinity && this.clock.pass() >= untilMs;
  }

  get idle(): boolean {
    return this.mail.runQueue.size === 0;
  }

  /** Handles the actors that became ready. @param each is told of each before */
  drainReady(each?: (index: number) => void): void {
    for (let index = this.mail.notices.takeReady(); index !== 0;) {
      const next = this.mail.notices.nextReady(index);
      each?.(index);
      this.ready(index);
      index = next;
    }
  }

  /** Handles an actor that came out of the ready stack. */
  ready(index: number): void {
    const words = this.words;
    const { notices } = this.mail;
    const block = this.mail.blocks + index * BLOCK_WORDS;
    // Plain, as in turns: only this thread makes itself an owner, or ends that.
    if (words[block + OWNER] === this.thread.index) {
      notices.clearReady(block);
      this.lookAt(index);
      return;
    }
    notices.enter(index);
    notices.clearReady(block);
    notices.makeReady(index);
    notices.leave();
  }

  /** Handles the signals and the mail of an actor of this worker. */
  lookAt(index: number): void {
    const words = this.words;
    const block = this.mail.blocks + index * BLOCK_WORDS;
    this.lives.signals(index, block);
    // A signal may have ended the actor: its block is then free, or another thread's already.
    if (words[block + OWNER] !== this.thread.index) return;
    if (words[block + SCHEDULED] === 0 && this.mail.hasMail(block))
      this.mail.schedule(index, block);
  }

  /** Lets a generator handler go on (STEPS-1). */
  resume(index: number, block: number): void {
    const steps = this.lives.stepsOf(index);
    if (steps === undefined) return;
    this.handled[0] += 1;
    this.mail.stamp.setFrom(this.words[block + ID_LOW], this.words[block + ID_HIGH]);
    asTurn(this.thread, index, () => steps.run(this.reductions));
    this.mail.stamp.setFrom(0, 0);
  }

  park(index: number, behaviour: number): void {
    this.lives.starts.park(index, [behaviour]);
  }

  instance(block: number): ActorSelf {
    return this.lives.instance(block);
  }

  selfOf(program: Program, behaviour: number): ActorSelf {
    const state = program.StateView === undefined ? undefined : new program.StateView();
    return (this.selves[behaviour] = new ActorSelf(this.home, 0, 0, state));
  }

  left(turned: number, program: Program, self: ActorSelf, index: number): void {
    if (turned === Turned.held) this.hold(program, self, index);
    else {
      self.stopRequested = false;
      this.lives.end(index, 'normal');
    }
  }

  private hold(program: Program, self: ActorSelf, index: number): void {
    const { held, reductions } = this.thread.turns;
    this.thread.turns.held = undefined;
    if (held === undefined) return;
    const block = this.thread.blockOf(index);
    if (program.stateLayout !== undefined) this.selves[this.words[block + BEHAVIOUR]] = undefined;
    this.lives.activate(index, this.words[this.inHand], self, held, reductions);
  }

  failed(error: unknown, self: ActorSelf, index: number): void {
    const slot = this.words[this.inHand];
    if (error instanceof UnknownBehaviours) {
      this.mail.putBack(this.thread.blockOf(index), slot);
      this.lives.starts.park(index, error.indices);
      return;
    }
    self.stopRequested = false;
    this.thread.programs[this.words[this.thread.blockOf(index) + BEHAVIOUR]]?.turn.expire?.(self);
    this.lives.failInHand(index, slot, 'crashed', error);
    this.lives.end(index, 'crashed', error);
  }
}

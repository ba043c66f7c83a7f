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
import { Turned } from '../generated/turns.js';
import type { TurnRecord } from '../generated/turns.js';
import { ActorBlock, ThreadBlock } from '../layouts.js';
import { INITIAL_REDUCTIONS } from '../limits.js';
import type { Mailboxes } from '../mailbox.js';
import { Phase } from '../phases.js';
import type { Program } from '../program.js';
import { drainInbox } from '../reply.js';
import type { ActorThread } from '../thread.js';
import { UnknownBehaviours } from '../unknown-behaviours.js';
import { Lives } from './lives.js';
import type { ExitListener } from './lives.js';
import { ActorSelf } from './self.js';
import type { WorkerHome } from './self.js';
import { Stealing } from './stealing.js';
import { asTurn } from './turn-mark.js';

const BLOCK_WORDS = ActorBlock.size / 4;
// Read once: a struct's tables are slow objects in V8, too slow for each turn.
const OWNER = ActorBlock.word.owner;
const PHASE = ActorBlock.word.phase;
const ID_LOW = ActorBlock.word.idLow;
const ID_HIGH = ActorBlock.word.idHigh;
const SCHEDULED = ActorBlock.plain.scheduled;
const ACTIVATION = ActorBlock.plain.activation;
const BEHAVIOUR = ActorBlock.plain.behaviour;

const LOOK_MS = 0.2;
const TURNS_PER_LOOK_MAX = 16;

/** See the file's header. */
export class Scheduler {
  readonly lives: Lives;
  readonly stealing: Stealing;
  /** Reductions of a turn (ACTORS-S3). */
  reductions = INITIAL_REDUCTIONS;
  private readonly home: WorkerHome;
  private readonly thread: ActorThread;
  private readonly mail: Mailboxes;
  private readonly words: Int32Array;
  private readonly turnWord: number;
  private readonly inHand: number;
  /** Turns until the next look at the clock: a look costs as much as a short turn. */
  private untilLook = 1;
  private turnsPerLook = 1;
  private lookedMs = 0;
  /** The `self` of each shared-state behaviour, by index. */
  private readonly selves: (ActorSelf | undefined)[] = [];
  /** Counts the messages handled since the start of `step`, and the resumed handlers. */
  private readonly record: TurnRecord = {
    slot: 0,
    handled: 0,
    held: undefined,
    reductions: 0,
  };

  constructor(home: WorkerHome, onExit: ExitListener) {
    this.home = home;
    this.thread = home.thread;
    this.mail = home.thread.mail;
    this.words = home.thread.words;
    this.turnWord = this.mail.threadBlock + ThreadBlock.word.turnSequence;
    this.inHand = this.mail.threadBlock + ThreadBlock.word.inHand;
    this.lives = new Lives(home, onExit);
    this.stealing = new Stealing(home.thread, (index, behaviours) =>
      this.lives.starts.park(index, behaviours));
  }

  /**
   * Settles replies, handles ready actors, then runs turns until none is runnable, about `budget`
   * messages were handled, or the clock shows `untilMs`. Returns how many messages were.
   */
  step(budget: number, untilMs = Infinity): number {
    this.record.handled = 0;
    drainInbox(this.thread);
    if (this.thread.waits.size > 0) this.thread.waits.retry();
    this.stealing.takeHanded();
    this.drainReady();
    const { runQueue } = this.mail;
    while (this.record.handled < budget) {
      const index = runQueue.pop();
      if (index === 0) break;
      this.turn(index);
      this.stealing.answer();
      this.untilLook -= 1;
      if (this.untilLook <= 0 && this.isLate(untilMs)) break;
    }
    return this.record.handled;
  }

  /** Looks at the clock, and decides after how many turns it looks again. */
  private isLate(untilMs: number): boolean {
    if (untilMs === Infinity) return false;
    const nowMs = this.thread.clock.monotonicMs();
    const spentMs = nowMs - this.lookedMs;
    this.lookedMs = nowMs;
    if (spentMs > LOOK_MS) this.turnsPerLook = 1;
    else this.turnsPerLook = Math.min(TURNS_PER_LOOK_MAX, this.turnsPerLook * 2);
    this.untilLook = this.turnsPerLook;
    return nowMs >= untilMs;
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
    if (Atomics.load(words, block + OWNER) === this.thread.index) {
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
    if (Atomics.load(words, block + OWNER) !== this.thread.index) return;
    if (words[block + SCHEDULED] === 0 && this.mail.hasMail(block))
      this.mail.schedule(index, block);
  }

  private turn(index: number): void {
    const words = this.words;
    const block = this.mail.blocks + index * BLOCK_WORDS;
    // Plain loads: of its own actors only this thread changes these words (MAILBOX-4).
    if (
      words[block + OWNER] !== this.thread.index ||
      words[block + PHASE] !== Phase.running
    )
      return;
    if (words[block + ACTIVATION] !== 0) {
      this.resume(index, block);
      return;
    }
    const behaviour = words[block + BEHAVIOUR];
    const program = this.thread.programs[behaviour];
    if (program === undefined) {
      this.lives.starts.park(index, [behaviour]);
      return;
    }
    const self =
      program.stateLayout === undefined
        ? this.lives.instance(block)
        : this.enter(program, behaviour, block);
    words[this.inHand] = 0;
    words[this.turnWord + 1] = index;
    words[this.turnWord] += 1;
    this.mail.fromLow = self.low;
    this.mail.fromHigh = self.high;
    const ended = this.handle(program, self, index, block);
    this.mail.fromLow = 0;
    this.mail.fromHigh = 0;
    words[this.turnWord] += 1;
    if (ended) return;
    this.mail.returnCredits(block);
    this.mail.reschedule(index, block);
  }

  /** Lets a generator handler go on (STEPS-1). */
  private resume(index: number, block: number): void {
    const steps = this.lives.stepsOf(index);
    if (steps === undefined) return;
    this.record.handled += 1;
    this.mail.fromLow = this.words[block + ID_LOW];
    this.mail.fromHigh = this.words[block + ID_HIGH];
    asTurn(this.thread, index, () => steps.run(this.reductions));
    this.mail.fromLow = 0;
    this.mail.fromHigh = 0;
  }

  /** Points the behaviour's self at an actor with shared state; its turn points the state. */
  private enter(program: Program, behaviour: number, block: number): ActorSelf {
    let self = this.selves[behaviour];
    if (self === undefined) {
      const state = program.StateView === undefined ? undefined : new program.StateView();
      self = new ActorSelf(this.home, 0, 0, state);
      this.selves[behaviour] = self;
    }
    self.low = this.words[block + ID_LOW];
    self.high = this.words[block + ID_HIGH];
    return self;
  }

  /**
   * Handles messages. True if the actor is held, parked or ended, so that the turn's end leaves it
   * alone.
   */
  private handle(program: Program, self: ActorSelf, index: number, block: number): boolean {
    const turn = this.record;
    try {
      const last = this.mail.lastOf(block);
      const turned = program.turn(turn, self, block, last, this.reductions);
      if (turned === Turned.done) return false;
      if (turned === Turned.held) this.hold(program, self, index, block);
      else {
        self.stopRequested = false;
        this.lives.end(index, 'normal');
      }
      return true;
    } catch (error) {
      return this.failed(error, index, block, turn.slot, self);
    }
  }

  private hold(program: Program, self: ActorSelf, index: number, block: number): void {
    const { slot, held, reductions } = this.record;
    this.record.held = undefined;
    if (held === undefined) return;
    if (program.stateLayout !== undefined) this.selves[this.words[block + BEHAVIOUR]] = undefined;
    this.lives.activate(index, slot, self, held, reductions);
  }

  private failed(error: unknown, index: number, block: number, slot: number, self: ActorSelf): boolean {
    if (error instanceof UnknownBehaviours) {
      this.mail.putBack(block, slot);
      this.lives.starts.park(index, error.indices);
      return true;
    }
    self.stopRequested = false;
    this.lives.failInHand(index, slot, 'crashed', error);
    this.lives.end(index, 'crashed', error);
    return true;
  }
}

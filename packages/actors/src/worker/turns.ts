/**
 * The turns of a worker: everything that is the same for all behaviours. What is rare is left to
 * the scheduler.
 *
 * A closure, made once for each worker: V8 takes what it encloses, the shared memory first, for
 * constants of its code. Imported names are no constants to it, so the few words of other files
 * are read once, up here.
 */
import { Turned } from '../generated/turns.js';
import { ActorBlock, ThreadBlock } from '../layouts.js';
import { Phase } from '../phases.js';
import type { Program } from '../program.js';
import type { ActorThread } from '../thread.js';
import type { ActorSelf } from './self.js';

const { running: RUNNING } = Phase;
const { done: DONE, stopped: STOPPED } = Turned;
const BLOCK_WORDS = ActorBlock.size / 4;
const INDEX_MASK = 2 ** 20 - 1;
const { owner: OWNER, phase: PHASE, remoteStack: REMOTE_STACK } = ActorBlock.word;
const { idLow: ID_LOW, idHigh: ID_HIGH } = ActorBlock.word;
const { activation: ACTIVATION, behaviour: BEHAVIOUR, scheduled: SCHEDULED } = ActorBlock.plain;
const { mailboxHead: HEAD, mailboxTail: TAIL, localDebt: LOCAL_DEBT } = ActorBlock.plain;

/** Where a turn goes that is not the usual one, and what stands between turns. */
export interface TurnOwner {
  /** Reductions of a turn (ACTORS-S3). */
  readonly reductions: number;
  /** Lets a handler that an activation holds go on. */
  resume(index: number, block: number): void;
  /** Lets the actor wait until its behaviour is imported. */
  park(index: number, behaviour: number): void;
  /** The `self` of an isolate-state actor. */
  instance(block: number): ActorSelf;
  /** The `self` that a behaviour's shared-state actors have by turns, from now on. */
  selfOf(program: Program, behaviour: number): ActorSelf;
  /** The turn ended with `Turned.held` or `Turned.stopped`. */
  left(turned: number, program: Program, self: ActorSelf, index: number): void;
  /** Called after every turn; true ends the run. */
  between(untilMs: number): boolean;
  /** A handler threw. */
  failed(error: unknown, self: ActorSelf, index: number): void;
}

/**
 * A function that runs turns of a worker's runnable actors until none is runnable, about `budget`
 * messages were handled, or `between` says so. Stale entries of the queue do nothing (SCHEDULER-1).
 */
export function createTurns(
  thread: ActorThread,
  selves: readonly (ActorSelf | undefined)[],
  scheduler: TurnOwner,
): (budget: number, untilMs: number) => void {
  const { words, mail, programs, index: me } = thread;
  const { blocks, runQueue } = mail;
  const { handled } = thread.turns;
  const inHand = mail.threadBlock + ThreadBlock.word.inHand;
  const turnActor = mail.threadBlock + ThreadBlock.word.turnActor;
  const turnSequence = mail.threadBlock + ThreadBlock.word.turnSequence;

  function turn(index: number): void {
    const block = blocks + index * BLOCK_WORDS;
    // Plain loads: of its own actors only this thread changes these words (MAILBOX-4).
    if (words[block + OWNER] !== me || words[block + PHASE] !== RUNNING) return;
    if (words[block + ACTIVATION] !== 0) return scheduler.resume(index, block);
    const behaviour = words[block + BEHAVIOUR];
    const program = programs[behaviour];
    if (program === undefined) return scheduler.park(index, behaviour);
    const low = words[block + ID_LOW];
    const high = words[block + ID_HIGH];
    let self: ActorSelf;
    if (program.stateLayout === undefined) self = scheduler.instance(block);
    else {
      self = selves[behaviour] ?? scheduler.selfOf(program, behaviour);
      self.low = low;
      self.high = high;
    }
    words[inHand] = 0;
    words[turnActor] = index;
    words[turnSequence] += 1;
    mail.stamp.setFrom(low, high);
    let turned: number = DONE;
    try {
      if (words[block + REMOTE_STACK] !== 0) mail.refill(block);
      turned = program.turn(self, index, words[block + TAIL], scheduler.reductions);
      if (turned !== DONE) scheduler.left(turned, program, self, index);
    } catch (error) {
      turned = STOPPED;
      scheduler.failed(error, self, index);
    }
    // A call, and V8 ends a worker that was told to end at calls and loops: so a turn that was too
    // long, in native code to its end, does not count as ended (ACTORS-W3).
    mail.stamp.setFrom(0, 0);
    words[turnSequence] += 1;
    if (turned !== DONE) return;
    if (words[block + LOCAL_DEBT] < 0) mail.returnCredits(block);
    if (words[block + HEAD] !== 0 || words[block + REMOTE_STACK] !== 0) mail.schedule(index, block);
    else words[block + SCHEDULED] = 0;
  }

  return (budget, untilMs) => {
    while (handled[0] < budget) {
      const index = runQueue.pop() & INDEX_MASK;
      if (index === 0) return;
      turn(index);
      if (scheduler.between(untilMs)) return;
    }
  };
}

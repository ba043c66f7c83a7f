/**
 * Which runnable actor of a worker runs next: the contract of a scheduler that comes from outside.
 *
 * SCHEDULING-1: what was pushed and not taken since is taken exactly once, by `pop` or `popLast`;
 *   nothing else ever is. Both return 0 if and only if nothing waits.
 * SCHEDULING-2: who waits is not passed over for ever: at most PASSED_OVER_MAX others are taken
 *   before, and PASSED_OVER_EACH more for each that waits, whatever is pushed meanwhile.
 * SCHEDULING-3: a queue decides by what it was given and its components alone, so that a run can be
 *   repeated.
 *
 * Priority here is an order of actors. The order of one actor's messages is its mailbox's and does
 * not depend on a scheduler.
 */
import type { Clock, Random } from '@ganglion/runtime/contract';

/** The bound of SCHEDULING-2, and what each actor that waits adds to it. */
export const PASSED_OVER_MAX = 10_000;
export const PASSED_OVER_EACH = 100;

/** What names a behaviour or a scheduler on every thread. */
export interface ExportName {
  /** URL of the module that exports it. */
  readonly module: string;
  readonly name: string;
}

/**
 * The runnable actors of one worker, private to its thread. An actor is its index, an integer from
 * 1; the system pushes none that waits already. A method that breaks the contract or throws costs
 * the queue its place: the worker goes on with the built-in one, with every actor that waits, and
 * the event `schedulerReplaced` tells why.
 */
export interface ActorQueue {
  /** An actor that has become, or still is, runnable. */
  push(index: number): void;
  /** A new actor, for the first time. The built-in queue runs these first (ACTORS-S1). */
  pushFirst(index: number): void;
  /** Takes the actor that runs next, or 0. */
  pop(): number;
  /**
   * Takes an actor for another worker, or 0: best the one that would run last. One that must stay
   * comes back by `push`.
   */
  popLast(): number;
}

/** What a scheduler may know. Everything is of the worker that asks. */
export interface SchedulerComponents {
  /** Index of the worker, from 0. */
  readonly worker: number;
  /** Every actor's index is below: the size of a table by index. */
  readonly capacity: number;
  readonly clock: Clock;
  readonly random: Random;
  /** The behaviour of an actor that was pushed and not taken; equal ones may be several objects. */
  behaviourOf(index: number): ExportName;
  /** How many messages wait at an actor that was pushed and not taken, a moment ago. */
  mailboxOf(index: number): number;
}

/** Makes the queue of one worker, on that worker's thread. */
export type CreateActorQueue = (components: SchedulerComponents) => ActorQueue;

/** A scheduler, as `scheduler` returns it. Workers import it by its name. */
export interface ActorScheduler extends ExportName {
  readonly create: CreateActorQueue;
}

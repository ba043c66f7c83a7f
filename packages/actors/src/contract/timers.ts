/** Timers, as users hold them: on every `self`. */
import type { Arguments } from './messages.js';
import type { ActorRef, Protocol } from './ref.js';

/**
 * Names a timer to the actor that made it: a whole number above 2^40. It can be kept in an `f64`
 * field, which is 0 before; 0 is no timer.
 */
export type Timer = number;

/** Makes a timer by naming the message, as `tell` does; throws as the methods of TimerMaker. */
export type Later<P> = {
  readonly [N in keyof Protocol<P>]: (...args: Arguments<Protocol<P>[N]>) => Timer;
};

/**
 * An actor's timers. They end with it, also when its supervisor restarts it, and a message of one
 * that waits then never comes. They come no sooner than they are due, in order of their due times,
 * and at the next turn of the event loop after: about a millisecond later, or when the turn has
 * ended in which its worker is.
 *
 * A message to the actor itself always has room: its slot is kept from when the timer is made, and
 * the mailbox takes it whatever waits. To another actor an ordinary message is sent when it is due;
 * what is refused then is told as the event `timersRefused`.
 */
export interface TimerMaker {
  /**
   * `self.after(50, self.ref).expire()` sends once. @param delayMs a whole number from 1 to
   * 2,147,483,647 @throws ActorsError ACTORS_OPTION_INVALID, ACTORS_TIMERS_EXHAUSTED,
   * ACTORS_SLOTS_EXHAUSTED, ACTORS_EXITED if either actor has ended, ACTORS_VALUE_INVALID for a ref
   * of another system, ACTORS_FIELD_INVALID as `tell`
   */
  after<P>(delayMs: number, target: ActorRef<P>): Later<P>;
  /**
   * Sends again and again, at whole periods from now: a late one delays none that follow, and what
   * is missed is not made up for. To the actor itself none is sent while the last one waits or is
   * handled; to an actor that has ended, no more. @param periodMs, @throws as `after`
   */
  every<P>(periodMs: number, target: ActorRef<P>): Later<P>;
  /**
   * Ends a timer. True: no handler will see its message, also if it waits in this actor's own
   * mailbox. False: it has been sent to another actor or is being handled, has ended, or is not
   * this actor's. @throws ActorsError ACTORS_FIELD_INVALID for a number that names no timer, such
   * as one that was kept in 32 bits
   */
  cancel(timer: Timer): boolean;
}

/** Dead letters as their senders are told of them. */
import type { DeadLetterCause } from './inspection.js';
import type { ActorRef } from './ref.js';

/** A message that was taken and not handled, back at who sent it. */
export interface ReturnedLetter {
  /** Name of the message; '' if the receiver's behaviour is not known here. */
  readonly message: string;
  /**
   * What was sent: the value, or an object with the fields. Undefined for a value that went by
   * reference, and if the receiver's behaviour is not known here.
   */
  readonly payload: unknown;
  /** The receiver, which may have ended. */
  readonly to: ActorRef;
  readonly cause: DeadLetterCause;
}

/** What a behaviour does about its own dead letters. */
export interface LetterHandler<Own> {
  /**
   * Told of tells of this actor's handlers that were taken and not handled (ACTORS-W4), behind the
   * mail that waits. Synchronous. Not of messages sent after an `await` or to the actor itself, nor
   * of those that a `dropNewest` mailbox dropped.
   */
  readonly returned?: (self: Own, letter: ReturnedLetter) => void;
}

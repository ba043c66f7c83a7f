/**
 * Actor references as users see them. The class behind is ref-object.ts.
 */
import type { AnyBehaviour } from './behaviour.js';
import type { Ask, Tell, TellWait } from './messages.js';

/** The messages of a behaviour, or the messages themselves. */
export type Protocol<P> = P extends { readonly messages: infer M } ? M : P;

/** An actor's name in the cluster: node 16, index 20, generation 28 bits (ACTORS-I1). */
export interface ActorId {
  readonly node: number;
  readonly index: number;
  readonly generation: number;
}

/**
 * Addresses one actor from any thread, across its supervised restarts. Travels inside values,
 * arguments and `ref` fields. It can be kept wherever the program likes.
 */
export interface ActorRef<P = unknown> {
  /** Sends; throws ACTORS_EXITED, ACTORS_MAILBOX_FULL or ACTORS_SLOTS_EXHAUSTED. */
  readonly tell: Tell<P>;
  /**
   * Sends when the mailbox has room: at once if it has, else in the order of the calls of this
   * thread for this receiver. Rejects with ACTORS_MAILBOX_TIMEOUT at its deadline, and with what
   * else tell throws.
   */
  readonly tellWait: TellWait<P>;
  /** Sends and returns a promise that always settles; what tell throws is its rejection. */
  readonly ask: Ask<P>;
  readonly id: ActorId;
  /** False once the actor has ended for good. */
  readonly alive: boolean;
  /** True between a completed start and the next exit; false while a supervisor backs off. */
  readonly running: boolean;
  /** Counts the actor's starts, from 1; 0 before the first has completed. */
  readonly incarnation: number;
  /** Name of the actor's behaviour. */
  readonly behaviour: string;
  /**
   * Narrows the ref. @throws ActorsError ACTORS_DEFINITION_INVALID if the actor has another
   * behaviour.
   */
  as<B extends AnyBehaviour>(behaviour: B): ActorRef<B>;
}

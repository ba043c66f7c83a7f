/**
 * What happens in a system, told as it happens: the contract of a tracer that comes from outside.
 *
 * TRACING-1: each thread has a tracer of its own, which is told of what that thread does, in order,
 *   before the next thing. Between threads only the ids of messages tell what came of what.
 * TRACING-2: a system without a tracer runs the same code as if there were none.
 * TRACING-3: a tracer that throws is told nothing more on its thread, and the event `tracerFailed`
 *   says why. Nothing else changes.
 */
import type { Clock } from '@ganglion/runtime/contract';
import type { ExitReason } from './behaviour.js';
import type { ActorId } from './ref.js';
import type { ExportName } from './scheduling.js';

/** An actor, as tracers see it. */
export interface TracedActor extends ActorId {
  /** Name of its behaviour. */
  readonly behaviour: string;
}

/** A message, as tracers see it. */
export interface TracedMessage {
  /**
   * No other message of the system has it (ACTORS-I2): node, thread, how many threads had that
   * index before, and sequence.
   */
  readonly id: string;
  /** Name of the message. */
  readonly message: string;
  readonly kind: 'tell' | 'ask';
  /** Whose turn sent it; undefined for what no actor's turn sent. */
  readonly from: TracedActor | undefined;
  readonly to: TracedActor;
}

/**
 * How a handler came back. `held`: with a promise or a generator, which goes on later; tracers are
 * not told when it ends.
 */
export type HandlerOutcome = 'returned' | 'threw' | 'held';

/**
 * The methods that are there are called, on the thread that does the thing, and delay it. They send
 * and spawn nothing: what happens in them is not traced. A cause is the id of the message whose
 * handler did it, undefined for what was done outside of handlers or after a handler's first await
 * or yield.
 */
export interface Tracer {
  /** A message has been queued. Messages of timers are not sent: they only arrive. */
  sent?(message: TracedMessage, cause: string | undefined): void;
  /** A message's handler is called now. */
  began?(message: TracedMessage): void;
  /** It came back. */
  ended?(message: TracedMessage, outcome: HandlerOutcome): void;
  /** An ask was answered, by a handler that may have ended. */
  replied?(message: TracedMessage): void;
  /** An actor that nobody supervises was spawned. */
  spawned?(actor: TracedActor, cause: string | undefined): void;
  /** An incarnation of an actor, supervised or not, has ended on this worker. */
  exited?(actor: TracedActor, reason: ExitReason, text: string): void;
  /** The system was stopped; it waits for the promise. Not called on a thread that dies. */
  close?(): void | PromiseLike<void>;
}

/** What a tracer may know. */
export interface TracerComponents {
  /** Index of the worker, from 0; undefined on the thread that made the system. */
  readonly worker: number | undefined;
  readonly clock: Clock;
}

/** Makes the tracer of one thread, on that thread. */
export type CreateTracer = (components: TracerComponents) => Tracer;

/** Tracers, as `tracer` returns them. Workers import them by their name. */
export interface ActorTracer extends ExportName {
  readonly create: CreateTracer;
}

/**
 * Behaviours: what users write. A behaviour is a named export of a module that every worker imports
 * (ARCHITECTURE A5).
 */
import type { Clock, Random } from '@ganglion/runtime/contract';
import type { HostArena } from '@ganglion/memory/contract';
import type { SupervisorCaller } from './calls.js';
import type { Fields, MessageView, Messages, StateView } from './messages.js';
import type { NameRegistry } from './names.js';
import type { ActorRef } from './ref.js';
import type { TimerMaker } from './timers.js';
import type { LetterHandler } from './letters.js';
import type { Relating, RelationHandlers } from './relations.js';

declare const ARGUMENTS: unique symbol;

/** Why an actor ended. The first three can be given to `exit`. */
export type ExitReason =
  | 'normal'
  | 'shutdown'
  | 'killed'
  | 'crashed'
  | 'startFailed'
  | 'behaviourUnknown'
  | 'workerLost'
  | 'stuck'
  | 'outOfMemory'
  /** Its link was with an actor that had ended for good. */
  | 'noActor';

/** Reasons that a program can give. */
export type ExitRequest = 'normal' | 'shutdown' | 'killed';

/** Where an actor is started. */
export interface SpawnOptions {
  /** Index of a worker. @default the spawner's; from the main thread each worker in turn */
  readonly worker?: number;
}

/**
 * What a handler knows about its own actor. In handlers that return nothing it is a view that ends
 * with the turn.
 */
export interface Self<S, M> extends NameRegistry, Relating, SupervisorCaller, TimerMaker {
  readonly state: S;
  readonly ref: ActorRef<M>;
  /** Index of the worker. */
  readonly worker: number;
  /** Arenas given to createActorSystem. */
  readonly arenas: readonly HostArena[];
  readonly clock: Clock;
  readonly random: Random;
  /** Starts an actor; its init runs later, never inside this call (ACTORS-O8). */
  spawn<B extends AnyBehaviour>(behaviour: B, ...args: SpawnArguments<B>): ActorRef<B>;
  /** Ends this actor with reason `normal` when the handler returns. */
  stop(): void;
  /** Sends an exit signal. */
  exit(target: ActorRef, reason: ExitRequest): void;
}

/** `self` of an isolate-state actor, which may replace its state. */
export interface IsolateSelf<S, M> extends Omit<Self<S, M>, 'state'> {
  state: S;
}

/** `self` while the state does not exist yet. */
export type InitSelf<M> = Omit<Self<never, M>, 'state'>;

/** The reductions that a `yield` of a generator handler costs, from 1. @default 1 */
export type Yielded = number | undefined;

/**
 * What a handler returns. A promise holds its actor until it settles. A generator is preempted at
 * its yields: when the turn's reductions are spent, other actors run before it goes on (ACTORS-S3).
 */
export type Handled =
  | void
  | Promise<void>
  | Generator<Yielded, void, unknown>
  | AsyncGenerator<Yielded, void, unknown>;

/**
 * What becomes of a tell when the mailbox is full: its sender is refused, or it is dropped and
 * counted. An ask is refused in any case.
 */
export type Overflow = 'refuse' | 'dropNewest';

/** Handlers by message name. */
export type Receive<Own, M> = {
  readonly [N in keyof M]: (self: Own, message: MessageView<M[N]>) => Handled;
};

/**
 * An actor whose state is a declared layout in shared memory. It starts as zeros and the fields
 * given to spawn.
 */
export interface SharedDefinition<F extends Fields, M extends Messages>
  extends RelationHandlers<Self<StateView<F>, M>>, LetterHandler<Self<StateView<F>, M>> {
  readonly state: F;
  readonly messages: M;
  readonly receive: Receive<Self<StateView<F>, M>, M>;
  /** @default 'refuse' */
  readonly mailbox?: Overflow;
}

/** An actor whose state is an ordinary object, made by `init` on its worker. */
export interface IsolateDefinition<S, A, M extends Messages>
  extends RelationHandlers<IsolateSelf<S, M>>, LetterHandler<IsolateSelf<S, M>> {
  readonly init: (self: InitSelf<M>, args: A) => S | Promise<S>;
  readonly messages: M;
  readonly receive: Receive<IsolateSelf<S, M>, M>;
  /** @default 'refuse' */
  readonly mailbox?: Overflow;
  /**
   * Runs when the actor ends or before it is restarted, except after `killed`. The exit is complete
   * when its promise settles; a supervisor waits for the child's `shutdownMs`, then kills.
   */
  readonly terminate?: (self: IsolateSelf<S, M>, reason: ExitReason) => void | Promise<void>;
}

/** A handler as the scheduler calls it. */
export type Handler = (self: unknown, message: unknown) => unknown;

/** The parts of a definition that threads run. */
export interface BehaviourCode {
  readonly state: Fields | undefined;
  readonly receive: Readonly<Record<string, Handler>>;
  readonly mailbox: Overflow;
  readonly init: ((self: unknown, args: unknown) => unknown) | undefined;
  readonly terminate: ((self: unknown, reason: ExitReason) => unknown) | undefined;
  readonly down: ((self: unknown, event: unknown) => unknown) | undefined;
  readonly exited: ((self: unknown, event: unknown) => unknown) | undefined;
  readonly returned: ((self: unknown, letter: unknown) => unknown) | undefined;
}

/** A behaviour. `module` and `name` are its identity on every thread. */
export interface Behaviour<M extends Messages = Messages, A = unknown> {
  readonly module: string;
  readonly name: string;
  readonly messages: M;
  readonly code: BehaviourCode;
  readonly [ARGUMENTS]?: () => A;
}

/** Any behaviour. */
export interface AnyBehaviour {
  readonly module: string;
  readonly name: string;
  readonly messages: Messages;
  readonly code: BehaviourCode;
}

/** What a behaviour is started with. */
export type ArgumentsOf<B> = B extends { readonly [ARGUMENTS]?: () => infer A } ? A : never;

/** Arguments of spawn after the behaviour. */
export type SpawnArguments<B> =
  undefined extends ArgumentsOf<B>
    ? [args?: ArgumentsOf<B>, options?: SpawnOptions]
    : [args: ArgumentsOf<B>, options?: SpawnOptions];

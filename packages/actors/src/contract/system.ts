/** The actor system as its user holds it. */
import type { HostArena } from '@ganglion/memory/contract';
import type { AnyBehaviour, ExitReason, ExitRequest, SpawnArguments } from './behaviour.js';
import type { ActorInfo, DeadLetterCause, SystemStats } from './inspection.js';
import type { NameRegistry } from './names.js';
import type { ActorRef } from './ref.js';
import type { SupervisorSpec } from './supervision.js';
import type { SupervisionTree } from './tree.js';

/** What people are told about a running system. */
export type SystemEvent =
  | {
      readonly kind: 'exit';
      readonly actor: string;
      readonly reason: ExitReason;
      readonly text: string;
    }
  | {
      readonly kind: 'restart';
      readonly child: string;
      readonly reason: ExitReason;
      readonly text: string;
      readonly delayMs: number;
      readonly restarts: number;
    }
  | { readonly kind: 'escalation'; readonly supervisor: string; readonly text: string }
  | {
      readonly kind: 'longTurn';
      readonly worker: number;
      readonly actor: string;
      readonly ms: number;
    }
  /**
   * A tell that was taken and not handled. At most 10 a second of each worker are told; `untold`
   * counts those that were not since its last.
   */
  | {
      readonly kind: 'deadLetter';
      readonly worker: number;
      readonly cause: DeadLetterCause;
      readonly receiver: string;
      readonly message: string;
      /** Undefined for what no actor's turn sent. */
      readonly sender: string | undefined;
      readonly untold: number;
    }
  /** A promise that nobody awaited rejected, or a timer's callback threw. No actor ends. */
  | { readonly kind: 'unhandled'; readonly worker: number; readonly text: string }
  /** Timers were due and their targets took no message: how many since the last event. */
  | {
      readonly kind: 'timersRefused';
      readonly worker: number;
      readonly count: number;
      readonly text: string;
    }
  | { readonly kind: 'workerLost'; readonly worker: number; readonly text: string }
  /** A worker's scheduler broke its contract (SCHEDULING-1); the built-in one goes on. */
  | { readonly kind: 'schedulerReplaced'; readonly worker: number; readonly text: string }
  /** A worker, or its successor, runs on any CPU: the system did not bind its thread. */
  | {
      readonly kind: 'pinFailed';
      readonly worker: number;
      readonly cpu: number;
      readonly text: string;
    }
  /** A thread's tracer threw (TRACING-3). `worker` is undefined for the main thread's. */
  | {
      readonly kind: 'tracerFailed';
      readonly worker: number | undefined;
      readonly text: string;
    };

/**
 * `development`: a value that is sent by reference is frozen and refused as if it were encoded;
 * views of state and message throw ACTORS_VIEW_EXPIRED after their turn. `off`: neither is looked
 * at.
 */
export type Checks = 'development' | 'off';

/** How a system is made. Everything is reserved at start; untouched pages cost nothing. */
export interface ActorSystemOptions {
  /** Scheduler worker threads, 1 to 1,024. @default one for each CPU */
  readonly workers?: number;
  /** User actors alive at once, 1 to 1,000,000. @default 1000000 */
  readonly maxActors?: number;
  /** Message slots of 320 bytes, 256 to 4,194,304. @default 262144 */
  readonly slots?: number;
  /** Messages queued at one actor, 2 to 256. @default 256 */
  readonly mailboxCapacity?: number;
  /** Names that actors have at once, 1 to 65,536. @default 65536 */
  readonly names?: number;
  /** Timers of all actors, each of which holds a slot, 1 to 262,143. @default 65536 */
  readonly timers?: number;
  /** Monitors and links that actors have at once, 1 to 1,048,575. @default 262144 */
  readonly relations?: number;
  /** Shared heap for arguments and for payloads over 256 bytes, in MiB, 8 to 2,048. @default 256 */
  readonly heapMiB?: number;
  /** Arenas that actors see as `self.arenas`. @default none */
  readonly arenas?: readonly HostArena[];
  /** How long an ask may take, in ms. @default 5000 */
  readonly askTimeoutMs?: number;
  /** A turn longer than this is reported, in ms. @default 20 */
  readonly turnReportMs?: number;
  /**
   * A worker in a turn, an init, or a stretch between two awaits longer than this is ended, in ms.
   * @default 5000
   */
  readonly turnLimitMs?: number;
  /** Stack of each worker thread, in MiB. @default 4 */
  readonly stackMiB?: number;
  /** JavaScript heap limit of each worker thread, in MiB. @default 4096 */
  readonly workerHeapMiB?: number;
  /**
   * Seed of the workers' randomness, a safe integer from 0. @default drawn from the operating
   * system
   */
  readonly seed?: number;
  /**
   * CPUs of the workers, one for each, with the component `pinning`. @default worker n on CPU n,
   * modulo the machine's CPUs
   */
  readonly cpus?: readonly number[];
  /** What is checked of code that runs well without. @default 'development' */
  readonly checks?: Checks;
  /**
   * Told of exits, restarts, long turns and lost workers. @default abnormal ones go to standard
   * error
   */
  readonly onEvent?: (event: SystemEvent) => void;
}

/** Options with every choice made. */
export type ResolvedActorSystemOptions = Required<ActorSystemOptions>;

/** One line of what was reserved at start. */
export interface Reservation {
  readonly name: string;
  readonly count: number;
  readonly sizeBytes: number;
}

/** An actor system. Every method is called on the thread that created the system. */
export interface ActorSystem extends NameRegistry {
  readonly options: ResolvedActorSystemOptions;
  /** What was reserved at start, by section. */
  readonly reserved: readonly Reservation[];
  /** Starts an actor that nobody supervises. @throws ActorsError */
  spawn<B extends AnyBehaviour>(behaviour: B, ...args: SpawnArguments<B>): ActorRef<B>;
  /**
   * Resolves when all children have started, in order. @throws ActorsError ACTORS_START_FAILED;
   * nothing is left then. ACTORS_OPTION_INVALID for the name of a tree that lives or starts
   */
  supervise<S extends SupervisorSpec>(name: string, spec: S): Promise<SupervisionTree<S>>;
  /** Sends an exit signal; false if the actor has ended already. */
  exit(ref: ActorRef, reason: ExitRequest): boolean;
  /** Every supervised tree, and the actors that nobody supervises, as they are now. */
  inspect(): ActorInfo;
  /**
   * One actor, supervised or not. @throws ActorsError ACTORS_VALUE_INVALID for a ref of another
   * system
   */
  inspectActor(ref: ActorRef): ActorInfo;
  /** Counts of what is in use. Looks at every actor and slot that was ever used. */
  stats(): SystemStats;
  /**
   * Stops the trees in reverse order, then the workers. Pending asks fail with
   * ACTORS_SYSTEM_STOPPED, and no actor is alive any more. Idempotent.
   */
  stop(): Promise<void>;
}

/**
 * The parts of the interpreter of supervisors, on the control thread. No user code runs here
 * (ACTORS-T1). Actors are in actor-node.ts, supervisors in supervisor-node.ts, what callers ask of
 * them in child-commands.ts, decisions in restart-policy.ts.
 *
 * The rules are those of OTP's `supervisor`; supervision-rules.test.ts lists them. Ours:
 *
 * SUPERVISION-1: children start in order, the next when the one before has completed its init;
 *   they stop in reverse. Those of a simpleOneForOne supervisor have no order.
 * SUPERVISION-2: a supervisor that gives up, or ends with its significant children, stops its
 *   children and exits with `shutdown`; its parent then decides.
 * SUPERVISION-3 (ACTORS-I1): where OTP has a new pid, actors keep id and mail and the incarnation
 *   rises: also when their group or their supervisor is restarted, and from terminateChild to
 *   restartChild. They end for good when they end by themselves and their type calls for no
 *   restart, when they are temporary, deleted or forgotten, or when the whole tree ends.
 * SUPERVISION-4: the exit of a child that its supervisor is stopping is its stop, whatever its
 *   reason, and never a failure.
 * SUPERVISION-5: a supervisor does one thing at a time with its group. A failure in the midst of
 *   it takes over: what is under way is dropped, and the group stopped and started anew.
 */
import type { Clock, Random, Timers } from '@ganglion/runtime/contract';
import type { ExitReason } from '../contract/behaviour.js';
import type { SystemEvent } from '../contract/system.js';
import type { ChildReport, PlannedActor, PlannedChild, TreeChange } from '../protocol.js';
import type { IdWords } from '../spawn.js';
import type { ActorNode } from './actor-node.js';
import type { RecentTimes } from './restart-policy.js';

/** What the interpreter does to actors and supervisors' blocks. */
export interface SupervisedActors {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /**
   * Makes an actor and starts it; `started` or `exited` of its node follows.
   * @throws ActorsError ACTORS_ACTORS_EXHAUSTED, ACTORS_HEAP_EXHAUSTED
   */
  place(actor: PlannedActor, child: PlannedChild, parent: IdWords, node: ActorNode): IdWords;
  /** The node of an actor that `place` made and nobody released. */
  nodeOf(id: IdWords): ActorNode | undefined;
  /** Starts the next incarnation of an actor that is down. */
  restart(id: IdWords): void;
  shutdown(id: IdWords): void;
  kill(id: IdWords): void;
  /** Ends an actor that is down for good. */
  release(id: IdWords): void;
  /** Makes a supervisor's block. @throws ActorsError ACTORS_ACTORS_EXHAUSTED */
  open(parent: IdWords): IdWords;
  /** Shows a supervisor's state in its block. */
  show(id: IdWords, state: 'starting' | 'running' | 'down'): void;
  close(id: IdWords): void;
  emit(event: SystemEvent): void;
  changed(change: TreeChange): void;
}

/** How a run ended. */
export interface Ending {
  readonly reason: ExitReason;
  readonly text: string;
  /**
   * Names what ended many at once, such as a worker's death, by a number that rises. To each
   * supervisor all exits of one event are one failure (ACTORS-W2).
   */
  readonly event?: number | undefined;
}

/** How a start ended. `stopped`: somebody stopped it meanwhile. */
export type StartOutcome =
  | { readonly state: 'running' }
  | {
      readonly state: 'failed' | 'stopped';
      readonly text: string;
      readonly event?: number | undefined;
    };

/** A child in a tree. */
export interface Node {
  readonly path: string;
  readonly plan: PlannedChild;
  /** Zeros before its first start and after it has ended for good. */
  readonly id: IdWords;
  readonly state: ChildReport['state'];
  readonly failures: RecentTimes;
  restarts: number;
  /** Its state is `down`. Never rejects. */
  start(): Promise<StartOutcome>;
  /** Resolves when it is down. */
  stop(): Promise<void>;
  /** Ends it for good; it is down. It may be started again, as another actor. */
  release(): void;
}

/** The supervisor as its children see it. */
export interface Parent {
  readonly path: string;
  readonly id: IdWords;
  /** A child ended that nobody had stopped. */
  childExited(child: Node, ending: Ending): void;
}

/** The id of nobody. */
export const NOBODY: IdWords = Object.freeze({ low: 0, high: 0 });

/** The sentence of a start that failed. */
export function notStarted(path: string, { reason, text }: Ending): string {
  return `${path} did not start (${reason}${text === '' ? '' : `: ${text}`})`;
}

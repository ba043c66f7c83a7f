/**
 * Messages between the threads of a system over their ports: rare ones only. Both ends import this
 * file.
 */
import type { HostArena } from '@ganglion/memory/contract';
import type { ExportName } from './contract/scheduling.js';
import type { ExitReason } from './contract/behaviour.js';
import type { ChildPolicy, Strategy, SupervisorPolicy } from './contract/supervision.js';
import type { Checks, SystemEvent } from './contract/system.js';
import type { ChildInfo } from './contract/tree.js';
import type { ActorsErrorCode } from './errors.js';
import type { MemorySizes } from './memory.js';
import type { IdWords, SpawnImage } from './spawn.js';
import type { Placement } from './worker-threads.js';

/** What every thread of a system is started with. */
export interface ThreadData {
  readonly sizes: MemorySizes;
  readonly buffer: SharedArrayBuffer;
  readonly arenas: readonly HostArena[];
  readonly seed: number;
  readonly askTimeoutMs: number;
  readonly checks: Checks;
  readonly outside: OutsideNames;
}

/** The components that workers import. */
export interface OutsideNames {
  readonly pinning: ExportName | undefined;
  /** Undefined for the built-in one. */
  readonly scheduler: ExportName | undefined;
  readonly tracer: ExportName | undefined;
}

/** Data of the control thread. */
export interface ControlData extends ThreadData {
  readonly turnReportMs: number;
  readonly turnLimitMs: number;
  readonly stackMiB: number;
  readonly workerHeapMiB: number;
  /** Of the workers; none given: as the machine counts them. */
  readonly cpus: readonly number[];
}

/** Data of a scheduler worker. */
export interface WorkerData extends ThreadData {
  readonly worker: number;
  /** The CPU that a pinning binds it to. */
  readonly cpu: number;
  /** How the worker's thread before this one died, if there was one. */
  readonly death: WorkerDeath | undefined;
}

/** How a worker died. */
export interface WorkerDeath {
  readonly reason: ExitReason;
  readonly text: string;
}

/** What a thread that died was sending to an actor, or telling it (SENDING-1). */
export interface Doubt {
  readonly dead: number;
  /** Index of the actor, or 0. */
  readonly actor: number;
  readonly slot: number;
}

/** A reply that a thread which died was sending (reply-in-doubt.ts). */
export interface ReplyInDoubt {
  readonly asker: number;
  readonly slot: number;
  /** Of its sender. */
  readonly mark: number;
}

/** An actor ready to be started by the control thread. */
export interface PlannedActor {
  readonly kind: 'actor';
  readonly image: SpawnImage;
  readonly placement: Placement;
}

/** A child ready to be started by the control thread. */
export interface PlannedChild extends ChildPolicy {
  readonly id: string;
  readonly subject: PlannedActor | { readonly kind: 'supervisor'; readonly plan: SupervisorPlan };
}

/** A supervisor ready to be started by the control thread. */
export interface SupervisorPlan extends Required<SupervisorPolicy> {
  readonly strategy: Strategy;
  readonly children: readonly PlannedChild[];
  /** How the children of a simpleOneForOne supervisor are kept. */
  readonly template: ChildPolicy | undefined;
  /** Index of what the children of a simpleOneForOne supervisor are; 0 for another supervisor. */
  readonly templateBehaviour: number;
}

/** What a caller wants of one supervisor. */
export type SupervisorCommand =
  | { readonly kind: 'startChild'; readonly child: PlannedChild }
  | { readonly kind: 'startInstance'; readonly actor: PlannedActor }
  | { readonly kind: 'terminateChild'; readonly child: string | IdWords }
  | { readonly kind: 'restartChild'; readonly id: string }
  | { readonly kind: 'deleteChild'; readonly id: string }
  | { readonly kind: 'whichChildren' };

/** One child of a supervisor, as it is now. The id is 0, 0 for what has ended for good. */
export interface ChildReport extends IdWords, Omit<ChildInfo, 'ref'> {}

/** The answer to a command: the child that was started, or all children. */
export type CommandResult = readonly ChildReport[];

/**
 * What changes in the picture that the main thread has of the trees: who is new, or has a new id;
 * and who was forgotten. A root has the parent 0, 0.
 */
export type TreeChange =
  | {
      readonly kind: 'placed';
      readonly parent: IdWords;
      readonly id: string;
      readonly subject: 'supervisor' | 'actor';
      readonly words: IdWords;
    }
  | { readonly kind: 'forgotten'; readonly parent: IdWords; readonly id: string };

/** What the main thread asks of the trees; handlers ask commands only. */
export type TreeRequest =
  | {
      readonly kind: 'supervise';
      readonly request: number;
      readonly name: string;
      readonly plan: SupervisorPlan;
    }
  | {
      readonly kind: 'command';
      readonly request: number;
      /** Its name, from a handler. */
      readonly root: IdWords | string;
      /** Ids from the root to the supervisor. */
      readonly path: readonly string[];
      readonly command: SupervisorCommand;
    }
  | { readonly kind: 'stopTree'; readonly request: number; readonly root: IdWords };

/** Main thread to control thread. */
export type ToControl =
  | { readonly kind: 'requests'; readonly requests: readonly TreeRequest[] }
  /** For tests of what comes after. */
  | { readonly kind: 'killWorker'; readonly worker: number }
  | { readonly kind: 'stop' };

/** How a request ended. */
export type Answer =
  | { readonly kind: 'supervised'; readonly request: number; readonly root: IdWords }
  | { readonly kind: 'done'; readonly request: number; readonly result: CommandResult }
  | {
      readonly kind: 'refused';
      readonly request: number;
      readonly code: ActorsErrorCode;
      readonly text: string;
    };

/** Control thread to main thread. */
export type FromControl =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly text: string }
  /** In the order in which they came about. */
  | { readonly kind: 'news'; readonly news: readonly (TreeChange | Answer)[] }
  | { readonly kind: 'inDoubt'; readonly reply: ReplyInDoubt }
  | { readonly kind: 'event'; readonly event: SystemEvent }
  /** Its loop has ended with an error: the thread is of no use any more. */
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'stopped' };

/** Control thread to a worker. */
export type ToWorker =
  | { readonly kind: 'stop' }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'inDoubt'; readonly reply: ReplyInDoubt }
  /** Handle what is in your stacks, then look after what a thread that died was sending. */
  | { readonly kind: 'look'; readonly request: number; readonly doubt: Doubt | undefined };

/** A worker to the control thread. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'looked'; readonly request: number; readonly found: boolean }
  /** What its handlers ask of supervisors; forgotten if it dies. */
  | { readonly kind: 'requests'; readonly requests: readonly TreeRequest[] }
  | { readonly kind: 'event'; readonly event: SystemEvent }
  /** Its loop has ended with an error: the thread is of no use any more. */
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'stopped' };

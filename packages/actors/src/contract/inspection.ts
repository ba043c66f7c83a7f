/** What people see of a running system: a picture that may be a moment old. */
import type { ExitReason } from './behaviour.js';

/** One node of the tree, or one actor. */
export interface ActorInfo {
  /** In a tree the child's id, else behaviour and index. */
  readonly id: string;
  readonly kind: 'system' | 'supervisor' | 'actor';
  /** Name of the behaviour; '' for system and supervisors. */
  readonly behaviour: string;
  readonly state: 'starting' | 'running' | 'terminating' | 'down' | 'exited';
  /** Reason of the last exit, if there was one. */
  readonly lastExit: ExitReason | undefined;
  /** Completed starts after the first. */
  readonly restarts: number;
  /** Index of the worker, or undefined for what runs on none. */
  readonly worker: number | undefined;
  /** Messages that wait. */
  readonly mailbox: number;
  /** Tells that its full mailbox has dropped, up to 16,777,215. */
  readonly dropped: number;
  /**
   * Milliseconds in turns, over all incarnations. A sample every 10 ms (80 while all workers are
   * idle) finds the actors in turns, so short ones are found in proportion to their share.
   */
  readonly turnMs: number;
  /** How long the present turn has lasted, in ms; undefined between turns. */
  readonly presentTurnMs: number | undefined;
  readonly children: readonly ActorInfo[];
}

/** How much of something there is in use. */
export interface Usage {
  readonly used: number;
  readonly max: number;
}

/** A scheduler worker. */
export interface WorkerStats {
  readonly worker: number;
  /** Runnable actors at the last pass of its loop. */
  readonly runnable: number;
  readonly sleeping: boolean;
  /** How often it was woken from sleep, modulo 2^32. */
  readonly wakeUps: number;
  /** Threads that it has lost. */
  readonly deaths: number;
  /** The actor whose turn it is, and how long that has lasted, in ms. */
  readonly turn: { readonly actor: string; readonly ms: number } | undefined;
}

/**
 * Why a message that was taken was not handled: it waited when its actor ended for good; its actor
 * exited with it in hand, by a throw, a signal or the death of its worker; or it was lost with a
 * worker, because its value went by reference (ACTORS-O7) or it was just being sent.
 */
export type DeadLetterCause = 'waiting' | 'inHand' | 'workerLost';

/** What a system holds now. */
export interface SystemStats {
  /** User actors that have not ended. */
  readonly actors: Usage;
  /** No more user actors than this have lived at once. */
  readonly actorsPeakMax: number;
  /** Message slots in use: messages, reserved replies, and what timers hold. */
  readonly slots: Usage;
  /** MiB of the shared heap that some thread has. */
  readonly heapMiB: Usage;
  /** Messages that were taken and not handled, since the start, by cause. */
  readonly deadLetters: Readonly<Record<DeadLetterCause, number>>;
  readonly workers: readonly WorkerStats[];
}

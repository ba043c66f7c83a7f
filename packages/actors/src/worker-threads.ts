/** Worker indices as users count them, and thread indices as the memory counts them. */
import { ActorsError } from './errors.js';
import { FIRST_WORKER_THREAD } from './phases.js';

/**
 * The thread of a worker. @throws ActorsError ACTORS_OPTION_INVALID for a worker that the system
 * has not
 */
export function workerThread(worker: number, workers: number): number {
  if (!Number.isInteger(worker) || worker < 0 || worker >= workers) {
    throw new ActorsError(
      'ACTORS_OPTION_INVALID',
      `worker is ${worker}; this system has workers 0 to ${workers - 1}`,
    );
  }
  return FIRST_WORKER_THREAD + worker;
}

/** The thread that an actor starts on. A pinned one stays there; others may be stolen. */
export interface Placement {
  readonly thread: number;
  readonly isPinned: boolean;
}

/**
 * On the chosen worker, pinned, or on the usual one. @throws ActorsError ACTORS_OPTION_INVALID for
 * a worker that the system has not
 */
export function placementOf(
  chosen: number | undefined,
  usual: () => number,
  workers: number,
): Placement {
  return { thread: workerThread(chosen ?? usual(), workers), isPinned: chosen !== undefined };
}

/** The worker of a thread. */
export function workerOf(thread: number): number {
  return thread - FIRST_WORKER_THREAD;
}

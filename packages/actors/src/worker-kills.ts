/** Ends a worker's thread from outside, wherever it is: for tests of what comes after. */
import type { ActorSystem } from './contract/system.js';

/** Asks a system's control thread to terminate a worker. */
export type KillWorker = (worker: number) => void;

/** How each system of this thread does it. */
export const workerKills = new WeakMap<ActorSystem, KillWorker>();

/** What a thread of an actor system is made of. */
import type { Clock, Random, Timers } from '@ganglion/runtime/contract';
import type { Checks } from './contract/system.js';
import type { SystemMemory } from './memory.js';
import type { WorkerQueue } from './run-queue.js';

/** See the file's header. */
export interface ThreadParts {
  readonly memory: SystemMemory;
  /** Index of the thread in the system (phases.ts). */
  readonly index: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly askTimeoutMs: number;
  /** Of a worker with a scheduler from outside; without, the thread makes the built-in one. */
  readonly runQueue?: WorkerQueue | undefined;
  /** @default 'development' */
  readonly checks?: Checks | undefined;
}

/**
 * An actor system without threads: the main thread's and the workers' ends in one thread, over the
 * same shared memory and the same code, stepped by a test in the order that it chooses. There is no
 * control thread, so no supervision.
 */
import { seededRandom } from '@ganglion/runtime';
import { virtualTime } from '@ganglion/runtime/testing';
import type { VirtualTime } from '@ganglion/runtime/testing';
import type { AnyBehaviour, ExitReason, SpawnArguments } from '../contract/behaviour.js';
import type { ActorScheduler } from '../contract/scheduling.js';
import type { SystemEvent } from '../contract/system.js';
import { GuardedQueue } from '../guarded-queue.js';
import { GENERATIONS } from '../limits.js';
import { SystemMemory } from '../memory.js';
import type { MemorySizes } from '../memory.js';
import { MAIN_THREAD } from '../phases.js';
import type { ActorRefObject } from '../ref-object.js';
import type { ActorRef } from '../contract/ref.js';
import { drainInbox } from '../reply.js';
import type { WorkerQueue } from '../run-queue.js';
import { schedulerComponents } from '../scheduler.js';
import { spawnActor } from '../spawn.js';
import { ActorThread } from '../thread.js';
import { Scheduler } from '../worker/scheduler.js';
import { workerThread } from '../worker-threads.js';

/** Sizes of a stepped system. */
export type SteppedOptions = Partial<Omit<MemorySizes, 'node'>> & {
  /** Behaviours that every thread knows from the start. */
  readonly behaviours: readonly AnyBehaviour[];
  /** @default the built-in run queue */
  readonly scheduler?: ActorScheduler | undefined;
};

/** Sizes unless given. */
export const steppedDefaults: Omit<MemorySizes, 'node'> = Object.freeze({
  workers: 2,
  maxActors: 1_000,
  slots: 4_096,
  heapMiB: 8,
  mailboxCapacity: 256,
  names: 64,
  generations: GENERATIONS,
});

/** One exit of an actor. */
export interface SteppedExit {
  readonly index: number;
  readonly reason: ExitReason;
  readonly text: string;
}

/** See the file's header. */
export interface SteppedSystem {
  readonly time: VirtualTime;
  readonly memory: SystemMemory;
  readonly main: ActorThread;
  readonly workers: readonly { readonly thread: ActorThread; readonly scheduler: Scheduler }[];
  readonly exits: readonly SteppedExit[];
  /** What `onEvent` of a system with threads would be told. */
  readonly events: readonly SystemEvent[];
  /** Spawns from the main thread onto a worker. */
  spawn<B extends AnyBehaviour>(
    worker: number,
    behaviour: B,
    ...args: SpawnArguments<B>
  ): ActorRef<B>;
  /** The same actor, as a worker's thread addresses it. */
  on<P>(worker: number, ref: ActorRef<P>): ActorRef<P>;
  /** Lets a worker do what it finds; returns the messages it handled. */
  step(worker: number, budget?: number): number;
  /** Steps all workers in turn, and promises between, until nothing moves. */
  settle(): Promise<void>;
}

const BUDGET = 1_000_000;
const QUIET_ROUNDS = 5;

/** Makes one. */
export function steppedSystem(options: SteppedOptions): SteppedSystem {
  const { behaviours, scheduler: outside, ...given } = options;
  const sizes: MemorySizes = { ...steppedDefaults, ...given, node: 0 };
  const memory = new SystemMemory(sizes);
  const time = virtualTime();
  const { clock, timers } = time;
  const exits: SteppedExit[] = [];
  const events: SystemEvent[] = [];
  const queueOf = (worker: number): GuardedQueue | undefined =>
    outside &&
    new GuardedQueue(
      outside,
      schedulerComponents(memory, worker, { clock, random: seededRandom(worker) }),
      (text) => events.push({ kind: 'schedulerReplaced', worker, text }),
    );
  const threadAt = (index: number, runQueue?: WorkerQueue): ActorThread => {
    const random = seededRandom(index);
    const parts = { memory, index, clock, timers, random, askTimeoutMs: 5_000, runQueue };
    const made = new ActorThread(parts);
    for (const behaviour of behaviours) made.programFor(behaviour);
    return made;
  };
  const main = threadAt(MAIN_THREAD);
  const workers = Array.from({ length: sizes.workers }, (_, worker) => {
    const thread = threadAt(workerThread(worker, sizes.workers), queueOf(worker));
    const scheduler = new Scheduler({ thread, worker, arenas: [] }, (low, reason, text) => {
      exits.push({ index: main.makeRef(low, 0).id.index, reason, text });
    });
    return { thread, scheduler };
  });
  const at = (worker: number): (typeof workers)[number] => {
    const found = workers[worker];
    if (found === undefined) throw new RangeError(`a stepped system has no worker ${worker}`);
    return found;
  };
  return {
    time,
    memory,
    main,
    workers,
    exits,
    events,
    spawn: (worker, behaviour, ...args) => {
      const placement = { thread: at(worker).thread.index, isPinned: false };
      const { low, high } = spawnActor(main, behaviour, args[0], placement);
      return main.makeRef(low, high).as(behaviour);
    },
    on: <P>(worker: number, ref: ActorRef<P>) => {
      const { low, high } = ref as ActorRef as ActorRefObject;
      return at(worker).thread.makeRef(low, high) as ActorRef as ActorRef<P>;
    },
    step: (worker, budget = BUDGET) => at(worker).scheduler.step(budget),
    settle: async () => {
      for (let quiet = 0; quiet < QUIET_ROUNDS; quiet++) {
        for (const { scheduler } of workers) if (scheduler.step(BUDGET) > 0) quiet = 0;
        drainInbox(main);
        await time.run(0);
      }
    },
  };
}

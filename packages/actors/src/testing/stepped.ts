/**
 * An actor system without threads: the main thread's, the control thread's and the workers' ends in
 * one thread, over the same shared memory and the same code, stepped by a test in the order that it
 * chooses (orders.ts chooses at random). Time is virtual. Workers are not lost and not watched, and
 * the system is not stopped.
 */
import { seededRandom } from '@ganglion/runtime';
import { virtualTime } from '@ganglion/runtime/testing';
import type { VirtualTime } from '@ganglion/runtime/testing';
import type {
  AnyBehaviour,
  ExitReason,
  ExitRequest,
  SpawnArguments,
} from '../contract/behaviour.js';
import type { ActorRef } from '../contract/ref.js';
import type { ActorScheduler } from '../contract/scheduling.js';
import type { SupervisorSpec } from '../contract/supervision.js';
import type { Checks, SystemEvent } from '../contract/system.js';
import type { ActorTracer } from '../contract/tracing.js';
import type { SupervisionTree } from '../contract/tree.js';
import { indexOfId } from '../actor-id.js';
import type { ExitListener } from '../exit-event.js';
import { GuardedQueue } from '../guarded-queue.js';
import { GENERATIONS, MAX_WORKERS } from '../limits.js';
import { SystemMemory } from '../memory.js';
import type { MemorySizes } from '../memory.js';
import { CONTROL_THREAD, exitSignal, MAIN_THREAD } from '../phases.js';
import type { ActorRefObject } from '../ref-object.js';
import { drainInbox } from '../reply.js';
import type { WorkerQueue } from '../run-queue.js';
import { schedulerComponents } from '../scheduler.js';
import { Sleeper } from '../sleeper.js';
import type { ActorThread } from '../thread.js';
import { threadFor, TracedThread } from '../traced-thread.js';
import { Scheduler } from '../worker/scheduler.js';
import { workerOf, workerThread } from '../worker-threads.js';
import type { SteppedEnd } from './end.js';
import { SteppedControl } from './stepped-control.js';
import { SteppedWorker } from './stepped-worker.js';

/** Sizes of a stepped system. */
export type SteppedOptions = Partial<Omit<MemorySizes, 'node'>> & {
  /** Behaviours that every thread knows from the start. */
  readonly behaviours: readonly AnyBehaviour[];
  /** @default the built-in run queue */
  readonly scheduler?: ActorScheduler | undefined;
  readonly tracer?: ActorTracer | undefined;
  /** Of the threads' randomness, an integer from 0. @default 0 */
  readonly seed?: number;
  /** @default 'development' */
  readonly checks?: Checks;
};

/** Sizes unless given. */
export const steppedDefaults: Omit<MemorySizes, 'node'> = Object.freeze({
  workers: 2,
  maxActors: 1_000,
  slots: 4_096,
  heapMiB: 8,
  mailboxCapacity: 256,
  names: 64,
  timers: 256,
  relations: 64,
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
  readonly workers: readonly SteppedWorker[];
  /** All that can be stepped: main thread, workers, and control thread once it is used. */
  readonly ends: readonly SteppedEnd[];
  /** Of actors that nobody supervises. */
  readonly exits: readonly SteppedExit[];
  /** What `onEvent` of a system with threads would be told, but for those exits. */
  readonly events: readonly SystemEvent[];
  /** Spawns from the main thread onto a worker. */
  spawn<B extends AnyBehaviour>(
    worker: number,
    behaviour: B,
    ...args: SpawnArguments<B>
  ): ActorRef<B>;
  /** The same actor, as a worker's thread addresses it. */
  on<P>(worker: number, ref: ActorRef<P>): ActorRef<P>;
  /** As of a system with threads. It resolves while the ends are stepped. */
  supervise<S extends SupervisorSpec>(name: string, spec: S): Promise<SupervisionTree<S>>;
  /** Sends an exit signal from the main thread; false if the actor has ended already. */
  exit(ref: ActorRef, reason: ExitRequest): boolean;
  /** Lets a worker do what it finds; returns the messages it handled. */
  step(worker: number, budget?: number): number;
  /** Lets a worker do what it finds and handle at most one message; returns how many. */
  stepMessage(worker: number): number;
  /** Steps all ends in turn, and promises between, until nothing moves. */
  settle(): Promise<void>;
}

const BUDGET = 1_000_000;
const QUIET_ROUNDS = 5;
const ASK_TIMEOUT_MS = 5_000;

/** Makes one. */
export function steppedSystem(options: SteppedOptions): SteppedSystem {
  return new Stepped(options);
}

/** Its methods are properties, so that a test may take them out of it. */
class Stepped implements SteppedSystem {
  readonly time = virtualTime();
  readonly memory: SystemMemory;
  readonly main: ActorThread;
  readonly workers: readonly SteppedWorker[];
  readonly exits: SteppedExit[] = [];
  readonly events: SystemEvent[] = [];
  readonly #options: SteppedOptions;
  readonly #mainEnd: SteppedEnd;
  #control: SteppedControl | undefined;
  #nextWorker = 0;

  constructor(options: SteppedOptions) {
    const { behaviours: _, scheduler: __, tracer: ___, seed: ____, checks: _____, ...given } =
      options;
    const sizes: MemorySizes = { ...steppedDefaults, ...given, node: 0 };
    this.#options = options;
    this.memory = new SystemMemory(sizes);
    this.main = this.#threadAt(MAIN_THREAD);
    this.#mainEnd = mainEnd(this.main);
    this.workers = Array.from({ length: sizes.workers }, (_worker, worker) => this.#worker(worker));
  }

  get ends(): readonly SteppedEnd[] {
    return [this.#mainEnd, ...this.workers, ...(this.#control?.ends ?? [])];
  }

  readonly spawn = <B extends AnyBehaviour>(
    worker: number,
    behaviour: B,
    ...args: SpawnArguments<B>
  ): ActorRef<B> => {
    const placement = { thread: this.#at(worker).thread.index, isPinned: false };
    const { low, high } = this.main.spawn(behaviour, args[0], placement);
    return this.main.makeRef(low, high).as(behaviour);
  };

  readonly on = <P>(worker: number, ref: ActorRef<P>): ActorRef<P> => {
    const { low, high } = ref as ActorRef as ActorRefObject;
    return this.#at(worker).thread.makeRef(low, high) as ActorRef as ActorRef<P>;
  };

  readonly supervise = <S extends SupervisorSpec>(
    name: string,
    spec: S,
  ): Promise<SupervisionTree<S>> => {
    this.#control ??= new SteppedControl({
      main: this.main,
      thread: this.#threadAt(CONTROL_THREAD),
      takeWorker: () => (this.#nextWorker = (this.#nextWorker + 1) % this.workers.length),
      onEvent: (event) => this.events.push(event),
    });
    return this.#control.trees.supervise(name, spec);
  };

  readonly exit = (ref: ActorRef, reason: ExitRequest): boolean => {
    const { low, high } = ref as ActorRefObject;
    return this.main.mail.notices.signal(low, high, exitSignal(reason));
  };

  readonly step = (worker: number, budget: number = BUDGET): number =>
    this.#at(worker).scheduler.step(budget);

  readonly stepMessage = (worker: number): number => this.#at(worker).stepMessage();

  readonly settle = async (): Promise<void> => {
    for (let quiet = 0; quiet < QUIET_ROUNDS; quiet++) {
      for (const { scheduler } of this.workers) if (scheduler.step(BUDGET) > 0) quiet = 0;
      for (const end of this.#control?.ends ?? []) {
        if (!end.hasWork) continue;
        end.step();
        quiet = 0;
      }
      this.#mainEnd.step();
      await this.time.run(0);
    }
  };

  #at(worker: number): SteppedWorker {
    const found = this.workers[worker];
    if (found === undefined) throw new RangeError(`a stepped system has no worker ${worker}`);
    return found;
  }

  #threadAt(index: number, runQueue?: WorkerQueue): ActorThread {
    const { clock, timers } = this.time;
    const { memory } = this;
    const random = seededRandom((this.#options.seed ?? 0) * 2 * MAX_WORKERS + index);
    const { checks, tracer } = this.#options;
    const parts = { memory, index, clock, timers, random, runQueue, checks };
    const worker = index === MAIN_THREAD ? undefined : workerOf(index);
    const thread = threadFor(
      { ...parts, askTimeoutMs: ASK_TIMEOUT_MS },
      { tracer: index === CONTROL_THREAD ? undefined : tracer, worker },
      (event) => this.events.push(event),
    );
    for (const behaviour of this.#options.behaviours) thread.programFor(behaviour);
    return thread;
  }

  #worker(worker: number): SteppedWorker {
    const index = workerThread(worker, this.memory.sizes.workers);
    const thread = this.#threadAt(index, this.#queueOf(worker));
    thread.actorTimers.onRefused = (count, text) =>
      this.events.push({ kind: 'timersRefused', worker, count, text });
    const onExit: ExitListener = (low, reason, text, isSupervised) => {
      if (thread instanceof TracedThread) thread.exited(low, reason, text);
      if (!isSupervised) this.exits.push({ index: indexOfId(low), reason, text });
    };
    const scheduler = new Scheduler({ thread, worker, arenas: [] }, onExit);
    return new SteppedWorker(worker, thread, scheduler);
  }

  #queueOf(worker: number): GuardedQueue | undefined {
    const { scheduler } = this.#options;
    if (scheduler === undefined) return undefined;
    const random = seededRandom(worker);
    const components = schedulerComponents(this.memory, worker, { ...this.time, random });
    return new GuardedQueue(scheduler, components, (text) =>
      this.events.push({ kind: 'schedulerReplaced', worker, text }));
  }
}

function mainEnd(thread: ActorThread): SteppedEnd {
  const sleeper = new Sleeper(thread);
  return {
    name: 'main',
    get hasWork() {
      return sleeper.hasWork;
    },
    step: () => drainInbox(thread),
  };
}

/** The actor system, as the main thread holds it: a client with its own inbox (ACTORS-T1). */
import { nodeRuntime } from '@ganglion/runtime';
import type { Runtime, Thread } from '@ganglion/runtime/contract';
import type {
  AnyBehaviour,
  ExitRequest,
  SpawnArguments,
  SpawnOptions,
} from './contract/behaviour.js';
import type { ActorInfo, SystemStats } from './contract/inspection.js';
import type {
  ActorSystem,
  ActorSystemOptions,
  Reservation,
  ResolvedActorSystemOptions,
} from './contract/system.js';
import { ActorsError } from './errors.js';
import { endEverybody } from './end-of-all.js';
import { inspectActor, inspectTree, systemStats, unsupervisedActors } from './inspect.js';
import { SystemBlock } from './layouts.js';
import { GENERATIONS } from './limits.js';
import { SystemMemory } from './memory.js';
import type { MemorySizes } from './memory.js';
import { resolveActorSystemOptions } from './options.js';
import { pinnings } from './pinning.js';
import { exitSignal, MAIN_THREAD } from './phases.js';
import type { ControlData, FromControl, OutsideNames, ToControl } from './protocol.js';
import type { ActorRefObject } from './ref-object.js';
import type { WhenRegisteredOptions } from './contract/names.js';
import type { ActorScheduler } from './contract/scheduling.js';
import type { ActorRef } from './contract/ref.js';
import type { ActorPinning } from './contract/pinning.js';
import type { ActorTracer } from './contract/tracing.js';
import { drainInbox, settleInDoubt } from './reply.js';
import { schedulers } from './scheduler.js';
import { Sleeper } from './sleeper.js';
import type { SupervisorSpec } from './contract/supervision.js';
import type { SupervisionTree } from './contract/tree.js';
import { isWorkerThread } from './thread-kind.js';
import type { ActorThread } from './thread.js';
import { threadFor, TracedThread } from './traced-thread.js';
import { tracers } from './tracer.js';
import { Trees } from './tree/trees.js';
import { workerKills } from './worker-kills.js';
import { placementOf } from './worker-threads.js';

/** What a system is composed of. */
export interface ActorSystemComponents {
  readonly runtime?: Runtime;
  /** Decides which runnable actor of a worker runs next. @default the built-in run queue */
  readonly scheduler?: ActorScheduler;
  /** Binds each worker to a CPU. @default none: the system chooses, and may change its mind */
  readonly pinning?: ActorPinning;
  /** Told what happens, on each thread. @default none */
  readonly tracer?: ActorTracer;
}

/**
 * Reserves the memory, starts the control thread and the workers.
 * @throws ActorsError ACTORS_OPTION_INVALID, ACTORS_PINNING_INVALID, ACTORS_SCHEDULER_INVALID,
 * ACTORS_TRACER_INVALID, ACTORS_MAIN_MODULE_IMPORTED on a worker
 */
export async function createActorSystem(
  options: ActorSystemOptions = {},
  components: ActorSystemComponents = {},
): Promise<ActorSystem> {
  if (isWorkerThread()) {
    throw new ActorsError(
      'ACTORS_MAIN_MODULE_IMPORTED',
      'createActorSystem was called on a worker: the main module exports a behaviour, ' +
        'so workers import it. Move behaviours to modules of their own, ' +
        'or create the system only if worker_threads.isMainThread',
    );
  }
  if (options.cpus !== undefined && components.pinning === undefined)
    throw new ActorsError('ACTORS_OPTION_INVALID', 'cpus is given; it needs the component pinning');
  const runtime = components.runtime ?? nodeRuntime();
  const machine = { workers: runtime.threads.cpuCount, seed: runtime.random.u32() };
  const system = new MainSystem(resolveActorSystemOptions(options, machine), runtime, components);
  await system.started;
  workerKills.set(system, (worker) => system.killWorker(worker));
  return system;
}

/** @throws ActorsError for what is no such component */
function outsideNames({ pinning, scheduler, tracer }: ActorSystemComponents): OutsideNames {
  return {
    pinning: pinnings.nameOf(pinning),
    scheduler: schedulers.nameOf(scheduler),
    tracer: tracers.nameOf(tracer),
  };
}

class MainSystem implements ActorSystem {
  readonly options: ResolvedActorSystemOptions;
  readonly reserved: readonly Reservation[];
  readonly started: Promise<void>;
  readonly #thread: ActorThread;
  readonly #control: Thread;
  readonly #sleeper: Sleeper;
  readonly #trees: Trees;
  #nextWorker = 0;
  #state: 'running' | 'stopping' | 'stopped' = 'running';
  #stopped: Promise<void> | undefined;
  #onReady:
    { readonly resolve: () => void; readonly reject: (error: ActorsError) => void } | undefined;
  #onStopped: (() => void) | undefined;

  constructor(
    options: ResolvedActorSystemOptions,
    runtime: Runtime,
    components: ActorSystemComponents,
  ) {
    const outside = outsideNames(components);
    const { workers, maxActors, slots, heapMiB, mailboxCapacity, names, relations } = options;
    const sizes: MemorySizes = {
      workers,
      maxActors,
      slots,
      heapMiB,
      mailboxCapacity,
      names,
      timers: options.timers,
      relations,
      node: 0,
      generations: GENERATIONS,
    };
    const memory = new SystemMemory(sizes);
    this.options = options;
    this.reserved = memory.report();
    const { clock, timers, random } = runtime;
    this.#thread = threadFor(
      { memory, index: MAIN_THREAD, clock, timers, random, askTimeoutMs: options.askTimeoutMs },
      { tracer: components.tracer, worker: undefined },
      (event) => options.onEvent(event),
    );
    this.#sleeper = new Sleeper(this.#thread);
    this.#trees = new Trees({
      thread: this.#thread,
      takeWorker: () => this.#takeWorker(),
      checkRunning: () => this.#checkRunning(),
      post: (requests) => this.#post({ kind: 'requests', requests }),
    });
    const { arenas, seed, askTimeoutMs, checks } = options;
    const { turnReportMs, turnLimitMs, stackMiB, workerHeapMiB, cpus } = options;
    const data: ControlData = {
      sizes,
      buffer: memory.region.buffer,
      arenas,
      seed,
      askTimeoutMs,
      checks,
      outside,
      turnReportMs,
      turnLimitMs,
      stackMiB,
      workerHeapMiB,
      cpus,
    };
    const entry = new URL(import.meta.resolve('#control'));
    let cause = 'it ended';
    this.#control = runtime.threads.start(
      { name: 'ganglion control', entry, data },
      {
        onMessage: (message) => this.#receive(message as FromControl),
        onError: (error) => {
          cause = error.message;
        },
        onExit: () => this.#controlExited(cause),
      },
    );
    this.started = new Promise((resolve, reject) => {
      this.#onReady = { resolve, reject };
    });
    void this.#pump();
  }

  spawn<B extends AnyBehaviour>(behaviour: B, ...args: SpawnArguments<B>): ActorRef<B> {
    this.#checkRunning();
    const [given, options] = args as readonly [given?: unknown, options?: SpawnOptions];
    const { workers } = this.options;
    const placement = placementOf(options?.worker, () => this.#takeWorker(), workers);
    const { low, high } = this.#thread.spawn(behaviour, given, placement);
    return this.#thread.makeRef(low, high) as ActorRef as ActorRef<B>;
  }

  supervise<S extends SupervisorSpec>(name: string, spec: S): Promise<SupervisionTree<S>> {
    return this.#trees.supervise(name, spec);
  }

  exit(ref: ActorRef, reason: ExitRequest): boolean {
    const { low, high } = ref as ActorRefObject;
    return this.#thread.mail.notices.signal(low, high, exitSignal(reason));
  }

  register(name: string, ref: ActorRef): void {
    this.#checkRunning();
    this.#thread.names.register(name, ref);
  }

  unregister(name: string): boolean {
    return this.#thread.names.unregister(name);
  }

  whereis<B extends AnyBehaviour>(name: string, behaviour: B): ActorRef<B> | undefined;
  whereis(name: string): ActorRef | undefined;
  whereis(name: string, behaviour?: AnyBehaviour): ActorRef | undefined {
    const { names } = this.#thread;
    return behaviour === undefined ? names.whereis(name) : names.whereis(name, behaviour);
  }

  whenRegistered<B extends AnyBehaviour>(
    name: string,
    behaviour: B,
    options?: WhenRegisteredOptions,
  ): Promise<ActorRef<B>> {
    return this.#thread.names.whenRegistered(name, behaviour, options);
  }

  names(): readonly string[] {
    return this.#thread.names.names();
  }

  inspect(): ActorInfo {
    return inspectTree(this.#thread, this.#trees.roots, unsupervisedActors(this.#thread));
  }

  inspectActor(ref: ActorRef): ActorInfo {
    const { low, high, home } = ref as ActorRefObject;
    if (home.system !== this.#thread.system)
      throw new ActorsError('ACTORS_VALUE_INVALID', 'inspectActor: a ref of another actor system');
    return inspectActor(this.#thread, low, high);
  }

  stats(): SystemStats {
    return systemStats(this.#thread);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** See testing/kill-worker.ts. */
  killWorker(worker: number): void {
    this.#post({ kind: 'killWorker', worker });
  }

  async #stop(): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'stopping';
      const { words, memory } = this.#thread;
      Atomics.store(words, memory.region.plan.sections.system.word + SystemBlock.word.stopping, 1);
      await new Promise<void>((resolve) => {
        this.#onStopped = resolve;
        this.#trees.flush();
        this.#post({ kind: 'stop' });
      });
    }
    this.#end('the system was stopped');
    await this.#control.terminate();
    if (this.#thread instanceof TracedThread) await this.#thread.trace.close();
  }

  /** Settles everything that waits. */
  #end(text: string): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    endEverybody(this.#thread.memory);
    const error = (): ActorsError => new ActorsError('ACTORS_SYSTEM_STOPPED', text);
    this.#thread.asks.failAll(error);
    this.#thread.names.failAll(error);
    this.#thread.waits.failAll(error);
    this.#trees.failAll(error);
    this.#thread.mail.notices.wake(MAIN_THREAD);
    this.#onStopped?.();
  }

  #receive(message: FromControl): void {
    switch (message.kind) {
      case 'ready':
        this.#onReady?.resolve();
        return;
      case 'event':
        this.options.onEvent(message.event);
        return;
      case 'news':
        this.#trees.apply(message.news);
        return;
      case 'inDoubt':
        settleInDoubt(this.#thread, message.reply);
        return;
      case 'failed':
        this.#fail(message.text);
        return;
      case 'stopped':
        this.#onStopped?.();
    }
  }

  #controlExited(cause: string): void {
    if (this.#state === 'running') this.#fail(`the control thread was lost: ${cause}`);
    this.#end('the control thread has ended');
  }

  #fail(text: string): void {
    this.#onReady?.reject(new ActorsError('ACTORS_SYSTEM_STOPPED', text));
    this.#end(text);
    void this.#control.terminate();
  }

  /** Settles asks as their replies come. */
  async #pump(): Promise<void> {
    while (this.#state !== 'stopped') {
      drainInbox(this.#thread);
      await this.#sleeper.sleep(() => this.#state === 'stopped');
    }
  }

  #takeWorker(): number {
    const worker = this.#nextWorker;
    this.#nextWorker = (worker + 1) % this.options.workers;
    return worker;
  }

  #post(message: ToControl): void {
    this.#control.post(message);
  }

  #checkRunning(): void {
    if (this.#state !== 'running')
      throw new ActorsError('ACTORS_SYSTEM_STOPPED', 'the system was stopped');
  }
}

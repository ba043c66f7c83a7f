/**
 * The threads of the scheduler workers. One that dies has a successor with the same index
 * (ACTORS-W1, worker/succession.ts), which starts only when the dead thread has left whatever
 * native code it was in (ACTORS-W3).
 *
 * WORKERS-1: one succession at a time, because there is one adopter of slots at a time.
 * WORKERS-2: after it, the owner of the one actor to which the dead thread was sending looks after
 *   that, once every worker has handled what was in its stacks at the death.
 * WORKERS-3: the asker of the one reply that it was sending is told at once (DOUBT-3).
 * WORKERS-4: a successor that dies before it is ready leaves the first death to be dealt with, and
 *   what it was sending itself.
 */
import type { Clock, Thread, Threads, Timers } from '@ganglion/runtime/contract';
import type { ExitReason } from '../contract/behaviour.js';
import type { SystemEvent } from '../contract/system.js';
import { ActorBlock, ThreadBlock } from '../layouts.js';
import { workerOf, workerThread } from '../worker-threads.js';
import { CONTROL_THREAD, MAIN_THREAD } from '../phases.js';
import type {
  Answer, ControlData, Doubt, FromWorker, ReplyInDoubt, ToWorker, TreeRequest, WorkerData,
} from '../protocol.js';
import { refuseLost } from '../reply.js';
import { replyInDoubt } from '../reply-in-doubt.js';
import type { ActorThread } from '../thread.js';
import { RecentTimes } from './restart-policy.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const THREAD_WORDS = ThreadBlock.size / 4;
const STOP_LIMIT_MS = 5_000;
/**
 * Workers that may die within LOSS_WINDOW_MS, and successors in a row that may die before they are
 * ready, before the system gives up.
 */
const LOSSES_MAX = 100;
const LOSS_WINDOW_MS = 60_000;
const LOOKS_MAX = 100;
const SEED_STEP = 2 ** 16;

/** What the workers need of the control thread. */
export interface WorkersParts {
  readonly data: ControlData;
  readonly thread: ActorThread;
  readonly threads: Threads;
  readonly entry: URL;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly emit: (event: SystemEvent) => void;
  /** Every worker runs for the first time. */
  readonly onReady: () => void;
  /** A worker has died; its actors stand still until `onSuccession`. */
  readonly onDeath: (worker: number) => void;
  readonly onSuccession: (worker: number) => void;
  /** A handler asks; `tell` is of no effect when its thread has died. */
  readonly onRequest: (request: TreeRequest, tell: (answer: Answer) => void) => void;
  /** A reply to the main thread's ask is in doubt. */
  readonly onMainInDoubt: (reply: ReplyInDoubt) => void;
  /** A worker has died and gets no successor. */
  readonly onLost: (worker: number, text: string) => void;
}

interface Death {
  readonly worker: number;
  readonly reason: ExitReason;
  readonly text: string;
  /** What it was sending, and what successors of it were that died before they were ready. */
  readonly doubts: readonly Doubt[];
}

/** See the file's header. */
export class Workers {
  readonly #parts: WorkersParts;
  readonly #threads: (Thread | undefined)[] = [];
  /** Why a worker will have ended, where that is known. */
  readonly #causes: (Pick<Death, 'reason' | 'text'> | undefined)[] = [];
  readonly #onStopped: ((() => void) | undefined)[] = [];
  readonly #waiting: Death[] = [];
  readonly #losses = new RecentTimes();
  readonly #looks = new Map<number, (found: boolean) => void>();
  readonly #onWhole: (() => void)[] = [];
  #succession: Death | undefined;
  #doubts: Promise<void> = Promise.resolve();
  #look = 0;
  #ready = 0;
  #deaths = 0;
  #stopping = false;

  constructor(parts: WorkersParts) {
    this.#parts = parts;
  }

  start(): void {
    for (let worker = 0; worker < this.#count; worker++) this.#start(worker, undefined);
  }

  /** The number of the last death of a worker, for exits that are one event (ACTORS-W2). */
  get deaths(): number {
    return this.#deaths;
  }

  /** Ends a worker that is stuck. */
  terminate(worker: number, reason: ExitReason, text: string): void {
    this.#causes[worker] ??= { reason, text };
    void this.#threads[worker]?.terminate();
  }

  /** From now on a worker that dies has no successor. */
  stopSuccession(): void {
    this.#stopping = true;
  }

  /** Stops all of them. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#threads.map((thread, worker) => thread && this.#stopWorker(thread, worker)),
    );
  }

  get #count(): number {
    return this.#parts.data.sizes.workers;
  }

  #start(worker: number, death: Death | undefined): void {
    const { data, threads, entry } = this.#parts;
    const { sizes, buffer, arenas, seed, askTimeoutMs, checks, outside } = data;
    const workerData: WorkerData = {
      sizes,
      buffer,
      arenas,
      seed: seed + 1 + worker + (death === undefined ? 0 : SEED_STEP * this.#deaths),
      askTimeoutMs,
      checks,
      outside,
      worker,
      cpu: data.cpus[worker] ?? worker % threads.cpuCount,
      death: death && { reason: death.reason, text: death.text },
    };
    const options = {
      name: `ganglion worker ${worker}`,
      entry,
      data: workerData,
      stackMiB: data.stackMiB,
      heapMiB: data.workerHeapMiB,
    };
    this.#causes[worker] = undefined;
    this.#threads[worker] = threads.start(options, {
      onMessage: (message) => this.#receive(worker, message as FromWorker),
      onError: (error) => {
        const { code } = error as Error & { readonly code?: string };
        const reason = code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'outOfMemory' : 'crashed';
        this.#causes[worker] ??= { reason, text: error.message };
      },
      onExit: (exitCode) => this.#exited(worker, exitCode),
    });
  }

  #receive(worker: number, message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#started(worker);
        return;
      case 'event':
        this.#parts.emit(message.event);
        return;
      case 'failed':
        this.terminate(worker, 'crashed', message.text);
        return;
      case 'looked':
        this.#looks.get(message.request)?.(message.found);
        return;
      case 'requests':
        for (const request of message.requests) this.#asked(worker, request);
        return;
      case 'stopped':
        void this.#threads[worker]?.terminate();
    }
  }

  /** The answer goes to the thread that asked, never to a successor, whose numbers are others. */
  #asked(worker: number, request: TreeRequest): void {
    const asker = this.#threads[worker];
    this.#parts.onRequest(request, (answer) => {
      const message: ToWorker = { kind: 'answer', answer };
      if (this.#threads[worker] === asker) asker?.post(message);
    });
  }

  #started(worker: number): void {
    const death = this.#succession;
    if (death?.worker === worker) {
      this.#succession = undefined;
      this.#parts.onSuccession(worker);
      for (const doubt of death.doubts)
        this.#doubts = this.#doubts.then(() => this.#settle(doubt));
      this.#succeedNext();
      return;
    }
    this.#ready += 1;
    if (this.#ready === this.#count) this.#parts.onReady();
  }

  #exited(worker: number, exitCode: number): void {
    this.#threads[worker] = undefined;
    const onStopped = this.#onStopped[worker];
    if (onStopped !== undefined) {
      onStopped();
      return;
    }
    const { emit, onDeath, onLost, clock } = this.#parts;
    const ended = `its worker thread ended with code ${exitCode}`;
    const { reason, text } = this.#causes[worker] ?? { reason: 'crashed', text: ended };
    emit({ kind: 'workerLost', worker, text });
    this.#endLooks();
    const losses = this.#losses.add(clock.monotonicMs(), LOSS_WINDOW_MS);
    const before = this.#succession?.worker === worker ? this.#succession : undefined;
    const isLost = losses > LOSSES_MAX || (before?.doubts.length ?? 0) >= LOSSES_MAX;
    if (this.#stopping || this.#ready < this.#count || isLost) {
      onLost(worker, text);
      return;
    }
    const doubts = [...(before?.doubts ?? []), this.#markDead(worker)];
    onDeath(worker);
    this.#deaths += 1;
    if (before !== undefined) this.#succession = undefined;
    this.#waiting.unshift({ worker, reason, text, ...before, doubts });
    this.#succeedNext();
  }

  /** Says in the dead thread's block that it is; answers with what it was sending. */
  #markDead(worker: number): Doubt {
    const { words, memory } = this.#parts.thread;
    const dead = workerThread(worker, this.#count);
    this.#tellAsker(replyInDoubt(memory, dead));
    const at = memory.region.plan.sections.threads.word + dead * THREAD_WORDS;
    Atomics.add(words, at + ThreadBlock.word.lives, 1);
    Atomics.store(words, at + ThreadBlock.word.dead, 1);
    const actor = Atomics.load(words, at + ThreadBlock.word.sendActor);
    return { dead, actor, slot: Atomics.load(words, at + ThreadBlock.word.sendSlot) };
  }

  /** See WORKERS-3. The control thread never asks. */
  #tellAsker(reply: ReplyInDoubt | undefined): void {
    if (reply === undefined) return;
    const message: ToWorker = { kind: 'inDoubt', reply };
    if (reply.asker === MAIN_THREAD) this.#parts.onMainInDoubt(reply);
    else this.#threads[workerOf(reply.asker)]?.post(message);
  }

  #succeedNext(): void {
    if (this.#succession !== undefined) return;
    this.#succession = this.#waiting.shift();
    if (this.#succession !== undefined) this.#start(this.#succession.worker, this.#succession);
    else for (const resolve of this.#onWhole.splice(0)) resolve();
  }

  /** Resolves when every worker has a thread. */
  #whole(): Promise<void> {
    if (this.#succession === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#onWhole.push(resolve));
  }

  /** Looks that a worker which has died would have answered are asked for again. */
  #endLooks(): void {
    for (const answer of this.#looks.values()) answer(false);
  }

  /** See WORKERS-2. */
  async #settle(doubt: Doubt): Promise<void> {
    if (doubt.actor === 0) return;
    for (let looks = 0; looks < LOOKS_MAX && !this.#stopping; looks++) {
      await this.#whole();
      const workers = Array.from({ length: this.#count }, (_, worker) => worker);
      await Promise.all(workers.map((worker) => this.#ask(worker, undefined)));
      const owner = this.#ownerOf(doubt.actor);
      if (owner === CONTROL_THREAD) return;
      if (owner === 0) {
        refuseLost(this.#parts.thread, doubt);
        return;
      }
      if (await this.#ask(workerOf(owner), doubt)) return;
    }
  }

  #ownerOf(actor: number): number {
    const { words, mail } = this.#parts.thread;
    const block = mail.blocks + actor * BLOCK_WORDS;
    return (
      Atomics.load(words, block + ActorBlock.word.owner) ||
      Atomics.load(words, block + ActorBlock.word.heir)
    );
  }

  #ask(worker: number, doubt: Doubt | undefined): Promise<boolean> {
    const thread = this.#threads[worker];
    if (thread === undefined) return Promise.resolve(false);
    this.#look += 1;
    const request = this.#look;
    return new Promise((resolve) => {
      this.#looks.set(request, (found) => {
        this.#looks.delete(request);
        resolve(found);
      });
      const message: ToWorker = { kind: 'look', request, doubt };
      thread.post(message);
    });
  }

  #stopWorker(thread: Thread, worker: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#parts.timers.after(STOP_LIMIT_MS, () => void thread.terminate());
      this.#onStopped[worker] = () => {
        timer.cancel();
        resolve();
      };
      const stop: ToWorker = { kind: 'stop' };
      thread.post(stop);
    });
  }
}

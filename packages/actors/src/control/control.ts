/**
 * The control thread (ACTORS-T1): watches the workers (workers.ts has their threads), interprets
 * supervisors, passes events to the main thread. It runs no user code.
 */
import type { Clock, Random, Threads, Timers } from '@ganglion/runtime/contract';
import { generationOfId, indexOfId } from '../actor-id.js';
import { ActorBlock, SystemBlock, ThreadBlock } from '../layouts.js';
import { CONTROL_THREAD, FIRST_WORKER_THREAD, Phase, reasonOf, Report, Signal } from '../phases.js';
import type {
  ControlData,
  FromControl,
  PlannedActor,
  PlannedChild,
  ToControl,
  TreeChange,
} from '../protocol.js';
import type { SystemEvent } from '../contract/system.js';
import { drainInbox } from '../reply.js';
import { Sleeper } from '../sleeper.js';
import { nextId, placeActor } from '../spawn.js';
import type { IdWords } from '../spawn.js';
import { ActorThread } from '../thread.js';
import { TurnTimes } from '../turn-times.js';
import { workerThread } from '../worker-threads.js';
import type { ActorNode } from './actor-node.js';
import type { Ending, SupervisedActors } from './supervision.js';
import { TreeRequests } from './tree-requests.js';
import { Watchdog } from './watchdog.js';
import { Workers } from './workers.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const THREAD_WORDS = ThreadBlock.size / 4;
const { plain, word } = ActorBlock;
const RESTART_NUMBER = Object.freeze({ permanent: 1, transient: 2, temporary: 3 });
const STOP_LIMIT_MS = 5_000;

/** What the control thread takes from its surroundings. */
export interface ControlParts {
  readonly data: ControlData;
  readonly thread: ActorThread;
  readonly threads: Threads;
  readonly workerEntry: URL;
  readonly post: (message: FromControl) => void;
}

/** See the file's header. */
export class Control implements SupervisedActors {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly #parts: ControlParts;
  readonly #thread: ActorThread;
  readonly #sleeper: Sleeper;
  readonly #nodes = new Map<number, ActorNode>();
  readonly #requests: TreeRequests;
  readonly #workers: Workers;
  readonly #watchdog: Watchdog;
  #running = true;
  #stopping: Promise<void> | undefined;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#thread = parts.thread;
    this.clock = parts.thread.clock;
    this.timers = parts.thread.timers;
    this.random = parts.thread.random;
    this.#sleeper = new Sleeper(parts.thread);
    this.#requests = new TreeRequests((news) => parts.post({ kind: 'news', news }));
    const { turnReportMs, turnLimitMs, sizes } = parts.data;
    this.#watchdog = new Watchdog({
      clock: this.clock,
      timers: this.timers,
      words: parts.thread.words,
      turnReportMs,
      turnLimitMs,
      turns: new TurnTimes(parts.thread.memory),
      threads:
        parts.thread.memory.region.plan.sections.threads.word + FIRST_WORKER_THREAD * THREAD_WORDS,
      workers: sizes.workers,
      onLongTurn: (worker, index, ms) =>
        this.emit({
          kind: 'longTurn',
          worker,
          actor: index === 0 ? 'no actor' : this.#thread.describe(index),
          ms,
        }),
      onStuck: (worker) =>
        this.#workers.terminate(worker, 'stuck', `a turn took longer than ${turnLimitMs} ms`),
      wake: (worker) => parts.thread.mail.notices.wake(workerThread(worker, sizes.workers)),
    });
    this.#workers = new Workers({
      data: parts.data,
      thread: parts.thread,
      threads: parts.threads,
      entry: parts.workerEntry,
      clock: this.clock,
      timers: this.timers,
      emit: (event) => this.emit(event),
      onReady: () => {
        this.#watchdog.start();
        parts.post({ kind: 'ready' });
      },
      onDeath: (worker) => {
        this.#watchdog.pause(worker);
        this.#reconcile(workerThread(worker, sizes.workers));
      },
      onSuccession: (worker) => this.#watchdog.resume(worker),
      onRequest: (request, tell) => void this.#requests.answer(this, request, tell),
      onMainInDoubt: (reply) => parts.post({ kind: 'inDoubt', reply }),
      onLost: (worker, text) => this.#lost(worker, text),
    });
  }

  /** Starts the workers and runs until `stop` has completed. */
  async run(): Promise<void> {
    this.#workers.start();
    while (this.#running) {
      this.step();
      await this.#sleeper.sleep(() => !this.#running || this.#reportsWait());
    }
  }

  /** Does what waits: replies, and what actors report. */
  step(): void {
    drainInbox(this.#thread);
    this.#thread.mail.notices.takeReports((index, bits) => this.#reported(index, bits));
  }

  /** Handles a message of the main thread. */
  receive(message: ToControl): void {
    if (message.kind === 'stop') this.#stopping ??= this.#stop();
    else if (message.kind === 'killWorker')
      this.#workers.terminate(message.worker, 'crashed', 'it was killed');
    else for (const request of message.requests) void this.#requests.answer(this, request);
  }

  place(actor: PlannedActor, child: PlannedChild, parent: IdWords, node: ActorNode): IdWords {
    const place = {
      placement: actor.placement,
      restartType: RESTART_NUMBER[child.restart],
      parent: indexOfId(parent.low),
    };
    const id = placeActor(this.#thread, actor.image, place);
    this.#nodes.set(indexOfId(id.low), node);
    return id;
  }

  nodeOf({ low, high }: IdWords): ActorNode | undefined {
    const node = this.#nodes.get(indexOfId(low));
    return node?.id.low === low && node.id.high === high ? node : undefined;
  }

  restart(id: IdWords): void {
    this.#thread.mail.notices.signal(id.low, id.high, Signal.start);
  }

  shutdown(id: IdWords): void {
    this.#thread.mail.notices.signal(id.low, id.high, Signal.shutdown);
  }

  kill(id: IdWords): void {
    this.#thread.mail.notices.signal(id.low, id.high, Signal.killed);
    const node = this.#nodes.get(indexOfId(id.low));
    if (node !== undefined) this.#boundKill(node);
  }

  release(id: IdWords): void {
    this.#nodes.delete(indexOfId(id.low));
    this.#thread.mail.notices.signal(id.low, id.high, Signal.end);
  }

  open(parent: IdWords): IdWords {
    const { words, memory } = this.#thread;
    const index = memory.takeSystemActor();
    const block = this.#thread.mail.blocks + index * BLOCK_WORDS;
    const low = Atomics.load(words, block + word.idLow) || index;
    const high = Atomics.load(words, block + word.idHigh);
    words[block + plain.parent] = indexOfId(parent.low);
    Atomics.store(words, block + word.idLow, low);
    Atomics.store(words, block + word.incarnation, 0);
    Atomics.store(words, block + word.owner, CONTROL_THREAD);
    return { low, high };
  }

  show(id: IdWords, state: 'starting' | 'running' | 'down'): void {
    const block = this.#thread.blockOf(id.low);
    Atomics.store(this.#thread.words, block + word.phase, Phase[state]);
    if (state === 'running') Atomics.add(this.#thread.words, block + word.incarnation, 1);
  }

  close(id: IdWords): void {
    const { words, memory } = this.#thread;
    const block = this.#thread.blockOf(id.low);
    const next = nextId(indexOfId(id.low), id.low, id.high);
    Atomics.store(words, block + word.phase, Phase.free);
    Atomics.store(words, block + word.idLow, next.low);
    Atomics.store(words, block + word.idHigh, next.high);
    memory.giveActor(indexOfId(id.low), generationOfId(next.low, next.high));
  }

  emit(event: SystemEvent): void {
    this.#parts.post({ kind: 'event', event });
  }

  changed(change: TreeChange): void {
    this.#requests.tell(change);
  }

  #reportsWait(): boolean {
    const { words, memory } = this.#thread;
    return (
      Atomics.load(
        words,
        memory.region.plan.sections.system.word + SystemBlock.word.reportStack,
      ) !== 0
    );
  }

  #reported(index: number, bits: number): void {
    const node = this.#nodes.get(index);
    if (node === undefined) return;
    if ((bits & Report.started) !== 0) node.started();
    if ((bits & Report.exited) === 0) return;
    const event = (bits & Report.death) === 0 ? undefined : this.#workers.deaths;
    node.exited({ ...this.#endingOf(index), event });
  }

  /** Hears what a worker that died had not reported of its actors. */
  #reconcile(thread: number): void {
    const { words, mail } = this.#thread;
    this.step();
    for (const [index, node] of this.#nodes) {
      const block = mail.blocks + index * BLOCK_WORDS;
      if (Atomics.load(words, block + word.owner) !== thread) continue;
      this.#reported(index, Atomics.exchange(words, block + word.reports, 0));
      const phase = Atomics.load(words, block + word.phase);
      if (phase === Phase.running) node.started();
      else if (phase === Phase.down && node.state !== 'down' && !this.#willStart(thread, block))
        node.exited(this.#endingOf(index));
    }
  }

  /** True if the start of an actor that is down is still to come. */
  #willStart(thread: number, block: number): boolean {
    const { words, memory } = this.#thread;
    const at = memory.region.plan.sections.threads.word + thread * THREAD_WORDS;
    const isTaken =
      words[at + ThreadBlock.word.takenLow] === words[block + word.idLow] &&
      words[at + ThreadBlock.word.takenHigh] === words[block + word.idHigh];
    const taken = isTaken ? words[at + ThreadBlock.word.takenSignals] : 0;
    return ((taken | Atomics.load(words, block + word.signals)) & Signal.start) !== 0;
  }

  /** A worker has died, and nobody succeeds it. */
  #lost(worker: number, text: string): void {
    if (this.#stopping === undefined)
      this.#parts.post({ kind: 'failed', text: `worker ${worker} was lost: ${text}` });
    else this.#endWaitsFor(workerThread(worker, this.#parts.data.sizes.workers));
  }

  #endingOf(index: number): Ending {
    const { words, heap, mail } = this.#thread;
    const block = mail.blocks + index * BLOCK_WORDS;
    const detail = Atomics.exchange(words, block + word.exitDetail, 0);
    const reason = reasonOf(Atomics.load(words, block + word.exitReason)) ?? 'crashed';
    if (detail === 0) return { reason, text: '' };
    const text = new TextDecoder().decode(heap.load(detail, heap.sizeBytes(detail)));
    heap.free(detail);
    return { reason, text };
  }

  /** Nothing on a lost thread answers any more. */
  #endWaitsFor(thread: number): void {
    const { words, mail } = this.#thread;
    for (const [index, node] of this.#nodes)
      if (Atomics.load(words, mail.blocks + index * BLOCK_WORDS + word.owner) === thread)
        node.lost();
  }

  /** While the system stops, a kill that nobody answers ends the wait for it. */
  #boundKill(node: ActorNode): void {
    this.timers.after(STOP_LIMIT_MS, () => {
      if (!node.stopping) return;
      if (this.#stopping === undefined) this.#boundKill(node);
      else node.lost();
    });
  }

  async #stop(): Promise<void> {
    this.#workers.stopSuccession();
    await this.#requests.stop();
    this.#watchdog.stop();
    await this.#workers.stop();
    this.#running = false;
    this.#thread.mail.notices.wake(CONTROL_THREAD);
    this.#parts.post({ kind: 'stopped' });
  }
}

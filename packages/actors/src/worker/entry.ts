/** A scheduler worker's module: wires the thread and runs it. */
import { setImmediate } from 'node:timers';
import { nodeClock, nodeThreads, nodeTimers, ownThread, seededRandom } from '@ganglion/runtime';
import { letterEvent } from '../dead-letters.js';
import { textOf } from '../errors.js';
import { GuardedQueue } from '../guarded-queue.js';
import { SystemMemory } from '../memory.js';
import { pinnings } from '../pinning.js';
import type { FromWorker, ToWorker, WorkerData } from '../protocol.js';
import { settleInDoubt } from '../reply.js';
import { schedulerComponents, schedulers } from '../scheduler.js';
import { markWorkerThread } from '../thread-kind.js';
import { threadFor, TracedThread } from '../traced-thread.js';
import { tracers } from '../tracer.js';
import { workerThread } from '../worker-threads.js';
import { HandlerCalls } from '../tree/calls.js';
import { lookAfter } from './look-after.js';
import { WorkerLoop } from './loop.js';
import { Scheduler } from './scheduler.js';
import { Succession } from './succession.js';

markWorkerThread();
const own = ownThread();
const data = own.data as WorkerData;
const clock = nodeClock();
const post = (message: FromWorker): void => own.post(message);
const memory = new SystemMemory(data.sizes, data.buffer);
const random = seededRandom(data.seed);
const { worker, cpu, outside } = data;
const pinning = outside.pinning && (await pinnings.import(outside.pinning));
const scheduling = outside.scheduler && (await schedulers.import(outside.scheduler));
const tracer = outside.tracer && (await tracers.import(outside.tracer));
const runQueue =
  scheduling &&
  new GuardedQueue(
    scheduling,
    schedulerComponents(memory, worker, { clock, random: random.fork('scheduler') }),
    (text) => post({ kind: 'event', event: { kind: 'schedulerReplaced', worker, text } }),
  );
try {
  pinning?.create().pinThread(cpu);
} catch (error) {
  post({ kind: 'event', event: { kind: 'pinFailed', worker, cpu, text: textOf(error) } });
}
const parts = {
  memory,
  index: workerThread(data.worker, data.sizes.workers),
  clock,
  timers: nodeTimers(clock),
  random,
  askTimeoutMs: data.askTimeoutMs,
  checks: data.checks,
  runQueue,
};
const thread = threadFor(parts, { tracer, worker }, (event) => post({ kind: 'event', event }));
const traced = thread instanceof TracedThread ? thread : undefined;
const calls = new HandlerCalls(thread, worker, (requests) => post({ kind: 'requests', requests }));
const scheduler = new Scheduler(
  { thread, worker, arenas: data.arenas, calls },
  (low, reason, text, isSupervised) => {
    traced?.exited(low, reason, text);
    // A supervisor tells of its own.
    if (!isSupervised && reason !== 'normal' && reason !== 'shutdown') {
      post({ kind: 'event', event: { kind: 'exit', actor: thread.describe(low), reason, text } });
    }
  },
);
thread.actorTimers.onRefused = (count, text) =>
  post({ kind: 'event', event: { kind: 'timersRefused', worker: data.worker, count, text } });
thread.letters.onLetter = (slot, cause, untold) =>
  post({ kind: 'event', event: letterEvent(thread, slot, { worker, cause, untold }) });
const mayIdleSpin = data.sizes.workers <= nodeThreads().cpuCount;
const loop = new WorkerLoop(thread, scheduler, { mayIdleSpin: () => mayIdleSpin });
const pause = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const { death } = data;
const begun =
  death === undefined
    ? Promise.resolve()
    : new Succession({ thread, scheduler, death, pause }).run();
const receive = (message: ToWorker): void => {
  // Actors terminate while the loop still runs, because terminate may wait for replies.
  if (message.kind === 'stop') {
    void scheduler.lives.endAll('shutdown').finally(() => loop.stop());
    return;
  }
  if (message.kind === 'answer') {
    calls.settle(message.answer);
    return;
  }
  if (message.kind === 'inDoubt') {
    settleInDoubt(thread, message.reply);
    return;
  }
  const { request, doubt } = message;
  scheduler.drainReady();
  const found = doubt !== undefined && lookAfter(thread, scheduler, doubt);
  post({ kind: 'looked', request, found });
};
own.onMessage((message) => void begun.then(() => receive(message as ToWorker)));
// A promise that nobody awaits, or a timer that throws, belongs to no turn and ends no actor.
const tell = (thrown: unknown): void =>
  post({ kind: 'event', event: { kind: 'unhandled', worker: data.worker, text: textOf(thrown) } });
process.on('unhandledRejection', tell);
process.on('uncaughtException', tell);
try {
  await begun;
  post({ kind: 'ready' });
  await loop.run();
  // The signals of the trees that were stopped before this worker.
  scheduler.step(0);
  await scheduler.lives.endAll('shutdown');
  await traced?.trace.close();
  post({ kind: 'stopped' });
} catch (error) {
  post({ kind: 'failed', text: textOf(error) });
}

import { seededRandom } from '@ganglion/runtime';
import type { Thread, ThreadHandler, ThreadOptions } from '@ganglion/runtime/contract';
import { expect, test } from 'vitest';
import { actor } from '../behaviour.js';
import type { SystemEvent } from '../contract/system.js';
import { u32 } from '../kinds.js';
import { ThreadBlock } from '../layouts.js';
import { CONTROL_THREAD } from '../phases.js';
import type { FromWorker, ToWorker, WorkerData } from '../protocol.js';
import { steppedSystem } from '../testing/index.js';
import { ActorThread } from '../thread.js';
import { workerThread } from '../worker-threads.js';
import { Workers } from './workers.js';

const { sendActor, sendSlot } = ThreadBlock.word;

const Idle = actor('file:///idle.js', 'Idle', {
  state: { n: u32 },
  messages: { add: { n: u32 } },
  receive: { add: () => undefined },
});

/** A worker's thread that a test plays. */
interface Played {
  readonly data: WorkerData;
  say(message: FromWorker): void;
  exit(): void;
}

/** Two workers of played threads, both ready; each look is answered with true. */
function staged() {
  const system = steppedSystem({ behaviours: [Idle], workers: 2 });
  const { memory, time } = system;
  const actors = [0, 1].map((worker) => system.spawn(worker, Idle, {}).id.index);
  const parts = { memory, ...time, random: seededRandom(0), askTimeoutMs: 1_000 };
  const thread = new ActorThread({ ...parts, index: CONTROL_THREAD });
  const started: Played[] = [];
  const looks: (readonly [worker: number, actor: number, slot: number])[] = [];
  const events: SystemEvent[] = [];
  const start = ({ data }: ThreadOptions, handler: ThreadHandler): Thread => {
    const { worker } = data as WorkerData;
    const say = (message: FromWorker): void => handler.onMessage(message);
    started.push({ data: data as WorkerData, say, exit: () => handler.onExit(7) });
    const post = (message: unknown): void => {
      const told = message as ToWorker;
      if (told.kind !== 'look') return;
      if (told.doubt !== undefined) looks.push([worker, told.doubt.actor, told.doubt.slot]);
      queueMicrotask(() => say({ kind: 'looked', request: told.request, found: true }));
    };
    return { id: started.length, post, terminate: () => Promise.resolve() };
  };
  const fixed = {
    sizes: memory.sizes, buffer: memory.region.buffer, arenas: [], seed: 0, askTimeoutMs: 1_000,
    checks: 'development', cpus: [],
    outside: { pinning: undefined, scheduler: undefined, tracer: undefined },
  } as const;
  const workers = new Workers({
    data: { ...fixed, turnReportMs: 20, turnLimitMs: 5_000, stackMiB: 4, workerHeapMiB: 64 },
    thread,
    threads: { cpuCount: 2, start },
    entry: new URL('none:'),
    clock: time.clock,
    timers: time.timers,
    emit: (event) => events.push(event),
    onReady: () => undefined,
    onDeath: () => undefined,
    onSuccession: () => undefined,
    onRequest: () => undefined,
    onMainInDoubt: () => undefined,
    onLost: () => undefined,
  });
  workers.start();
  for (const { say } of started) say({ kind: 'ready' });
  const { words } = thread;
  const block = memory.region.plan.sections.threads.word +
    (workerThread(0, 2) * ThreadBlock.size) / 4;
  const sends = (index: number, slot: number): void => {
    words[block + sendActor] = index;
    words[block + sendSlot] = slot;
  };
  return { started, looks, events, sends, actors };
}

test('WORKERS-2: what a dead worker was sending is looked after by and by', async () => {
  const { started, looks, events, sends, actors } = staged();
  sends(actors[1] ?? 0, 9);
  started[0]?.exit();
  expect(started.map(({ data }) => [data.worker, data.death?.reason])).toEqual([
    [0, undefined], [1, undefined], [0, 'crashed'],
  ]);
  sends(0, 0);
  await new Promise((resolve) => void setImmediate(resolve));
  expect(looks).toEqual([]);
  started[2]?.say({ kind: 'ready' });
  await new Promise((resolve) => void setImmediate(resolve));
  expect(looks).toEqual([[1, actors[1], 9]]);
  expect(events.map(({ kind }) => kind)).toEqual(['workerLost']);
});

test('WORKERS-4: so is what a successor was sending that died before it was ready', async () => {
  const { started, looks, sends, actors: [own = 0, other = 0] } = staged();
  sends(other, 9);
  started[0]?.exit();
  sends(own, 11);
  started[2]?.exit();
  sends(0, 0);
  started[3]?.exit();
  expect(started[4]?.data.death).toEqual(started[2]?.data.death);
  started[4]?.say({ kind: 'ready' });
  await new Promise((resolve) => void setImmediate(resolve));
  expect(looks).toEqual([[1, other, 9], [0, own, 11]]);
});

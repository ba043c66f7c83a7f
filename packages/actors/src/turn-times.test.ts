import { virtualTime } from '@ganglion/runtime/testing';
import { expect, test } from 'vitest';
import { actor } from './behaviour.js';
import { Watchdog } from './control/watchdog.js';
import { inspectActor, systemStats } from './inspect.js';
import { u32 } from './kinds.js';
import { ThreadBlock } from './layouts.js';
import { FIRST_WORKER_THREAD } from './phases.js';
import type { ActorRefObject } from './ref-object.js';
import { steppedSystem } from './testing/index.js';
import { TurnTimes } from './turn-times.js';

const THREAD_WORDS = ThreadBlock.size / 4;
const { turnSequence, turnActor } = ThreadBlock.word;

const Idle = actor(import.meta.url, 'Idle', {
  state: { n: u32 },
  messages: { end: {}, add: {} },
  receive: { end: (self) => self.stop(), add: (self) => void (self.state.n += 1) },
});

/** A stepped system and a watchdog over it, with the block of its first worker. */
function watched() {
  const system = steppedSystem({ behaviours: [Idle], workers: 1 });
  const { region } = system.memory;
  const threads = region.plan.sections.threads.word + FIRST_WORKER_THREAD * THREAD_WORDS;
  const time = virtualTime();
  const watchdog = new Watchdog({
    clock: time.clock,
    timers: time.timers,
    words: region.words,
    threads,
    workers: 1,
    turnReportMs: 3_000,
    turnLimitMs: 5_000,
    turns: new TurnTimes(system.memory),
    onLongTurn: () => undefined,
    onStuck: () => undefined,
    wake: () => undefined,
  });
  return { system, time, watchdog, words: region.words, threads };
}

test('ACTORS-T3: the watchdog samples how long actors are in turns', async () => {
  const { system, time, watchdog, words, threads } = watched();
  const first = system.spawn(0, Idle, {}) as object as ActorRefObject;
  const second = system.spawn(0, Idle, {}) as object as ActorRefObject;
  await system.settle();
  const turns = new TurnTimes(system.memory);
  const enter = (ref: ActorRefObject): void => {
    words[threads + turnActor] = ref.id.index;
    words[threads + turnSequence] = ((words[threads + turnSequence] ?? 0) | 1) + 2;
  };
  watchdog.sample();
  enter(first);
  for (let look = 0; look < 3; look++) {
    time.advance(10);
    watchdog.sample();
  }
  enter(second);
  time.advance(10);
  expect(turns.present(0, time.clock.monotonicMs())).toEqual({ actor: second.id.index, ms: 0 });
  watchdog.sample();
  time.advance(5);
  expect(turns.present(0, time.clock.monotonicMs())).toEqual({ actor: second.id.index, ms: 5 });
  words[threads + turnSequence] = (words[threads + turnSequence] ?? 0) + 1;
  time.advance(10);
  watchdog.sample();
  expect(turns.present(0, time.clock.monotonicMs())).toBeUndefined();
  expect([turns.of(first.low, first.high), turns.of(second.low, second.high)]).toEqual([30, 10]);
  expect(inspectActor(system.main, first.low, first.high)).toMatchObject({
    behaviour: 'Idle',
    state: 'running',
    turnMs: 30,
    presentTurnMs: undefined,
    worker: 0,
  });
});

test('TURN-TIMES-2: the next actor of an index begins at 0', async () => {
  const { system, time, watchdog, words, threads } = watched();
  const ref = system.spawn(0, Idle, {});
  await system.settle();
  const { low, high, id } = ref as object as ActorRefObject;
  const turns = new TurnTimes(system.memory);
  words[threads + turnActor] = id.index;
  words[threads + turnSequence] = 1;
  watchdog.sample();
  time.advance(10);
  watchdog.sample();
  expect(turns.of(low, high)).toBe(10);
  words[threads + turnSequence] = 2;
  ref.tell.end();
  await system.settle();
  const next = low + (1 << 20);
  expect(turns.of(next, high)).toBe(0);
  words[threads + turnSequence] = 3;
  time.advance(10);
  watchdog.sample();
  expect([turns.of(low, high), turns.of(next, high)]).toEqual([0, 10]);
});

test('what is in use is counted: actors, slots, heap', async () => {
  const system = steppedSystem({ behaviours: [Idle], workers: 1 });
  const before = systemStats(system.main);
  expect(before).toMatchObject({ actors: { used: 0, max: 1_000 }, slots: { used: 0, max: 4_096 } });
  const refs = Array.from({ length: 5 }, () => system.spawn(0, Idle, {}));
  await system.settle();
  for (const ref of refs) ref.tell.add();
  refs[0]?.tell.add();
  expect(systemStats(system.main)).toMatchObject({ actors: { used: 5 }, slots: { used: 6 } });
  for (const ref of refs) ref.tell.end();
  await system.settle();
  const after = systemStats(system.main);
  expect(after).toMatchObject({ actors: { used: 0 }, slots: { used: 0 } });
  expect(after.actorsPeakMax).toBeGreaterThanOrEqual(5);
  expect(after.heapMiB.max).toBe(8);
  expect(after.workers).toMatchObject([{ worker: 0, deaths: 0, turn: undefined }]);
});

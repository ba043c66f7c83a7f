/** Schedulers from outside on real threads: imported by every worker, and watched. */
import { createActorSystem, describeEvent } from '@ganglion/actors';
import type { ActorScheduler, ActorSystem, SystemEvent } from '@ganglion/actors';
import { afterEach, expect, test } from 'vitest';

type Fixtures = typeof import('./fixtures/schedulers.js') & typeof import('./fixtures/movers.js');

// Worker threads load compiled modules, so the fixtures come from dist.
const load = async (name: string): Promise<object> =>
  (await import(new URL(`../dist/fixtures/${name}`, import.meta.url).href)) as object;
const { Herd, Lossy, Misnamed, Newest, Record, sentBy, Start } = {
  ...(await load('schedulers.js')),
  ...(await load('movers.js')),
} as Fixtures;

const LONG_MS = 60_000;
const COUNT = 5;
const UNTIL = 2_000;
const REPLACED = /^on worker \d, scheduler Lossy: (?:pop returned 0 while|an actor was passed)/;
const systems: ActorSystem[] = [];
const events: SystemEvent[] = [];
const replaced = (): readonly SystemEvent[] =>
  events.filter(({ kind }) => kind === 'schedulerReplaced');

async function start(workers: number, scheduler?: ActorScheduler): Promise<ActorSystem> {
  events.length = 0;
  const onEvent = (event: SystemEvent): void => void events.push(event);
  const options = { workers, maxActors: 1_000, heapMiB: 16, seed: 1, onEvent };
  const system = await createActorSystem(options, scheduler === undefined ? {} : { scheduler });
  systems.push(system);
  return system;
}

afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop()));
});

/** The order in which actors that became runnable in one turn ran, twice. */
async function orderOf(system: ActorSystem): Promise<readonly number[]> {
  const record = system.spawn(Record, undefined, { worker: 0 });
  const starter = system.spawn(Start, { record, count: COUNT }, { worker: 0 });
  for (let round = 1; round <= 2; round++) {
    starter.tell.go();
    const length = async (): Promise<number> => (await record.ask.order()).length;
    await expect.poll(length, { timeout: LONG_MS, interval: 1 }).toBe(round * COUNT);
  }
  return (await record.ask.order()).slice(COUNT);
}

test('SCHEDULING-1: a scheduler from outside decides who runs next', async () => {
  expect(await orderOf(await start(1))).toEqual([0, 1, 2, 3, 4]);
  const newest = await orderOf(await start(1, Newest));
  expect(newest).not.toEqual([0, 1, 2, 3, 4]);
  expect(newest.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  expect(replaced()).toEqual([]);
});

/** Lets a herd on worker 0 of three send until all is handled; how many came out of order. */
async function disorderUnder(scheduler: ActorScheduler): Promise<number> {
  const system = await start(3, scheduler);
  const herd = system.spawn(Herd, undefined, { worker: 0 });
  herd.tell.run({ until: UNTIL });
  const handled = async (): Promise<number> =>
    (await herd.ask.account({ timeoutMs: LONG_MS })).handled;
  await expect.poll(handled, { timeout: LONG_MS, interval: 50 }).toBe(sentBy(UNTIL));
  return (await herd.ask.account()).disorder;
}

test(
  'ACTORS-O1, -S2: under another scheduler actors move, each order holds, and none is lost',
  { timeout: 2 * LONG_MS },
  async () => {
    expect(await disorderUnder(Newest)).toBe(0);
    expect(replaced()).toEqual([]);
  },
);

test(
  'SCHEDULING-1: a scheduler that loses actors is replaced, and none is lost',
  { timeout: 2 * LONG_MS },
  async () => {
    expect(await disorderUnder(Lossy)).toBe(0);
    const [first] = replaced().map(describeEvent);
    expect(first).toMatch(REPLACED);
  },
);

test('a module that exports no such scheduler fails the start with its sentence', async () => {
  await expect(start(1, Misnamed)).rejects.toThrow(
    /exports no scheduler under the name Elsewhere$/,
  );
});

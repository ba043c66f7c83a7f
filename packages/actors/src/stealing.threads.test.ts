import { createActorSystem } from '@ganglion/actors';
import type { ActorRef, ActorSystem, SystemEvent } from '@ganglion/actors';
import { afterEach, expect, test } from 'vitest';

type Fixtures = typeof import('./fixtures/movers.js') & typeof import('./fixtures/coarse.js');

// Worker threads load compiled modules, so the fixtures come from dist.
const load = async (name: string): Promise<object> =>
  (await import(new URL(`../dist/fixtures/${name}`, import.meta.url).href)) as object;
const { Coarse, Gang, Herd, sentBy } = {
  ...(await load('movers.js')),
  ...(await load('coarse.js')),
} as Fixtures;

const UNTIL = 15_000;
const LONG_MS = 60_000;
const RUNS_MAX = 5;
let system: ActorSystem | undefined;

/** Long turns of a busy machine. */
const onEvent = (): undefined => undefined;

afterEach(() => system?.stop());

/** Lets a herd on worker 0 send until all is handled. */
async function run(workers: number): Promise<ActorRef<typeof Herd>> {
  system = await createActorSystem({ workers, maxActors: 1_000, heapMiB: 16, seed: 1, onEvent });
  const herd = system.spawn(Herd, undefined, { worker: 0 });
  herd.tell.run({ until: UNTIL });
  const account = async (): Promise<number> =>
    (await herd.ask.account({ timeoutMs: LONG_MS })).handled;
  await expect.poll(account, { timeout: LONG_MS, interval: 50 }).toBe(sentBy(UNTIL));
  return herd;
}

test(
  'ACTORS-O1, -O3, -S2: actors that move among three workers keep each order, and lose nothing',
  { timeout: 2 * LONG_MS },
  async () => {
    let moved = 0;
    // A run in which no worker had the time to take an actor shows nothing.
    for (let runs = 0; runs < RUNS_MAX && moved === 0; runs++) {
      const herd = await run(3);
      const account = await herd.ask.account({ timeoutMs: LONG_MS });
      expect([account.handled, account.disorder]).toEqual([sentBy(UNTIL), 0]);
      moved = account.moved;
      await system?.stop();
    }
    expect(moved).toBeGreaterThan(0);
  },
);

test('ACTORS-S2: one worker has nobody to ask', { timeout: 2 * LONG_MS }, async () => {
  const herd = await run(1);
  expect(await herd.ask.account()).toEqual({ handled: sentBy(UNTIL), disorder: 0, moved: 0 });
});

test('ACTORS-S2, -T2: few long turns are shared too', { timeout: LONG_MS }, async () => {
  system = await createActorSystem({ workers: 2, maxActors: 100, heapMiB: 16, onEvent });
  const gang = system.spawn(Gang, undefined, { worker: 0 });
  const workers = await gang.ask.work({ ms: 10 }, { timeoutMs: LONG_MS });
  expect(workers.length).toBe(48);
  expect(new Set(workers)).toEqual(new Set([0, 1]));
});

test('an error that nobody handles is told, and ends nobody', { timeout: LONG_MS }, async () => {
  const events: SystemEvent[] = [];
  system = await createActorSystem({
    workers: 1, maxActors: 100, heapMiB: 16, onEvent: (event) => events.push(event),
  });
  const coarse = system.spawn(Coarse);
  coarse.tell.forget();
  await expect.poll(() => events, { timeout: LONG_MS }).toContainEqual(
    { kind: 'unhandled', worker: 0, text: 'nobody waits for this' },
  );
  expect(await coarse.ask.work({ ms: 0 })).toBe(0);
});

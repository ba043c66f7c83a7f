import { createActorSystem } from '@ganglion/actors';
import type { ActorRef, ActorSystem } from '@ganglion/actors';
import { afterEach, expect, test } from 'vitest';

type Fixtures = typeof import('./fixtures/movers.js');

// Worker threads load compiled modules, so the fixtures come from dist.
const { Herd, sentBy } = (await import(
  new URL('../dist/fixtures/movers.js', import.meta.url).href
)) as Fixtures;

const UNTIL = 15_000;
const LONG_MS = 60_000;
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
    const herd = await run(3);
    const { handled, disorder, moved } = await herd.ask.account({ timeoutMs: LONG_MS });
    expect([handled, disorder]).toEqual([sentBy(UNTIL), 0]);
    expect(moved).toBeGreaterThan(0);
  },
);

test('ACTORS-S2: one worker has nobody to ask', { timeout: 2 * LONG_MS }, async () => {
  const herd = await run(1);
  expect(await herd.ask.account()).toEqual({ handled: sentBy(UNTIL), disorder: 0, moved: 0 });
});

import { createActorSystem } from '@ganglion/actors';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActorSystem } from '@ganglion/actors';

type Fixtures = typeof import('./fixtures/counter.js') & typeof import('./fixtures/relatives.js');

// Worker threads load compiled modules, so the fixtures come from dist.
const dist = new URL('../dist/fixtures/', import.meta.url);
const load = async (name: string): Promise<object> =>
  (await import(new URL(name, dist).href)) as object;
const { Counter, Watcher } = {
  ...(await load('counter.js')),
  ...(await load('relatives.js')),
} as Fixtures;

const ROUNDS = 200;
let system: ActorSystem;

const onEvent = (): void => undefined;

beforeAll(async () => {
  system = await createActorSystem({ workers: 2, maxActors: 5_000, heapMiB: 64, onEvent });
});

afterAll(() => system.stop());

test('RELATIONS-2, -3: every exit on the other worker is told once', async () => {
  const watcher = system.spawn(Watcher, undefined, { worker: 0 });
  for (let round = 0; round < ROUNDS; round++) {
    const target = system.spawn(Counter, { count: 0 }, { worker: 1 });
    watcher.tell.monitor({ target });
    watcher.tell.link({ target });
    if (round % 2 === 0) system.exit(target, 'killed');
    else target.tell.stop();
    if (round % 50 === 49) await watcher.ask.downs();
  }
  await expect.poll(() => watcher.ask.downs(), { timeout: 10_000 }).toBe(ROUNDS);
  await expect.poll(() => watcher.ask.exits(), { timeout: 10_000 }).toBe(ROUNDS);
});

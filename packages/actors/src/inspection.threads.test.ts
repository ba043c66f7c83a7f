import { createActorSystem } from '@ganglion/actors';
import type { ActorSystem, SystemEvent } from '@ganglion/actors';
import { afterEach, expect, test } from 'vitest';

type Fixtures = typeof import('./fixtures/counter.js') & typeof import('./fixtures/lifecycle.js');

const dist = new URL('../dist/fixtures/', import.meta.url);
const load = async (name: string): Promise<object> =>
  (await import(new URL(name, dist).href)) as object;
const { Counter, Spinner } = {
  ...(await load('counter.js')),
  ...(await load('lifecycle.js')),
} as Fixtures;

let system: ActorSystem | undefined;
const events: SystemEvent[] = [];

afterEach(async () => {
  await system?.stop();
  system = undefined;
});

async function start(): Promise<ActorSystem> {
  system = await createActorSystem({
    workers: 2,
    maxActors: 10_000,
    heapMiB: 32,
    seed: 1,
    turnLimitMs: 60_000,
    onEvent: (event) => events.push(event),
  });
  return system;
}

test('an actor is inspected while its turn goes on', async () => {
  const running = await start();
  const counter = running.spawn(Counter, { count: 1 }, { worker: 0 });
  await counter.ask.get();
  expect(running.inspectActor(counter)).toMatchObject({
    kind: 'actor',
    behaviour: 'Counter',
    state: 'running',
    restarts: 0,
    worker: 0,
    mailbox: 0,
  });
  const spinner = running.spawn(Spinner, undefined, { worker: 1 });
  const seen = (): number => running.inspectActor(spinner).presentTurnMs ?? 0;
  await expect.poll(seen, { timeout: 10_000 }).toBeGreaterThan(30);
  const info = running.inspectActor(spinner);
  expect(info.turnMs).toBeGreaterThan(20);
  expect(info.presentTurnMs).toBeLessThan(60_000);
  const { actors, workers } = running.stats();
  expect(actors.used).toBe(2);
  expect(workers[1]?.turn?.actor).toMatch(/^Spinner#/);
});

test('ACTORS-W4: a worker tells of a message that its actor did not handle', async () => {
  const running = await start();
  events.length = 0;
  const counter = running.spawn(Counter, {}, { worker: 1 });
  counter.tell.fail();
  const counts = { waiting: 0, inHand: 1, workerLost: 0 };
  await expect.poll(() => running.stats().deadLetters).toEqual(counts);
  await expect
    .poll(() => events.filter(({ kind }) => kind === 'deadLetter'))
    .toMatchObject([{ worker: 1, cause: 'inHand', message: 'fail', sender: undefined, untold: 0 }]);
});

test('after a stop no actor is alive, and tell and ask are refused', async () => {
  const running = await start();
  const counter = running.spawn(Counter, { count: 1 });
  await counter.ask.get();
  await running.stop();
  expect([counter.alive, counter.running, counter.incarnation]).toEqual([false, false, 0]);
  expect(running.inspectActor(counter)).toMatchObject({ state: 'exited', mailbox: 0 });
  expect(running.stats().actors.used).toBe(0);
  expect(() => counter.tell.increment({ by: 1 })).toThrow(
    expect.objectContaining({ code: 'ACTORS_EXITED' }),
  );
  await expect(counter.ask.get()).rejects.toThrow(
    expect.objectContaining({ code: 'ACTORS_SYSTEM_STOPPED' }),
  );
  expect(running.exit(counter, 'killed')).toBe(false);
});

test('a ref of another system is refused', async () => {
  const running = await start();
  const other = await createActorSystem({ workers: 1, maxActors: 10, heapMiB: 8, slots: 2_048 });
  try {
    const stranger = other.spawn(Counter, {});
    expect(() => running.inspectActor(stranger)).toThrow(
      expect.objectContaining({ code: 'ACTORS_VALUE_INVALID' }),
    );
  } finally {
    await other.stop();
  }
});

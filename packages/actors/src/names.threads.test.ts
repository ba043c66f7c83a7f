/** Names on real threads: registered on one, found, awaited and freed on others. */
import { child, createActorSystem, supervisor } from '@ganglion/actors';
import type { ActorRef, ActorSystem } from '@ganglion/actors';
import { afterEach, expect, test } from 'vitest';

type Fixtures = typeof import('./fixtures/total.js') & typeof import('./fixtures/names.js');

// Worker threads load compiled modules, so the fixtures come from dist.
const dist = new URL('../dist/fixtures/', import.meta.url);
const { Rival, total } = {
  ...((await import(new URL('total.js', dist).href)) as object),
  ...((await import(new URL('names.js', dist).href)) as object),
} as Fixtures;

const systems: ActorSystem[] = [];
const WORKERS = 2;

async function start(): Promise<ActorSystem> {
  const options = { workers: WORKERS, maxActors: 1_000, heapMiB: 16, names: 64, seed: 1 };
  const system = await createActorSystem({ ...options, onEvent: () => undefined });
  systems.push(system);
  return system;
}

afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop()));
});

const codeOf = (code: string): unknown => expect.objectContaining({ code });

/** Asks again until the answer is what is waited for. */
async function until<T>(ask: () => Promise<T>, done: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
  }
}

test('the README example: an actor registers itself, and main finds it', async () => {
  expect(await total(await start())).toBe(5);
});

test('of actors on all threads that want one name, one gets it, round after round', async () => {
  const system = await start();
  const rivals = Array.from({ length: 8 }, (_, n) => {
    return system.spawn(Rival, undefined, { worker: n % WORKERS });
  });
  for (let round = 0; round < 25; round++) {
    const name = `round ${round % 3}`;
    const got = await Promise.all(rivals.map((rival) => rival.ask.want({ name })));
    expect(got.filter(Boolean)).toHaveLength(1);
    const winner = rivals[got.indexOf(true)] as ActorRef<typeof Rival>;
    expect(system.whereis(name, Rival)?.id).toEqual(winner.id);
    const seen = await Promise.all(rivals.map((rival) => rival.ask.indexOf({ name })));
    expect(new Set(seen)).toEqual(new Set([winner.id.index]));
    system.unregister(name);
  }
});

test('an actor of another thread waits for a name, and main waits for one of its own', async () => {
  const system = await start();
  const rival = system.spawn(Rival, undefined, { worker: 1 });
  const seen = rival.ask.awaitIndexOf({ name: 'late' });
  const other = system.spawn(Rival, undefined, { worker: 0 });
  system.register('late', other);
  expect(await seen).toBe(other.id.index);
  const [mine, wanted] = await Promise.all([
    system.whenRegistered('mine', Rival),
    other.ask.want({ name: 'mine' }),
  ]);
  expect([mine.id, wanted]).toEqual([other.id, true]);
});

test('ACTORS-I1, NAMES-2: a restart keeps the name, an end for good frees it', async () => {
  const system = await start();
  const tree = await system.supervise(
    'Names',
    supervisor({
      backoff: 'none',
      children: [
        child('kept', Rival),
        child('lost', Rival, undefined, { restart: 'temporary' }),
      ],
    }),
  );
  const [kept, lost] = [tree.ref('kept'), tree.ref('lost')];
  system.register('kept', kept);
  system.register('lost', lost);
  await expect(kept.ask.crash()).rejects.toEqual(codeOf('ACTORS_RESTARTED'));
  system.exit(lost, 'killed');
  await until(() => kept.ask.indexOf({ name: 'lost' }), (index) => index === 0);
  expect([kept.incarnation, system.names(), system.whereis('kept')?.id]).toEqual([
    2,
    ['kept'],
    kept.id,
  ]);
});

test('ACTORS_SYSTEM_STOPPED ends the waits of the main thread', async () => {
  const system = await start();
  const wait = system.whenRegistered('never', Rival).catch((error: unknown) => error);
  await system.stop();
  expect(await wait).toEqual(codeOf('ACTORS_SYSTEM_STOPPED'));
  const after = system.whenRegistered('never', Rival);
  await expect(after).rejects.toEqual(codeOf('ACTORS_SYSTEM_STOPPED'));
});

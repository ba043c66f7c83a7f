import { createActorSystem } from '@ganglion/actors';
import { killWorker } from '@ganglion/actors/testing';
import { expect, test } from 'vitest';

const url = new URL('../dist/fixtures/poster.js', import.meta.url).href;
const { Poster, Slow } = (await import(url)) as typeof import('./fixtures/poster.js');

test('ACTORS-O7, -W4: of a dead worker, letters come back with their causes', async () => {
  const system = await createActorSystem({
    workers: 2, maxActors: 1_000, heapMiB: 16, seed: 1, onEvent: () => undefined,
  });
  // Not in a turn of the poster's, nor while it is asked: that death would be its own.
  const kill = async (worker: number): Promise<void> => {
    await expect.poll(() => system.stats().workers[worker].turn).toBe(undefined);
    killWorker(system, worker);
    await expect.poll(() => system.stats().workers[worker].deaths).toBe(1);
  };
  try {
    const poster = system.spawn(Poster, {}, { worker: 0 });
    const slow = [0, 1].map((worker) => system.spawn(Slow, undefined, { worker }));
    for (const to of slow) {
      to.tell.hang();
      // In hand: it does not wait any more.
      await expect.poll(() => system.inspectActor(to).mailbox).toBe(0);
      poster.tell.post({ n: 7, to });
    }
    expect(await poster.ask.returned()).toEqual({ waiting: 0, workerLost: 0 });
    // By reference from worker 0 to itself.
    await kill(0);
    const returned = (): Promise<unknown> =>
      poster.ask.returned().catch((error: unknown) => (error as { code: string }).code);
    const patience = { timeout: 10_000 };
    await expect.poll(returned, patience).toEqual({ waiting: 0, workerLost: 1 });
    await kill(1);
    await expect.poll(returned, patience).toEqual({ waiting: 1, workerLost: 1 });
    expect(system.stats().deadLetters).toMatchObject({ waiting: 1, workerLost: 1 });
  } finally {
    await system.stop();
  }
});

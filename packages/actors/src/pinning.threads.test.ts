/** Pinning on real threads: each worker binds its own, and so does its successor. */
import { createActorSystem, describeEvent, pinning } from '@ganglion/actors';
import type { ActorPinning, ActorSystem, ActorSystemOptions, SystemEvent } from '@ganglion/actors';
import { killWorker } from '@ganglion/actors/testing';
import { nodeThreads } from '@ganglion/runtime';
import { afterEach, expect, test } from 'vitest';

// Worker threads load compiled modules, so the fixtures come from dist.
const url = new URL('../dist/fixtures/pinnings.js', import.meta.url).href;
const { Misnamed, Recording, Refusing, Where } =
  (await import(url)) as typeof import('./fixtures/pinnings.js');

const events: SystemEvent[] = [];
const systems: ActorSystem[] = [];

async function start(component: ActorPinning, options: ActorSystemOptions): Promise<ActorSystem> {
  events.length = 0;
  const sizes = { workers: 2, maxActors: 1_000, heapMiB: 16, seed: 1 };
  const onEvent = (event: SystemEvent): void => void events.push(event);
  const system = await createActorSystem({ ...sizes, ...options, onEvent }, { pinning: component });
  systems.push(system);
  return system;
}

/** What the worker's present thread was bound to. */
const cpusOf = (system: ActorSystem, worker: number): Promise<readonly number[]> =>
  system.spawn(Where, undefined, { worker }).ask.cpus();

afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop()));
});

test('each worker is bound to its CPU, and its successor to the same', async () => {
  const system = await start(Recording, { cpus: [5, 3] });
  expect([await cpusOf(system, 0), await cpusOf(system, 1)]).toEqual([[5], [3]]);
  killWorker(system, 0);
  await expect.poll(() => system.stats().workers[0].deaths).toBe(1);
  expect(await cpusOf(system, 0)).toEqual([5]);
  expect(events.filter(({ kind }) => kind === 'pinFailed')).toEqual([]);
});

test('without cpus, worker n is bound to CPU n, modulo those of the machine', async () => {
  const system = await start(Recording, {});
  expect(await cpusOf(system, 0)).toEqual([0]);
  expect(await cpusOf(system, 1)).toEqual([1 % nodeThreads().cpuCount]);
});

test('a refusal is told, and the worker runs', async () => {
  const system = await start(Refusing, { cpus: [70, 71] });
  expect(await cpusOf(system, 1)).toEqual([]);
  const told = events.filter(({ kind }) => kind === 'pinFailed').map(describeEvent);
  expect(told.toSorted()).toEqual([
    'worker 0 is not bound to CPU 70: there is no CPU 70',
    'worker 1 is not bound to CPU 71: there is no CPU 71',
  ]);
});

test('ACTORS_PINNING_INVALID, -OPTION_INVALID: what is none, and CPUs without it', async () => {
  await expect(start(Misnamed, {})).rejects.toThrow(/exports no pinning under the name Elsewhere$/);
  const invalid = expect.objectContaining({ code: 'ACTORS_PINNING_INVALID' }) as Error;
  expect(() => pinning('file:///a.js', 'no name', () => ({ pinThread: () => undefined })))
    .toThrow(invalid);
  await expect(createActorSystem({ workers: 1, cpus: [0] }))
    .rejects.toThrow('cpus is given; it needs the component pinning');
});

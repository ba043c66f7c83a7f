import { child, createActorSystem, supervisor, template } from '@ganglion/actors';
import type { ActorSystem } from '@ganglion/actors';
import { afterEach, expect, test } from 'vitest';

type Fixtures = typeof import('./fixtures/foreman.js') & typeof import('./fixtures/mortal.js');

// Worker threads load compiled modules, so the fixtures come from dist.
const dist = new URL('../dist/fixtures/', import.meta.url);
const load = async (name: string): Promise<object> =>
  (await import(new URL(name, dist).href)) as object;
const { Foreman, Tally } = {
  ...(await load('foreman.js')),
  ...(await load('mortal.js')),
} as Fixtures;

const LONG_MS = 30_000;
const INSTANCES = ['ACTORS_CHILD_UNKNOWN', 5, ['2 running'], 1];
let system: ActorSystem;

async function start(askTimeoutMs = LONG_MS) {
  const options = { workers: 2, maxActors: 2_000, heapMiB: 16, seed: 1, askTimeoutMs };
  system = await createActorSystem(options);
  const tallies = supervisor({ strategy: 'simpleOneForOne', children: template(Tally) });
  const foreman = child('foreman', Foreman, undefined, { worker: 0 });
  return system.supervise('Works', supervisor({ children: [foreman, child('tallies', tallies)] }));
}

afterEach(() => system.stop());

test('a handler starts, counts, restarts and deletes listed children', async () => {
  const tree = await start();
  expect(await tree.ref('foreman').ask.list()).toEqual([
    2,
    ['foreman running', 'tallies running', 'extra down'],
    { specs: 3, active: 3, supervisors: 1, actors: 2 },
    2,
  ]);
});

test('a handler starts and terminates instances', async () => {
  const tree = await start();
  expect(await tree.ref('foreman').ask.instances()).toEqual(INSTANCES);
  expect(await tree.supervisor('tallies').whichChildren()).toHaveLength(1);
});

test('refusals are the typed errors of the main thread', async () => {
  const tree = await start();
  expect(await tree.ref('foreman').ask.refusals()).toEqual([
    'ACTORS_SUPERVISOR_DOWN',
    'ACTORS_SUPERVISOR_DOWN',
    'ACTORS_CHILD_UNKNOWN',
    'ACTORS_OPTION_INVALID',
    'ACTORS_OPTION_INVALID',
    'ACTORS_OPTION_INVALID',
  ]);
});

test('CALLS-1: what a child asks of its own supervisor while it starts ends in time', async () => {
  const tree = await start(300);
  const itself = await tree.startChild(child('itself', Foreman, 'Works'));
  const [code, text] = await itself.ask.told();
  expect([code, text]).toEqual([
    'ACTORS_ASK_TIMEOUT',
    expect.stringContaining('Works has not done startChild within 300 ms'),
  ]);
});

test('a call of a worker that dies is forgotten; its successor calls anew', async () => {
  const tree = await start();
  const foreman = tree.ref('foreman');
  foreman.tell.abandon('orphan');
  await expect.poll(() => foreman.incarnation, { timeout: LONG_MS }).toBe(2);
  expect(await foreman.ask.instances()).toEqual(INSTANCES);
});

import { child, createActorSystem, supervisor, template } from '@ganglion/actors';
import type { ActorSystem, SystemEvent } from '@ganglion/actors';
import { nodeClock } from '@ganglion/runtime';
import { afterEach, describe, expect, test } from 'vitest';

type Fixtures = typeof import('./fixtures/mortal.js');

// Worker threads load compiled modules, so the fixtures come from dist.
const { Killer, Ledger, Tally } = (await import(
  new URL('../dist/fixtures/mortal.js', import.meta.url).href
)) as Fixtures;

const LONG_MS = 30_000;
const SHORT_MS = 400;
const events: SystemEvent[] = [];
let system: ActorSystem;

const options = {
  workers: 2,
  maxActors: 20_000,
  heapMiB: 16,
  workerHeapMiB: 64,
  seed: 1,
  onEvent: (event: SystemEvent): void => void events.push(event),
} as const;

const kinds = (kind: SystemEvent['kind']): readonly SystemEvent[] =>
  events.filter((event) => event.kind === kind);

/** @param turnLimitMs short where a turn is to be ended by it */
async function start(turnLimitMs: number): Promise<void> {
  events.length = 0;
  system = await createActorSystem({ ...options, turnLimitMs });
}

afterEach(() => system.stop());

describe('a worker that dies', () => {
  for (const [way, reason, limitMs] of [
    ['spin', 'stuck', SHORT_MS],
    ['exit', 'crashed', LONG_MS],
    ['exhaust', 'outOfMemory', LONG_MS],
  ] as const) {
    test(`ACTORS-W2: by ${way}, only the actor in the turn exits (${reason})`, async () => {
      await start(limitMs);
      const tree = await system.supervise('Tree', supervisor({
        children: [
          child('killer', Killer, undefined, { worker: 0 }),
          child('tally', Tally, undefined, { worker: 0 }),
        ],
      }));
      const [killer, tally] = [tree.ref('killer'), tree.ref('tally')];
      tally.tell.add({ by: 3 });
      const dying = killer.ask[way]({ timeoutMs: LONG_MS });
      tally.tell.add({ by: 4 });
      await expect(dying).rejects.toMatchObject({ code: 'ACTORS_RESTARTED' });
      expect(await tally.ask.get({ timeoutMs: LONG_MS })).toBe(7);
      await expect.poll(() => killer.incarnation, { timeout: LONG_MS }).toBe(2);
      expect([tally.incarnation, await killer.ask.count()]).toEqual([1, 0]);
      expect(kinds('restart')).toMatchObject([{ child: 'Tree/killer', reason, restarts: 1 }]);
      expect(kinds('workerLost')).toMatchObject([{ worker: 0 }]);
    });
  }

  test('ACTORS-W2: who awaits, and isolate actors, exit with workerLost: one failure', async () => {
    await start(SHORT_MS);
    const tree = await system.supervise('Tree', supervisor({
      maxRestarts: 1,
      children: [
        child('killer', Killer, undefined, { worker: 0, restart: 'temporary' }),
        child('ledger', Ledger, undefined, { worker: 0 }),
        child('other', Ledger, undefined, { worker: 0 }),
        child('waits', Tally, undefined, { worker: 0 }),
        child('far', Ledger, undefined, { worker: 1 }),
      ],
    }));
    const [ledger, far] = [tree.ref('ledger'), tree.ref('far')];
    for (const kept of [ledger, far]) kept.tell.enter('one');
    const waits = tree.ref('waits').ask.wait({ timeoutMs: LONG_MS });
    expect(await ledger.ask.read()).toEqual(['one']);
    const dying = tree.ref('killer').ask.spin({ timeoutMs: LONG_MS });
    ledger.tell.enter('two');
    await expect(dying).rejects.toMatchObject({ code: 'ACTORS_EXITED' });
    await expect(waits).rejects.toMatchObject({ code: 'ACTORS_RESTARTED' });
    expect(await ledger.ask.read({ timeoutMs: LONG_MS })).toEqual(['two']);
    expect(await far.ask.read()).toEqual(['one']);
    await expect.poll(() => kinds('restart').length, { timeout: LONG_MS }).toBe(3);
    for (const event of kinds('restart')) expect(event).toMatchObject({ reason: 'workerLost' });
    expect(kinds('escalation')).toEqual([]);
  });

  test('ACTORS-W3: a worker in native code has its successor when it has left that', async () => {
    await start(SHORT_MS);
    const killer = system.spawn(Killer, undefined, { worker: 0 });
    const tally = system.spawn(Tally, { count: 5 }, { worker: 0 });
    expect(await tally.ask.get({ timeoutMs: LONG_MS })).toBe(5);
    killer.tell.native({ seconds: 3 });
    await expect.poll(() => kinds('longTurn').length, { timeout: LONG_MS }).toBe(1);
    const early = tally.ask.get({ timeoutMs: 500 });
    await expect(early).rejects.toMatchObject({ code: 'ACTORS_ASK_TIMEOUT' });
    expect(kinds('workerLost')).toEqual([]);
    expect(await tally.ask.get({ timeoutMs: LONG_MS })).toBe(5);
    expect(kinds('workerLost')).toMatchObject([{ worker: 0 }]);
    expect(killer.alive).toBe(false);
  });

  test('ACTORS-T1: a main thread that is busy delays neither watch nor restart', async () => {
    await start(SHORT_MS);
    const tree = await system.supervise('Tree', supervisor({
      children: [child('killer', Killer, undefined, { worker: 0 })],
    }));
    const killer = tree.ref('killer');
    const dying = killer.ask.spin({ timeoutMs: LONG_MS }).catch((error: unknown) => error);
    const clock = nodeClock();
    const endMs = clock.monotonicMs() + LONG_MS;
    // No promise, no timer and no message of this thread goes on meanwhile.
    while (killer.incarnation < 2 && clock.monotonicMs() < endMs);
    expect([killer.incarnation, events]).toEqual([2, []]);
    expect(await dying).toMatchObject({ code: 'ACTORS_RESTARTED' });
  });

  test('ACTORS-W2: ten deaths, 10,000 children on the worker: the tree stands', async () => {
    await start(LONG_MS);
    const tree = await system.supervise('Tree', supervisor({
      children: [
        child('killer', Killer, undefined, { worker: 0 }),
        child('many', supervisor({
          strategy: 'simpleOneForOne',
          children: template(Tally, { worker: 0 }),
        })),
      ],
    }));
    const many = tree.supervisor('many');
    const tallies = await Promise.all(
      Array.from({ length: 10_000 }, (_, count) => many.startChild({ count })),
    );
    const killer = tree.ref('killer');
    for (let kill = 0; kill < 10; kill++) {
      const dying = killer.ask.exit({ timeoutMs: LONG_MS });
      await expect(dying).rejects.toMatchObject({ code: 'ACTORS_RESTARTED' });
    }
    const counts = await Promise.all(
      tallies.map((tally) => tally.ask.get({ timeoutMs: LONG_MS })),
    );
    expect(counts).toEqual(tallies.map((_, count) => count));
    expect(kinds('escalation')).toEqual([]);
    expect(kinds('workerLost').length).toBe(10);
  });
});

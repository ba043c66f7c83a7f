import { describe, expect, test } from 'vitest';
import { actor } from './behaviour.js';
import type { ActorRef } from './contract/ref.js';
import { ActorsError, textOf } from './errors.js';
import { ref, reply, u32, value } from './kinds.js';
import { MAX_PENDING_ASKS } from './limits.js';
import { Signal } from './phases.js';
import { steppedSystem } from './testing/index.js';
import type { SteppedSystem } from './testing/index.js';

const seen: number[] = [];
const kept: unknown[] = [];

const Sink = actor(import.meta.url, 'Sink', {
  state: { sum: u32 },
  messages: { add: { n: u32 }, wait: {}, sum: reply(u32) },
  receive: {
    add: (self, message) => {
      seen.push(message.n);
      self.state.sum += message.n;
    },
    wait: () => undefined,
    sum: (self, message) => message.reply(self.state.sum),
  },
});

const Keeper = actor(import.meta.url, 'Keeper', {
  init: () => 0,
  messages: { keep: value<unknown>() },
  receive: { keep: (_self, message) => void kept.push(message.value) },
});

const outcomes: string[] = [];
/** Waits for the other's mailbox while its own is full. */
const Peer = actor(import.meta.url, 'Peer', {
  state: { other: ref<unknown>() },
  messages: { point: { other: ref<unknown>() }, send: { count: u32 }, note: {} },
  receive: {
    point: (self, message) => {
      self.state.other = message.other;
    },
    send: async (self, message) => {
      const other = self.state.other?.as(Peer);
      try {
        for (let n = 0; n < message.count; n++) await other?.tellWait.note();
      } catch (error) {
        outcomes.push(textOf(error));
        throw error;
      }
    },
    note: () => undefined,
  },
});

const Relay = actor(import.meta.url, 'Relay', {
  state: {},
  messages: { pass: { to: ref<typeof Sink>(), n: u32 } },
  receive: {
    pass: (_self, message) => {
      // The view ends before there is room.
      void message.to.tellWait.add(message);
    },
  },
});

function systemOf(sizes: { readonly slots?: number } = {}): SteppedSystem {
  seen.length = 0;
  kept.length = 0;
  outcomes.length = 0;
  const behaviours = [Sink, Keeper, Peer, Relay];
  return steppedSystem({ behaviours, mailboxCapacity: 4, slots: 512, ...sizes });
}

/** Steps and lets time pass until all has settled. */
async function after(system: SteppedSystem, ms: number): Promise<void> {
  await system.settle();
  await system.time.run(ms);
  await system.settle();
}

/** Fills the mailbox of an actor of worker 0. */
const fill = (system: SteppedSystem, sink: ActorRef<typeof Sink>, from = 0): void => {
  const here = system.on(0, sink);
  for (let n = 0; n < 4; n++) here.tell.add({ n: from + n });
};

const codeOf = (code: string): unknown => expect.objectContaining({ code });

describe('WAITING-1, ACTORS-O4: tellWait', () => {
  test('sends at once while there is room', async () => {
    const system = systemOf();
    const sink = system.spawn(0, Sink);
    await sink.tellWait.add({ n: 7 });
    await sink.tellWait.wait();
    await system.settle();
    expect([seen, system.main.waits.size]).toEqual([[7], 0]);
  });

  test.each(['main', 'local', 'remote'])('from %s: each waits, in order', async (from) => {
    const system = systemOf();
    const spawned = system.spawn(0, Sink);
    const sink = from === 'main' ? spawned : system.on(from === 'local' ? 0 : 1, spawned);
    fill(system, sink);
    const order: number[] = [];
    const sent = Array.from({ length: 20 }, (_, n) =>
      sink.tellWait.add({ n: 4 + n }).then(() => order.push(n)));
    for (let turn = 0; turn < 10; turn++) await after(system, 16);
    await Promise.all(sent);
    const inOrder = Array.from({ length: 24 }, (_, n) => n);
    expect([order, seen]).toEqual([inOrder.slice(0, 20), inOrder]);
  });

  test('a later one waits behind those that wait, though there is room', async () => {
    const system = systemOf();
    const sink = system.spawn(0, Sink);
    fill(system, sink);
    const first = sink.tellWait.add({ n: 4 });
    system.step(0);
    const second = sink.tellWait.add({ n: 5 });
    sink.tell.add({ n: 99 });
    await after(system, 1);
    await Promise.all([first, second]);
    expect(seen).toEqual([0, 1, 2, 3, 99, 4, 5]);
  });

  test('ACTORS_MAILBOX_TIMEOUT: each at its own deadline, and nothing was sent', async () => {
    const system = systemOf();
    const sink = system.spawn(0, Sink);
    fill(system, sink);
    const settled: string[] = [];
    for (const timeoutMs of [300, 100, 200]) {
      sink.tellWait.add({ n: 9 }, { timeoutMs }).catch((error: ActorsError) => {
        settled.push(`${error.code} ${error.message} at ${system.time.clock.monotonicMs()}`);
      });
    }
    await system.time.run(150);
    expect(settled).toEqual([
      'ACTORS_MAILBOX_TIMEOUT Sink#1 had no room for add within 100 ms at 100',
    ]);
    await system.time.run(50);
    expect(settled.length).toBe(2);
    system.step(0);
    await after(system, 100);
    expect([settled.length, seen.slice(4)]).toEqual([2, [9]]);
  });

  test('5,000 ms by default, also of actors that wait in a circle', async () => {
    const system = systemOf();
    const [a, b] = [system.spawn(0, Peer), system.spawn(1, Peer)];
    a.tell.point({ other: b });
    b.tell.point({ other: a });
    await system.settle();
    a.tell.send({ count: 10 });
    b.tell.send({ count: 10 });
    await after(system, 4_990);
    expect(outcomes).toEqual([]);
    await after(system, 20);
    expect(outcomes).toContain('Peer#2 had no room for note within 5000 ms');
    await after(system, 5_000);
    expect([a.alive && b.alive, system.workers.map(({ thread }) => thread.waits.size)]).toEqual([
      false,
      [0, 0],
    ]);
  });

  test('rejects when its receiver ends meanwhile, or has ended', async () => {
    const system = systemOf();
    const sink = system.spawn(0, Sink);
    fill(system, sink);
    const waiting = sink.tellWait.add({ n: 1 }).catch(textOf);
    const { low, high } = sink as unknown as { low: number; high: number }; // its id's words
    system.main.mail.notices.signal(low, high, Signal.killed);
    await after(system, 1);
    expect(await waiting).toBe('Sink#1 has ended');
    await expect(sink.tellWait.add({ n: 1 })).rejects.toThrow(codeOf('ACTORS_EXITED'));
    const stale = system.on(0, sink) as ActorRef as ActorRef<typeof Sink>;
    await expect(stale.tellWait.add({ n: 1 })).rejects.toThrow(codeOf('ACTORS_EXITED'));
  });

  test('waits for a slot as well', async () => {
    const system = systemOf({ slots: 256 });
    const sinks = Array.from({ length: 100 }, () => system.spawn(0, Sink));
    const sent = sinks.flatMap((sink) => [1, 2, 3, 4].map((n) => sink.tellWait.add({ n })));
    expect(system.main.waits.size).toBeGreaterThan(100);
    for (let turn = 0; turn < 10; turn++) await after(system, 16);
    await Promise.all(sent);
    expect(seen.length).toBe(400);
  });

  test('wrong fields and options reject at once; failAll settles all', async () => {
    const system = systemOf();
    const sink = system.spawn(0, Sink);
    fill(system, sink);
    await expect(sink.tellWait.add({ n: -1 })).rejects.toThrow(codeOf('ACTORS_FIELD_INVALID'));
    const invalid = codeOf('ACTORS_OPTION_INVALID');
    for (const timeoutMs of [0, -1, Number.NaN, 1e12])
      await expect(sink.tellWait.add({ n: 1 }, { timeoutMs })).rejects.toThrow(invalid);
    await expect(sink.tellWait.add({ n: 1 }, { timeout: 1 } as never)).rejects.toThrow(
      'tellWait has no option timeout',
    );
    const waits = sink.tellWait.add({ n: 1 }).catch(textOf);
    system.main.waits.failAll(() => new ActorsError('ACTORS_SYSTEM_STOPPED', 'stopped'));
    expect(await waits).toBe('stopped');
    await expect(sink.tellWait.add({ n: 1 })).rejects.toThrow('stopped');
  });

  test('ACTORS_ASK_LIMIT: a thread has so many that wait', async () => {
    const system = systemOf();
    const sink = system.spawn(0, Sink);
    fill(system, sink);
    let stopped = 0;
    for (let n = 0; n < MAX_PENDING_ASKS; n++) sink.tellWait.wait().catch(() => (stopped += 1));
    await expect(sink.tellWait.wait()).rejects.toThrow(codeOf('ACTORS_ASK_LIMIT'));
    system.main.waits.failAll(() => new ActorsError('ACTORS_SYSTEM_STOPPED', 'stopped'));
    await system.settle();
    expect(stopped).toBe(MAX_PENDING_ASKS);
  });
});

test('WAITING-2: a worker looks before turns, everybody by a timer up to 16 ms apart', async () => {
  const system = systemOf();
  const sink = system.spawn(0, Sink);
  fill(system, sink);
  void system.on(0, sink).tellWait.add({ n: 4 });
  void sink.tellWait.add({ n: 5 });
  system.step(0);
  expect(seen.length).toBe(4);
  system.step(0);
  expect(seen).toEqual([0, 1, 2, 3, 4]);
  fill(system, sink, 10);
  await system.time.run(1_000);
  system.step(0);
  await system.time.run(16);
  system.step(0);
  expect(seen.at(-1)).toBe(5);
});

test('WAITING-3: what waits is a copy, of fields and of values', async () => {
  const system = systemOf();
  const [sink, keeper] = [system.spawn(0, Sink), system.spawn(0, Keeper)];
  const relays = [1, 2, 3].map(() => system.spawn(1, Relay));
  await system.settle();
  fill(system, sink);
  for (const [n, relay] of relays.entries()) relay.tell.pass({ to: sink, n: 50 + n });
  system.step(1);
  for (let n = 0; n < 4; n++) system.on(0, keeper).tell.keep(n);
  const list = [1, 2];
  void keeper.tellWait.keep(list);
  list.push(3);
  await after(system, 16);
  await after(system, 16);
  expect([seen.slice(4).toSorted(), kept.at(-1)]).toEqual([[50, 51, 52], [1, 2]]);
});

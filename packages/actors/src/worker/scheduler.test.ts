import { describe, expect, test } from 'vitest';
import { actor } from '../behaviour.js';
import { f64, i32, ref, reply, u32, u8, value } from '../kinds.js';
import type { ActorsError } from '../errors.js';
import { ActorBlock } from '../layouts.js';
import type { ActorRef } from '../contract/ref.js';
import { steppedSystem } from '../testing/index.js';
import type { SteppedSystem } from '../testing/index.js';

const seen: number[] = [];
let onAdd: () => void = () => undefined;

const Log = actor(import.meta.url, 'Log', {
  state: { last: u32 },
  messages: { add: { n: u32 }, fail: {}, stop: {}, last: reply(u32) },
  receive: {
    add: (self, message) => {
      seen.push(message.n);
      onAdd();
      self.state.last = message.n;
    },
    fail: () => {
      throw new Error('failed on request');
    },
    stop: (self) => self.stop(),
    last: (self, message) => message.reply(self.state.last),
  },
});

const Pair = actor(import.meta.url, 'Pair', {
  state: { first: u32, second: u8, third: f64 },
  messages: { sum: reply(f64) },
  receive: {
    sum: ({ state }, message) => message.reply(state.first + state.second + state.third),
  },
});

const Relay = actor(import.meta.url, 'Relay', {
  state: { target: ref<typeof Log>(), sent: u32 },
  messages: {
    point: { target: ref<typeof Log>() },
    send: { from: u32, count: u32 },
    again: {},
    sent: reply(u32),
  },
  receive: {
    point: (self, message) => {
      self.state.target = message.target;
    },
    send: (self, message) => {
      for (let n = 0; n < message.count; n++) self.state.target?.tell.add({ n: message.from + n });
    },
    again: (self) => {
      self.state.sent += 1;
      self.ref.tell.again();
    },
    sent: (self, message) => message.reply(self.state.sent),
  },
});

const Kinds = actor(import.meta.url, 'Kinds', {
  state: { a: u8, b: i32, c: u32, d: f64, e: ref<typeof Log>() },
  messages: {
    set: { a: u8, b: i32, c: u32, d: f64, e: ref<typeof Log>() },
    a: reply(u8),
    b: reply(i32),
    c: reply(u32),
    d: reply(f64),
    e: reply(ref<typeof Log>()),
    wrong: reply(u8),
  },
  receive: {
    set: (self, { a, b, c, d, e }) => Object.assign(self.state, { a, b, c, d, e }) && undefined,
    a: (self, message) => message.reply(self.state.a),
    b: (self, message) => message.reply(self.state.b),
    c: (self, message) => message.reply(self.state.c),
    d: (self, message) => message.reply(self.state.d),
    e: (self, message) => message.reply(self.state.e as ActorRef<typeof Log>),
    wrong: (_self, message) => message.reply(256),
  },
});

let release: () => void = () => undefined;
const Slow = actor(import.meta.url, 'Slow', {
  state: { done: u32 },
  messages: { wait: reply({ n: u32 }, u32), done: reply(u32) },
  receive: {
    wait: async (self, message) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      self.state.done += message.n;
      message.reply(message.n);
    },
    done: (self, message) => message.reply(self.state.done),
  },
});

const Big = actor(import.meta.url, 'Big', {
  init: () => ({ bytes: 0 }),
  messages: {
    keep: value<Uint8Array>(),
    echo: reply(value<unknown>(), value<unknown>()),
    bytes: reply(u32),
  },
  receive: {
    keep: (self, message) => {
      self.state.bytes += message.value.length;
    },
    echo: (_self, message) => message.reply(message.value),
    bytes: (self, message) => message.reply(self.state.bytes),
  },
});

const late: (() => void)[] = [];
const Late = actor(import.meta.url, 'Late', {
  init: () => ({}),
  messages: { settles: reply(u32), rejects: reply(u32), throws: reply(u32) },
  receive: {
    settles: async (_self, message) => {
      late.push(() => message.reply(99));
    },
    rejects: async (_self, message) => {
      late.push(() => message.reply(99));
      throw new Error('rejected');
    },
    throws: (_self, message) => {
      late.push(() => message.reply(99));
      throw new Error('thrown');
    },
  },
});

const Mute = actor(import.meta.url, 'Mute', {
  state: {},
  messages: { sync: reply(u32), later: reply(u32) },
  receive: { sync: () => undefined, later: async () => undefined },
});

const Keeper = actor(import.meta.url, 'Keeper', {
  init: (): ActorRef<typeof Log>[] => [],
  messages: { keep: { log: ref<typeof Log>() }, number: {} },
  receive: {
    keep: (self, message) => {
      self.state.push(message.log);
    },
    number: (self) => {
      for (const [n, log] of self.state.entries()) log.tell.add({ n });
    },
  },
});

const behaviours = [Pair, Log, Relay, Kinds, Slow, Big, Late, Mute, Keeper];

function systemOf(options: Partial<Parameters<typeof steppedSystem>[0]> = {}): SteppedSystem {
  seen.length = 0;
  return steppedSystem({ behaviours, ...options });
}

/** The answer to an ask from the main thread. */
async function answer<T>(system: SteppedSystem, asked: Promise<T>): Promise<T> {
  const settled = asked.then(
    (result) => () => result,
    (error: unknown) => () => {
      throw error;
    },
  );
  await system.settle();
  return (await settled)();
}

const codeOf = (code: string): unknown => expect.objectContaining({ code });

describe('messages', () => {
  test('every kind of field arrives as it was sent, in messages, state and replies', async () => {
    const system = systemOf();
    const log = system.spawn(1, Log);
    const kinds = system.spawn(0, Kinds);
    kinds.tell.set({ a: 255, b: -2_147_483_648, c: 4_294_967_295, d: -1.5e300, e: log });
    const { ask } = kinds;
    expect(await answer(system, Promise.all([ask.a(), ask.b(), ask.c(), ask.d()]))).toEqual([
      255, -2_147_483_648, 4_294_967_295, -1.5e300,
    ]);
    const same = await answer(system, ask.e());
    expect(same.id).toEqual(log.id);
    same.tell.add({ n: 7 });
    await system.settle();
    expect(seen).toEqual([7]);
  });

  const wrongs: readonly (readonly [name: string, given: unknown, text: string])[] = [
    ['a', 256, 'Kinds.set: a is number 256, must be an integer from 0 to 255'],
    ['b', 1.5, 'Kinds.set: b is number 1.5'],
    ['c', -1, 'Kinds.set: c is number -1, must be an integer from 0 to 4294967295'],
    ['c', undefined, 'Kinds.set: c is undefined undefined'],
    ['d', '1', 'Kinds.set: d is string 1, must be a number'],
    ['e', {}, 'Kinds.set: e is an object, must be an actor reference'],
  ];
  test.each(wrongs)(
    'ACTORS_FIELD_INVALID: %s = %s, and nothing was taken',
    async (name, given, text) => {
      const system = systemOf({ slots: 256, mailboxCapacity: 2 });
      const log = system.spawn(0, Log);
      const kinds = system.spawn(0, Kinds);
      const good = { a: 1, b: 1, c: 1, d: 1, e: log };
      for (let times = 0; times < 300; times++) {
        expect(() => kinds.tell.set({ ...good, [name]: given })).toThrow(text);
      }
      kinds.tell.set(good);
      await system.settle();
      expect(await answer(system, kinds.ask.a())).toBe(1);
    },
  );

  test('ACTORS_FIELD_INVALID: a state field that is not there, or has another kind', () => {
    const system = systemOf();
    expect(() => system.spawn(0, Log, { lost: 1 } as never)).toThrow('Log has no state field lost');
    expect(() => system.spawn(0, Log, { last: 'x' } as never)).toThrow(
      'Log: state field last is string, must be a number',
    );
    expect(() => system.spawn(0, Log, null as never)).toThrow(
      'Log: its state is null, must be an object with its fields',
    );
  });

  test('STATE-WRITER-1: a state that is refused leaves nothing to the next actor', async () => {
    const system = systemOf({ maxActors: 1 });
    const wrong = { second: 7, first: 'x' } as never;
    expect(() => system.spawn(0, Pair, wrong)).toThrow('state field first is string');
    const pair = system.spawn(0, Pair, { first: undefined, third: 0.5 } as never);
    expect(await answer(system, pair.ask.sum())).toBe(0.5);
  });

  test('a reply that does not fit its kind ends the actor, and the ask', async () => {
    const system = systemOf();
    const kinds = system.spawn(0, Kinds);
    await expect(answer(system, kinds.ask.wrong())).rejects.toThrow(codeOf('ACTORS_EXITED'));
    expect(system.exits).toEqual([
      { index: 1, reason: 'crashed', text: expect.stringContaining('the reply to wrong is 256') },
    ]);
  });

  test('values of every size come through, and leave nothing behind', async () => {
    const system = systemOf({ slots: 256 });
    const big = system.spawn(0, Big);
    await system.settle();
    let sum = 0;
    for (const size of [0, 1, 200, 255, 256, 257, 4_096, 70_000, 1_000_000]) {
      big.tell.keep(new Uint8Array(size));
      sum += size;
      const echoed = await answer(
        system,
        big.ask.echo({ nested: [size, new Map([['x', 'y'.repeat(size % 300)]])] }),
      );
      expect(echoed).toEqual({ nested: [size, new Map([['x', 'y'.repeat(size % 300)]])] });
    }
    expect(await answer(system, big.ask.bytes())).toBe(sum);
    for (const { heap } of [system.main, ...system.workers.map(({ thread }) => thread)])
      heap.trim();
    expect(system.memory.blocks.ownedSegments()).toBe(0);
  });

  test('ACTORS_VALUE_INVALID: no encoding; ACTORS_HEAP_EXHAUSTED: too large', async () => {
    const system = systemOf();
    const big = system.spawn(0, Big);
    expect(() => big.tell.keep((() => 1) as never)).toThrow(codeOf('ACTORS_VALUE_INVALID'));
    expect(() => big.tell.keep(new Uint8Array(2_000_000))).toThrow(codeOf('ACTORS_HEAP_EXHAUSTED'));
    const other = systemOf().spawn(0, Big);
    expect(() => big.tell.keep(other as never)).toThrow('a ref of another actor system');
  });

  test('refs read from fields can be kept, in any number', async () => {
    const system = systemOf();
    const keeper = system.spawn(0, Keeper);
    await system.settle();
    const logs = Array.from({ length: 50 }, (_, n) => system.spawn(n % 2, Log));
    for (const log of logs) keeper.tell.keep({ log });
    keeper.tell.number();
    await system.settle();
    const lasts = await answer(system, Promise.all(logs.map((log) => log.ask.last())));
    expect(lasts).toEqual(logs.map((_, n) => n));
  });

  test('refs travel inside values', async () => {
    const system = systemOf();
    const log = system.spawn(1, Log);
    const echoed = await answer(system, system.spawn(0, Big).ask.echo({ log }));
    (echoed as { log: ActorRef }).log.as(Log).tell.add({ n: 3 });
    await system.settle();
    expect(seen).toEqual([3]);
    expect(() => log.as(Big)).toThrow('does not behave as Big');
  });
});

describe('mailboxes', () => {
  test('ACTORS-O2: a sender that moves between workers keeps its order', async () => {
    const system = systemOf();
    const log = system.spawn(0, Log);
    const [here, there] = [system.on(0, log), system.on(1, log)];
    const expected: number[] = [];
    for (let n = 0; n < 40; n++) {
      (n % 3 === 0 ? there : here).tell.add({ n });
      expected.push(n);
    }
    await system.settle();
    expect(seen).toEqual(expected);
  });

  test("ACTORS-O3: a ready entry of another worker's actor is forwarded", async () => {
    const system = systemOf();
    const log = system.spawn(0, Log);
    system.on(1, log).tell.add({ n: 1 });
    const block = system.main.blockOf((log as unknown as { low: number }).low); // its id
    const owner = Atomics.exchange(
      system.main.words,
      block + ActorBlock.word.owner,
      system.workers[1]?.thread.index ?? 0,
    );
    system.step(0);
    expect(seen).toEqual([]);
    Atomics.store(system.main.words, block + ActorBlock.word.owner, owner);
    system.step(1);
    system.step(0);
    expect(seen).toEqual([1]);
  });

  test.each([2, 16, 255, 256])(
    'ACTORS-O4: exactly %d messages wait, then the mailbox is full',
    async (mailboxCapacity) => {
      const system = systemOf({ mailboxCapacity });
      const log = system.spawn(0, Log);
      const here = system.on(0, log);
      for (let n = 0; n < mailboxCapacity; n++) here.tell.add({ n });
      expect(() => here.tell.add({ n: 999 })).toThrow(codeOf('ACTORS_MAILBOX_FULL'));
      expect(() => log.tell.add({ n: 999 })).toThrow(`is full: ${mailboxCapacity} messages wait`);
      await system.settle();
      expect(seen.length).toBe(mailboxCapacity);
      for (let n = 0; n < mailboxCapacity; n++) here.tell.add({ n });
      await system.settle();
      expect(seen.length).toBe(2 * mailboxCapacity);
    },
  );

  test('ACTORS-O4: a remote sender is refused only while half of the capacity waits', async () => {
    const system = systemOf({ mailboxCapacity: 256 });
    const log = system.spawn(0, Log);
    const waiting: number[] = [];
    let sent = 0;
    const fill = (): void => {
      try {
        for (;;) {
          log.tell.add({ n: sent });
          sent += 1;
        }
      } catch (error) {
        if ((error as ActorsError).code === 'ACTORS_MAILBOX_FULL') waiting.push(sent - seen.length);
      }
    };
    fill();
    onAdd = () => {
      if (sent < 1_000) fill();
    };
    await system.settle();
    onAdd = () => undefined;
    expect(Math.min(...waiting)).toBe(128);
    expect([sent >= 1_000, seen.length]).toEqual([true, sent]);
  });

  test('ACTORS_SLOTS_EXHAUSTED: a typed refusal, after which the credit is back', async () => {
    const system = systemOf({ slots: 256, maxActors: 10 });
    const logs = Array.from({ length: 4 }, () => system.spawn(0, Log));
    let sent = 0;
    const send = (): void => {
      for (const log of logs) for (let n = 0; n < 128; n++, sent++) log.tell.add({ n });
    };
    expect(send).toThrow(codeOf('ACTORS_SLOTS_EXHAUSTED'));
    expect(sent).toBeGreaterThan(100);
    await system.settle();
    expect(seen.length).toBe(sent);
    logs[3]?.tell.add({ n: 1 });
    await system.settle();
    expect(seen.length).toBe(sent + 1);
  });

  test('ACTORS-O5: with every slot in use, a reply still comes and an ask still ends', async () => {
    const system = systemOf({ slots: 256, maxActors: 10 });
    const log = system.spawn(0, Log, { last: 5 });
    expect(await answer(system, log.ask.last())).toBe(5);
    const asked = log.ask.last();
    const others = Array.from({ length: 4 }, () => system.spawn(1, Log));
    const fill = (): void => {
      for (const other of others) for (let n = 0; n < 128; n++) other.tell.add({ n });
    };
    expect(fill).toThrow(codeOf('ACTORS_SLOTS_EXHAUSTED'));
    system.step(0);
    expect(await answer(system, asked)).toBe(5);
  });
});

test('ACTORS-O5, REPLY-1: an ask that is accepted has a slot for its reply', async () => {
  const system = systemOf({ slots: 512, maxActors: 400 });
  const released: (() => void)[] = [];
  const outcomes: Promise<unknown>[] = [];
  for (let n = 0; n < 300; n++) {
    const asked = system.spawn(0, Slow).ask.wait({ n: 1 });
    outcomes.push(asked.catch((error: { readonly code: string }) => error.code));
    system.step(0);
    released.push(release);
  }
  for (const go of released) go();
  await system.settle();
  const kinds = new Set(await Promise.all(outcomes));
  expect([...kinds].toSorted()).toEqual([1, 'ACTORS_SLOTS_EXHAUSTED']);
  expect(system.exits).toEqual([]);
});

test('REPLY-2: asks in any number leave no slot behind, answered or not', async () => {
  const system = systemOf({ slots: 512, maxActors: 10 });
  const [mute, slow, log] = [system.spawn(0, Mute), system.spawn(0, Slow), system.spawn(0, Log)];
  const hasNoReply = codeOf('ACTORS_NO_REPLY');
  for (let round = 0; round < 600; round++) {
    const asks = [mute.ask.sync(), mute.ask.later(), system.on(0, mute).ask.sync()];
    const outcomes = Promise.allSettled(asks);
    await system.settle();
    expect(await outcomes).toEqual(asks.map(() => ({ status: 'rejected', reason: hasNoReply })));
    expect(await answer(system, Promise.all([slow.ask.done(), log.ask.last()]))).toEqual([0, 0]);
  }
  await expect(answer(system, mute.ask.sync())).rejects.toThrow(
    'Mute#1, asked for sync, ended its handler without a reply',
  );
  mute.tell.sync();
  await system.settle();
  expect(system.exits).toEqual([]);
});

test.each(['settles', 'rejects', 'throws'] as const)(
  'a reply after the handler ended answers no other ask: one that %s',
  async (how) => {
    const system = systemOf();
    late.length = 0;
    const first = system.spawn(0, Late).ask[how]();
    first.catch(() => undefined);
    await system.settle();
    // The slot goes back to the thread that asked, or to the pool of the worker that answered.
    const asked = Array.from({ length: 64 }, (_, n) => {
      const slow = system.spawn(1, Slow, { done: 7 });
      return (n % 2 === 0 ? slow : system.on(0, slow)).ask.done();
    });
    for (const act of late) act();
    const replies = new Set(await answer(system, Promise.all(asked)));
    expect([late.length, [...replies]]).toEqual([1, [7]]);
  },
);

describe('turns', () => {
  test('SCHEDULER-2: a message to itself yields to the others', async () => {
    const system = systemOf();
    const relay = system.spawn(0, Relay);
    relay.tell.again();
    const asked = relay.ask.sent();
    system.step(0, 1_000);
    system.step(0, 1_000);
    await system.time.run(0);
    await expect(Promise.race([asked, Promise.resolve('waits')])).resolves.toBe('waits');
    system.step(0, 1);
  });

  test('ACTORS-S3: a message costs 1 + its KiB of the 2,000 of a turn', async () => {
    const system = systemOf();
    const big = system.spawn(0, Big);
    const log = system.on(0, system.spawn(0, Log));
    log.tell.add({ n: 0 });
    await system.settle();
    seen.length = 0;
    for (let n = 0; n < 30; n++) big.tell.keep(new Uint8Array(100 * 1_024));
    system.step(0, 1);
    log.tell.add({ n: 999 });
    expect(seen).toEqual([]);
    expect(system.step(0, 1)).toBe(30 - 20);
    expect(system.step(0, 1)).toBe(1);
  });

  test('an actor stops when its handler has returned, and its mail fails', async () => {
    const system = systemOf();
    const log = system.spawn(0, Log);
    log.tell.stop();
    const asked = log.ask.last();
    await expect(answer(system, asked)).rejects.toThrow(codeOf('ACTORS_EXITED'));
    expect([log.alive, log.incarnation, system.exits]).toEqual([
      false,
      0,
      [{ index: 1, reason: 'normal', text: '' }],
    ]);
    expect(() => log.tell.add({ n: 1 })).toThrow('Log#1 has ended');
    await expect(log.ask.last()).rejects.toThrow(codeOf('ACTORS_EXITED'));
  });

  test('ACTORS-I1: old refs do not reach the next actor of an index', async () => {
    const system = systemOf({ maxActors: 1 });
    const old = system.spawn(0, Log, { last: 1 });
    expect(() => system.spawn(0, Log)).toThrow(codeOf('ACTORS_ACTORS_EXHAUSTED'));
    old.tell.stop();
    await system.settle();
    const young = system.spawn(1, Log, { last: 2 });
    expect([old.id, young.id]).toEqual([
      { node: 0, index: 1, generation: 0 },
      { node: 0, index: 1, generation: 1 },
    ]);
    expect(() => old.tell.add({ n: 1 })).toThrow(codeOf('ACTORS_EXITED'));
    expect(await answer(system, young.ask.last())).toBe(2);
    expect(system.main.mail.notices.signal(1, 0, 4)).toBe(false);
    expect(young.alive).toBe(true);
  });
});

describe('ACTORS-O8: asynchronous handlers', () => {
  test("keep message and state; the actor's mail waits, others run", async () => {
    const system = systemOf();
    const [slow, other] = [system.spawn(0, Slow), system.spawn(0, Slow)];
    const waiting = slow.ask.wait({ n: 3 });
    const queued = slow.ask.done();
    expect(await answer(system, other.ask.done())).toBe(0);
    await expect(Promise.race([queued, Promise.resolve('waits')])).resolves.toBe('waits');
    release();
    expect(await answer(system, Promise.all([waiting, queued]))).toEqual([3, 3]);
    expect(await answer(system, other.ask.done())).toBe(0);
  });

  test('an exit in the middle fails the ask; what comes later has no effect', async () => {
    const system = systemOf({ maxActors: 1 });
    const slow = system.spawn(0, Slow);
    const waiting = slow.ask.wait({ n: 3 });
    system.step(0);
    const { low, high } = slow as unknown as { low: number; high: number }; // for the signal below
    expect(system.main.mail.notices.signal(low, high, 4)).toBe(true);
    await expect(answer(system, waiting)).rejects.toThrow(codeOf('ACTORS_EXITED'));
    const heir = system.spawn(0, Slow);
    release();
    await system.settle();
    expect(await answer(system, heir.ask.done())).toBe(0);
  });

  test('ACTORS_ASK_TIMEOUT: an ask ends at its deadline; the late reply is ignored', async () => {
    const system = systemOf();
    const slow = system.spawn(0, Slow);
    const waiting = slow.ask.wait({ n: 1 }, { timeoutMs: 50 });
    system.step(0);
    system.time.advance(51);
    await expect(waiting).rejects.toThrow('Slow#1, asked for wait, did not reply within 50 ms');
    release();
    expect(await answer(system, slow.ask.done())).toBe(1);
  });
});

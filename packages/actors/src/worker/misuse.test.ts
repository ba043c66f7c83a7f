/** What programs do that they should not, or that nobody thinks of: it ends an actor at most. */
import { expect, test } from 'vitest';
import { actor } from '../behaviour.js';
import type { ActorRef } from '../contract/ref.js';
import { textOf } from '../errors.js';
import { ref, reply, u32, value } from '../kinds.js';
import { steppedSystem } from '../testing/index.js';
import type { SteppedSystem } from '../testing/index.js';

/** An object with a `then` that is no promise, as other libraries have them. */
function thenable(method: (done: () => void) => void): object {
  // oxlint-disable-next-line unicorn/no-thenable -- what is not a promise is what is tested
  return { then: method };
}

const oddities: Readonly<Record<string, () => unknown>> = {
  'a thenable that settles at once': () => thenable((done) => done()),
  'a thenable whose then throws': () =>
    thenable(() => {
      throw new Error('no then');
    }),
};

const thrown: Readonly<Record<string, () => unknown>> = {
  'an object without a text': () => Object.create(null) as unknown,
  'an error whose message throws': () =>
    Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no message');
      },
    }),
};

const Odd = actor(import.meta.url, 'Odd', {
  init: (_self, args: { readonly init?: string; readonly terminate?: string }) => {
    if (args.init !== undefined) return oddities[args.init]?.() as Promise<typeof args>;
    return args;
  },
  messages: { answer: reply(u32), fail: value<string>(), stop: {} },
  receive: {
    answer: (_self, message) => message.reply(7),
    fail: (_self, message) => {
      const make = thrown[message.value];
      if (make !== undefined) throw make();
      return oddities[message.value]?.() as Promise<void>;
    },
    stop: (self) => self.stop(),
  },
  terminate: (self) => {
    const { terminate = '' } = self.state ?? {};
    const make = thrown[terminate];
    if (make !== undefined) throw make();
    return oddities[terminate]?.() as Promise<void>;
  },
});

const kept: (() => void)[] = [];

const Keeper = actor(import.meta.url, 'Keeper', {
  init: () => ({}),
  messages: {
    mute: reply(u32),
    either: reply(u32),
    nested: reply(value<unknown>()),
    peer: { peer: ref<unknown>() },
  },
  receive: {
    mute: (_self, message) => {
      kept.push(() => message.reply(111));
    },
    /** Keeps its first request without a reply; answers the next after an await. */
    either: (_self, message) => {
      if (kept.length === 0) {
        kept.push(() => message.reply(111));
        return undefined;
      }
      return settled.then(() => message.reply(7));
    },
    nested: (_self, message) =>
      message.reply({
        get inner() {
          message.reply('inner');
          return 'outer';
        },
      }),
    peer: () => undefined,
  },
});

let settle: () => void = () => undefined;
let settled: Promise<void> = Promise.resolve();

const Shaped = actor(import.meta.url, 'Shaped', {
  state: { peer: ref<unknown>() },
  messages: { add: { by: u32 } },
  receive: { add: () => undefined },
});

function system(sizes: { readonly maxActors?: number } = {}): SteppedSystem {
  kept.length = 0;
  settled = new Promise((resolve) => {
    settle = resolve;
  });
  return steppedSystem({ behaviours: [Odd, Keeper, Shaped], slots: 512, ...sizes });
}

async function outcome(stepped: SteppedSystem, asked: Promise<unknown>): Promise<unknown> {
  const ended = asked.catch(textOf);
  await stepped.settle();
  return ended;
}

test.each([...Object.keys(oddities), ...Object.keys(thrown)])(
  'a handler that returns or throws %s ends its own actor at most',
  async (how) => {
    const stepped = system();
    const odd = stepped.spawn(0, Odd, {});
    const other = stepped.spawn(0, Odd, {});
    await stepped.settle();
    odd.tell.fail(how);
    await stepped.settle();
    expect(await outcome(stepped, other.ask.answer())).toBe(7);
    expect(stepped.exits.length).toBeLessThanOrEqual(1);
    expect(odd.alive).toBe(stepped.exits.length === 0);
  },
);

test.each(Object.keys({ ...oddities, ...thrown }))(
  'an init or terminate that gives %s does so too',
  async (how) => {
    const stepped = system();
    const starting = stepped.spawn(0, Odd, { init: how });
    const ending = stepped.spawn(0, Odd, { terminate: how });
    const other = stepped.spawn(0, Odd, {});
    await stepped.settle();
    ending.tell.stop();
    await stepped.settle();
    expect([ending.alive, await outcome(stepped, other.ask.answer())]).toEqual([false, 7]);
    expect(starting.alive).toBe(how === 'a thenable that settles at once' || how in thrown);
  },
);

test.each([0, 1])('REPLY-2: a reply while one is encoded, asked by worker %d', async (worker) => {
  const stepped = system();
  const keeper = stepped.spawn(0, Keeper);
  await stepped.settle();
  const asks = Array.from({ length: 60 }, () => stepped.on(worker, keeper).ask.nested());
  const outcomes = await outcome(stepped, Promise.all(asks));
  expect(outcomes).toEqual(asks.map(() => 'inner'));
  expect(await outcome(stepped, keeper.ask.mute())).toContain('without a reply');
});

test('TURN-2: a late reply does not answer the next ask, whose handler awaits', async () => {
  const stepped = system();
  const [first, second] = [stepped.spawn(0, Keeper), stepped.spawn(0, Keeper)];
  expect(await outcome(stepped, first.ask.either())).toContain('without a reply');
  const waiting = second.ask.either();
  stepped.step(0);
  for (const act of kept) act();
  settle();
  expect([kept.length, await outcome(stepped, waiting)]).toEqual([1, 7]);
});

test('ACTORS_FIELD_INVALID: a ref of another system, in a message or a state', async () => {
  const [stepped, other] = [system(), system()];
  const stranger = other.spawn(0, Keeper) as ActorRef;
  const keeper = stepped.spawn(0, Keeper);
  const text = 'must be an actor reference of this system';
  expect(() => keeper.tell.peer({ peer: stranger })).toThrow(text);
  expect(() => stepped.spawn(0, Shaped, { peer: stranger })).toThrow(text);
  expect(stepped.spawn(0, Shaped, { peer: undefined }).alive).toBe(true);
});

test('ACTORS_FIELD_INVALID: big integers, symbols, and no payload at all', () => {
  const shaped = system().spawn(0, Shaped);
  expect(() => shaped.tell.add({ by: 1n as never })).toThrow('by is bigint 1, must be an integer');
  expect(() => shaped.tell.add({ by: Symbol('x') as never })).toThrow('by is symbol Symbol(x)');
  expect(() => shaped.tell.add(undefined as never)).toThrow('must be an object with its fields');
});

test('ACTORS_EXITED: a ref whose index belongs to another behaviour now', async () => {
  const stepped = system({ maxActors: 1 });
  const old = stepped.spawn(0, Odd, {});
  await stepped.settle();
  const fresh = stepped.on(0, old);
  old.tell.stop();
  await stepped.settle();
  const stale = stepped.on(0, old);
  stepped.spawn(0, Shaped);
  for (const gone of [old, fresh]) {
    expect(gone.behaviour).toBe('Odd');
    expect(() => gone.tell.stop()).toThrow('has ended');
    await expect(gone.ask.answer()).rejects.toThrow('has ended');
  }
  expect(() => stale.tell.stop()).toThrow('an actor with index 1 has ended');
  await expect(stale.ask.answer()).rejects.toThrow('an actor with index 1 has ended');
});

test.each(['low', 'high', 'then', 'constructor', "it's"])(
  'ACTORS_DEFINITION_INVALID: %s cannot name a message',
  (name) => {
    const receive = { [name]: () => undefined };
    const bad = { state: {}, messages: { [name]: {} }, receive };
    expect(() => actor(import.meta.url, 'Bad', bad)).toThrow('cannot name a message');
  },
);

test('LIVES-5: a worker that stops waits for an init, and terminates what it made', async () => {
  const stepped = system();
  const slow = stepped.spawn(0, Odd, { init: 'a thenable that settles at once' });
  stepped.step(0);
  const ended = stepped.workers[0]?.scheduler.lives.endAll('shutdown');
  await stepped.settle();
  await ended;
  expect([slow.alive, stepped.exits.map(({ reason }) => reason)]).toEqual([false, ['shutdown']]);
});

import { describe, expect, test } from 'vitest';
import { actor } from './behaviour.js';
import type { ReturnedLetter } from './contract/letters.js';
import type { ActorRef } from './contract/ref.js';
import { countDeadLetters, letterEvent } from './dead-letters.js';
import type { ActorsError } from './errors.js';
import { f64, ref, reply, u32, u8, value } from './kinds.js';
import { ActorBlock } from './layouts.js';
import type { ActorRefObject } from './ref-object.js';
import { steppedSystem } from './testing/index.js';
import type { SteppedSystem } from './testing/index.js';
import type { SteppedWorker } from './testing/stepped-worker.js';

const LONG = 'x'.repeat(1_000);

/** Letters by the index of who got them back, and what else was handled there. */
let returned: (readonly [index: number, letter: ReturnedLetter])[] = [];
let handled: string[] = [];

const sinkMessages = {
  add: { n: u32, small: u8, share: f64, from: ref() },
  put: value<unknown>(),
  fail: {},
  hang: {},
  get: reply(u32),
};

const Sink = actor(import.meta.url, 'Sink', {
  state: { count: u32 },
  messages: sinkMessages,
  receive: {
    add: () => undefined,
    put: () => undefined,
    fail: () => {
      throw new Error('failed on request');
    },
    hang: () => new Promise<void>(() => undefined),
    get: (self, message) => message.reply(self.state.count),
  },
});

/** As the sink, with state of its own: values of its worker go to it by reference. */
const Isolated = actor(import.meta.url, 'Isolated', {
  init: () => 0,
  messages: { put: value<unknown>(), hang: {} },
  receive: { put: () => undefined, hang: () => new Promise<void>(() => undefined) },
});

const sourceMessages = {
  send: { n: u32 },
  sendPut: { isLong: u32 },
  sendFail: {},
  sendIsolated: { to: ref<typeof Isolated>() },
  ask: {},
  sendSelf: {},
  note: { n: u32 },
  crash: {},
  hang: {},
};

/** What `returned` does next. */
let onReturned: (self: { stop(): void }, letter: ReturnedLetter) => unknown = () => undefined;

const Source = actor(import.meta.url, 'Source', {
  state: { sink: ref<typeof Sink>() },
  messages: sourceMessages,
  receive: {
    send: (self, { n }) =>
      self.state.sink?.tell.add({ n, small: 200, share: 0.5, from: self.ref }),
    sendPut: (self, { isLong }) =>
      self.state.sink?.tell.put(isLong === 0 ? { short: [self.ref] } : { long: LONG }),
    sendFail: (self) => self.state.sink?.tell.fail(),
    sendIsolated: (_self, { to }) => to.tell.put({ by: 'reference' }),
    ask: (self) => void self.state.sink?.ask.get().catch(() => handled.push('refused')),
    sendSelf: (self) => {
      self.ref.tell.crash();
    },
    note: (_self, { n }) => void handled.push(`note ${n}`),
    crash: () => {
      throw new Error('on request');
    },
    hang: () => new Promise<void>(() => undefined),
  },
  returned: (self, letter) => {
    returned.push([self.ref.id.index, letter]);
    handled.push(letter.message);
    return onReturned(self, letter) as void;
  },
});

/** As the source, without `returned`. */
const Careless = actor(import.meta.url, 'Careless', {
  state: { sink: ref<typeof Sink>() },
  messages: { sendFail: {} },
  receive: { sendFail: (self) => self.state.sink?.tell.fail() },
});

interface Stage {
  readonly system: SteppedSystem;
  readonly sink: ActorRef<typeof Sink>;
  readonly source: ActorRef<typeof Source>;
  /** Message names of dead letters that the listener was told of. */
  readonly told: string[];
}

async function stageOf(sinkWorker = 0, sizes: object = {}): Promise<Stage> {
  returned = [];
  handled = [];
  onReturned = () => undefined;
  const behaviours = [Sink, Isolated, Source, Careless];
  const system = steppedSystem({ behaviours, workers: 2, ...sizes });
  const told: string[] = [];
  for (const { thread } of system.workers) {
    thread.letters.onLetter = (slot, cause) => {
      const event = letterEvent(thread, slot, { worker: 0, cause, untold: 0 });
      if (event.kind === 'deadLetter') told.push(event.message);
    };
  }
  const sink = system.spawn(sinkWorker, Sink, {});
  const source = system.spawn(0, Source, { sink });
  await system.settle();
  return { system, sink, source, told };
}

const NOTHING = { slots: 0, debts: 0 };

/** What is in use and owed when nothing is under way. */
function leftOf({ memory }: SteppedSystem): typeof NOTHING {
  const { slots, region } = memory;
  const left = { ...NOTHING };
  for (let slot = 1; slot <= slots.count; slot++) if (slots.isTaken(slot)) left.slots += 1;
  for (let index = 1; index < memory.actorsUsed; index++) {
    const block = region.plan.sections.actors.word + (index * ActorBlock.size) / 4;
    left.debts += region.words[block + ActorBlock.plain.localDebt];
    left.debts += region.words[block + ActorBlock.word.remoteDebt];
  }
  return left;
}

function counts(some: object): object {
  return { waiting: 0, inHand: 0, workerLost: 0, ...some };
}

/** What the source sends waits at the sink, whose handler does not end. */
async function waitingAt({ system, sink }: Stage, send: () => void): Promise<void> {
  sink.tell.hang();
  await system.settle();
  send();
  await system.settle();
}

describe.each([0, 1])('ACTORS-W4: dead letters from worker 0 to worker %i', (worker) => {
  test('come back with message, payload, receiver and cause', async () => {
    const stage = await stageOf(worker);
    const { system, sink, source, told } = stage;
    await waitingAt(stage, () => {
      source.tell.send({ n: 4_000_000_000 });
      source.tell.sendPut({ isLong: 0 });
      source.tell.sendPut({ isLong: 1 });
    });
    system.exit(sink, 'killed');
    await system.settle();
    const letters = returned.map(([index, { to, ...letter }]) => {
      expect([index, to.id]).toEqual([source.id.index, sink.id]);
      return letter;
    });
    const cause = 'waiting';
    const fields = { n: 4_000_000_000, small: 200, share: 0.5, from: expect.anything() as unknown };
    expect(letters).toEqual([
      { message: 'add', payload: fields, cause },
      { message: 'put', payload: { short: [expect.anything()] }, cause },
      { message: 'put', payload: { long: LONG }, cause },
    ]);
    const [first, second] = letters.map(({ payload }) => payload) as [
      { readonly from: ActorRef }, { readonly short: readonly ActorRef[] },
    ];
    expect([first.from.id, second.short[0]?.id]).toEqual([source.id, source.id]);
    expect(told).toEqual(['hang']);
    expect(countDeadLetters(system.memory)).toEqual(counts({ waiting: 3, inHand: 1 }));
    expect(leftOf(system)).toEqual(NOTHING);
  });

  test('come back from a turn that failed, and the receiver runs again', async () => {
    const { system, sink, source, told } = await stageOf(worker);
    const { low } = sink as ActorRef as ActorRefObject;
    system.memory.region.words[system.main.blockOf(low) + ActorBlock.plain.restartType] = 1;
    source.tell.sendFail();
    await system.settle();
    const letters = returned.map(([, { message, payload, cause, to }]) =>
      [message, payload, cause, to.alive]);
    expect(letters).toEqual([['fail', {}, 'inHand', true]]);
    expect(told).toEqual([]);
    expect(countDeadLetters(system.memory)).toEqual(counts({ inHand: 1 }));
    expect(leftOf(system)).toEqual(NOTHING);
  });

  test('RETURN-1: take no slot and come past a full mailbox, behind what waits', async () => {
    const stage = await stageOf(worker, { mailboxCapacity: 8, slots: 512 });
    const { system, sink, source } = stage;
    await waitingAt(stage, () => {
      for (const n of [1, 2]) source.tell.send({ n });
    });
    const fill = (): number => {
      for (let n = 0; ; n++) {
        try {
          source.tell.note({ n });
        } catch (error) {
          if ((error as ActorsError).code !== 'ACTORS_MAILBOX_FULL') throw error;
          return n;
        }
      }
    };
    const room = fill();
    const { mail } = (system.workers[worker] as SteppedWorker).thread;
    const taken: number[] = [];
    for (let slot = mail.slots.take(); slot !== 0; slot = mail.slots.take()) taken.push(slot);
    system.exit(sink, 'killed');
    system.step(worker, 0);
    expect(() => source.tell.note({ n: 0 })).toThrow('is full');
    await system.settle();
    const notes = Array.from({ length: room }, (_, n) => `note ${n}`);
    expect(handled).toEqual([...notes, 'add', 'add']);
    for (const slot of taken) mail.release(slot);
    expect(fill()).toBe(room);
    await system.settle();
    expect(leftOf(system)).toEqual(NOTHING);
  });

  test('RETURN-2: of a sender that ends are counted once, and told if it had ended', async () => {
    const stage = await stageOf(worker);
    const { system, sink, source, told } = stage;
    await waitingAt(stage, () => source.tell.send({ n: 1 }));
    const other = system.spawn(0, Source, { sink });
    other.tell.send({ n: 2 });
    other.tell.hang();
    await system.settle();
    system.exit(source, 'killed');
    await system.settle();
    expect(told.splice(0)).toEqual([]);
    system.exit(sink, 'killed');
    await system.settle();
    expect(told.splice(0)).toEqual(['hang', 'add']);
    expect(countDeadLetters(system.memory)).toEqual(counts({ waiting: 2, inHand: 1 }));
    system.exit(other, 'killed');
    await system.settle();
    expect(told).toEqual(['hang']);
    expect(returned).toEqual([]);
    expect(countDeadLetters(system.memory)).toEqual(counts({ waiting: 2, inHand: 2 }));
    expect(leftOf(system)).toEqual(NOTHING);
  });

  test('RETURN-2: what `returned` throws is its actor\'s exit; no letter of that', async () => {
    const { system, source } = await stageOf(worker);
    onReturned = () => {
      throw new Error('no letters');
    };
    source.tell.sendFail();
    await system.settle();
    expect(returned.length).toBe(1);
    expect(system.exits.map(({ text }) => text)).toEqual(['failed on request', 'no letters']);
    expect(countDeadLetters(system.memory)).toEqual(counts({ inHand: 1 }));
    expect(leftOf(system)).toEqual(NOTHING);
  });

  test('RETURN-5: a value by reference stays away, an encoded one comes', async () => {
    const { system, source } = await stageOf(worker);
    const isolated = system.spawn(worker, Isolated, undefined);
    await system.settle();
    isolated.tell.hang();
    await system.settle();
    source.tell.sendIsolated({ to: isolated });
    await system.settle();
    system.exit(isolated, 'killed');
    await system.settle();
    const payload = worker === 0 ? undefined : { by: 'reference' };
    expect(returned.map(([, letter]) => [letter.message, letter.payload]))
      .toEqual([['put', payload]]);
    for (const { thread } of system.workers) expect(thread.references.count).toBe(0);
    expect(leftOf(system)).toEqual(NOTHING);
  });
});

test('RETURN-4: no request, nothing of an actor to itself, nothing of who takes none', async () => {
  const stage = await stageOf();
  const { system, sink, source, told } = stage;
  const careless = system.spawn(0, Careless, { sink });
  const other = system.spawn(0, Source, { sink });
  await waitingAt(stage, () => {
    source.tell.ask();
    careless.tell.sendFail();
    sink.tell.fail();
  });
  other.tell.sendSelf();
  await system.settle();
  system.exit(sink, 'killed');
  await system.settle();
  expect(handled).toEqual(['refused']);
  expect(told).toEqual(['crash', 'hang', 'fail', 'fail']);
  expect(countDeadLetters(system.memory)).toEqual(counts({ inHand: 2, waiting: 3 }));
  expect(leftOf(system)).toEqual(NOTHING);
});

test('a promise of `returned` is its actor\'s exit, and `stop` ends it', async () => {
  for (const [what, exit] of [
    [() => Promise.resolve(), 'Source: returned returned a promise, and is synchronous'],
    [(self: { stop(): void }) => self.stop(), ''],
  ] as const) {
    const { system, source } = await stageOf();
    onReturned = what;
    source.tell.sendFail();
    await system.settle();
    expect(system.exits.map(({ text }) => text)).toEqual(['failed on request', exit]);
    expect(leftOf(system)).toEqual(NOTHING);
  }
});

test('of a behaviour that its thread does not know, a letter says receiver and cause', async () => {
  const { system, source } = await stageOf(1);
  const { thread } = system.workers[0] as SteppedWorker;
  source.tell.sendFail();
  system.step(0);
  thread.programs[thread.programFor(Sink)] = undefined;
  await system.settle();
  expect(returned.map(([, { message, payload, cause }]) => [message, payload, cause]))
    .toEqual([['', undefined, 'inHand']]);
});

test('ACTORS_DEFINITION_INVALID: `returned` is a plain function', () => {
  const parts = { state: {}, messages: {}, receive: {} };
  expect(() => actor(import.meta.url, 'A', { ...parts, returned: 1 as never }))
    .toThrow('returned is number, must be a function');
  expect(() => actor(import.meta.url, 'A', { ...parts, returned: async () => undefined as never }))
    .toThrow('returned is asynchronous or a generator, and must be a plain function');
});

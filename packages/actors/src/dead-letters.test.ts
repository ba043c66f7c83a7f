import { virtualTime } from '@ganglion/runtime/testing';
import { describe, expect, test } from 'vitest';
import { actor } from './behaviour.js';
import { countDeadLetters, DeadLetters, letterEvent, TOLD_A_WINDOW } from './dead-letters.js';
import { ref, reply, u32 } from './kinds.js';
import { MessageSlot } from './layouts.js';
import { SystemMemory } from './memory.js';
import { Signal } from './phases.js';
import type { ActorRefObject } from './ref-object.js';
import { steppedDefaults, steppedSystem } from './testing/index.js';

const Sink = actor(import.meta.url, 'Sink', {
  state: { handled: u32 },
  messages: { add: { n: u32 }, fail: {}, stop: {}, get: reply(u32), hang: {} },
  receive: {
    add: (self) => void (self.state.handled += 1),
    fail: () => {
      throw new Error('failed on request');
    },
    stop: (self) => self.stop(),
    get: (self, message) => message.reply(self.state.handled),
    hang: () => new Promise<void>(() => undefined),
  },
});

const Source = actor(import.meta.url, 'Source', {
  state: { sink: ref<typeof Sink>() },
  messages: { send: {} },
  receive: { send: (self) => self.state.sink?.tell.add({ n: 1 }) },
});

describe('ACTORS-W4: what was taken and not handled', () => {
  test('is counted by cause, tells and asks', async () => {
    const system = steppedSystem({ behaviours: [Sink], workers: 2 });
    const count = (): object => countDeadLetters(system.memory);
    const sink = system.spawn(0, Sink, {});
    await system.settle();
    sink.tell.add({ n: 1 });
    sink.tell.stop();
    sink.tell.add({ n: 2 });
    const failure = sink.ask.get().catch((error: unknown) => error);
    await system.settle();
    expect(await failure).toMatchObject({ code: 'ACTORS_EXITED' });
    expect(count()).toEqual({ waiting: 2, inHand: 0, workerLost: 0 });
    const crashing = system.spawn(1, Sink, {});
    crashing.tell.fail();
    crashing.tell.add({ n: 3 });
    await system.settle();
    expect(count()).toEqual({ waiting: 3, inHand: 1, workerLost: 0 });
    const hanging = system.spawn(1, Sink, {});
    hanging.tell.hang();
    await system.settle();
    const { low, high } = hanging as object as ActorRefObject;
    system.main.mail.notices.signal(low, high, Signal.killed);
    await system.settle();
    expect(count()).toEqual({ waiting: 3, inHand: 2, workerLost: 0 });
    expect(() => sink.tell.add({ n: 4 })).toThrow('has ended');
    expect(count()).toEqual({ waiting: 3, inHand: 2, workerLost: 0 });
  });

  test('is told of with sender, receiver, message and cause, the payload still there', async () => {
    const system = steppedSystem({ behaviours: [Sink, Source], workers: 1 });
    const thread = system.workers[0]?.thread;
    if (thread === undefined) throw new Error('no worker');
    const told: object[] = [];
    thread.letters.onLetter = (slot, cause, untold) => {
      const payload = thread.words[thread.payloadWord(slot)];
      told.push({ payload, ...letterEvent(thread, slot, { worker: 0, cause, untold }) });
    };
    const sink = system.spawn(0, Sink, {});
    const source = system.spawn(0, Source, { sink });
    await system.settle();
    sink.tell.stop();
    source.tell.send();
    sink.tell.add({ n: 7 });
    await system.settle();
    const letter = { kind: 'deadLetter', worker: 0, cause: 'waiting', message: 'add', untold: 0 };
    const receiver = `Sink#${sink.id.index}`;
    expect(told).toEqual([
      { ...letter, payload: 7, receiver, sender: undefined },
      { ...letter, payload: 1, receiver, sender: `Source#${source.id.index}` },
    ]);
  });
});

/** Words whose writes can be stopped, as a thread's death would. */
function mortal(words: Int32Array, writes: number): Int32Array {
  let left = writes;
  return new Proxy(words, {
    get: (target, name) => Reflect.get(target, name, target) as unknown,
    set: (target, name, given) => {
      if (left === 0) throw new Error('died');
      left -= 1;
      return Reflect.set(target, name, given, target);
    },
  });
}

test('LETTERS-1: a death at any write neither loses a count nor counts twice', () => {
  let deaths = 0;
  for (let writes = 0; ; writes++) {
    const memory = new SystemMemory({ ...steppedDefaults, workers: 1, node: 0 });
    const { words, plan } = memory.region;
    const { clock } = virtualTime();
    const target = plan.sections.slots.word + 5 * (MessageSlot.size / 4) + MessageSlot.plain.toLow;
    const before = new DeadLetters(words, memory, 3, clock);
    for (const slot of [6, 7]) before.end(slot, 'inHand');
    words[target] = 9;
    let died = false;
    try {
      new DeadLetters(mortal(words, writes), memory, 3, clock).end(5, 'inHand');
    } catch {
      died = true;
      deaths += 1;
    }
    const successor = new DeadLetters(words, memory, 3, clock);
    successor.succeed();
    successor.succeed();
    if (words[target] !== 0) successor.end(5, 'inHand');
    expect(countDeadLetters(memory)).toEqual({ waiting: 0, inHand: 3, workerLost: 0 });
    if (!died) break;
  }
  expect(deaths).toBe(6);
});

test('LETTERS-4: at most ten a second are told, and how many were not', () => {
  const memory = new SystemMemory({ ...steppedDefaults, workers: 1, node: 0 });
  const time = virtualTime();
  const letters = new DeadLetters(memory.region.words, memory, 3, time.clock);
  const untold: number[] = [];
  letters.onLetter = (_slot, _cause, before) => untold.push(before);
  const flood = (): void => {
    for (let n = 0; n < 25; n++) {
      letters.tell(5, 'waiting');
      letters.end(5, 'waiting');
    }
  };
  flood();
  expect(untold).toEqual(Array.from({ length: TOLD_A_WINDOW }, () => 0));
  time.advance(1_000);
  flood();
  expect(untold.slice(TOLD_A_WINDOW)).toEqual([15, ...Array.from({ length: 9 }, () => 0)]);
  expect(countDeadLetters(memory).waiting).toBe(50);
});

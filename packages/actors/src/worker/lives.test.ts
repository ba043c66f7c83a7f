import { describe, expect, test } from 'vitest';
import { actor } from '../behaviour.js';
import { textOf } from '../errors.js';
import { ActorBlock } from '../layouts.js';
import { reply, u32 } from '../kinds.js';
import { Phase, Report, Signal } from '../phases.js';
import { imageOf, placeActor } from '../spawn.js';
import { steppedSystem } from '../testing/index.js';
import type { SteppedSystem } from '../testing/index.js';
import type { ActorRef } from '../contract/ref.js';

const Quiet = actor(import.meta.url, 'Quiet', { init: () => ({}), messages: {}, receive: {} });

test('LIVES-1: an exit that comes with a start wins, and each is reported', () => {
  const { main, workers, step } = steppedSystem({ behaviours: [Quiet] });
  const thread = workers[0]?.thread.index ?? 0;
  const place = { placement: { thread, isPinned: false }, restartType: 1, parent: 0 };
  const { low, high } = placeActor(main, imageOf(main, Quiet, undefined), place);
  const { notices } = main.mail;
  const block = notices.blocks + ActorBlock.size / 4;
  const reports: number[] = [];
  const phases: number[] = [];
  for (const bits of [Signal.killed, Signal.start | Signal.killed, Signal.start]) {
    notices.signal(low, high, bits);
    step(0);
    phases.push(Atomics.load(main.words, block + ActorBlock.word.phase));
    notices.takeReports((_index, seen) => reports.push(seen));
  }
  expect(phases).toEqual([Phase.down, Phase.down, Phase.running]);
  expect(reports).toEqual([Report.exited, Report.exited, Report.started]);
});

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function deferred(): Deferred {
  let settle: Pick<Deferred, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (settle === undefined) throw new Error('an executor runs at once');
  return { promise, ...settle };
}

let starting = deferred();
let ending = deferred();
const terminated: string[] = [];

const Patient = actor(import.meta.url, 'Patient', {
  init: () => starting.promise.then(() => 'made'),
  messages: { stop: {}, state: reply(u32) },
  receive: {
    stop: (self) => self.stop(),
    state: (self, message) => message.reply(self.state.length),
  },
  terminate: (self, reason) => {
    terminated.push(`${self.state} ${reason}`);
    return ending.promise;
  },
});

const Endless = actor(import.meta.url, 'Endless', {
  state: {},
  messages: { wait: reply({ n: u32 }, u32) },
  receive: {
    wait: async (_self, message) => {
      await ending.promise;
      seen.push(message.n);
    },
  },
});
const seen: number[] = [];

function system(sizes: { readonly maxActors?: number; readonly generations?: number } = {}): {
  readonly stepped: SteppedSystem;
  readonly signal: (ref: ActorRef, bits: number) => boolean;
} {
  starting = deferred();
  ending = deferred();
  terminated.length = 0;
  seen.length = 0;
  const stepped = steppedSystem({ behaviours: [Quiet, Patient, Endless], slots: 512, ...sizes });
  return {
    stepped,
    signal: (ref, bits) => {
      const { low, high } = ref as unknown as { low: number; high: number }; // its id's words
      return stepped.main.mail.notices.signal(low, high, bits);
    },
  };
}

describe('LIVES-5: asynchronous ends', () => {
  test('an exit is complete when terminate has settled; meanwhile mail waits', async () => {
    const { stepped } = system();
    starting.resolve();
    const patient = stepped.spawn(0, Patient);
    await stepped.settle();
    patient.tell.stop();
    await stepped.settle();
    const asked = patient.ask.state();
    await stepped.settle();
    expect([terminated, stepped.exits, patient.alive]).toEqual([['made normal'], [], true]);
    ending.resolve();
    const refused = asked.then(() => 'answered', textOf);
    await stepped.settle();
    expect(await refused).toContain('exited (normal)');
    expect(stepped.exits).toEqual([{ index: 1, reason: 'normal', text: '' }]);
  });

  test('what terminate rejects with is told', async () => {
    const { stepped, signal } = system();
    starting.resolve();
    const patient = stepped.spawn(0, Patient);
    await stepped.settle();
    signal(patient, Signal.shutdown);
    await stepped.settle();
    ending.reject(new Error('no time'));
    await stepped.settle();
    const text = 'terminate threw: no time';
    expect(stepped.exits).toEqual([{ index: 1, reason: 'shutdown', text }]);
  });

  test('killed waits for nothing, and what settles later ends nobody', async () => {
    const { stepped, signal } = system({ maxActors: 1 });
    starting.resolve();
    const patient = stepped.spawn(0, Patient);
    await stepped.settle();
    for (const bits of [Signal.shutdown, Signal.normal, Signal.killed]) {
      signal(patient, bits);
      await stepped.settle();
    }
    expect(stepped.exits).toEqual([{ index: 1, reason: 'killed', text: '' }]);
    const next = stepped.spawn(0, Quiet);
    ending.resolve();
    await stepped.settle();
    expect([next.alive, stepped.exits.length]).toEqual([true, 1]);
  });

  test('a shutdown during init terminates what init made', async () => {
    const { stepped, signal } = system();
    const patient = stepped.spawn(0, Patient);
    await stepped.settle();
    signal(patient, Signal.shutdown);
    await stepped.settle();
    expect([terminated, patient.alive]).toEqual([[], true]);
    starting.resolve();
    ending.resolve();
    await stepped.settle();
    expect(terminated).toEqual(['made shutdown']);
    expect(stepped.exits).toEqual([{ index: 1, reason: 'shutdown', text: '' }]);
  });

  test('a worker that stops waits for every terminate', async () => {
    const { stepped } = system();
    starting.resolve();
    stepped.spawn(0, Patient);
    stepped.spawn(0, Patient);
    await stepped.settle();
    let done = false;
    const ended = stepped.workers[0]?.scheduler.lives.endAll('shutdown').then(() => {
      done = true;
    });
    await stepped.settle();
    expect([done, terminated.length]).toEqual([false, 2]);
    ending.resolve();
    await ended;
    expect(stepped.exits.map(({ reason }) => reason)).toEqual(['shutdown', 'shutdown']);
  });
});

test('LIVES-5: a worker that stops waits for an init that is pending', async () => {
  const { stepped } = system();
  stepped.spawn(0, Patient);
  await stepped.settle();
  let done = false;
  const ended = stepped.workers[0]?.scheduler.lives.endAll('shutdown').then(() => {
    done = true;
  });
  await stepped.settle();
  expect([done, terminated]).toEqual([false, []]);
  starting.resolve();
  ending.resolve();
  await ended;
  expect(terminated).toEqual(['made shutdown']);
});

test('LIVES-4: killed actors that wait hold no slot, and their handlers see no other', async () => {
  const { stepped, signal } = system({ maxActors: 1 });
  for (let n = 1; n <= 1_000; n++) {
    const endless = stepped.spawn(0, Endless);
    const asked = endless.ask.wait({ n });
    stepped.step(0);
    signal(endless, Signal.killed);
    const refused = asked.then(() => 'answered', textOf);
    await stepped.settle();
    expect(await refused).toContain('exited (killed)');
  }
  ending.resolve();
  await stepped.settle();
  expect([seen.length, new Set(seen)]).toEqual([1_000, new Set([0])]);
});

test('ACTORS-I1: an index whose generations are used up is retired', async () => {
  const generations = 2 ** 4;
  const { stepped, signal } = system({ maxActors: 2, generations });
  const refs: ActorRef[] = [];
  for (let n = 0; n < 2 * generations; n++) {
    const quiet = stepped.spawn(0, Quiet);
    refs.push(quiet);
    await stepped.settle();
    expect(quiet.alive).toBe(true);
    signal(quiet, Signal.killed);
    await stepped.settle();
  }
  expect(() => stepped.spawn(0, Quiet)).toThrow('all 2 actor blocks are in use');
  const ids = refs.map(({ id }) => `${id.index} ${id.generation}`);
  expect([new Set(ids).size, refs.some(({ alive }) => alive)]).toEqual([2 * generations, false]);
  expect(refs.map((quiet) => signal(quiet, Signal.killed))).toEqual(refs.map(() => false));
});

test('MAILBOX-5: a message on its way when its actor ends goes back to its sender', async () => {
  const { stepped, signal } = system({ maxActors: 1 });
  const { main } = stepped;
  const endless = stepped.spawn(0, Endless);
  const { low, high } = endless as unknown as { low: number; high: number }; // its id's words
  const slot = main.open(low, high, 0, 4);
  signal(endless, Signal.killed);
  await stepped.settle();
  expect(() => main.send(low, slot)).toThrow('Endless#1 has ended');
  const block = main.blockOf(low);
  expect(main.words[block + ActorBlock.word.remoteDebt]).toBe(0);
});

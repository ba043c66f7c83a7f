import { beforeEach, describe, expect, test } from 'vitest';
import { idHigh, idLow } from './actor-id.js';
import { actor } from './behaviour.js';
import { countDeadLetters } from './dead-letters.js';
import type { ActorRef } from './contract/ref.js';
import { f64, ref, reply, u32, value } from './kinds.js';
import { TimerRecord } from './layouts.js';
import { TIMER_MAX_MS } from './limits.js';
import { Signal } from './phases.js';
import { imageOf, placeActor } from './spawn.js';
import { steppedSystem } from './testing/index.js';
import type { SteppedOptions, SteppedSystem } from './testing/index.js';

const WORKER = 0;
/** What handlers saw, and when. */
const log: string[] = [];
let now: () => number = () => 0;
const note = (text: string): void => void log.push(`${now()} ${text}`);

const Clockwork = actor(import.meta.url, 'Clockwork', {
  state: { timer: f64, worker: u32 },
  messages: {
    after: { ms: f64, n: u32 },
    every: { ms: f64, n: u32 },
    tick: { n: u32 },
    stopAt: { n: u32 },
    cancel: {},
    cancelNumber: { timer: f64 },
    timer: reply(f64),
    last: {},
    end: {},
  },
  receive: {
    after: (self, { ms, n }) => void (self.state.timer = self.after(ms, self.ref).tick({ n })),
    every: (self, { ms, n }) => void (self.state.timer = self.every(ms, self.ref).stopAt({ n })),
    tick: (self, { n }) => note(`tick ${n} on ${self.worker}`),
    stopAt: (self, { n }) => {
      self.state.worker += 1;
      note(`stopAt ${self.state.worker} on ${self.worker}`);
      if (self.state.worker === n) note(`cancelled ${self.cancel(self.state.timer)}`);
    },
    cancel: (self) => note(`cancelled ${self.cancel(self.state.timer)}`),
    cancelNumber: (self, message) => note(`cancelled ${self.cancel(message.timer)}`),
    timer: (self, message) => message.reply(self.state.timer),
    last: (self) => void (self.state.timer = self.after(1, self.ref).cancel()),
    end: (self) => self.stop(),
  },
});

const Target = actor(import.meta.url, 'Target', {
  state: { got: u32 },
  messages: { put: { n: u32 }, text: value<string>(), ask: reply({ n: u32 }, u32), end: {} },
  receive: {
    put: (_self, { n }) => note(`put ${n}`),
    text: (_self, message) => note(`text ${message.value.length}`),
    ask: (self, message) => {
      note(`ask ${message.n}`);
      message.reply(self.state.got);
    },
    end: (self) => self.stop(),
  },
});

const Sender = actor(import.meta.url, 'Sender', {
  state: { to: ref<typeof Target>(), timer: f64 },
  messages: { after: { ms: u32 }, every: { ms: u32 }, texts: { length: u32 }, cancel: {} },
  receive: {
    after: (self, { ms }) => {
      const { to } = self.state;
      if (to !== undefined) self.state.timer = self.after(ms, to).put({ n: ms });
    },
    every: (self, { ms }) => {
      const { to } = self.state;
      if (to !== undefined) self.state.timer = self.every(ms, to).ask({ n: ms });
    },
    texts: (self, { length }) => {
      const { to } = self.state;
      if (to !== undefined) self.state.timer = self.every(10, to).text('x'.repeat(length));
    },
    cancel: (self) => note(`cancelled ${self.cancel(self.state.timer)}`),
  },
});

interface Gate {
  readonly passed: Promise<void>;
  readonly open: () => void;
}

function gate(): Gate {
  let resolve: (() => void) | undefined;
  const passed = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { passed, open: () => resolve?.() };
}

let pass = gate();
const errors: unknown[] = [];

function attempt(run: () => unknown): void {
  try {
    note(`attempt ${String(run())}`);
  } catch (error) {
    errors.push(error);
  }
}

/** Isolate state; its ticks wait. */
const Waiter = actor(import.meta.url, 'Waiter', {
  init: (self, ms: number | undefined) => ({
    ticks: 0,
    timer: ms === undefined ? 0 : self.every(ms, self.ref).tick('x'.repeat(1_000)),
  }),
  messages: {
    tick: value<string>(), once: {}, arm: {}, cancel: {}, stale: {}, crash: {}, end: {},
    foreign: value<undefined>(), limits: {}, wrong: {}, flood: { count: u32 },
  },
  receive: {
    tick: async (self, message) => {
      self.state.ticks += 1;
      note(`begins ${self.state.ticks} ${message.value.length}`);
      await pass.passed;
      note(`ends ${self.state.ticks}`);
      if (self.state.ticks === 2) note(`cancelled ${self.cancel(self.state.timer)}`);
    },
    arm: (self) => void (self.state.timer = self.after(10, self.ref).once()),
    once: async (self) => {
      await pass.passed;
      note(`cancelled ${self.cancel(self.state.timer)}`);
    },
    cancel: (self) => note(`cancelled ${self.cancel(self.state.timer)}`),
    stale: (self) => {
      void pass.passed.then(() => attempt(() => self.after(1, self.ref).once()));
    },
    crash: () => {
      throw new Error('crash');
    },
    end: (self) => self.stop(),
    foreign: (self) => attempt(() => self.after(1, otherSystem).put({ n: 1 })),
    limits: (self) => {
      for (const ms of [0, 0.5, -1, NaN, Infinity, TIMER_MAX_MS + 1, '5'])
        attempt(() => self.every(ms as number, self.ref).once());
    },
    wrong: (self) => attempt(() => self.after(1, self.ref).flood({ count: 0.5 })),
    flood: (self, { count }) => {
      for (let n = 0; n < count; n++) attempt(() => void self.after(1_000, self.ref).once());
    },
  },
  terminate: (self) => attempt(() => self.after(1, self.ref).once()),
});
let otherSystem: ActorRef<typeof Target>;

let system: SteppedSystem;

function systemOf(options: Partial<SteppedOptions> = {}): SteppedSystem {
  const stepped = steppedSystem({ behaviours: [Clockwork, Target, Sender, Waiter], ...options });
  now = () => stepped.time.clock.monotonicMs();
  return stepped;
}

beforeEach(() => {
  log.length = 0;
  errors.length = 0;
  pass = gate();
  system = systemOf();
});

/** Lets time pass a millisecond at a time, with all that is to do in each. */
async function live(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed++) {
    await system.time.run(1);
    await system.settle();
  }
}

function clockwork(worker = WORKER): ActorRef<typeof Clockwork> {
  return system.spawn(worker, Clockwork);
}

const used = (): number => system.main.actorTimers.records.used;

function slotsTaken(): number {
  const { slots } = system.memory;
  let taken = 0;
  for (let slot = 1; slot <= slots.count; slot++) if (slots.isTaken(slot)) taken += 1;
  return taken;
}

function kill({ id }: ActorRef): void {
  const low = idLow(id.index, id.generation);
  system.main.mail.notices.signal(low, idHigh(id.generation, 0), Signal.killed);
}

const codes = (): unknown[] => errors.map((error) => (error as { readonly code?: string }).code);

describe('after', () => {
  test('comes once, not before it is due', async () => {
    clockwork().tell.after({ ms: 10, n: 7 });
    await system.settle();
    await system.time.run(9.999);
    await system.settle();
    expect(log).toEqual([]);
    await live(30);
    expect(log).toEqual(['10.999 tick 7 on 0']);
    expect([used(), slotsTaken(), system.time.pending]).toEqual([0, 0, 0]);
  });

  test('timers come in order of their due times, equal ones as they were made', async () => {
    const one = clockwork();
    for (const [n, ms] of [30, 10, 20, 10, 1, 20].entries()) one.tell.after({ ms, n });
    await system.settle();
    await system.time.run(30);
    await system.settle();
    expect(log.map((line) => line.split(' ')[2])).toEqual(['4', '1', '3', '2', '5', '0']);
  });

  test('ACTORS-O5: comes though no slot is free and the mailbox is full', async () => {
    system = systemOf({ slots: 256, mailboxCapacity: 16 });
    const one = clockwork();
    one.tell.after({ ms: 5, n: 1 });
    one.tell.every({ ms: 5, n: 0 });
    await system.settle();
    const mine = system.on(WORKER, one);
    const full = (): void => {
      for (let n = 0; n < 1_000; n++) mine.tell.tick({ n });
    };
    expect(full).toThrow('is full');
    const { mail } = system.main;
    const other = system.workers[WORKER]?.thread.mail;
    while (mail.slots.take() !== 0 || other?.slots.take() !== 0);
    await system.time.run(5);
    await system.settle();
    expect(log.slice(-2)).toEqual(['5 tick 1 on 0', '5 stopAt 1 on 0']);
    await live(5);
    expect(log.at(-1)).toBe('10 stopAt 2 on 0');
  });

  test('MAILBOX-3: messages of timers leave the mailbox with its whole capacity', async () => {
    const one = clockwork();
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 100; n++) one.tell.after({ ms: 1, n });
      await system.settle();
      await system.time.run(1);
      await system.settle();
    }
    expect(log.length).toBe(300);
    const far = system.on(1, one);
    for (let n = 0; n < 144; n++) far.tell.tick({ n });
    for (let n = 0; n < 112; n++) system.on(WORKER, one).tell.tick({ n });
    expect(() => far.tell.tick({ n: 0 })).toThrow('256 messages wait');
    expect(() => system.on(WORKER, one).tell.tick({ n: 0 })).toThrow('256 messages wait');
  });
});

describe('every', () => {
  test('comes at whole periods, and not after it was cancelled', async () => {
    clockwork().tell.every({ ms: 10, n: 3 });
    await system.settle();
    await live(100);
    expect(log).toEqual([
      '10 stopAt 1 on 0', '20 stopAt 2 on 0', '30 stopAt 3 on 0', '30 cancelled true',
    ]);
    expect([used(), slotsTaken(), system.time.pending]).toEqual([0, 0, 0]);
  });

  test('of an actor that is late waits one at a time, and the phase is kept', async () => {
    clockwork().tell.every({ ms: 10, n: 0 });
    await system.settle();
    await system.time.run(37);
    await system.settle();
    await live(14);
    expect(log).toEqual(['37 stopAt 1 on 0', '40 stopAt 2 on 0', '50 stopAt 3 on 0']);
  });

  test('none comes while the last is handled, and that handler may cancel it', async () => {
    system.spawn(WORKER, Waiter, 10);
    await system.settle();
    await live(35);
    pass.open();
    await live(25);
    expect(log).toEqual([
      '10 begins 1 1000', '35 ends 1', '40 begins 2 1000', '40 ends 2', '40 cancelled true',
    ]);
    expect([used(), slotsTaken()]).toEqual([0, 0]);
  });
});

describe('cancel', () => {
  test('before it is due: true once, and nothing comes', async () => {
    const one = clockwork();
    one.tell.after({ ms: 10, n: 1 });
    one.tell.cancel();
    one.tell.cancel();
    await system.settle();
    await live(20);
    expect(log).toEqual(['0 cancelled true', '0 cancelled false']);
    expect([used(), slotsTaken(), system.time.pending]).toEqual([0, 0, 0]);
  });

  test.each(['after', 'every'] as const)(
    'TIMERS-6: of %s whose message waits in the mailbox, it never comes',
    async (kind) => {
      const one = clockwork();
      one.tell[kind]({ ms: 10, n: 1 });
      await system.settle();
      one.tell.cancel();
      await system.time.run(10);
      await system.settle();
      await live(20);
      expect(log).toEqual(['10 cancelled true']);
      expect([used(), slotsTaken()]).toEqual([0, 0]);
      // It was taken back, not lost.
      expect(countDeadLetters(system.memory)).toEqual({ waiting: 0, inHand: 0, workerLost: 0 });
    },
  );

  test('of the message in hand: false, also after an await', async () => {
    clockwork().tell.last();
    system.spawn(WORKER, Waiter).tell.arm();
    await system.settle();
    await live(20);
    pass.open();
    await live(1);
    expect(log).toEqual(['1 cancelled false', '20 cancelled false']);
    expect([used(), slotsTaken()]).toEqual([0, 0]);
  });

  test('is the right of the actor that made it', async () => {
    const [one, other] = [clockwork(), clockwork()];
    one.tell.after({ ms: 10, n: 1 });
    const asked = one.ask.timer();
    await system.settle();
    other.tell.cancelNumber({ timer: await asked });
    other.tell.cancelNumber({ timer: 0 });
    await system.settle();
    await live(10);
    expect(log).toEqual(['0 cancelled false', '0 cancelled false', '10 tick 1 on 0']);
  });

  test('TIMERS-1: a late handle ends no other timer in the same record', async () => {
    system = systemOf({ timers: 1 });
    const one = clockwork();
    one.tell.after({ ms: 10, n: 1 });
    const asked = one.ask.timer();
    one.tell.cancel();
    one.tell.after({ ms: 10, n: 2 });
    await system.settle();
    one.tell.cancelNumber({ timer: await asked });
    await system.settle();
    await live(10);
    expect(log).toEqual(['0 cancelled true', '0 cancelled false', '10 tick 2 on 0']);
  });

  test('ACTORS_FIELD_INVALID: a timer that was kept in 32 bits is refused', async () => {
    const one = clockwork();
    one.tell.after({ ms: 10, n: 1 });
    const asked = one.ask.timer();
    await system.settle();
    one.tell.cancelNumber({ timer: (await asked) >>> 0 });
    await system.settle();
    expect(system.exits[0]?.text).toMatch(/^\d+ names no timer; a timer is kept in an f64 field/);
  });
});

describe('a timer to another actor', () => {
  test('sends an ordinary message, from the actor that made it', async () => {
    const to = system.spawn(1, Target);
    const sender = system.spawn(WORKER, Sender, { to });
    sender.tell.after({ ms: 5 });
    sender.tell.every({ ms: 10 });
    await system.settle();
    await live(25);
    sender.tell.cancel();
    await system.settle();
    await live(25);
    expect(log).toEqual(['5 put 5', '10 ask 10', '20 ask 10', '25 cancelled true']);
    expect([used(), slotsTaken()]).toEqual([0, 0]);
  });

  test.each([10, 1_000])('carries values of %d characters, each time', async (length) => {
    const to = system.spawn(1, Target);
    const sender = system.spawn(WORKER, Sender, { to });
    sender.tell.texts({ length });
    await system.settle();
    await live(30);
    sender.tell.cancel();
    await system.settle();
    expect(log).toEqual([
      `10 text ${length}`, `20 text ${length}`, `30 text ${length}`, '30 cancelled true',
    ]);
    expect([used(), slotsTaken()]).toEqual([0, 0]);
  });

  test('what a full mailbox refuses is counted and told, and the interval goes on', async () => {
    const to = system.spawn(1, Target);
    const sender = system.spawn(WORKER, Sender, { to });
    sender.tell.every({ ms: 10 });
    sender.tell.after({ ms: 15 });
    system.step(WORKER);
    expect(() => {
      for (let n = 0; n < 1_000; n++) system.on(WORKER, to).tell.put({ n });
    }).toThrow('is full');
    await system.time.run(35);
    expect(system.events).toEqual([]);
    await system.time.run(75);
    const text = 'the mailbox of Target#1 is full: 256 messages wait';
    expect(system.events).toEqual([
      { kind: 'timersRefused', worker: 0, count: 11, text },
    ]);
    log.length = 0;
    await system.settle();
    await live(10);
    expect(log.at(-1)).toBe('120 ask 10');
    expect(used()).toBe(1);
  });

  test('to one that has ended an interval ends', async () => {
    const to = system.spawn(1, Target);
    const sender = system.spawn(WORKER, Sender, { to });
    sender.tell.every({ ms: 10 });
    sender.tell.after({ ms: 20 });
    await system.settle();
    to.tell.end();
    await system.settle();
    await live(200);
    expect(system.events).toEqual([
      { kind: 'timersRefused', worker: 0, count: 2, text: 'Target#1 has ended' },
    ]);
    expect([used(), slotsTaken(), system.time.pending]).toEqual([0, 0, 0]);
  });
});

describe('TIMERS-7: the end of an incarnation', () => {
  test.each(['killed', 'shutdown', 'normal'] as const)('%s ends its timers', async (reason) => {
    const [one, waiter] = [clockwork(), system.spawn(WORKER, Waiter, 10)];
    one.tell.after({ ms: 10, n: 1 });
    one.tell.every({ ms: 5, n: 0 });
    await system.settle();
    await system.time.run(10);
    for (const { id } of [one, waiter]) {
      system.main.mail.notices.signal(idLow(id.index, id.generation), 0, Signal[reason]);
    }
    await system.settle();
    await live(20);
    expect(log.filter((line) => !line.includes('attempt'))).toEqual([]);
    expect([used(), slotsTaken(), system.time.pending]).toEqual([0, 0, 0]);
  });

  test('the next incarnation sees none, not even one that waited', async () => {
    const { main, workers } = system;
    const thread = workers[WORKER]?.thread.index ?? 0;
    const place = { placement: { thread, isPinned: false }, restartType: 1, parent: 0 };
    const { low, high } = placeActor(main, imageOf(main, Waiter, undefined), place);
    main.mail.notices.signal(low, high, Signal.start);
    const waiter = main.makeRef(low, high).as(Waiter);
    await system.settle();
    waiter.tell.stale();
    waiter.tell.arm();
    waiter.tell.crash();
    await system.settle();
    expect(used()).toBe(0);
    main.mail.notices.signal(low, high, Signal.start);
    await system.settle();
    waiter.tell.arm();
    await system.settle();
    await system.time.run(10);
    main.mail.notices.signal(low, high, Signal.killed);
    await system.settle();
    main.mail.notices.signal(low, high, Signal.start);
    await system.settle();
    pass.open();
    await live(30);
    expect(waiter.incarnation).toBe(3);
    expect(log).toEqual([]);
    // Of terminate and of the promise of the first incarnation.
    expect(codes()).toEqual(['ACTORS_EXITED', 'ACTORS_EXITED']);
    expect(String(errors[1])).toContain('Waiter#1 has ended, so it gets no timer');
    expect([used(), slotsTaken()]).toEqual([0, 0]);
  });
});

describe('misuse', () => {
  test('ACTORS_OPTION_INVALID: a delay is a whole number within limits', async () => {
    system.spawn(WORKER, Waiter).tell.limits();
    await system.settle();
    expect(codes()).toEqual(Array.from({ length: 7 }, () => 'ACTORS_OPTION_INVALID'));
    expect(String(errors[1])).toBe(
      'ActorsError: periodMs is 0.5; ' +
        'it must be a whole number of milliseconds from 1 to 2147483647',
    );
  });

  test('ACTORS_VALUE_INVALID: a ref of another system is refused', async () => {
    otherSystem = systemOf().spawn(0, Target);
    system.spawn(WORKER, Waiter).tell.foreign();
    await system.settle();
    expect(codes()).toEqual(['ACTORS_VALUE_INVALID']);
  });

  test('ACTORS_TIMERS_EXHAUSTED: all timers in use; nothing is lost', async () => {
    system = systemOf({ timers: 3 });
    const waiter = system.spawn(WORKER, Waiter);
    waiter.tell.flood({ count: 5 });
    await system.settle();
    expect(codes()).toEqual(['ACTORS_TIMERS_EXHAUSTED', 'ACTORS_TIMERS_EXHAUSTED']);
    expect(String(errors[0])).toContain('all 3 timers are in use (option timers)');
    expect([used(), slotsTaken()]).toEqual([3, 3]);
    waiter.tell.end();
    await system.settle();
    expect([used(), slotsTaken()]).toEqual([0, 0]);
  });

  test('ACTORS_SLOTS_EXHAUSTED and ACTORS_FIELD_INVALID leave no record behind', async () => {
    const waiter = system.spawn(WORKER, Waiter);
    waiter.tell.wrong();
    await system.settle();
    waiter.tell.flood({ count: 1 });
    const { mail } = system.main;
    const other = system.workers[WORKER]?.thread.mail;
    while (mail.slots.take() !== 0 || other?.slots.take() !== 0);
    await system.settle();
    expect(codes()).toEqual(['ACTORS_FIELD_INVALID', 'ACTORS_SLOTS_EXHAUSTED']);
    expect(used()).toBe(0);
  });
});

test('timers that come, are cancelled or end with their actor leave nothing behind', async () => {
  system = systemOf({ timers: 64, slots: 2_048, maxActors: 50 });
  for (let round = 0; round < 400; round++) {
    const [one, other] = [clockwork(), clockwork(1)];
    const to = system.spawn(1, Target);
    const sender = system.spawn(WORKER, Sender, { to });
    one.tell.after({ ms: 1, n: 1 });
    one.tell.every({ ms: 1, n: 2 });
    other.tell.after({ ms: 5, n: 1 });
    other.tell.cancel();
    other.tell.every({ ms: 1, n: 0 });
    sender.tell.texts({ length: 500 });
    await live(3);
    for (const each of [one, other, sender, to]) kill(each);
    await system.settle();
    expect(system.exits.length).toBe(4 * (round + 1));
    expect([used(), slotsTaken()]).toEqual([0, 0]);
  }
});

/** Hands an actor that is runnable to the other worker. */
async function move(one: ActorRef, from: number): Promise<void> {
  const taker = system.workers[1 - from]?.thread.index ?? 0;
  system.workers[from]?.scheduler.stealing.hand(one.id.index, taker);
  await system.settle();
}

describe('a timer goes with its actor', () => {
  test('TIMERS-4: its taker is called, and its giver no more', async () => {
    const one = clockwork();
    one.tell.after({ ms: 10, n: 1 });
    one.tell.every({ ms: 20, n: 0 });
    await system.settle();
    await move(one, 0);
    expect(system.time.pending).toBe(2);
    await live(20);
    await move(one, 1);
    await live(20);
    expect(log).toEqual(['10 tick 1 on 1', '20 stopAt 1 on 1', '40 stopAt 2 on 0']);
    kill(one);
    await system.settle();
    expect([used(), slotsTaken(), system.time.pending]).toEqual([0, 0, 0]);
  });

  test('also while its messages wait, each of which comes once', async () => {
    const one = clockwork();
    one.tell.after({ ms: 10, n: 1 });
    one.tell.every({ ms: 10, n: 2 });
    await system.settle();
    await system.time.run(10);
    await move(one, 0);
    await live(10);
    expect(log).toEqual([
      '10 tick 1 on 1', '10 stopAt 1 on 1', '20 stopAt 2 on 1', '20 cancelled true',
    ]);
    expect([used(), slotsTaken(), system.time.pending]).toEqual([0, 0, 0]);
  });

  test('equal due times keep the order in which they were made', async () => {
    const one = clockwork();
    for (let n = 0; n < 5; n++) one.tell.after({ ms: 10, n });
    await system.settle();
    await move(one, 0);
    await live(10);
    expect(log.map((line) => line.split(' ')[2])).toEqual(['0', '1', '2', '3', '4']);
  });

  test('TIMERS-5: a successor of a dead worker is called for what was not delivered', async () => {
    const one = clockwork();
    one.tell.after({ ms: 10, n: 1 });
    one.tell.every({ ms: 30, n: 0 });
    await system.settle();
    const dead = system.workers[WORKER]?.thread;
    if (dead === undefined) throw new Error('there is a worker 0');
    const { actorTimers } = dead;
    // It ends between two steps of a delivery: the record says queued, the slot has no target.
    const [first = 0] = actorTimers.records.list(one.id.index);
    dead.words[actorTimers.records.at(first) + TimerRecord.plain.queued] = 1;
    const held = actorTimers.records.take();
    actorTimers.forget(one.id.index);
    expect([used(), system.time.pending, held]).toEqual([3, 0, 3]);
    actorTimers.rearm(one.id.index);
    actorTimers.records.recover();
    expect(used()).toBe(2);
    await live(30);
    expect(log).toEqual(['10 tick 1 on 0', '30 stopAt 1 on 0']);
  });
});

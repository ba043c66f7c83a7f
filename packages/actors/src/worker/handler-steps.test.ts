import { describe, expect, test } from 'vitest';
import { actor } from '../behaviour.js';
import type { ActorRef } from '../contract/ref.js';
import { textOf } from '../errors.js';
import { reply, u32, value } from '../kinds.js';
import { INITIAL_REDUCTIONS } from '../limits.js';
import { Signal } from '../phases.js';
import { HandlerSteps } from './handler-steps.js';
import { steppedSystem } from '../testing/index.js';
import type { SteppedSystem } from '../testing/index.js';

const log: string[] = [];
let go: () => void = () => undefined;
/** What the header of a message says that is sent now, and whether it was right. */
let senderNow: () => number = () => 0;
const senders: boolean[] = [];
/** What the next `odd` yields, or what it returns instead of a generator. */
let odd: unknown;

const none = (): undefined => undefined;

const Worker = actor(import.meta.url, 'Worker', {
  state: { sum: u32 },
  messages: {
    steps: reply({ count: u32, cost: u32 }, u32),
    own: reply({ n: u32 }, u32),
    note: { n: u32 },
    sum: reply(u32),
    odd: reply(u32),
    stop: {},
    throws: {},
    mute: reply(u32),
  },
  receive: {
    *steps(self, message) {
      try {
        for (let n = 0; n < message.count; n++) {
          self.state.sum += 1;
          yield message.cost;
        }
        message.reply(self.state.sum);
      } finally {
        log.push(`closed at ${self.state.sum} of ${message.count}`);
      }
    },
    *own(self, message) {
      const first = message.n;
      yield INITIAL_REDUCTIONS;
      senders.push(senderNow() === (self.ref as unknown as { low: number }).low); // its id's word
      message.reply(first * 1_000 + message.n);
      self.ref.tell.note({ n: first });
    },
    note: (self, message) => {
      log.push(`note ${message.n} at ${self.state.sum}`);
    },
    sum: (self, message) => message.reply(self.state.sum),
    *odd() {
      try {
        yield odd as number;
      } finally {
        log.push('odd closed');
      }
    },
    *stop(self) {
      self.stop();
      yield INITIAL_REDUCTIONS;
      log.push('stops at the end');
    },
    *throws() {
      yield INITIAL_REDUCTIONS;
      throw new Error('in the second turn');
    },
    *mute() {
      yield;
    },
  },
});

const Later = actor(import.meta.url, 'Later', {
  init: () => ({ made: [] as number[] }),
  messages: { make: reply(value<number>(), value<readonly number[]>()), size: reply(u32) },
  receive: {
    async *make(self, message) {
      try {
        for (let n = 0; n < message.value; n++) {
          self.state.made.push(n);
          yield;
          if (n === 1) {
            await new Promise<void>((resolve) => {
              go = resolve;
            });
          }
        }
        message.reply(self.state.made);
      } finally {
        log.push(`async closed at ${self.state.made.length}`);
      }
    },
    size: (self, message) => message.reply(self.state.made.length),
  },
});

const Raw = actor(import.meta.url, 'Raw', {
  state: {},
  messages: { any: reply(u32) },
  receive: { any: () => odd as undefined },
});

const Finally = actor(import.meta.url, 'Finally', {
  state: {},
  messages: { wait: reply(u32) },
  receive: {
    *wait(_self, message) {
      try {
        yield INITIAL_REDUCTIONS;
        yield INITIAL_REDUCTIONS;
      } finally {
        message.reply(5);
        // oxlint-disable-next-line no-unsafe-finally -- what a program does here is tested
        throw new Error('no clean end');
      }
    },
  },
});

function systemOf(sizes: { readonly maxActors?: number } = {}): SteppedSystem {
  log.length = 0;
  return steppedSystem({ behaviours: [Worker, Later, Raw, Finally], slots: 512, ...sizes });
}

async function outcome(system: SteppedSystem, asked: Promise<unknown>): Promise<unknown> {
  const ended = asked.catch(textOf);
  await system.settle();
  return ended;
}

function signal(system: SteppedSystem, ref: ActorRef, bits: number): void {
  const { low, high } = ref as unknown as { low: number; high: number }; // its id's words
  system.main.mail.notices.signal(low, high, bits);
}

/** Turns of the one actor that is runnable until nothing moves. */
function turns(system: SteppedSystem): number {
  let count = 0;
  while (system.step(0, 1) > 0) count += 1;
  return count;
}

describe('STEPS-1, ACTORS-S3: a generator handler', () => {
  test.each([
    [1, 1],
    [INITIAL_REDUCTIONS - 2, 1],
    [INITIAL_REDUCTIONS - 1, 2],
    [3 * INITIAL_REDUCTIONS - 1, 4],
  ])('of %d yields takes %d turns', async (count, expected) => {
    const system = systemOf();
    const asked = system.spawn(0, Worker).ask.steps({ count, cost: 1 });
    expect(turns(system)).toBe(expected);
    expect(await outcome(system, asked)).toBe(count);
  });

  test('pays what it yields, and what was too much is not carried over', async () => {
    const system = systemOf();
    const worker = system.spawn(0, Worker);
    const asked = worker.ask.steps({ count: 10, cost: INITIAL_REDUCTIONS / 2 });
    expect(turns(system)).toBe(6);
    expect(await outcome(system, asked)).toBe(10);
    worker.tell.steps({ count: 10, cost: 100 * INITIAL_REDUCTIONS });
    expect(turns(system)).toBe(11);
  });

  test('lets others run between, while its own mail waits in order', async () => {
    const system = systemOf();
    const worker = system.spawn(0, Worker);
    const other = system.spawn(0, Worker, { sum: 1_000 });
    const asked = worker.ask.steps({ count: 5, cost: INITIAL_REDUCTIONS });
    for (let n = 1; n <= 3; n++) worker.tell.note({ n });
    other.tell.note({ n: 9 });
    expect(await outcome(system, asked)).toBe(5);
    const notes = [1, 2, 3].map((n) => `note ${n} at 5`);
    expect(log).toEqual(['note 9 at 1000', 'closed at 5 of 5', ...notes]);
  });

  test('is not stolen between its steps', () => {
    const system = systemOf();
    const workers = Array.from({ length: 8 }, () => system.spawn(0, Worker));
    for (const worker of workers) worker.tell.steps({ count: 9, cost: INITIAL_REDUCTIONS });
    system.step(0, 8);
    const [victim, thief] = system.workers;
    thief?.scheduler.stealing.ask(1_000);
    victim?.scheduler.stealing.share(1_000);
    thief?.scheduler.stealing.ask(2_000);
    system.step(0, 8);
    expect(system.step(1)).toBe(0);
    turns(system);
    expect(log.length).toBe(8);
  });

  test('holds its slot, and gives it back, answered or not', async () => {
    const system = systemOf({ maxActors: 1 });
    const worker = system.spawn(0, Worker);
    for (let n = 1; n <= 600; n++) {
      expect(await outcome(system, worker.ask.steps({ count: 2, cost: 3_000 }))).toBe(2 * n);
      expect(await outcome(system, worker.ask.mute())).toContain('without a reply');
    }
  });
});

test('ACTORS-O8: a generator has its own self and message', async () => {
  const system = systemOf();
  const workers = Array.from({ length: 3 }, () => system.spawn(0, Worker));
  senderNow = () => system.workers[0]?.thread.mail.stamp.fromLow ?? 0;
  const asked = Promise.all(workers.map((worker, n) => worker.ask.own({ n: n + 1 })));
  expect(await outcome(system, asked)).toEqual([1_001, 2_002, 3_003]);
  expect(log.toSorted()).toEqual([1, 2, 3].map((n) => `note ${n} at 0`));
  expect([senders, senderNow()]).toEqual([[true, true, true], 0]);
});

test('a generator stops its actor at its end, and throws in any turn', async () => {
  const system = systemOf();
  const [stops, throws] = [system.spawn(0, Worker), system.spawn(0, Worker)];
  stops.tell.stop();
  throws.tell.throws();
  const queued = Promise.all([stops, throws].map(({ ask }) => ask.sum().catch(textOf)));
  expect(await outcome(system, queued)).toEqual([
    'Worker#1, asked for sum, exited (normal)',
    'Worker#2, asked for sum, exited (crashed: in the second turn)',
  ]);
  expect(log).toEqual(['stops at the end']);
});

describe('STEPS-2: an asynchronous generator', () => {
  test('awaits, and takes a turn for each yield; its mail waits', async () => {
    const system = systemOf();
    const later = system.spawn(0, Later);
    const made = later.ask.make(4);
    const size = later.ask.size();
    await system.settle();
    await expect(Promise.race([made, Promise.resolve('waits')])).resolves.toBe('waits');
    go();
    expect(await outcome(system, Promise.all([made, size]))).toEqual([[0, 1, 2, 3], 4]);
    expect(log).toEqual(['async closed at 4']);
  });

  test.each([
    ['yield', 4, 3],
    ['end', 2, 2],
  ])('closed while it awaits ends at its next %s, without effect', async (_name, count, size) => {
    const system = systemOf({ maxActors: 1 });
    const first = system.spawn(0, Later);
    const made = first.ask.make(count);
    await system.settle();
    const goOn = go;
    signal(system, first, Signal.shutdown);
    expect(await outcome(system, made)).toContain('exited (shutdown)');
    const next = system.spawn(0, Later);
    const asked = next.ask.make(count);
    const queued = next.ask.size();
    await system.settle();
    goOn();
    await system.settle();
    expect(log).toEqual([`async closed at ${size}`]);
    await expect(Promise.race([queued, Promise.resolve('waits')])).resolves.toBe('waits');
    go();
    expect(await outcome(system, asked)).toEqual([0, 1, 2, 3].slice(0, count));
    expect(system.exits.length).toBe(1);
  });

  test('takes no step while one has not settled, whatever is in the run queue', () => {
    let steps = 0;
    const next = async (): Promise<void> => {
      steps += 1;
    };
    const listener = { again: none, returned: none, threw: none };
    const stepwise = new HandlerSteps({ next, return: none }, listener);
    stepwise.run(1);
    stepwise.run(1);
    expect(steps).toBe(1);
  });
});

describe('STEPS-3: an exit between two steps', () => {
  test('runs its finally, which still has its state and message', async () => {
    const system = systemOf();
    const worker = system.spawn(0, Worker);
    const asked = worker.ask.steps({ count: 9, cost: INITIAL_REDUCTIONS });
    for (let n = 0; n < 3; n++) system.step(0, 1);
    signal(system, worker, Signal.shutdown);
    expect(await outcome(system, asked)).toContain('exited (shutdown)');
    expect(log).toEqual(['closed at 3 of 9']);
  });

  test('is complete when finally threw, whose text is told; a reply there counts', async () => {
    const system = systemOf();
    const ref = system.spawn(0, Finally);
    const asked = ref.ask.wait();
    system.step(0, 1);
    signal(system, ref, Signal.shutdown);
    expect(await outcome(system, asked)).toBe(5);
    const text = 'its handler threw when it was closed: no clean end';
    expect(system.exits).toEqual([{ index: 1, reason: 'shutdown', text }]);
  });

  test('runs nothing after killed, and the index goes to another', async () => {
    const system = systemOf({ maxActors: 1 });
    const worker = system.spawn(0, Worker);
    const asked = worker.ask.steps({ count: 9, cost: INITIAL_REDUCTIONS });
    system.step(0, 1);
    signal(system, worker, Signal.killed);
    system.step(0, 0);
    expect(await outcome(system, asked)).toContain('exited (killed)');
    const next = system.spawn(0, Worker);
    expect(await outcome(system, next.ask.steps({ count: 9, cost: 3_000 }))).toBe(9);
    expect(log).toEqual(['closed at 9 of 9']);
  });

  test('also comes when the worker stops', async () => {
    const system = systemOf();
    system.spawn(0, Worker).tell.steps({ count: 9, cost: INITIAL_REDUCTIONS });
    system.step(0, 1);
    await system.workers[0]?.scheduler.lives.endAll('shutdown');
    expect(log).toEqual(['closed at 1 of 9']);
  });
});

test.each([
  ['a promise', () => Promise.resolve()],
  ['number 0', () => 0],
  ['number NaN', () => Number.NaN],
  ['string all', () => 'all'],
])('ACTORS_YIELD_INVALID: %s, and finally runs', async (text, make) => {
  const system = systemOf();
  odd = make();
  const worker = system.spawn(0, Worker);
  expect(await outcome(system, worker.ask.odd())).toContain(`yielded ${text}: it must`);
  expect([log, worker.alive]).toEqual([['odd closed'], false]);
});

const fails = (): never => {
  throw new Error('no step');
};
const iterators: readonly (readonly [name: string, made: unknown, told: string])[] = [
  ['whose next throws', { next: fails, return: none }, 'no step'],
  ['whose next returns nothing', { next: none, return: none }, 'crashed'],
  ['whose next rejects', { next: async () => fails(), return: fails }, 'no step'],
  ['that is an array', [1, 2], 'without a reply'],
];
test.each(iterators)('an iterator %s ends its own actor at most', async (_name, made, told) => {
  const system = systemOf();
  odd = made;
  const [raw, other] = [system.spawn(0, Raw), system.spawn(0, Worker)];
  expect(await outcome(system, raw.ask.any())).toContain(told);
  expect(await outcome(system, other.ask.sum())).toBe(0);
});

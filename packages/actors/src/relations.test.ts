/** Monitors and links, step by step. Tests cite OTP's functions where OTP states the rule. */
import { beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { actor } from './behaviour.js';
import type { AnyBehaviour, ExitRequest, IsolateSelf } from './contract/behaviour.js';
import type { ActorRef } from './contract/ref.js';
import type { DownEvent, ExitNews } from './contract/relations.js';
import { f64, u32 } from './kinds.js';
import { exitSignal, Signal } from './phases.js';
import type { ActorRefObject } from './ref-object.js';
import { imageOf, placeActor } from './spawn.js';
import { steppedSystem } from './testing/index.js';
import type { SteppedOptions, SteppedSystem } from './testing/index.js';

type Own = IsolateSelf<unknown, object>;
type Job = (self: Own) => unknown;

const jobs: Job[] = [];
const results: unknown[] = [];
const lines: string[] = [];
/** What the next event does besides. */
let then: ((self: Own, event: ExitNews) => unknown) | undefined;

const messages = { run: { job: u32 }, note: { number: u32 } };
const receive = {
  run: (self: Own, message: { readonly job: number }): void | Promise<void> => {
    const result = jobs[message.job]?.(self);
    results.push(result);
    if (result instanceof Promise) return result as Promise<void>;
  },
  note: (_self: Own, message: { readonly number: number }): void =>
    void lines.push(`note ${message.number}`),
};

const tell = (self: Own, kind: string, event: ExitNews): void => {
  const { ref, incarnation, reason } = event;
  lines.push(`${kind} ${ref.id.index} ${reason} ${incarnation}`);
  return then?.(self, event) as void;
};

/** Is told of everything. */
const Watcher = actor(import.meta.url, 'Watcher', {
  init: () => ({}),
  messages,
  receive,
  terminate: (_self, reason) => void lines.push(`terminate ${reason}`),
  down: (self, event) => tell(self, event.exits === 1 ? 'down' : `down x${event.exits}`, event),
  exited: (self, event) => tell(self, 'exited', event),
});

/** Has neither handler. */
const Plain = actor(import.meta.url, 'Plain', { init: () => ({}), messages, receive });

const Shared = actor(import.meta.url, 'Shared', {
  state: { monitor: f64, downs: u32 },
  messages: { stop: {}, crash: {} },
  receive: {
    stop: (self) => self.stop(),
    crash: () => {
      throw new Error('crash on request');
    },
  },
  down: (self, event) => {
    self.state.downs += 1;
    self.state.monitor = event.monitor;
    lines.push(`shared ${self.state.downs} ${event.reason} ${self.state.monitor}`);
  },
});

/** Its init fails from the second start on. */
const Frail = actor(import.meta.url, 'Frail', {
  init: (self) => {
    if (self.ref.incarnation > 0) throw new Error('no more');
  },
  messages: {},
  receive: {},
});

const behaviours = [Watcher, Plain, Shared, Frail];
let system: SteppedSystem;

const begin = (given: Partial<SteppedOptions> = {}): void => {
  system = steppedSystem({ behaviours, ...given });
};

beforeEach(() => {
  jobs.length = 0;
  results.length = 0;
  lines.length = 0;
  then = undefined;
  begin();
});

/** What has been told since the last time. */
const told = (): readonly string[] => lines.splice(0);
const wordsOf = (ref: ActorRef): ActorRefObject => ref as ActorRefObject;
const used = (): number => system.main.relations.records.used;

/** Runs a job as a message's handler of an actor; answers with what it returned. */
async function run<R>(ref: ActorRef<typeof Plain>, job: (self: Own) => R): Promise<R> {
  jobs.push(job);
  ref.tell.run({ job: jobs.length - 1 });
  await system.settle();
  const result = results.at(-1);
  return (result instanceof Promise ? undefined : result) as R;
}

async function exit(ref: ActorRef, reason: ExitRequest = 'killed'): Promise<void> {
  const { low, high } = wordsOf(ref);
  system.main.mail.notices.signal(low, high, exitSignal(reason));
  await system.settle();
}

/** An actor that a supervisor would start again. */
function supervised<B extends AnyBehaviour>(behaviour: B, worker = 0): ActorRef<B> {
  const thread = system.workers[worker]?.thread.index ?? 0;
  const place = { placement: { thread, isPinned: false }, restartType: 1, parent: 0 };
  const { low, high } = placeActor(system.main, imageOf(system.main, behaviour, undefined), place);
  return system.main.makeRef(low, high).as(behaviour);
}

async function signal(ref: ActorRef, bits: number): Promise<void> {
  const { low, high } = wordsOf(ref);
  system.main.mail.notices.signal(low, high, bits);
  await system.settle();
}

const watcher = (worker = 0): ActorRef<typeof Watcher> => system.spawn(worker, Watcher);
const plain = (worker = 0): ActorRef<typeof Plain> => system.spawn(worker, Plain);
const codeOf = (code: string, text: string): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(text) });

/** What a job throws. */
function thrown(job: () => unknown): unknown {
  try {
    job();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('monitors', () => {
  test.each<[ExitRequest, number]>([
    ['normal', 0], ['shutdown', 0], ['killed', 0], ['normal', 1], ['killed', 1],
  ])('erlang:monitor/2: told of an exit for reason %s on worker %i', async (reason, worker) => {
    const [one, other] = [watcher(), plain(worker)];
    await run(one, (self) => self.monitor(other));
    expect(told()).toEqual([]);
    await exit(other, reason);
    expect(told()).toEqual([`down 2 ${reason} 1`]);
    await exit(one);
    expect(used()).toBe(0);
  });

  test('erlang:monitor/2: an actor that has ended is told of at once, as noActor', async () => {
    const [one, other] = [watcher(), plain()];
    await exit(other, 'normal');
    await run(one, (self) => {
      self.monitor(other);
      lines.push('monitored');
    });
    expect(told()).toEqual(['monitored', 'down 2 noActor 0']);
    expect(used()).toBe(0);
  });

  test('erlang:monitor/2: several monitors of one actor are each told', async () => {
    const [one, other] = [watcher(), plain(1)];
    const numbers: number[] = [];
    const monitors = await run(one, (self) => [self.monitor(other), self.monitor(other)]);
    then = (_self, event) => numbers.push((event as DownEvent).monitor);
    await exit(other);
    expect(told()).toEqual(['down 2 killed 1', 'down 2 killed 1']);
    expect(numbers.toSorted()).toEqual([...monitors].toSorted());
  });

  test('erlang:monitor/2: to monitor itself has no effect', async () => {
    const one = watcher();
    expect(await run(one, (self) => self.monitor(one))).toBe(0);
    expect([await run(one, (self) => self.demonitor(0)), used()]).toEqual([false, 0]);
  });

  test('erlang:monitor/2: the monitor of one is nothing to the other', async () => {
    const [one, other] = [watcher(), plain(1)];
    await run(one, (self) => self.monitor(other));
    await exit(one);
    expect([told(), other.alive]).toEqual([[], true]);
    expect(used()).toBe(0);
  });

  test('erlang:demonitor/1: nothing comes after, also of an exit that was under way', async () => {
    const [one, other] = [watcher(), plain(1)];
    const before = await run(one, (self) => self.monitor(other));
    expect(await run(one, (self) => [self.demonitor(before), self.demonitor(before)])).toEqual([
      true, false,
    ]);
    const late = await run(one, (self) => self.monitor(other));
    const { low, high } = wordsOf(other);
    jobs.push((self) => results.push(self.demonitor(late)));
    one.tell.run({ job: jobs.length - 1 });
    system.main.mail.notices.signal(low, high, Signal.killed);
    system.step(1);
    // The exit has been queued; the message would come after it.
    system.on(0, one);
    await system.settle();
    expect(told()).toEqual(['down 2 killed 1']);
    expect(used()).toBe(0);
  });

  test('RELATIONS-5: a demonitor in the same turn as the exit is exact', async () => {
    const [one, other] = [watcher(), plain(0)];
    const number = await run(one, (self) => self.monitor(other));
    await run(one, (self) => {
      // The other ends while this turn runs, as it may on another worker.
      system.workers[0]?.scheduler.lives.end(wordsOf(other).id.index, 'crashed');
      results.push(self.demonitor(number));
    });
    expect([results.at(-2), told(), used()]).toEqual([true, [], 0]);
  });

  test('a monitor of another actor, or none, is refused', async () => {
    const [one, two, other] = [watcher(), watcher(), plain()];
    const number = await run(one, (self) => self.monitor(other));
    for (const wrong of [number, NaN, -1, 0.5, number + 1, number + 2 ** 20, 2 ** 53])
      expect(await run(two, (self) => self.demonitor(wrong))).toBe(false);
    expect(await run(one, (self) => self.demonitor(number + 2 ** 20))).toBe(false);
    await exit(other);
    expect(told()).toEqual(['down 3 killed 1']);
  });

  test('NEWS-1: news come before the messages that wait', async () => {
    const [one, other] = [watcher(), plain(1)];
    await run(one, (self) => self.monitor(other));
    one.tell.note({ number: 1 });
    system.main.mail.notices.signal(wordsOf(other).low, wordsOf(other).high, Signal.killed);
    system.step(1);
    await system.settle();
    expect(told()).toEqual(['down 2 killed 1', 'note 1']);
  });

  test('NEWS-1: news wait while a handler awaits', async () => {
    const [one, other] = [watcher(), plain(1)];
    let go: () => void = vi.fn<() => void>();
    await run(one, (self) => {
      self.monitor(other);
      return new Promise<void>((resolve) => { go = resolve; });
    });
    one.tell.note({ number: 1 });
    await exit(other);
    expect(told()).toEqual([]);
    go();
    await system.settle();
    expect(told()).toEqual(['down 2 killed 1', 'note 1']);
  });

  test('a shared-state actor is told in its state; the number fits an f64 field', async () => {
    const [one, other] = [system.spawn(0, Shared), plain(1)];
    const { relations } = system.workers[0]?.thread ?? system.main;
    const number = relations.make(wordsOf(one), wordsOf(other), false);
    await exit(other);
    expect(told()).toEqual([`shared 1 killed ${number}`]);
  });

  test('NEWS-2: what a down handler throws is its exit, and stop is one', async () => {
    const [one, two, others] = [watcher(), watcher(), [plain(1), plain(1), plain(1)]];
    for (const actorOf of [one, two])
      await run(actorOf, (self) => others.map((other) => self.monitor(other)));
    then = (self) => {
      if (wordsOf(self.ref).id.index === 1) throw new Error('I cannot stand it');
      self.stop();
    };
    for (const other of others) {
      const { low, high } = wordsOf(other);
      system.main.mail.notices.signal(low, high, Signal.killed);
    }
    await system.settle();
    expect(told().toSorted()).toEqual(
      ['down 3 killed 1', 'down 3 killed 1', 'terminate crashed', 'terminate normal'],
    );
    const ended = system.exits.filter(({ index }) => index < 3);
    expect(ended.map(({ reason, text }) => `${reason} ${text}`).toSorted()).toEqual([
      'crashed I cannot stand it', 'normal ',
    ]);
    expect(used()).toBe(0);
  });

  test('NEWS-2: a handler that returns a promise is an error of its actor', async () => {
    const [one, other] = [watcher(), plain(1)];
    await run(one, (self) => self.monitor(other));
    then = () => Promise.resolve();
    await exit(other);
    expect(system.exits.map(({ text }) => text)).toContain(
      'Watcher: down returned a promise, and is synchronous',
    );
  });

  test('ACTORS_DEFINITION_INVALID without a down handler, ACTORS_VALUE_INVALID', async () => {
    const [one, other] = [plain(), watcher()];
    expect(await run(one, (self) => thrown(() => self.monitor(other)))).toEqual(
      codeOf('ACTORS_DEFINITION_INVALID', 'its behaviour has no down handler'),
    );
    const elsewhere = steppedSystem({ behaviours }).spawn(0, Plain);
    for (const wrong of [elsewhere, {} as ActorRef]) {
      const refused = codeOf('ACTORS_VALUE_INVALID', 'a reference of this actor system');
      expect(await run(other, (self) => thrown(() => self.monitor(wrong)))).toEqual(refused);
      expect(await run(other, (self) => thrown(() => self.link(wrong)))).toEqual(refused);
    }
  });

  test('ACTORS_RELATIONS_EXHAUSTED; what ended makes room', async () => {
    begin({ relations: 2 });
    const [one, other] = [watcher(), plain(1)];
    const numbers = await run(one, (self) => [self.monitor(other), self.monitor(other)]);
    const full = codeOf('ACTORS_RELATIONS_EXHAUSTED', 'all 2 monitors and links are in use');
    expect(await run(one, (self) => thrown(() => self.monitor(other)))).toEqual(full);
    expect(await run(one, (self) => thrown(() => self.link(other)))).toEqual(full);
    await run(one, (self) => numbers.map((number) => self.demonitor(number)));
    expect(used()).toBe(0);
    expect(await run(one, (self) => self.monitor(other))).toBeGreaterThan(0);
  });

  test('types: events are typed, and a handler has the state', () => {
    actor(import.meta.url, 'Typed', {
      state: { downs: u32 },
      messages: {},
      receive: {},
      down: (self, event) => {
        expectTypeOf(self.state.downs).toEqualTypeOf<number>();
        expectTypeOf(event).toEqualTypeOf<DownEvent>();
      },
      exited: (_self, event) => expectTypeOf(event).toEqualTypeOf<ExitNews>(),
    });
    const wrong = { init: () => 0, messages: {}, receive: {}, down: 3 };
    // @ts-expect-error down is no function
    expect(() => actor(import.meta.url, 'Wrong', wrong)).toThrow(
      codeOf('ACTORS_DEFINITION_INVALID', 'down is number, must be a function'),
    );
    const late = { init: () => 0, messages: {}, receive: {}, exited: async () => undefined };
    expect(() => actor(import.meta.url, 'Late', late)).toThrow(
      codeOf('ACTORS_DEFINITION_INVALID', 'exited is asynchronous or a generator'),
    );
  });
});

describe('restarts', () => {
  test('a monitor stays armed through restarts and names each incarnation', async () => {
    const [one, other] = [watcher(), supervised(Plain, 1)];
    await system.settle();
    const number = await run(one, (self) => self.monitor(other));
    for (const incarnation of [1, 2, 3]) {
      await exit(other);
      expect(told()).toEqual([`down 2 killed ${incarnation}`]);
      await signal(other, Signal.start);
    }
    await exit(other, 'shutdown');
    await signal(other, Signal.end);
    expect(told()).toEqual(['down 2 shutdown 4']);
    expect([other.alive, await run(one, (self) => self.demonitor(number)), used()]).toEqual([
      false, false, 0,
    ]);
  });

  test('RELATIONS-2: exits before the watcher ran are one event that counts', async () => {
    const [one, other] = [watcher(), supervised(Plain, 1)];
    await system.settle();
    await run(one, (self) => self.monitor(other));
    const { low, high } = wordsOf(other);
    const { killed, start, shutdown, normal } = Signal;
    for (const bits of [killed, start, shutdown, start, normal]) {
      system.main.mail.notices.signal(low, high, bits);
      system.step(1);
    }
    await system.settle();
    expect(told()).toEqual(['down x3 2 normal 3']);
    await signal(other, Signal.start);
    await exit(other);
    expect(told()).toEqual(['down 2 killed 4']);
  });

  test('a failed start is an exit of the incarnation that it would have been', async () => {
    const [one, other] = [watcher(), supervised(Frail, 1)];
    await system.settle();
    await run(one, (self) => self.monitor(other));
    await exit(other);
    await signal(other, Signal.start);
    await signal(other, Signal.start);
    expect(told()).toEqual(['down 2 killed 1', 'down 2 startFailed 2', 'down 2 startFailed 2']);
  });

  test('a monitor that was made while the actor was down for good is told noActor', async () => {
    const [one, other] = [watcher(), supervised(Plain, 1)];
    await system.settle();
    await exit(other);
    await run(one, (self) => self.monitor(other));
    expect(told()).toEqual([]);
    await signal(other, Signal.end);
    expect(told()).toEqual(['down 2 noActor 0']);
    expect(used()).toBe(0);
  });

  test('monitors and links of an incarnation end with it', async () => {
    const [one, other, linked] = [supervised(Watcher), plain(1), watcher(1)];
    await system.settle();
    await run(one, (self) => {
      self.monitor(other);
      self.link(linked);
    });
    await exit(one);
    await signal(one, Signal.start);
    expect(told()).toEqual(['exited 1 killed 1']);
    await exit(other);
    await exit(linked);
    expect([told(), used()]).toEqual([[], 0]);
  });
});

describe('links', () => {
  test.each([0, 1])('erlang:link/1: an exit ends the other, same reason (%i)', async (at) => {
    const all = [plain(), plain(at), plain(), plain(at)] as const;
    const [one, two, three, four] = all;
    await run(one, (self) => self.link(two));
    await run(three, (self) => self.link(two));
    await run(two, (self) => self.link(four));
    await run(one, () => { throw new Error('I am the first'); });
    await system.settle();
    expect(all.map(({ alive }) => alive)).toEqual([false, false, false, false]);
    expect(system.exits.map(({ index, reason, text }) => `${index} ${reason} ${text}`)).toEqual([
      '1 crashed I am the first', '2 crashed ', '3 crashed ', '4 crashed ',
    ]);
    expect(used()).toBe(0);
  });

  test.each<[ExitRequest, boolean]>([['normal', true], ['shutdown', false], ['killed', false]])(
    'erlang:link/1: %s leaves the other alive: %s', async (reason, alive) => {
      const [one, other] = [plain(), plain(1)];
      await run(one, (self) => self.link(other));
      await exit(one, reason);
      expect(other.alive).toBe(alive);
      const ended = alive ? ['normal'] : [reason, reason];
      expect(system.exits.map((entry) => entry.reason)).toEqual(ended);
      expect(used()).toBe(0);
    });

  test('erlang:process_flag(trap_exit): exited is told of each reason', async () => {
    const one = watcher();
    for (const reason of ['normal', 'shutdown', 'killed'] as const) {
      const other = plain(1);
      await run(one, (self) => self.link(other));
      await exit(other, reason);
    }
    expect(told()).toEqual(['exited 2 normal 1', 'exited 3 shutdown 1', 'exited 4 killed 1']);
    expect([one.alive, used()]).toEqual([true, 0]);
  });

  test('erlang:exit/2: a link is no shield against killed, which goes on as killed', async () => {
    const [one, other] = [watcher(), watcher(1)];
    await run(one, (self) => self.link(other));
    await exit(one, 'killed');
    expect([one.alive, told()]).toEqual([false, ['exited 1 killed 1']]);
  });

  test('erlang:link/1: linking twice, from either side, makes one link', async () => {
    const [one, other] = [watcher(), watcher(1)];
    await run(one, (self) => { self.link(other); self.link(other); });
    await run(other, (self) => self.link(one));
    expect(used()).toBe(1);
    await exit(one);
    expect(told()).toEqual(['exited 1 killed 1']);
  });

  test('RELATIONS-3: of two links that were made at the same time one tells', async () => {
    const [one, other] = [watcher(), watcher(1)];
    await system.settle();
    const [first, second] = system.workers.map(({ thread }) => thread.relations);
    first?.make(wordsOf(one), wordsOf(other), true);
    second?.make(wordsOf(other), wordsOf(one), true);
    await exit(one);
    expect([told(), used()]).toEqual([['exited 1 killed 1'], 0]);
  });

  test('erlang:link/1: to link itself has no effect', async () => {
    const one = plain();
    await run(one, (self) => self.link(one));
    expect([used(), await run(one, (self) => self.unlink(one))]).toEqual([0, false]);
  });

  test('erlang:link/1: an actor that has ended gives the exit noActor', async () => {
    const [one, two, other] = [watcher(), plain(), plain(1)];
    await exit(other);
    for (const actorOf of [one, two]) await run(actorOf, (self) => self.link(other));
    expect(told()).toEqual(['exited 3 noActor 0']);
    expect(system.exits.at(-1)).toEqual({ index: 2, reason: 'noActor', text: '' });
    expect(used()).toBe(0);
  });

  test('erlang:unlink/1: from either side, exactly; false without a link', async () => {
    const [one, other] = [plain(), watcher(1)];
    for (const by of [one, other]) {
      await run(one, (self) => self.link(other));
      const unlinks = await run(by, (self) => {
        const target = by === one ? other : one;
        return [self.unlink(target), self.unlink(target)];
      });
      expect([unlinks, used()]).toEqual([[true, false], 0]);
    }
    await run(one, (self) => self.link(other));
    await run(one, (self) => {
      system.workers[1]?.scheduler.lives.end(wordsOf(other).id.index, 'crashed');
      self.unlink(other);
    });
    expect([one.alive, other.alive, used()]).toEqual([true, false, 0]);
  });

  test('NEWS-1: a linked exit ends one that awaits in a handler, and one that starts', async () => {
    const [one, two, other] = [plain(), plain(), plain(1)];
    await run(one, (self) => self.link(other));
    await run(two, (self) => {
      self.link(other);
      return new Promise<void>(() => undefined);
    });
    await exit(other, 'shutdown');
    expect([one.alive, two.alive]).toEqual([false, false]);
  });

  test('a link with an actor that is down waits for its next exit, or for its end', async () => {
    const [one, two, other] = [watcher(), watcher(), supervised(Plain, 1)];
    await system.settle();
    await exit(other);
    await run(one, (self) => self.link(other));
    await signal(other, Signal.start);
    await exit(other);
    expect(told()).toEqual(['exited 3 killed 2']);
    await run(two, (self) => self.link(other));
    await signal(other, Signal.end);
    expect([told(), used()]).toEqual([['exited 3 noActor 0'], 0]);
  });
});

describe('ACTORS-O5 and bounds', () => {
  test('ACTORS-O5: with every slot and mailbox full, each exit is told', async () => {
    begin({ slots: 256, mailboxCapacity: 8, heapMiB: 8 });
    const [one, others] = [watcher(), Array.from({ length: 20 }, () => plain(1))];
    await run(one, (self) => others.map((other) => self.monitor(other)));
    await run(one, (self) => self.link(others[0] as ActorRef));
    const refused = thrown(() => {
      for (let round = 0; ; round++) {
        for (const full of [one, ...others])
          for (let n = 0; n < 8; n++) full.tell.note({ number: n });
        if (round > 100) return;
      }
    });
    expect(refused).toEqual(codeOf('ACTORS_MAILBOX_FULL', 'is full'));
    while (system.main.mail.slots.take() !== 0);
    for (const other of others) {
      const { low, high } = wordsOf(other);
      system.main.mail.notices.signal(low, high, Signal.killed);
    }
    await system.settle();
    const news = told().filter((line) => !line.startsWith('note'));
    expect(news.filter((line) => line.startsWith('down')).length).toBe(20);
    expect(news).toContain('exited 2 killed 1');
  });

  test('10,000 rounds of monitor and kill leave no record, whoever ends first', async () => {
    const one = watcher();
    const stays = plain(1);
    await system.settle();
    for (let round = 0; round < 2_500; round++) {
      const { relations } = system.workers[0]?.thread ?? system.main;
      const other = system.spawn(1, Shared);
      const short = system.spawn(0, Watcher);
      system.step(0);
      relations.make(wordsOf(one), wordsOf(other), false);
      relations.make(wordsOf(short), wordsOf(stays), round % 2 === 0);
      relations.make(wordsOf(short), wordsOf(one), round % 3 === 0);
      relations.demonitor(wordsOf(one), relations.make(wordsOf(one), wordsOf(stays), false));
      other.tell.stop();
      const { low, high } = wordsOf(short);
      system.main.mail.notices.signal(low, high, Signal.normal);
      for (const worker of [0, 1, 0, 1]) system.step(worker);
    }
    await system.settle();
    expect(told().filter((line) => line.startsWith('down')).length).toBe(2_500);
    expect(used()).toBe(0);
  });

  test('RELATIONS-6: useless ends of an actor are at most as many as useful ones', async () => {
    begin({ relations: 4_096 });
    const [one, other] = [watcher(), plain(1)];
    const numbers = await run(one, (self) =>
      Array.from({ length: 1_000 }, () => self.monitor(other)));
    for (const [index, number] of numbers.entries()) {
      await run(one, (self) => self.demonitor(number));
      const left = numbers.length - index - 1;
      expect(used()).toBeLessThanOrEqual(2 * left + 1);
    }
    expect(used()).toBe(0);
  });

  test('NEWS-3: many news are handled in several passes, each once', async () => {
    begin({ relations: 8_192, maxActors: 8_192 });
    const one = watcher();
    const others = Array.from({ length: 5_000 }, () => system.spawn(1, Shared));
    await run(one, (self) => others.map((other) => self.monitor(other)));
    for (const other of others) {
      const { low, high } = wordsOf(other);
      system.main.mail.notices.signal(low, high, Signal.killed);
    }
    system.step(1);
    const passes: number[] = [];
    for (let pass = 0; pass < 3; pass++) {
      system.step(0);
      passes.push(told().length);
    }
    expect(passes).toEqual([2_000, 2_000, 1_000]);
    await system.settle();
    await exit(one);
    expect(used()).toBe(0);
  });
});

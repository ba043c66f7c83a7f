import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { child, createActorSystem, supervisor } from '@ganglion/actors';
import type { ActorRef, ActorSystem, ActorSystemOptions, SystemEvent } from '@ganglion/actors';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

type Fixtures = typeof import('./fixtures/counter.js') &
  typeof import('./fixtures/traffic.js') &
  typeof import('./fixtures/lifecycle.js') &
  typeof import('./fixtures/absent.js');

// Worker threads load compiled modules, so the fixtures come from dist, where the build has put
// them.
const dist = new URL('../dist/fixtures/', import.meta.url);
const load = async (name: string): Promise<object> =>
  (await import(new URL(name, dist).href)) as object;
const { absent, Caller, Counter, Journal, Member, Room, Sink, Sleeper, Source, Spinner } = {
  ...(await load('counter.js')),
  ...(await load('traffic.js')),
  ...(await load('lifecycle.js')),
  ...(await load('absent.js')),
} as Fixtures;

const systems: ActorSystem[] = [];
const events: SystemEvent[] = [];
let lasting: ActorSystem;

const onEvent = (event: SystemEvent): void => {
  events.push(event);
};

/** Runs sends until one is refused because the mailbox is full; true if none was. */
function untilFull(send: () => void): boolean {
  try {
    send();
    return true;
  } catch (error) {
    if ((error as { readonly code?: string }).code !== 'ACTORS_MAILBOX_FULL') throw error;
    return false;
  }
}

async function start(options: ActorSystemOptions = {}): Promise<ActorSystem> {
  const system = await createActorSystem({
    workers: 2,
    maxActors: 10_000,
    heapMiB: 32,
    seed: 1,
    onEvent,
    ...options,
  });
  systems.push(system);
  return system;
}

beforeAll(async () => {
  lasting = await start();
  systems.length = 0;
});

beforeEach(() => {
  events.length = 0;
});

afterAll(() => lasting.stop());

afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop()));
});

/** What a program among the fixtures prints. */
async function runProgram(path: string): Promise<string> {
  const program = fileURLToPath(new URL(path, import.meta.url));
  return (await promisify(execFile)(process.execPath, [program])).stdout;
}

/** What happened, but for turns that a busy machine made long. */
const happened = (): readonly SystemEvent[] =>
  events.filter(({ kind }) => kind !== 'longTurn' && kind !== 'deadLetter');

const codeOf = (code: string): unknown => expect.objectContaining({ code });

/** Asks again until the answer is what is waited for. */
async function until<T>(ask: () => Promise<T>, done: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
  }
}

describe('tell and ask', () => {
  test('reach actors of both kinds on both workers', async () => {
    const system = lasting;
    for (const worker of [0, 1]) {
      const counter = system.spawn(Counter, { count: 5 }, { worker });
      counter.tell.increment({ by: 2 });
      expect(await counter.ask.get()).toBe(7);
      const room = system.spawn(Room, { name: 'den' }, { worker });
      room.tell.join({ user: 'ada', note: 'x'.repeat(50_000) });
      expect(await room.ask.size()).toBe(1);
      expect((await room.ask.find({ user: 'ada' }))?.length).toBe(50_000);
      expect(await room.ask.find({ user: 'bob' })).toBeUndefined();
      expect(await room.ask.slow({ user: 'eve' })).toBe('den: eve');
    }
  });

  test('WAITING-1, ACTORS-O4: tellWait sends more than a mailbox holds', async () => {
    const counter = lasting.spawn(Counter, { count: 0 }, { worker: 0 });
    const sent = Array.from({ length: 5_000 }, () => counter.tellWait.increment({ by: 1 }));
    await Promise.all(sent);
    expect(await counter.ask.get()).toBe(5_000);
  });

  test('refs travel to workers that have not imported their behaviour', async () => {
    const system = lasting;
    const counter = system.spawn(Counter, { count: 1 }, { worker: 0 });
    const caller = system.spawn(Caller, { counter }, { worker: 1 });
    caller.tell.add({ times: 10 });
    expect(
      await until(
        () => caller.ask.read(),
        (count) => count === 11,
      ),
    ).toBe(11);
    const sink = system.spawn(Sink, {}, { worker: 1 });
    const source = system.spawn(Source, { sink, source: 2 }, { worker: 0 });
    source.tell.run({ until: 50 });
    expect(
      await until(
        () => sink.ask.total(),
        (total) => total === 50,
      ),
    ).toBe(50);
  });

  test('ACTORS-O1, -O2: each pair keeps its order, with senders on every thread', async () => {
    const system = lasting;
    const sink = system.spawn(Sink, {}, { worker: 0 });
    const count = 20_000;
    const sources = [0, 1, 2].map((source) =>
      system.spawn(Source, { sink, source }, { worker: source % 2 }),
    );
    for (const source of sources) source.tell.run({ until: count });
    let sent = 0;
    const total = await until(
      () => {
        untilFull(() => {
          for (let burst = 0; burst < 20 && sent < 1_000; burst++, sent++) {
            sink.tell.add({ source: 3, n: sent });
          }
        });
        return sink.ask.total().catch(() => 0);
      },
      (seen) => seen === 3 * count + 1_000,
    );
    expect(total).toBe(3 * count + 1_000);
    expect(await sink.ask.disorder()).toBe(0);
  });

  test('ACTORS_BEHAVIOUR_UNKNOWN: a behaviour that its module does not export', async () => {
    const system = lasting;
    const lost = system.spawn(absent()) as ActorRef;
    const { tell } = lost as unknown as { tell: { go(): void } }; // the fixture hides its messages
    tell.go();
    await expect.poll(() => lost.alive).toBe(false);
    await expect.poll(happened).toEqual([
      {
        kind: 'exit',
        actor: expect.stringMatching(/^Absent#/),
        reason: 'behaviourUnknown',
        text: expect.stringContaining('under the name Absent'),
      },
    ]);
  });

  test('ACTORS_MAIN_MODULE_IMPORTED (ACTORS-T4): the cause comes with its remedy', async () => {
    expect(await runProgram('../dist/fixtures/main-module.js')).toContain(
      'createActorSystem was called on a worker',
    );
  });
});

describe('supervise', () => {
  test('starts children in order; one that crashes keeps mail and refs', async () => {
    const system = await start();
    const journal = system.spawn(Journal);
    const tree = await system.supervise(
      'Club',
      supervisor({
        children: [
          child('a', Member, { name: 'a', journal }, { worker: 1 }),
          child(
            'group',
            supervisor({ children: [child('b', Member, { name: 'b', journal }, { worker: 0 })] }),
          ),
        ],
      }),
    );
    const member = tree.ref('a', Member);
    expect([member.incarnation, member.alive]).toEqual([1, true]);
    const asked = [member.ask.count(), member.ask.crash(), member.ask.count(), member.ask.count()];
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: codeOf('ACTORS_RESTARTED') },
      { status: 'fulfilled', value: 1 },
      { status: 'fulfilled', value: 2 },
    ]);
    expect(member.incarnation).toBe(2);
    expect(await journal.ask.read()).toEqual(['start a', 'start b', 'end a crashed', 'start a']);
    expect(happened()).toEqual([
      {
        kind: 'restart',
        child: 'Club/a',
        reason: 'crashed',
        text: 'crash on request',
        delayMs: 0,
        restarts: 1,
      },
    ]);
    await system.stop();
    expect(member.alive).toBe(false);
  });

  test('exit signals restart, or end for good, by the type of the child', async () => {
    const system = lasting;
    const journal = system.spawn(Journal);
    const tree = await system.supervise(
      'Types',
      supervisor({
        children: [
          child('p', Member, { name: 'p', journal }),
          child('t', Member, { name: 't', journal }, { restart: 'transient' }),
          child('n', Member, { name: 'n', journal }, { restart: 'temporary' }),
        ],
      }),
    );
    const [p, t, n] = ['p', 't', 'n'].map((path) => tree.ref(path, Member)) as [
      ActorRef<typeof Member>,
      ActorRef<typeof Member>,
      ActorRef<typeof Member>,
    ];
    const waiting = [p.ask.wait(), t.ask.wait(), n.ask.wait()];
    const mail = (): readonly number[] => {
      const types = system.inspect().children.find(({ id }) => id === 'Types');
      return types?.children.map(({ mailbox }) => mailbox) ?? [];
    };
    await expect.poll(mail).toEqual([0, 0, 0]);
    expect([
      system.exit(p, 'killed'),
      system.exit(t, 'normal'),
      system.exit(n, 'shutdown'),
    ]).toEqual([true, true, true]);
    expect(await Promise.allSettled(waiting)).toEqual([
      { status: 'rejected', reason: codeOf('ACTORS_RESTARTED') },
      { status: 'rejected', reason: codeOf('ACTORS_EXITED') },
      { status: 'rejected', reason: codeOf('ACTORS_EXITED') },
    ]);
    expect(await p.ask.count()).toBe(1);
    await expect.poll(() => [p.alive, t.alive, n.alive]).toEqual([true, false, false]);
    expect(system.exit(n, 'killed')).toBe(false);
    // Three actors on two workers: only the lines of each have an order.
    expect((await journal.ask.read()).toSorted()).toEqual([
      'end n shutdown',
      'end t normal',
      'start n',
      'start p',
      'start p',
      'start t',
    ]);
  });

  test('ACTORS-O5: queued asks end when the supervisor gives up; the tree is gone', async () => {
    const system = lasting;
    const journal = system.spawn(Journal);
    const tree = await system.supervise(
      'Fragile',
      supervisor({
        maxRestarts: 1,
        backoff: 'none',
        children: [child('a', Member, { name: 'a', journal, failsFrom: 2 })],
      }),
    );
    const member = tree.ref('a', Member);
    const outcomes = await Promise.allSettled([
      member.ask.crash(),
      member.ask.count(),
      member.ask.count(),
    ]);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(
      ['ACTORS_RESTARTED', 'ACTORS_EXITED', 'ACTORS_EXITED'],
    );
    expect(member.alive).toBe(false);
    await expect.poll(() => happened().at(-1)).toEqual({
      kind: 'escalation',
      supervisor: 'Fragile',
      text: expect.stringContaining('init 2 fails'),
    });
    expect(system.inspect().children.find(({ id }) => id === 'Fragile')?.children[0]).toMatchObject(
      {
        id: 'a',
        state: 'exited',
      },
    );
  });

  test('ACTORS_START_FAILED: nothing is left of a tree whose child does not start', async () => {
    const system = lasting;
    const journal = system.spawn(Journal);
    const spec = supervisor({
      children: [
        child('a', Member, { name: 'a', journal }),
        child('b', Member, { name: 'b', journal, failsFrom: 1 }),
      ],
    });
    await expect(system.supervise('Broken', spec)).rejects.toThrow(
      'Broken/b did not start (startFailed: init 1 fails)',
    );
    expect(await journal.ask.read()).toEqual(['start a', 'end a shutdown']);
    expect(system.inspect().children.map(({ id }) => id)).not.toContain('Broken');
    await expect(
      system.supervise('Broken', supervisor({ children: [child('x', absent())] })),
    ).rejects.toThrow('under the name Absent');
  });

  test('ACTORS_START_FAILED: an init that never settles', async () => {
    const spec = supervisor({
      children: [child('a', Sleeper, undefined, { startTimeoutMs: 50 })],
    });
    await expect(lasting.supervise('Late', spec)).rejects.toThrow(
      'Late/a did not start (startFailed: its start took longer than 50 ms)',
    );
  });

  test('inspect shows the tree, restarts, workers and mail', async () => {
    const system = lasting;
    const journal = system.spawn(Journal, undefined, { worker: 0 });
    const tree = await system.supervise(
      'Seen',
      supervisor({ children: [child('a', Member, { name: 'a', journal }, { worker: 1 })] }),
    );
    const member = tree.ref('a', Member);
    await expect(member.ask.crash()).rejects.toThrow(codeOf('ACTORS_RESTARTED'));
    await member.ask.count();
    void member.ask.wait().catch(() => undefined);
    void member.ask.count().catch(() => undefined);
    await expect
      .poll(() => system.inspect().children.find(({ id }) => id === 'Seen')?.children[0])
      .toEqual({
        id: 'a',
        kind: 'actor',
        behaviour: 'Member',
        state: 'running',
        lastExit: 'crashed',
        restarts: 1,
        worker: 1,
        mailbox: 1,
        dropped: 0,
        turnMs: expect.any(Number) as number,
        presentTurnMs: undefined,
        children: [],
      });
    expect(() => tree.ref('b', Member)).toThrow('the tree Seen has no actor at b');
    expect(() => tree.ref('a', Counter)).toThrow('does not behave as Counter');
    await expect(system.supervise('Seen', supervisor({ children: [] }))).rejects.toThrow(
      'is supervised already',
    );
  });
});

describe('failures under load', () => {
  test('restarts in the middle of traffic lose the message in hand only', async () => {
    const system = lasting;
    const tree = await system.supervise(
      'T',
      supervisor({
        maxRestarts: 1_000,
        backoff: 'none',
        children: [child('sink', Sink, {}, { worker: 0 })],
      }),
    );
    const sink = tree.ref('sink', Sink);
    const source = system.spawn(Source, { sink, source: 0 }, { worker: 1 });
    source.tell.run({ until: 30_000 });
    let crashes = 0;
    while (crashes < 20) {
      if (untilFull(() => sink.tell.crash())) crashes += 1;
      await sink.ask.total().catch(() => 0);
    }
    await expect.poll(() => sink.incarnation, { timeout: 5_000 }).toBe(21);
    // Each restart begins at next0 = 0, so one message after it is out of order, and no more.
    // While the source still sends, a full mailbox may refuse the ask; the disorder never falls.
    const disorder = (): Promise<number> => sink.ask.disorder().catch(() => Number.NaN);
    await expect.poll(disorder, { timeout: 5_000 }).toBeLessThanOrEqual(1);
  });

  test('ACTORS-O5: an actor killed at any stage of an exchange ends every ask', async () => {
    const system = lasting;
    const journal = system.spawn(Journal);
    const tree = await system.supervise(
      'Stages',
      supervisor({
        maxRestarts: 1_000,
        backoff: 'none',
        children: [child('a', Member, { name: 'a', journal }, { worker: 1 })],
      }),
    );
    const member = tree.ref('a', Member);
    for (let round = 0; round < 60; round++) {
      const asks = [member.ask.count(), member.ask.count(), member.ask.wait({ timeoutMs: 100 })];
      const settled = Promise.allSettled(asks);
      for (let hops = 0; hops < round % 7; hops++) await new Promise(setImmediate);
      system.exit(member, 'killed');
      const codes = (await settled).map((outcome) =>
        outcome.status === 'fulfilled' ? 'replied' : (outcome.reason.code as string),
      );
      expect(['replied', 'ACTORS_RESTARTED']).toContain(codes[0]);
      expect(['replied', 'ACTORS_RESTARTED']).toContain(codes[1]);
      // A kill that came before the wait was handled leaves it to the next incarnation.
      expect(['ACTORS_RESTARTED', 'ACTORS_ASK_TIMEOUT']).toContain(codes[2]);
      system.exit(member, 'killed');
    }
  });

  test('ACTORS_NO_REPLY, ACTORS_ASK_TIMEOUT: no reply, and no end of the handler', async () => {
    const system = lasting;
    const member = system.spawn(Member, { name: 'a', journal: system.spawn(Journal) });
    await expect(member.ask.forget()).rejects.toThrow(
      /Member#\d+, asked for forget, ended its handler without a reply/,
    );
    await expect(member.ask.wait({ timeoutMs: 30 })).rejects.toThrow(
      /Member#\d+, asked for wait, did not reply within 30 ms/,
    );
  });

  test('ACTORS-T3: a turn without end is reported, and its worker has a successor', async () => {
    const system = await start({ turnReportMs: 30, turnLimitMs: 200 });
    const member = system.spawn(
      Member,
      { name: 'a', journal: system.spawn(Journal) },
      { worker: 0 },
    );
    const counter = system.spawn(Counter, {}, { worker: 1 });
    await member.ask.count();
    const waiting = member.ask.count();
    member.tell.spin();
    await waiting;
    const hanging = member.ask.count();
    expect(await counter.ask.get()).toBe(0);
    await expect(hanging).rejects.toThrow(
      expect.objectContaining({
        code: 'ACTORS_EXITED',
        message: expect.stringContaining('stuck: a turn took longer than 200 ms'),
      }),
    );
    expect(await counter.ask.get()).toBe(0);
    expect(events[0]).toMatchObject({ kind: 'longTurn', worker: 0 });
    await expect.poll(() => happened()).toMatchObject([
      { kind: 'workerLost', worker: 0 },
      { kind: 'exit', reason: 'stuck' },
      { kind: 'exit', reason: 'workerLost' },
    ]);
  });

  test('WATCHDOG-1, -2: a loop in an init or after an await ends its worker', async () => {
    const limits = { turnReportMs: 30, turnLimitMs: 200 };
    const system = await start(limits);
    const spec = supervisor({ children: [child('a', Spinner, undefined, { worker: 1 })] });
    await expect(system.supervise('Spins', spec)).rejects.toThrow('Spins/a did not start (stuck');
    const member = system.spawn(
      Member,
      { name: 'a', journal: system.spawn(Journal, undefined, { worker: 1 }) },
      { worker: 0 },
    );
    await member.ask.count();
    member.tell.spinLater();
    await expect(member.ask.count()).rejects.toThrow('exited (workerLost');
    await expect.poll(() => happened()).toMatchObject([
      { kind: 'workerLost', worker: 1 },
      { kind: 'workerLost', worker: 0 },
      { kind: 'exit', reason: 'workerLost' },
    ]);
  });
});

describe('stop', () => {
  test('ends the trees in reverse order and fails what waits', async () => {
    const system = await start();
    const journal = system.spawn(Journal);
    await system.supervise(
      'One',
      supervisor({
        children: [
          child('a', Member, { name: 'a', journal }),
          child('b', Member, { name: 'b', journal }),
        ],
      }),
    );
    const two = await system.supervise(
      'Two',
      supervisor({ children: [child('c', Member, { name: 'c', journal })] }),
    );
    const waiting = two.ref('c', Member).ask.wait();
    const reading = journal.ask.read();
    await reading;
    const stopped = system.stop();
    expect(system.stop()).toBe(stopped);
    await expect(waiting).rejects.toThrow(codeOf('ACTORS_EXITED'));
    await stopped;
    expect(() => system.spawn(Counter)).toThrow(codeOf('ACTORS_SYSTEM_STOPPED'));
    await expect(system.supervise('Three', supervisor({ children: [] }))).rejects.toThrow(
      codeOf('ACTORS_SYSTEM_STOPPED'),
    );
    await expect(journal.ask.read()).rejects.toThrow(codeOf('ACTORS_SYSTEM_STOPPED'));
  });

  test('ends a start that is pending', async () => {
    const system = await start();
    const spec = supervisor({ children: [child('a', Sleeper)] });
    const pending = system.supervise('Pending', spec).then(
      () => 'started',
      ({ message }: Error) => message,
    );
    await system.stop();
    expect(await pending).toBe('Pending/a did not start (shutdown)');
  });

  test('completes when a worker is lost meanwhile', async () => {
    const system = await start({ turnReportMs: 30, turnLimitMs: 400 });
    const journal = system.spawn(Journal, undefined, { worker: 0 });
    const options = { worker: 1, shutdownMs: 100 };
    const tree = await system.supervise(
      'Stuck',
      supervisor({ children: [child('a', Member, { name: 'a', journal }, options)] }),
    );
    tree.ref('a', Member).tell.spin();
    await expect.poll(() => events.map(({ kind }) => kind)).toContain('longTurn');
    await system.stop();
    const text = 'a turn took longer than 400 ms';
    expect(happened()).toEqual([{ kind: 'workerLost', worker: 1, text }]);
  });

  test('ACTORS-T2: an idle system with far timers takes less than 1 % of a CPU', async () => {
    const { share, idle, asked } =
      JSON.parse(await runProgram('../dist/fixtures/idle.js')) as Record<string, unknown>;
    expect(share).toBeLessThan(0.01);
    // Counted: none without work, and one for what came.
    expect({ idle, asked }).toEqual({ idle: [0, 0], asked: [0, 1] });
  });
});

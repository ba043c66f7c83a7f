import { child, createActorSystem, supervisor, template } from '@ganglion/actors';
import type {
  ActorRef,
  ActorSystem,
  ActorSystemOptions,
  ChildInfo,
  SystemEvent,
} from '@ganglion/actors';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

type Fixtures = typeof import('./fixtures/counter.js') & typeof import('./fixtures/lifecycle.js');

// Worker threads load compiled modules, so the fixtures come from dist.
const dist = new URL('../dist/fixtures/', import.meta.url);
const load = async (name: string): Promise<object> =>
  (await import(new URL(name, dist).href)) as object;
const { Counter, Journal, Member, Sleeper } = {
  ...(await load('counter.js')),
  ...(await load('lifecycle.js')),
} as Fixtures;

const events: SystemEvent[] = [];
let system: ActorSystem;

function start(options: ActorSystemOptions = {}): Promise<ActorSystem> {
  return createActorSystem({
    workers: 2,
    maxActors: 20_000,
    heapMiB: 64,
    seed: 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
}

beforeAll(async () => {
  system = await start();
});

beforeEach(() => {
  events.length = 0;
});

afterAll(() => system.stop());

const codeOf = (code: string): unknown => expect.objectContaining({ code });
const happened = (): readonly SystemEvent[] => events.filter(({ kind }) => kind !== 'longTurn');
const states = (children: readonly ChildInfo[]): readonly string[] =>
  children.map(({ id, state }) => `${id} ${state}`);

/** A group of three members on both workers, which write their starts and ends to a journal. */
function trio(journal: ActorRef<typeof Journal>) {
  return [
    child('a', Member, { name: 'a', journal }, { worker: 0 }),
    child('b', Member, { name: 'b', journal }, { worker: 1 }),
    child('c', Member, { name: 'c', journal }, { worker: 0 }),
  ] as const;
}

const STARTS = ['start a', 'start b', 'start c'];

describe('groups', () => {
  test('oneForAll: all stop in reverse and start in order, the same actors with mail', async () => {
    const journal = system.spawn(Journal);
    const spec = supervisor({ strategy: 'oneForAll', children: trio(journal) });
    const tree = await system.supervise('All', spec);
    const refs = [tree.ref('a'), tree.ref('b'), tree.ref('c')] as const;
    const asked = await Promise.allSettled([refs[1].ask.crash(), refs[1].ask.count()]);
    expect(asked).toEqual([
      { status: 'rejected', reason: codeOf('ACTORS_RESTARTED') },
      { status: 'fulfilled', value: 1 },
    ]);
    // What is asked of the others waits until they are started again, or was answered before.
    for (const ref of refs) expect(await ref.ask.count()).toBeGreaterThan(0);
    await expect.poll(() => refs.map((ref) => ref.incarnation)).toEqual([2, 2, 2]);
    expect(refs.map((ref) => ref.id)).toEqual(
      ['a', 'b', 'c'].map((path) => tree.ref(path, Member).id),
    );
    expect(await journal.ask.read()).toEqual([
      ...STARTS,
      'end b crashed',
      'end c shutdown',
      'end a shutdown',
      ...STARTS,
    ]);
    expect(happened()).toEqual([
      {
        kind: 'restart',
        child: 'All/b',
        reason: 'crashed',
        text: 'crash on request',
        delayMs: 0,
        restarts: 1,
      },
    ]);
  });

  test('restForOne: the elder goes on; a temporary sibling is gone', async () => {
    const journal = system.spawn(Journal);
    const [a, b] = trio(journal);
    const n = child('n', Member, { name: 'n', journal }, { restart: 'temporary' });
    const spec = supervisor({ strategy: 'restForOne', children: [a, b, n] });
    const tree = await system.supervise('Rest', spec);
    const temporary = tree.ref('n');
    expect(await Promise.allSettled([temporary.ask.wait(), tree.ref('b').ask.crash()])).toEqual([
      { status: 'rejected', reason: codeOf('ACTORS_EXITED') },
      { status: 'rejected', reason: codeOf('ACTORS_RESTARTED') },
    ]);
    await expect.poll(() => tree.ref('b').incarnation).toBe(2);
    expect([tree.ref('a').incarnation, temporary.alive]).toEqual([1, false]);
    expect(states(await tree.whichChildren())).toEqual(['a running', 'b running']);
    expect(() => tree.ref('n')).toThrow('the tree Rest has no actor at n');
    expect(happened().map(({ kind }) => kind)).toEqual(['restart', 'exit']);
  });
});

describe('calls', () => {
  test('stop: the whole tree in reverse order, for good, and its name is free', async () => {
    const journal = system.spawn(Journal);
    const [a, b, c] = trio(journal);
    const inner = child('inner', supervisor({ children: [c] }));
    const tree = await system.supervise('Stops', supervisor({ children: [a, b, inner] }));
    const refs = [tree.ref('a'), tree.ref('b'), tree.ref('inner/c')];
    const nested = tree.supervisor('inner');
    await expect(nested.stop()).rejects.toThrow(codeOf('ACTORS_OPTION_INVALID'));
    const waiting = Promise.allSettled([refs[1]?.ask.wait()]);
    await Promise.all([tree.stop(), tree.stop()]);
    // In hand or queued: it ends, by one of two codes.
    expect(await waiting).toMatchObject([{ status: 'rejected' }]);
    await expect.poll(() => refs.map((ref) => ref.alive)).toEqual([false, false, false]);
    expect((await journal.ask.read()).slice(3)).toEqual(
      ['c', 'b', 'a'].map((name) => `end ${name} shutdown`),
    );
    await expect(tree.whichChildren()).rejects.toThrow(codeOf('ACTORS_SUPERVISOR_DOWN'));
    await tree.stop();
    const again = await system.supervise('Stops', supervisor({ children: [a] }));
    expect([again.ref('a').alive, happened()]).toEqual([true, []]);
  });

  test('terminateChild to restartChild: the same actor, with what came meanwhile', async () => {
    const journal = system.spawn(Journal);
    const tree = await system.supervise('Calls', supervisor({ children: trio(journal) }));
    const ref = tree.ref('b');
    await tree.terminateChild('b');
    expect([ref.alive, ref.running]).toEqual([true, false]);
    const waiting = ref.ask.count();
    await expect(tree.deleteChild('a')).rejects.toThrow(codeOf('ACTORS_CHILD_RUNNING'));
    await tree.restartChild('b');
    expect(await waiting).toBe(1);
    expect(ref.incarnation).toBe(2);
    await tree.terminateChild('b');
    const ended = await Promise.allSettled([ref.ask.count(), tree.deleteChild('b')]);
    expect(ended).toMatchObject([{ reason: codeOf('ACTORS_EXITED') }, { status: 'fulfilled' }]);
    expect(ref.alive).toBe(false);
    await expect(tree.restartChild('b')).rejects.toThrow(
      expect.objectContaining({
        code: 'ACTORS_CHILD_UNKNOWN',
        message: 'Calls has no child b',
      }),
    );
    expect(happened()).toEqual([]);
  });

  test('startChild adds actors and supervisors, which are found and shown', async () => {
    const tree = await system.supervise('Grows', supervisor({ children: [] }));
    const counter = await tree.startChild(child('counter', Counter, { count: 3 }));
    expect(await counter.ask.get()).toBe(3);
    const users = supervisor({ strategy: 'simpleOneForOne', children: template(Counter) });
    const pool = await tree.startChild(child('pool', users));
    const first = await pool.startChild({ count: 1 }, { worker: 1 });
    expect(await tree.ref('pool/1', Counter).ask.get()).toBe(1);
    expect(await tree.supervisor('pool', Counter).countChildren()).toEqual({
      specs: 1,
      active: 1,
      supervisors: 0,
      actors: 1,
    });
    expect(await tree.countChildren()).toEqual({ specs: 2, active: 2, supervisors: 1, actors: 1 });
    const policy = { restart: 'permanent', significant: false, restarts: 0 } as const;
    expect(await tree.whichChildren()).toMatchObject([
      { ...policy, id: 'counter', kind: 'actor', state: 'running', ref: { id: counter.id } },
      { ...policy, id: 'pool', kind: 'supervisor', state: 'running', ref: undefined },
    ]);
    const shown = system.inspect().children.find(({ id }) => id === 'Grows');
    expect(shown?.children).toMatchObject([
      { id: 'counter', kind: 'actor', state: 'running' },
      { id: 'pool', kind: 'supervisor', children: [{ id: '1', worker: 1 }] },
    ]);
    await pool.terminateChild(first);
    expect(await pool.whichChildren()).toEqual([]);
    await expect.poll(() => first.alive).toBe(false);
  });

  test('ACTORS_CHILD_PRESENT, ACTORS_CHILD_UNKNOWN, ACTORS_DEFINITION_INVALID', async () => {
    const inner = supervisor({ strategy: 'simpleOneForOne', children: template(Counter) });
    const spec = supervisor({ children: [child('a', Counter), child('inner', inner)] });
    const tree = await system.supervise('Wrong', spec);
    await expect(tree.startChild(child('a', Counter))).rejects.toThrow(
      codeOf('ACTORS_CHILD_PRESENT'),
    );
    const pool = tree.supervisor('inner');
    await expect(pool.terminateChild(tree.ref('a'))).rejects.toThrow(
      codeOf('ACTORS_CHILD_UNKNOWN'),
    );
    const other = await start({ workers: 1 });
    const foreign = other.spawn(Counter);
    await expect(pool.terminateChild(foreign)).rejects.toThrow('a ref of another actor system');
    await other.stop();
    expect(() => tree.supervisor('inner', Member)).toThrow(codeOf('ACTORS_DEFINITION_INVALID'));
    // @ts-expect-error there is no such supervisor
    expect(() => tree.supervisor('outer')).toThrow('the tree Wrong has no supervisor at outer');
    await expect(pool.startChild({}, { worker: 2 })).rejects.toThrow('worker is 2');
    // @ts-expect-error a listed child needs an id and a behaviour
    await expect(tree.startChild({ count: 1 })).rejects.toThrow('takes what child(…) returns');
    // @ts-expect-error a state field that the behaviour has not
    await expect(pool.startChild({ counts: 1 })).rejects.toThrow(codeOf('ACTORS_FIELD_INVALID'));
  });

  test('ACTORS_OPTION_INVALID: names of trees are used once, also while they start', async () => {
    const spec = supervisor({ children: [child('a', Counter)] });
    await expect(system.supervise('a tree', spec)).rejects.toThrow(
      '"a tree" cannot name a tree; 1 to 64 characters without / and white space',
    );
    const outcomes = await Promise.allSettled([1, 2].map(() => system.supervise('Twice', spec)));
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { reason: { message: 'a tree named Twice is supervised already' } },
    ]);
  });

  test('ACTORS_START_FAILED: a child that does not start is not kept', async () => {
    const journal = system.spawn(Journal);
    const tree = await system.supervise('Fails', supervisor({ children: [] }));
    const broken = child('x', Member, { name: 'x', journal, failsFrom: 1 });
    await expect(tree.startChild(broken)).rejects.toThrow(
      expect.objectContaining({
        code: 'ACTORS_START_FAILED',
        message: 'Fails/x did not start (startFailed: init 1 fails)',
      }),
    );
    expect(await tree.whichChildren()).toEqual([]);
    const whole = await tree.startChild(child('x', Member, { name: 'x', journal }));
    expect(await whole.ask.count()).toBe(1);
  });

  test('ACTORS_SUPERVISOR_DOWN: a tree that has ended, and its name is free', async () => {
    const spec = supervisor({ maxRestarts: 0, children: [child('a', Counter)] });
    const tree = await system.supervise('Ends', spec);
    const ref = tree.ref('a');
    ref.tell.fail();
    await expect.poll(() => ref.alive).toBe(false);
    await expect(tree.restartChild('a')).rejects.toThrow(codeOf('ACTORS_SUPERVISOR_DOWN'));
    const next = await system.supervise('Ends', spec);
    await expect(tree.whichChildren()).rejects.toThrow(codeOf('ACTORS_SUPERVISOR_DOWN'));
    expect(states(await next.whichChildren())).toEqual(['a running']);
  });

  test('ACTORS_SYSTEM_STOPPED: a call after the stop; one that waits has failed', async () => {
    const stopping = await start({ workers: 1 });
    const tree = await stopping.supervise('Waits', supervisor({ children: [] }));
    const waiting = tree.startChild(child('a', Sleeper)).then(
      () => 'started',
      ({ code }: { readonly code: string }) => code,
    );
    await stopping.stop();
    expect(await waiting).toBe('ACTORS_START_FAILED');
    await expect(tree.whichChildren()).rejects.toThrow(codeOf('ACTORS_SYSTEM_STOPPED'));
  });
});

describe('simpleOneForOne', () => {
  test('10,000 children start, restart alone, and stop', async () => {
    const crowd = await start({ workers: 2 });
    const spec = supervisor({
      strategy: 'simpleOneForOne',
      children: template(Counter, { restart: 'transient' }),
    });
    const tree = await crowd.supervise('Crowd', spec);
    const refs = await Promise.all(
      Array.from({ length: 10_000 }, (_, count) => tree.startChild({ count })),
    );
    expect(await tree.countChildren()).toMatchObject({ active: 10_000, actors: 10_000 });
    const at = (n: number): ActorRef<typeof Counter> => refs[n] as ActorRef<typeof Counter>;
    expect(await at(9_999).ask.get()).toBe(9_999);
    at(77).tell.increment({ by: 1 });
    at(77).tell.fail();
    await expect.poll(() => at(77).incarnation).toBe(2);
    // Its arguments are those of its own start.
    expect([await at(77).ask.get(), at(76).incarnation]).toEqual([77, 1]);
    at(5).tell.stop();
    await expect.poll(() => at(5).alive).toBe(false);
    await Promise.all(refs.slice(100, 200).map((ref) => tree.terminateChild(ref)));
    expect((await tree.countChildren()).active).toBe(9_899);
    await crowd.stop();
    expect(refs.some((ref) => ref.alive)).toBe(false);
  }, 60_000);

  test('ACTORS_ACTORS_EXHAUSTED ends a start, and not the supervisor', async () => {
    const small = await start({ workers: 1, maxActors: 2 });
    const spec = supervisor({ strategy: 'simpleOneForOne', children: template(Counter) });
    const tree = await small.supervise('Few', spec);
    const first = await tree.startChild();
    await tree.startChild();
    await expect(tree.startChild()).rejects.toThrow(
      /Few\/3 did not start \(startFailed: all 2 actor/,
    );
    await tree.terminateChild(first);
    const room = (): Promise<boolean> =>
      tree.startChild().then(
        () => true,
        () => false,
      );
    await expect.poll(room).toBe(true);
    await small.stop();
  });
});

describe('automatic shutdown', () => {
  test('the end of its significant child ends a tree, and everything in it', async () => {
    const journal = system.spawn(Journal);
    const job = { restart: 'transient', significant: true } as const;
    const spec = supervisor({
      autoShutdown: 'anySignificant',
      children: [
        child('helper', Member, { name: 'helper', journal }),
        child('job', Member, { name: 'job', journal }, job),
      ],
    });
    const tree = await system.supervise('Job', spec);
    const [helper, worker] = [tree.ref('helper'), tree.ref('job')];
    await expect(worker.ask.crash()).rejects.toThrow(codeOf('ACTORS_RESTARTED'));
    expect(await worker.ask.count()).toBe(1);
    worker.tell.stop();
    await expect.poll(() => helper.alive).toBe(false);
    await expect.poll(happened).toMatchObject([
      { kind: 'restart', child: 'Job/job' },
      { kind: 'exit', actor: 'Job/job', reason: 'normal' },
      {
        kind: 'exit',
        actor: 'Job',
        reason: 'shutdown',
        text: 'its significant child job has ended (normal)',
      },
    ]);
    expect((await journal.ask.read()).slice(-2)).toEqual(['end job normal', 'end helper shutdown']);
  });
});

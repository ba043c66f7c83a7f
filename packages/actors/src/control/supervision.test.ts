import { describe, expect, test } from 'vitest';
import { actorChild, FakeActors, group, startedTree, treeOf } from '../fixtures/fake-actors.js';

describe('SUPERVISION-1', () => {
  test('a child starts when the init of the one before has completed', async () => {
    const actors = new FakeActors();
    actors.held.add('a');
    const tree = treeOf(actors, {
      children: [actorChild('a'), group('g', { children: [actorChild('b')] }), actorChild('c')],
    });
    const whole = tree.start();
    await actors.time.run(0);
    expect(actors.log).toEqual(['place a']);
    actors.start('a');
    await whole;
    expect(actors.log).toEqual(['place a', 'place b', 'place c']);
  });

  test('OTP: stop order is reverse start order', async () => {
    const actors = new FakeActors();
    const tree = await startedTree(actors, {
      children: [actorChild('a'), group('g', { children: [actorChild('b'), actorChild('c')] })],
    });
    await tree.stop();
    expect(actors.log.filter((line) => line.startsWith('shutdown '))).toEqual([
      'shutdown c',
      'shutdown b',
      'shutdown a',
    ]);
    tree.release();
    expect(actors.log.slice(-3)).toEqual(['release c', 'release b', 'release a']);
  });

  test('OTP: a child that exceeds its shutdown time is killed; 0 kills at once', async () => {
    const actors = new FakeActors();
    actors.deaf.add('a');
    const tree = await startedTree(actors, {
      children: [actorChild('a', { shutdownMs: 2_000 }), actorChild('b', { shutdownMs: 0 })],
    });
    const stopped = tree.stop();
    await actors.time.run(1_999);
    expect(actors.log).toEqual(['kill b', 'b killed', 'shutdown a']);
    await actors.time.run(1);
    await stopped;
    expect(actors.log.slice(3)).toEqual(['kill a', 'a killed']);
    expect(actors.time.pending).toBe(0);
  });

  test('a child that does not start stops its elder siblings and fails the start', async () => {
    const actors = new FakeActors();
    actors.broken.add('b');
    const tree = treeOf(actors, { children: [actorChild('a'), actorChild('b'), actorChild('c')] });
    expect(await tree.start()).toEqual({
      state: 'failed',
      text: 'root/b did not start (startFailed: no)',
    });
    expect(actors.log).toEqual(['place a', 'place b', 'shutdown a', 'a shutdown']);
  });
});

describe('a start that does not end', () => {
  test('is killed after its time and has failed', async () => {
    const actors = new FakeActors();
    actors.held.add('b');
    const children = [actorChild('a'), actorChild('b', { startTimeoutMs: 200 })];
    const outcome = treeOf(actors, { children }).start();
    await actors.time.run(199);
    expect(actors.log).toEqual(['place a', 'place b']);
    await actors.time.run(1);
    expect(await outcome).toEqual({
      state: 'failed',
      text: 'root/b did not start (startFailed: its start took longer than 200 ms)',
    });
    expect(actors.log.slice(2)).toEqual(['kill b', 'b killed', 'shutdown a', 'a shutdown']);
    expect(actors.time.pending).toBe(0);
  });

  test('counts as a failed restart', async () => {
    const actors = new FakeActors();
    const options = { startTimeoutMs: 200 };
    await startedTree(actors, { maxRestarts: 1, children: [actorChild('a', options)] });
    actors.held.add('a');
    actors.exit('a');
    await actors.time.run(200);
    expect(actors.log).toEqual([
      'a crashed',
      'restart a',
      'kill a',
      'a killed',
      'escalation',
      'release a',
    ]);
    expect(actors.time.pending).toBe(0);
  });

  test('waits for ever if told so, and ends with a stop', async () => {
    const actors = new FakeActors();
    actors.held.add('a');
    const tree = treeOf(actors, { children: [actorChild('a', { startTimeoutMs: Infinity })] });
    const outcome = tree.start();
    await actors.time.run(0);
    expect(actors.time.pending).toBe(0);
    await tree.stop();
    expect(await outcome).toEqual({ state: 'stopped', text: 'root/a did not start (shutdown)' });
  });
});

describe('oneForOne', () => {
  test('OTP: only the child that exited is restarted', async () => {
    const actors = new FakeActors();
    await startedTree(actors, { children: [actorChild('a'), actorChild('b')] });
    actors.exit('a');
    await actors.time.run(0);
    expect(actors.log).toEqual(['a crashed', 'restart a']);
  });

  test('OTP: transient restarts after abnormal exits only; temporary never', async () => {
    const actors = new FakeActors();
    const children = [
      actorChild('t', { restart: 'transient' }),
      actorChild('n', { restart: 'temporary' }),
    ];
    await startedTree(actors, { children });
    actors.exit('t', 'crashed');
    await actors.time.run(0);
    actors.exit('t', 'normal');
    actors.exit('n', 'crashed');
    await actors.time.run(0);
    expect(actors.log).toEqual([
      't crashed',
      'restart t',
      't normal',
      'release t',
      'n crashed',
      'release n',
    ]);
  });

  test('ACTORS-V1: restarts wait for their delay, which a stop cancels', async () => {
    const actors = new FakeActors();
    const backoff = { fromMs: 10, toMs: 1_000, jitter: 0 };
    const tree = await startedTree(actors, { backoff, children: [actorChild('a')] });
    actors.exit('a');
    await actors.time.run(0);
    actors.exit('a');
    await actors.time.run(9);
    expect(actors.log).toEqual(['a crashed', 'restart a', 'a crashed']);
    await actors.time.run(1);
    expect(actors.log.at(-1)).toBe('restart a');
    actors.exit('a');
    await tree.stop();
    await actors.time.run(1_000);
    expect(actors.log.at(-1)).toBe('a crashed');
    expect(actors.time.pending).toBe(0);
  });

  test('OTP: intensity 2: the third exit ends the supervisor and its other children', async () => {
    const actors = new FakeActors();
    await startedTree(actors, { maxRestarts: 2, children: [actorChild('a'), actorChild('b')] });
    for (let times = 0; times < 3; times++) {
      actors.exit('b');
      await actors.time.run(0);
    }
    expect(actors.log.slice(-6)).toEqual([
      'b crashed',
      'escalation',
      'shutdown a',
      'a shutdown',
      'release b',
      'release a',
    ]);
  });

  test('OTP: a restart that fails to start counts', async () => {
    const actors = new FakeActors();
    await startedTree(actors, { maxRestarts: 3, children: [actorChild('a')] });
    actors.broken.add('a');
    actors.exit('a');
    await actors.time.run(0);
    expect(actors.log).toEqual([
      'a crashed',
      'restart a',
      'restart a',
      'restart a',
      'escalation',
      'release a',
    ]);
  });

  test('SUPERVISION-2, -3: a supervisor that gave up comes back with the same actors', async () => {
    const actors = new FakeActors();
    const inner = group('g', {
      maxRestarts: 0,
      backoff: 'none',
      children: [actorChild('b'), actorChild('c')],
    });
    await startedTree(actors, { maxRestarts: 1, children: [actorChild('a'), inner] });
    actors.exit('b');
    await actors.time.run(0);
    expect(actors.log).toEqual([
      'b crashed',
      'escalation',
      'shutdown c',
      'c shutdown',
      'restart b',
      'restart c',
    ]);
    actors.exit('c');
    await actors.time.run(0);
    expect(actors.log.slice(-2)).toEqual(['release b', 'release a']);
  });

  test('SUPERVISION-2: a supervisor that gives up while it starts counts once', async () => {
    const actors = new FakeActors();
    const children = [actorChild('a'), actorChild('b')];
    const inner = group('p', { maxRestarts: 0, backoff: 'none', children });
    const tree = await startedTree(actors, { maxRestarts: 3, children: [inner] });
    actors.held.add('b');
    actors.exit('a');
    await actors.time.run(0);
    actors.log.length = 0;
    actors.exit('a');
    await actors.time.run(0);
    expect(actors.log).toEqual([
      'a crashed',
      'escalation',
      'shutdown b',
      'b shutdown',
      'restart a',
      'restart b',
    ]);
    actors.start('b');
    await Promise.all([tree.stop(), tree.stop()]);
    expect(actors.log.slice(6)).toEqual(['shutdown b', 'b shutdown', 'shutdown a', 'a shutdown']);
  });

  test('SUPERVISION-4: exits while it stops are no failures', async () => {
    const actors = new FakeActors();
    const tree = await startedTree(actors, { children: [actorChild('a'), actorChild('b')] });
    actors.deaf.add('b');
    const stopped = tree.stop();
    actors.exit('a');
    actors.exit('b');
    await stopped;
    expect(actors.log).toEqual(['shutdown b', 'a crashed', 'b crashed']);
  });
});

describe('a stop', () => {
  test('goes on without an actor whose worker was lost', async () => {
    const actors = new FakeActors();
    const tree = await startedTree(actors, { children: [actorChild('a'), actorChild('b')] });
    actors.deaf.add('b');
    const stopped = tree.stop();
    actors.lose('b');
    await stopped;
    expect(actors.log).toEqual(['shutdown b', 'b lost', 'shutdown a', 'a shutdown']);
    expect(actors.time.pending).toBe(0);
  });

  test('a lost actor that nobody stops is not started again', async () => {
    const actors = new FakeActors();
    const tree = await startedTree(actors, { children: [actorChild('a'), actorChild('b')] });
    actors.lose('a');
    await actors.time.run(0);
    await tree.stop();
    expect(actors.log).toEqual(['a lost', 'shutdown b', 'b shutdown']);
  });

  test('that overlaps another ends with it', async () => {
    const actors = new FakeActors();
    const tree = await startedTree(actors, { children: [actorChild('a')] });
    await Promise.all([tree.stop(), tree.stop()]);
    expect(actors.log).toEqual(['shutdown a', 'a shutdown']);
  });
});

describe('ACTORS-W2: what ends many at once', () => {
  const plan = { maxRestarts: 1, children: ['a', 'b', 'c'].map((id) => actorChild(id)) };

  test('is one failure to their supervisor', async () => {
    const actors = new FakeActors();
    await startedTree(actors, plan);
    for (const id of ['a', 'b', 'c']) actors.exit(id, 'workerLost', 7);
    await actors.time.run(0);
    expect(actors.up).toEqual(['a', 'b', 'c']);
    actors.exit('b', 'workerLost', 8);
    await actors.time.run(0);
    expect([actors.up, actors.log.includes('escalation')]).toEqual([[], true]);
  });

  test('is one failure also with starts that it ends', async () => {
    const actors = new FakeActors();
    await startedTree(actors, plan);
    actors.held.add('a');
    actors.exit('a', 'workerLost', 7);
    actors.exit('b', 'workerLost', 7);
    await actors.time.run(0);
    actors.exit('a', 'workerLost', 7);
    actors.exit('c', 'workerLost', 7);
    actors.held.clear();
    await actors.time.run(0);
    expect(actors.up).toEqual(['a', 'b', 'c']);
  });

  test('ends a group once', async () => {
    const actors = new FakeActors();
    await startedTree(actors, { ...plan, strategy: 'restForOne' });
    for (const id of ['c', 'b', 'a']) actors.exit(id, 'workerLost', 7);
    await actors.time.run(0);
    expect(actors.log.slice(3)).toEqual(['restart a', 'restart b', 'restart c']);
    expect(actors.up).toEqual(['a', 'b', 'c']);
  });
});

describe('what there is no room for', () => {
  test('an actor: its start fails, the tree stops, and nothing is left', async () => {
    const actors = new FakeActors();
    actors.room = 1;
    const tree = treeOf(actors, { children: [actorChild('a'), actorChild('b')] });
    expect(await tree.start()).toEqual({
      state: 'failed',
      text: 'root/b did not start (startFailed: no room for b)',
    });
    tree.release();
    expect(actors.alive).toBe(0);
  });

  test('a supervisor: the same', async () => {
    const actors = new FakeActors();
    actors.supervisorRoom = 2;
    const children = [group('g', { children: [actorChild('a')] }), group('h', {})];
    const tree = treeOf(actors, { children });
    expect(await tree.start()).toEqual({
      state: 'failed',
      text: 'root/h did not start (startFailed: no room for a supervisor)',
    });
    tree.release();
    expect(actors.alive).toBe(0);
  });

  test('a restart: an actor of its own end is started again when there is room', async () => {
    const actors = new FakeActors();
    const plan = { children: [actorChild('t', { restart: 'transient' })] };
    const tree = await startedTree(actors, plan);
    actors.room = 0;
    actors.exit('t', 'normal');
    const start = (): Promise<unknown> =>
      tree.commands.run({ kind: 'restartChild', id: 't' }).then(
        () => 'started',
        ({ code }: { readonly code: string }) => code,
      );
    expect(await start()).toBe('ACTORS_START_FAILED');
    actors.room = 1;
    expect(await start()).toBe('started');
  });
});

test('everything of a tree that ends is given back', async () => {
  const actors = new FakeActors();
  const inner = group('g', { children: [actorChild('b'), actorChild('n')] });
  const tree = await startedTree(actors, { children: [actorChild('a'), inner] });
  await tree.commands.run({ kind: 'startChild', child: group('h', { children: [] }) });
  await tree.commands.run({ kind: 'startChild', child: actorChild('x') });
  await tree.commands.run({ kind: 'terminateChild', child: 'a' });
  expect(actors.alive).toBe(7);
  await tree.stop();
  tree.release();
  expect(actors.alive).toBe(0);
  expect(actors.time.pending).toBe(0);
});

const words = (low: number): object => ({ low, high: 0 });

test('changes name every node, its supervisor, and its new id', async () => {
  const actors = new FakeActors();
  await startedTree(actors, {
    children: [
      actorChild('a', { restart: 'transient' }),
      group('g', { children: [actorChild('b', { restart: 'temporary' })] }),
    ],
  });
  const placed = { kind: 'placed', subject: 'actor' };
  expect(actors.changes).toEqual([
    { ...placed, parent: words(0), id: 'root', subject: 'supervisor', words: words(1) },
    { ...placed, parent: words(1), id: 'a', words: words(2) },
    { ...placed, parent: words(1), id: 'g', subject: 'supervisor', words: words(3) },
    { ...placed, parent: words(3), id: 'b', words: words(4) },
  ]);
  actors.exit('b');
  expect(actors.changes.at(-1)).toEqual({ kind: 'forgotten', parent: words(3), id: 'b' });
});

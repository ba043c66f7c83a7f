import { seededRandom } from '@ganglion/runtime';
import { virtualTime } from '@ganglion/runtime/testing';
import type { VirtualTime } from '@ganglion/runtime/testing';
import { describe, expect, test } from 'vitest';
import type { ExitReason } from '../contract/behaviour.js';
import type { PlannedChild, SupervisorPlan } from '../protocol.js';
import type { IdWords } from '../spawn.js';
import { supervisorDefaults } from '../supervisor-spec.js';
import { SupervisorNode } from './supervision.js';
import type { ActorNode, SupervisedActors } from './supervision.js';

const IMAGE = { behaviour: 0, stateBytes: 0, bytes: new Uint8Array(0) };

function actorChild(id: string, options: Partial<PlannedChild> = {}): PlannedChild {
  const subject = { kind: 'actor' as const, image: IMAGE, thread: 3 };
  return {
    id,
    restart: 'permanent',
    shutdownMs: 5_000,
    startTimeoutMs: 60_000,
    subject,
    ...options,
  };
}

function group(id: string, plan: Partial<SupervisorPlan>): PlannedChild {
  const subject = {
    kind: 'supervisor' as const,
    plan: { ...supervisorDefaults, children: [], ...plan },
  };
  return { id, restart: 'permanent', shutdownMs: 0, startTimeoutMs: Infinity, subject };
}

/** Actors that a test starts and ends; everything asked of them is in `log`. */
class FakeActors implements SupervisedActors {
  readonly time: VirtualTime = virtualTime();
  readonly clock = this.time.clock;
  readonly timers = this.time.timers;
  readonly random = seededRandom(1);
  readonly log: string[] = [];
  /** Children whose init does not complete by itself. */
  readonly held = new Set<string>();
  /** Children whose init fails. */
  readonly broken = new Set<string>();
  /** Children that ignore shutdown. */
  readonly deaf = new Set<string>();
  readonly #nodes = new Map<number, { readonly node: ActorNode; readonly id: string }>();

  place(
    _image: unknown,
    _thread: number,
    child: PlannedChild,
    _parent: IdWords,
    node: ActorNode,
  ): IdWords {
    const low = this.#nodes.size + 1;
    this.#nodes.set(low, { node, id: child.id });
    this.log.push(`place ${child.id}`);
    this.#begin(low);
    return { low, high: 0 };
  }

  restart({ low }: IdWords): void {
    this.log.push(`restart ${this.#at(low).id}`);
    this.#begin(low);
  }

  shutdown({ low }: IdWords): void {
    const { id } = this.#at(low);
    this.log.push(`shutdown ${id}`);
    if (!this.deaf.has(id)) queueMicrotask(() => this.exit(id, 'shutdown'));
  }

  kill({ low }: IdWords): void {
    const { id } = this.#at(low);
    this.log.push(`kill ${id}`);
    queueMicrotask(() => this.exit(id, 'killed'));
  }

  release({ low }: IdWords): void {
    this.log.push(`release ${this.#at(low).id}`);
  }

  open(): IdWords {
    return { low: 0, high: 0 };
  }

  show(): void {}

  close(): void {}

  emit(event: { readonly kind: string }): void {
    if (event.kind === 'escalation') this.log.push('escalation');
  }

  start(id: string): void {
    this.#find(id).started();
  }

  exit(id: string, reason: ExitReason = 'crashed'): void {
    this.log.push(`${id} ${reason}`);
    this.#find(id).exited({ reason, text: '' });
  }

  lose(id: string): void {
    this.log.push(`${id} lost`);
    this.#find(id).lost();
  }

  #begin(low: number): void {
    const { id, node } = this.#at(low);
    if (this.broken.has(id))
      queueMicrotask(() => node.exited({ reason: 'startFailed', text: 'no' }));
    else if (!this.held.has(id)) queueMicrotask(() => node.started());
  }

  #at(low: number): { readonly node: ActorNode; readonly id: string } {
    const found = this.#nodes.get(low);
    if (found === undefined) throw new RangeError(`no actor ${low}`);
    return found;
  }

  #find(id: string): ActorNode {
    for (const entry of this.#nodes.values()) if (entry.id === id) return entry.node;
    throw new RangeError(`no actor ${id}`);
  }
}

function treeOf(actors: FakeActors, plan: Partial<SupervisorPlan>): SupervisorNode {
  const root = group('root', { backoff: 'none', ...plan });
  if (root.subject.kind !== 'supervisor') throw new RangeError('a group is a supervisor');
  return new SupervisorNode(actors, undefined, root, root.subject.plan);
}

/** Starts a tree and forgets what that took. */
async function started(actors: FakeActors, plan: Partial<SupervisorPlan>): Promise<SupervisorNode> {
  const tree = treeOf(actors, plan);
  await tree.start();
  actors.log.length = 0;
  return tree;
}

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
    const tree = await started(actors, {
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
    const tree = await started(actors, {
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
    await expect(tree.start()).rejects.toThrow(
      expect.objectContaining({
        code: 'ACTORS_START_FAILED',
        message: 'root/b did not start (startFailed: no)',
      }),
    );
    expect(actors.log).toEqual(['place a', 'place b', 'shutdown a', 'a shutdown']);
  });
});

describe('a start that does not end', () => {
  test('is killed after its time and has failed', async () => {
    const actors = new FakeActors();
    actors.held.add('b');
    const children = [actorChild('a'), actorChild('b', { startTimeoutMs: 200 })];
    const outcome = treeOf(actors, { children }).start().then(
      () => 'started',
      ({ message }: Error) => message,
    );
    await actors.time.run(199);
    expect(actors.log).toEqual(['place a', 'place b']);
    await actors.time.run(1);
    expect(await outcome).toBe(
      'root/b did not start (startFailed: its start took longer than 200 ms)',
    );
    expect(actors.log.slice(2)).toEqual(['kill b', 'b killed', 'shutdown a', 'a shutdown']);
    expect(actors.time.pending).toBe(0);
  });

  test('counts as a failed restart', async () => {
    const actors = new FakeActors();
    const options = { startTimeoutMs: 200 };
    await started(actors, { maxRestarts: 1, children: [actorChild('a', options)] });
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
    const outcome = tree.start().then(
      () => 'started',
      ({ message }: Error) => message,
    );
    await actors.time.run(0);
    expect(actors.time.pending).toBe(0);
    await tree.stop();
    expect(await outcome).toBe('root/a did not start (shutdown)');
  });
});

describe('oneForOne', () => {
  test('OTP: only the child that exited is restarted', async () => {
    const actors = new FakeActors();
    await started(actors, { children: [actorChild('a'), actorChild('b')] });
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
    await started(actors, { children });
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
    const tree = await started(actors, { backoff, children: [actorChild('a')] });
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
    await started(actors, { maxRestarts: 2, children: [actorChild('a'), actorChild('b')] });
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
    await started(actors, { maxRestarts: 3, children: [actorChild('a')] });
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
    await started(actors, { maxRestarts: 1, children: [actorChild('a'), inner] });
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
    const tree = await started(actors, { maxRestarts: 3, children: [inner] });
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
    const tree = await started(actors, { children: [actorChild('a'), actorChild('b')] });
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
    const tree = await started(actors, { children: [actorChild('a'), actorChild('b')] });
    actors.deaf.add('b');
    const stopped = tree.stop();
    actors.lose('b');
    await stopped;
    expect(actors.log).toEqual(['shutdown b', 'b lost', 'shutdown a', 'a shutdown']);
    expect(actors.time.pending).toBe(0);
  });

  test('a lost actor that nobody stops is not started again', async () => {
    const actors = new FakeActors();
    const tree = await started(actors, { children: [actorChild('a'), actorChild('b')] });
    actors.lose('a');
    await actors.time.run(0);
    await tree.stop();
    expect(actors.log).toEqual(['a lost', 'shutdown b', 'b shutdown']);
  });

  test('that overlaps another ends with it', async () => {
    const actors = new FakeActors();
    const tree = await started(actors, { children: [actorChild('a')] });
    await Promise.all([tree.stop(), tree.stop()]);
    expect(actors.log).toEqual(['shutdown a', 'a shutdown']);
  });
});

test('the tree names every node', async () => {
  const actors = new FakeActors();
  const tree = await started(actors, {
    children: [actorChild('a'), group('g', { children: [actorChild('b')] })],
  });
  const none = { high: 0, children: [] };
  expect(tree.tree()).toEqual({
    id: 'root',
    kind: 'supervisor',
    low: 0,
    high: 0,
    children: [
      { id: 'a', kind: 'actor', low: 1, ...none },
      {
        id: 'g',
        kind: 'supervisor',
        low: 0,
        high: 0,
        children: [{ id: 'b', kind: 'actor', low: 2, ...none }],
      },
    ],
  });
});

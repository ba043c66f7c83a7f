/**
 * Random lives of random trees under virtual time. The fake actors fail the test when an actor is
 * started or released while it is up; here is what must hold when a tree has come to rest.
 */
import { seededRandom } from '@ganglion/runtime';
import type { Random } from '@ganglion/runtime/contract';
import { expect, test } from 'vitest';
import type { ExitReason } from '../contract/behaviour.js';
import { actorChild, fakeActor, FakeActors, group, treeOf } from '../fixtures/fake-actors.js';
import type { PlannedChild, SupervisorCommand, SupervisorPlan } from '../protocol.js';
import { childDefaults } from '../supervisor-spec.js';
import type { Node } from './supervision.js';
import { SupervisorNode } from './supervisor-node.js';

const SEEDS = 400;
const STEPS = 60;
const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
const REASONS: readonly ExitReason[] = ['crashed', 'crashed', 'normal', 'shutdown', 'killed'];

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random.float() * from.length)] as T;
}

function randomPlan(random: Random, ids: readonly string[], depth: number): SupervisorPlan {
  const strategy = pick(random, ['oneForOne', 'oneForAll', 'restForOne', 'simpleOneForOne']);
  const autoShutdown = pick(random, ['never', 'never', 'anySignificant', 'allSignificant']);
  const policy = (): Partial<PlannedChild> => {
    const restart = pick(random, ['permanent', 'permanent', 'transient', 'temporary'] as const);
    const significant =
      autoShutdown !== 'never' && restart !== 'permanent' && random.float() < 0.5;
    const shutdownMs = pick(random, [0, 100, 5_000]);
    return { restart, significant, shutdownMs, startTimeoutMs: 10_000 };
  };
  const simple = strategy === 'simpleOneForOne';
  const children = ids.map((id) =>
    depth > 0 && random.float() < 0.4
      ? group(id, randomPlan(random, IDS.map((inner) => id + inner).slice(0, 3), depth - 1))
      : actorChild(id, policy()),
  );
  return {
    strategy,
    autoShutdown,
    maxRestarts: pick(random, [0, 1, 3, 1_000]),
    withinMs: 60_000,
    backoff: pick(random, ['none' as const, { fromMs: 10, toMs: 1_000, jitter: 0.2 }]),
    children: simple ? [] : children,
    template: simple ? { ...childDefaults, ...policy() } : undefined,
    templateBehaviour: 0,
  } as SupervisorPlan;
}

/** Every supervisor of a tree, parents first. */
function supervisorsOf(node: SupervisorNode): readonly SupervisorNode[] {
  const inner = [...node.children.values()].filter((child) => child instanceof SupervisorNode);
  return [node, ...inner.flatMap(supervisorsOf)];
}

function randomCommand(
  random: Random,
  supervisor: SupervisorNode,
  serial: number,
): SupervisorCommand {
  const id = pick(random, [...supervisor.children.keys(), 'unknown']);
  if (supervisor.spec.strategy === 'simpleOneForOne' && random.float() < 0.7)
    return { kind: 'startInstance', actor: fakeActor };
  return pick<SupervisorCommand>(random, [
    { kind: 'startChild', child: actorChild(`new${serial}`, { startTimeoutMs: 10_000 }) },
    { kind: 'terminateChild', child: id },
    { kind: 'restartChild', id },
    { kind: 'deleteChild', id },
    { kind: 'whichChildren' },
  ]);
}

class Life {
  readonly actors = new FakeActors();
  readonly random: Random;
  readonly tree: SupervisorNode;
  /** Calls that have not ended. */
  pending = 0;
  /** Paths of children that calls may have stopped. */
  readonly terminated = new Set<string>();

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.tree = treeOf(this.actors, randomPlan(this.random, IDS.slice(0, 4), 2));
  }

  step(serial: number): void {
    const { actors, random } = this;
    const { up } = actors;
    const id = pick(random, up);
    const draw = random.float();
    if (draw < 0.5) {
      if (id !== undefined) actors.exit(id, pick(random, REASONS));
    } else if (draw < 0.6) {
      const habit = pick(random, [actors.held, actors.broken, actors.deaf, actors.brief]);
      if (id !== undefined) habit.add(id);
    } else if (draw < 0.7) this.mend();
    else this.#command(pick(random, supervisorsOf(this.tree)), serial);
  }

  /** From now on everybody behaves. */
  mend(): void {
    const { held, broken, deaf, brief } = this.actors;
    const waiting = this.actors.up.filter((id) => held.has(id));
    for (const habits of [held, broken, deaf, brief]) habits.clear();
    for (const id of waiting) this.actors.start(id);
  }

  #command(supervisor: SupervisorNode, serial: number): void {
    this.pending += 1;
    const command = randomCommand(this.random, supervisor, serial);
    if (command.kind === 'terminateChild')
      this.terminated.add(`${supervisor.path}/${String(command.child)}`);
    supervisor.commands.run(command).then(
      () => (this.pending -= 1),
      () => (this.pending -= 1),
    );
  }
}

/** What is wrong with a tree at rest, whose root runs. */
function faults(life: Life, supervisor: SupervisorNode): readonly string[] {
  return [...supervisor.children.values()].flatMap((child: Node) => {
    const { state } = child;
    if (state !== 'running' && state !== 'down') return [`${child.path} is ${state} at rest`];
    if (supervisor.isRestarting(child)) return [`${child.path} restarts at rest`];
    const kept = child.plan.restart === 'permanent' && !life.terminated.has(child.path);
    if (kept && state === 'down') return [`${child.path} was not restarted`];
    if (child instanceof SupervisorNode) {
      if (state === 'running') return faults(life, child);
      const alive = [...child.children.values()].filter((inner) => inner.state !== 'down');
      return alive.map((inner) => `${inner.path} is ${inner.state} below what is down`);
    }
    if (life.actors.isUp(child.id) === (state === 'running')) return [];
    return [`${child.path} is ${state}, its actor is not`];
  });
}

/** What is wrong in one life. */
async function live(seed: number): Promise<readonly string[]> {
  const life = new Life(seed);
  const { actors, tree, random } = life;
  const found: string[] = [];
  const check = (holds: boolean, text: string): void => {
    if (!holds) found.push(`seed ${seed}: ${text}`);
  };
  const started = tree.start();
  await actors.time.run(0);
  check((await started).state === 'running', 'the tree has not started');
  for (let serial = 0; serial < STEPS; serial++) {
    life.step(serial);
    if (random.float() < 0.7) await actors.time.run(pick(random, [0, 0, 1, 50, 3_000]));
  }
  life.mend();
  await actors.time.run(100_000);
  check(life.pending === 0, `${life.pending} calls have not ended`);
  for (const text of tree.state === 'running' ? faults(life, tree) : actors.up)
    check(false, text);
  const stopped = tree.stop();
  await actors.time.run(100_000);
  await stopped;
  tree.release();
  check(actors.alive === 0, `${actors.alive} actors and supervisors are left`);
  check(actors.time.pending === 0, `${actors.time.pending} timers are left`);
  return found;
}

test(`${SEEDS} random lives leave whole trees, and nothing when they end`, async () => {
  const found: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) found.push(...(await live(seed)));
  expect(found).toEqual([]);
}, 60_000);

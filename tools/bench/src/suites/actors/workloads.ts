/**
 * Workloads of the actors suite as the main thread runs them: who is supervised where, and how a
 * sample starts and ends. Every actor but those of `spawn` is a supervised child.
 */
import { child, supervisor } from '@ganglion/actors';
import type { ActorSystem, Checks, ChildSpec } from '@ganglion/actors';
import type { HostArena } from '@ganglion/memory/contract';
import { processorCount } from '../../harness/machine.js';
import { Answerer, Asker } from './ask-actors.js';
import { BIG_ACTORS, BigActor, BigSink } from './big-actors.js';
import { Creature, CREATURES, Mall } from './chameneos-actors.js';
import { Counter, Producer } from './count-actors.js';
import { finished } from './finish.js';
import { Dealer, Receiver, RECEIVERS } from './fjthrput-actors.js';
import { Depot, Packer } from './isolate-actors.js';
import { Ping, Pong } from './pingpong-actors.js';
import { takePeak } from './living.js';
import { TreeOwner } from './skynet-actors.js';
import { Spawner } from './spawn-actors.js';
import { computed, Foreman } from './steal-actors.js';
import { RING_ACTORS, RingActor } from './threadring-actors.js';

/** Actors of `skynet` alive at once. */
const PEAK_MAX = 100_000;

/** What one sample did, verified; `seconds` where only a part of it counts. */
export interface Outcome {
  readonly completed: number;
  readonly seconds?: number;
  readonly figures?: Readonly<Record<string, number>>;
  /** @default the count */
  readonly check?: string;
}

/** Runs one sample of `amount` units of work. */
export type Sample = (amount: number) => Promise<Outcome>;

/** A workload; `start` spawns its actors on as many workers. */
export interface Workload {
  readonly workers: number;
  /** @default 3 */
  readonly warmups?: number;
  /** Whether every other actor has to be gone before it starts. */
  readonly alone?: true;
  /** @default that of a system */
  readonly checks?: Checks;
  readonly start: (system: ActorSystem, arena: HostArena) => Promise<Sample>;
}

/** Starts a sample, and resolves when its last actor has written the count. */
function counted(arena: HostArena, begin: (amount: number) => void): Sample {
  return async (amount) => {
    const end = finished(arena);
    begin(amount);
    return { completed: await end };
  };
}

function startCount(worker: number): Workload['start'] {
  return async (system, arena) => {
    const tree = await system.supervise('Count', supervisor({
      children: [
        child('counter', Counter, {}, { worker }),
        child('producer', Producer, {}, { worker: 0 }),
      ],
    }));
    const counter = tree.ref('counter', Counter);
    const producer = tree.ref('producer', Producer);
    return counted(arena, (messages) => producer.tell.produce({ messages, counter }));
  };
}

async function startIsolate(system: ActorSystem, arena: HostArena): Promise<Sample> {
  const tree = await system.supervise('Isolate', supervisor({
    children: [
      child('depot', Depot, undefined, { worker: 0 }), child('packer', Packer, {}, { worker: 0 }),
    ],
  }));
  const depot = tree.ref('depot', Depot);
  const packer = tree.ref('packer', Packer);
  return counted(arena, (parcels) => packer.tell.pack({ parcels, depot }));
}

function startPingpong(worker: number): Workload['start'] {
  return async (system, arena) => {
    const tree = await system.supervise('Pingpong', supervisor({
      children: [child('ping', Ping, {}, { worker: 0 }), child('pong', Pong, {}, { worker })],
    }));
    const ping = tree.ref('ping', Ping);
    const partner = tree.ref('pong', Pong);
    return counted(arena, (messages) => ping.tell.play({ pings: messages / 2, partner }));
  };
}

/** `count` children with ids `0` … */
function many<C extends ChildSpec>(count: number, make: (index: number) => C): readonly C[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

async function startThreadring(system: ActorSystem, arena: HostArena): Promise<Sample> {
  const tree = await system.supervise('Ring', supervisor({
    children: many(RING_ACTORS, (i) => child(`${i}`, RingActor, {})),
  }));
  const ring = Array.from({ length: RING_ACTORS }, (_, i) => tree.ref(`${i}`, RingActor));
  for (const [i, one] of ring.entries()) {
    one.tell.link({ next: ring[(i + 1) % RING_ACTORS] ?? one });
  }
  return counted(arena, (hops) => ring[0]?.tell.token({ left: hops }));
}

async function startFjthrput(system: ActorSystem, arena: HostArena): Promise<Sample> {
  const tree = await system.supervise('ForkJoin', supervisor({
    children: [
      ...many(RECEIVERS, (i) => child(`${i}`, Receiver, {})), child('dealer', Dealer, undefined),
    ],
  }));
  const dealer = tree.ref('dealer', Dealer);
  dealer.tell.enlist(Array.from({ length: RECEIVERS }, (_, i) => tree.ref(`${i}`, Receiver)));
  return counted(arena, (messages) => dealer.tell.deal({ each: messages / RECEIVERS }));
}

async function startBig(system: ActorSystem, arena: HostArena): Promise<Sample> {
  const { workers } = system.options;
  const tree = await system.supervise('Big', supervisor({
    children: [
      ...many(BIG_ACTORS, (i) =>
        child(`${i}`, BigActor, { seed: i + 1 }, { worker: i % workers })),
      child('sink', BigSink, undefined),
    ],
  }));
  const sink = tree.ref('sink', BigSink);
  const actors = Array.from({ length: BIG_ACTORS }, (_, i) => tree.ref(`${i}`, BigActor));
  for (const one of actors) {
    one.tell.meet({ others: actors.filter((other) => other !== one), sink });
  }
  sink.tell.enlist(actors);
  return counted(arena, (messages) => sink.tell.run({ pings: messages / 2 / BIG_ACTORS }));
}

async function startChameneos(system: ActorSystem, arena: HostArena): Promise<Sample> {
  const tree = await system.supervise('Chameneos', supervisor({
    children: [
      child('mall', Mall, {}),
      ...many(CREATURES, (i) => child(`${i}`, Creature, { colour: i % 3 })),
    ],
  }));
  const mall = tree.ref('mall', Mall);
  return counted(arena, (meetings) => {
    mall.tell.open({ meetings });
    for (let i = 0; i < CREATURES; i++) tree.ref(`${i}`, Creature).tell.enter({ mall });
  });
}

/**
 * The spawner is one of the actors. Only the spawning is timed; then all stop. The bytes are those
 * of the first sample: later ones find their pages touched.
 */
async function startSpawn(system: ActorSystem, arena: HostArena): Promise<Sample> {
  const tree = await system.supervise('Spawn', supervisor({
    children: [child('spawner', Spawner, {})],
  }));
  const spawner = tree.ref('spawner', Spawner);
  let bytes: number | undefined;
  return async (actors) => {
    const before = process.memoryUsage.rss();
    const allLive = finished(arena);
    const start = performance.now();
    spawner.tell.spawn({ actors: actors - 1 });
    const spawned = await allLive;
    const seconds = (performance.now() - start) / 1_000;
    bytes ??= (process.memoryUsage.rss() - before) / actors;
    const allStopped = finished(arena);
    spawner.tell.stopAll();
    const stopped = await allStopped;
    return { completed: 1 + Math.min(spawned, stopped), seconds, figures: { bytes } };
  };
}

async function startAsk(system: ActorSystem): Promise<Sample> {
  const tree = await system.supervise('Ask', supervisor({
    children: [child('answerer', Answerer, {}), child('asker', Asker, undefined)],
  }));
  const asker = tree.ref('asker', Asker);
  const answerer = tree.ref('answerer', Answerer);
  return async (asks) => {
    const { answered, p50, p99 } = await asker.ask.run({ asks, answerer }, { timeoutMs: 60_000 });
    return { completed: answered, figures: { p50, p99 } };
  };
}

/** Fails if the sum is wrong, or if more than PEAK_MAX lived at once. */
async function startSkynet(system: ActorSystem, arena: HostArena): Promise<Sample> {
  const { workers } = system.options;
  const tree = await system.supervise('Skynet', supervisor({
    children: [child('owner', TreeOwner, {})],
  }));
  const owner = tree.ref('owner', TreeOwner);
  return async (leaves) => {
    const end = finished(arena);
    owner.tell.start({ leaves, workers });
    const completed = await end;
    const peak = takePeak(arena, workers);
    if (peak > PEAK_MAX) throw new Error(`${peak} actors lived at once, at most ${PEAK_MAX} may`);
    const sum = await owner.ask.total();
    const expected = (leaves * (leaves - 1)) / 2;
    if (sum !== expected) throw new Error(`the sum is ${sum}, must be ${expected}`);
    return { completed, check: `sum ${sum} peak ${peak}` };
  };
}

/** First on one worker alone, then with the others idle beside it; the latter is timed. */
async function startSteal(system: ActorSystem, arena: HostArena): Promise<Sample> {
  const { workers } = system.options;
  const tree = await system.supervise('Steal', supervisor({
    children: [child('foreman', Foreman, undefined, { worker: 0 })],
  }));
  const foreman = tree.ref('foreman', Foreman);
  let expected: number | undefined;
  const run = async (actors: number, stay: 0 | 1): Promise<number> => {
    const end = finished(arena);
    const start = performance.now();
    foreman.tell.start({ actors, stay });
    await end;
    const seconds = (performance.now() - start) / 1_000;
    const sum = await foreman.ask.total();
    expected ??= Array.from({ length: actors }, (_, i) => computed(i)).reduce((a, b) => a + b, 0);
    if (sum !== expected) throw new Error(`the sum is ${sum}, must be ${expected}`);
    return seconds;
  };
  return async (actors) => {
    const alone = await run(actors, 1);
    const seconds = await run(actors, 0);
    const figures = { efficiency: alone / seconds / workers };
    return { completed: actors, seconds, figures, check: `sum ${expected}` };
  };
}

/** By the name that the process is given. */
export const workloads: Readonly<Record<string, Workload>> = {
  count: { workers: 1, start: startCount(0) },
  isolate: { workers: 1, checks: 'off', start: startIsolate },
  pingpong: { workers: 1, start: startPingpong(0) },
  threadring: { workers: 1, start: startThreadring },
  fjthrput: { workers: 1, start: startFjthrput },
  big: { workers: 2, warmups: 1, start: startBig },
  chameneos: { workers: 1, start: startChameneos },
  spawn: { workers: 1, warmups: 1, alone: true, start: startSpawn },
  ask: { workers: 1, start: startAsk },
  skynet: { workers: processorCount(), warmups: 1, start: startSkynet },
  steal: { workers: Math.max(2, processorCount()), warmups: 1, start: startSteal },
  'crossworker-count': { workers: 2, start: startCount(1) },
  'crossworker-pingpong': { workers: 2, start: startPingpong(1) },
};

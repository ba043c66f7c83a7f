/**
 * Suite actors. `throughput` comes from a process in which 32 behaviours of different layouts have
 * been exercised, `throughput_fresh` from one with only the benchmark's own (ACTORS-P2); what is
 * not a throughput comes from the former.
 */
import { fileURLToPath } from 'node:url';
import type { BenchCase, Contestant, Metric, Suite } from '../../harness/bench-case.js';
import { throughput } from '../../harness/bench-case.js';
import { startLineChild } from '../../harness/line-child.js';
import { caf, erlang, messagePort, nact, xstate } from './peers.js';
import type { CafProgram, ErlangProgram, PeerWork } from './peers.js';

const CHILD = fileURLToPath(new URL('./ganglion-child.js', import.meta.url));
const LIMIT_MS = 60_000;

/** What a peer does for a case. */
type PeerSide = (amount: number) => readonly Contestant[];

interface ActorsCase {
  readonly name: string;
  /** What `full` and `small` count. */
  readonly work: string;
  readonly full: number;
  readonly small: number;
  /** @default 5 */
  readonly samples?: number;
  ours(amount: number): readonly Contestant[];
  readonly peers: Readonly<Record<string, PeerSide>>;
}

function ganglion(workload: string, surroundings: 'crowded' | 'fresh', work: PeerWork): Contestant {
  return {
    subject: 'ganglion',
    metrics: work.metrics,
    start: () => startLineChild({
      name: `ganglion (${surroundings})`,
      command: process.execPath,
      args: [CHILD, workload, String(work.amount), surroundings],
      limitMs: LIMIT_MS,
    }),
  };
}

/** Both figures of ACTORS-P2. */
function bothThroughputs(workload: string, unit: string, amount: number): readonly Contestant[] {
  const fresh = throughput(unit, 1, 'throughput_fresh');
  return [
    ganglion(workload, 'crowded', { amount, metrics: [throughput(unit)] }),
    ganglion(workload, 'fresh', { amount, metrics: [fresh] }),
  ];
}

/** Peers of a throughput case: an Erlang program of its name, and whatever else is named here. */
interface ThroughputPeers extends Omit<ErlangProgram, 'module'> {
  readonly caf?: Omit<CafProgram, 'name'>;
  readonly nact?: true;
  readonly xstate?: true;
}

/** A case whose one figure is work per second. */
function throughputCase(
  spec: Pick<ActorsCase, 'name' | 'work' | 'full' | 'small'>,
  unit: string,
  peers: ThroughputPeers = {},
): ActorsCase {
  const metrics = [throughput(unit)];
  const { caf: cafWays, nact: isNact, xstate: isXstate, ...program } = peers;
  return {
    ...spec,
    ours: (amount) => bothThroughputs(spec.name, unit, amount),
    peers: {
      erlang: (amount) => [erlang({ module: spec.name, ...program }, { amount, metrics })],
      ...(cafWays !== undefined && {
        caf: (amount: number) => [caf({ name: spec.name, ...cafWays }, { amount, metrics })],
      }),
      ...(isNact && { nact: (amount: number) => [nact(spec.name, { amount, metrics })] }),
      ...(isXstate && { xstate: (amount: number) => [xstate({ amount, metrics })] }),
    },
  };
}

/** A figure that the contestant measured itself. */
const figure = (name: string, key: string, unit: string): Metric => ({
  name, unit, better: 'lower', value: ({ figures }) => figures[key] ?? Number.NaN,
});

const ASK_METRICS = [figure('p50', 'p50', 'µs'), figure('p99', 'p99', 'µs')];
const SPAWN_METRICS = [throughput('actors/s'), figure('bytes_per_actor', 'bytes', 'bytes')];
const SPAWN_FRESH = [throughput('actors/s', 1, 'throughput_fresh')];
/** Of two messages each. */
const ROUND_TRIP: Metric = {
  name: 'round_trip', unit: 'µs', better: 'lower',
  value: ({ seconds, completed }) => (seconds * 1e6) / (completed / 2),
};

const SPAWN: ActorsCase = {
  name: 'spawn', work: 'actors', full: 1_000_000, small: 2_000, samples: 3,
  ours: (amount) => [
    ganglion('spawn', 'crowded', { amount, metrics: SPAWN_METRICS }),
    ganglion('spawn', 'fresh', { amount, metrics: SPAWN_FRESH }),
  ],
  peers: {
    erlang: (amount) => [
      erlang({ module: 'spawning', warmups: 0, probes: 1 }, { amount, metrics: SPAWN_METRICS }),
    ],
  },
};

const ASK: ActorsCase = {
  name: 'ask', work: 'replies', full: 200_000, small: 2_000,
  ours: (amount) => [ganglion('ask', 'crowded', { amount, metrics: ASK_METRICS })],
  peers: { erlang: (amount) => [erlang({ module: 'ask' }, { amount, metrics: ASK_METRICS })] },
};

const CROSSWORKER: ActorsCase = {
  name: 'crossworker', work: 'messages', full: 200_000, small: 2_000,
  ours: (amount) => [
    ...bothThroughputs('crossworker-count', 'msg/s', amount),
    ganglion('crossworker-pingpong', 'crowded', { amount, metrics: [ROUND_TRIP] }),
  ],
  peers: {
    messageport: (amount) => [
      messagePort('one-way', { amount, metrics: [throughput('msg/s')] }),
      messagePort('round-trip', { amount, metrics: [ROUND_TRIP] }),
    ],
  },
};

const TIME: Metric = { name: 'time', unit: 's', better: 'lower', value: ({ seconds }) => seconds };
/** Speed-up over one worker ÷ workers. */
const EFFICIENCY: Metric = {
  name: 'efficiency', unit: '×', better: 'higher',
  value: ({ figures }) => figures['efficiency'] ?? Number.NaN,
};

const SKYNET: ActorsCase = {
  name: 'skynet', work: 'leaves', full: 1_000_000, small: 1_000, samples: 3,
  ours: (amount) => [ganglion('skynet', 'crowded', { amount, metrics: [TIME] })],
  peers: {
    erlang: (amount) => [
      erlang({ module: 'skynet', warmups: 0, probes: 1 }, { amount, metrics: [TIME] }),
    ],
  },
};

/** Plain objects by reference, without the development checks that would freeze each. */
const ISOLATE: ActorsCase = {
  name: 'isolate', work: 'messages', full: 1_000_000, small: 20_000,
  ours: (amount) => bothThroughputs('isolate', 'msg/s', amount),
  peers: {},
};

const STEAL: ActorsCase = {
  name: 'steal', work: 'actors', full: 10_000, small: 200,
  ours: (amount) => [ganglion('steal', 'crowded', { amount, metrics: [EFFICIENCY] })],
  peers: {},
};

const MESSAGES = { work: 'messages', small: 20_000 } as const;
const CASES: readonly ActorsCase[] = [
  throughputCase({ name: 'count', full: 1_000_000, ...MESSAGES }, 'msg/s', {
    functions: ['flood', 'windowed'], caf: { ways: ['flood', 'windowed'] },
    nact: true, xstate: true,
  }),
  throughputCase({ name: 'pingpong', full: 2_000_000, ...MESSAGES }, 'msg/s', {
    caf: {}, nact: true,
  }),
  ISOLATE,
  throughputCase({ name: 'threadring', full: 2_000_000, ...MESSAGES }, 'msg/s', { caf: {} }),
  throughputCase({ name: 'fjthrput', work: 'messages', full: 600_000, small: 12_000 }, 'msg/s', {
    functions: ['long', 'short'], caf: { ways: ['flood', 'windowed'], spreads: true },
  }),
  throughputCase({ name: 'big', work: 'messages', full: 4_800_000, small: 24_000 }, 'msg/s', {
    warmups: 1, probes: 1,
  }),
  throughputCase(
    { name: 'chameneos', work: 'meetings', full: 200_000, small: 2_000 }, 'meetings/s',
  ),
  SPAWN,
  ASK,
  CROSSWORKER,
  SKYNET,
  STEAL,
];

function actorsCase({ name, work, full, small, samples = 5, ours, peers }: ActorsCase): BenchCase {
  return {
    suite: 'actors',
    name,
    samples,
    peers: Object.keys(peers),
    plan(size, wanted) {
      const intended = size === 'small' ? small : full;
      const asked = Object.entries(peers).filter(([peer]) => wanted.includes(peer));
      const contestants = [...ours(intended), ...asked.flatMap(([, side]) => side(intended))];
      return { intended, work, contestants };
    },
  };
}

export const actors: Suite = {
  name: 'actors',
  cases: CASES.map(actorsCase),
  notSupported: {},
};

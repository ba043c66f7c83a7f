/** Erlang, CAF, nact, XState and a bare MessagePort as contestants of the actors suite. */
import { join } from 'node:path';
import type { Contestant, Metric, Running, Skipped } from '../../harness/bench-case.js';
import { compiled, PEERS } from '../../harness/compiled.js';
import { startFastest } from '../../harness/fastest.js';
import { startLineChild } from '../../harness/line-child.js';
import { processorCount } from '../../harness/machine.js';

const LIMIT_MS = 60_000;

/** How a peer does a case's work. */
export interface PeerWork {
  readonly metrics: readonly Metric[];
  /** Work of one sample. */
  readonly amount: number;
}

/** A module of peers/erlang, and the ways in which it offers the workload. */
export interface ErlangProgram {
  readonly module: string;
  /** @default ['run'] */
  readonly functions?: readonly string[];
  /** @default 3 */
  readonly warmups?: number;
  /** Samples by which the best setting is found. @default 3 */
  readonly probes?: number;
}

const ERLANG_MODULES = [
  'ask', 'big', 'chameneos', 'count', 'fjthrput', 'pingpong', 'skynet', 'spawning',
  'threadring',
];
/** Above the 1,000,000 processes of `spawn`; the default is 262,144. */
const PROCESSES_MAX = '2000000';

export function erlang(program: ErlangProgram, { amount, metrics }: PeerWork): Contestant {
  return { subject: 'erlang', metrics, start: () => startErlang(program, amount) };
}

async function startErlang(program: ErlangProgram, amount: number): Promise<Running | Skipped> {
  const { module, functions = ['run'], warmups = 3, probes } = program;
  const folder = await compiled({
    folder: join(PEERS, 'erlang'),
    sources: ['bench_peer.erl', ...ERLANG_MODULES.map((name) => `${name}.erl`)],
    compiler: 'erlc',
    version: ['erl', '+V'],
    args: (sources, output) => ['-o', output, ...sources],
  });
  if (folder === undefined) return { skipped: 'apt-get install erlang-base' };
  const schedulers = [...new Set([1, processorCount()])];
  const candidates = functions.flatMap((function_) =>
    schedulers.map((count) => ({
      setting: `${module}:${function_} +S ${count}:${count}`,
      start: () => startLineChild({
        name: 'erlang',
        command: 'erl',
        args: [
          '-noshell', '+S', `${count}:${count}`, '+P', PROCESSES_MAX, '-pa', folder,
          '-run', 'bench_peer', 'main', module, function_, String(amount), String(warmups),
        ],
        limitMs: LIMIT_MS,
      }),
    })));
  return startFastest(candidates, probes);
}

/** A program of peers/caf, and the ways in which it offers the workload. */
export interface CafProgram {
  readonly name: string;
  /** @default ['run'] */
  readonly ways?: readonly string[];
  /** Whether it may have a worker on each processor, as Erlang has: the faster stays. */
  readonly spreads?: true;
}

const CAF_WARMUPS = 3;

export function caf(program: CafProgram, { amount, metrics }: PeerWork): Contestant {
  return { subject: 'caf', metrics, start: () => startCaf(program, amount) };
}

async function startCaf(program: CafProgram, amount: number): Promise<Running | Skipped> {
  const { name, ways = ['run'], spreads } = program;
  const folder = await compiled({
    folder: join(PEERS, 'caf'),
    sources: [`${name}.cc`],
    includes: [join(PEERS, 'caf', 'caf_peer.h')],
    compiler: 'g++',
    version: ['g++', '--version'],
    args: (sources, output) => [
      '-O2', '-std=c++17', '-march=native', '-o', join(output, name), ...sources,
      '-lcaf_core', '-pthread',
    ],
  });
  if (folder === undefined) return { skipped: 'apt-get install g++ libcaf-dev' };
  const workers = new Set(spreads ? [1, processorCount()] : [1]);
  const candidates = ways.flatMap((way) =>
    [...workers].map((count) => ({
      setting: `${name}:${way} on ${count}`,
      start: () => startLineChild({
        name: 'caf',
        command: join(folder, name),
        args: [way, String(amount), String(CAF_WARMUPS), String(count)],
        limitMs: LIMIT_MS,
      }),
    })));
  return startFastest(candidates);
}

export function nact(name: string, work: PeerWork): Contestant {
  return onNode('nact', 'nact-peer.mjs', [name, String(work.amount), '1'], work);
}

/** Its program does the work of `count`. */
export function xstate(work: PeerWork): Contestant {
  return onNode('xstate', 'xstate-peer.mjs', [String(work.amount), '3'], work);
}

/** Two bare worker threads; `mode` is `one-way` or `round-trip`. */
export function messagePort(mode: string, work: PeerWork): Contestant {
  return onNode('messageport', 'messageport-peer.mjs', [mode, String(work.amount)], work);
}

/** A program of the folder of peers that has its name. */
function onNode(
  name: string,
  program: string,
  args: readonly string[],
  { metrics }: PeerWork,
): Contestant {
  return {
    subject: name,
    metrics,
    start: () => startLineChild({
      name,
      command: process.execPath,
      args: [join(PEERS, name, program), ...args],
      limitMs: LIMIT_MS,
    }),
  };
}

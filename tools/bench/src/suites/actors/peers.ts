/** Erlang, nact and a bare MessagePort as contestants of the actors suite. */
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

export function nact(name: string, { amount, metrics }: PeerWork): Contestant {
  return {
    subject: 'nact',
    metrics,
    start: () => startLineChild({
      name: 'nact',
      command: process.execPath,
      args: [join(PEERS, 'nact', 'nact-peer.mjs'), name, String(amount), '1'],
      limitMs: LIMIT_MS,
    }),
  };
}

/** Two bare worker threads; `mode` is `one-way` or `round-trip`. */
export function messagePort(mode: string, { amount, metrics }: PeerWork): Contestant {
  return {
    subject: 'messageport',
    metrics,
    start: () => startLineChild({
      name: 'messageport',
      command: process.execPath,
      args: [join(PEERS, 'messageport', 'messageport-peer.mjs'), mode, String(amount)],
      limitMs: LIMIT_MS,
    }),
  };
}

/** Erlang and nact as contestants of the actors suite. */
import { join } from 'node:path';
import type { Contestant, Running, Skipped } from '../../harness/bench-case.js';
import { throughput } from '../../harness/bench-case.js';
import { compiled, PEERS } from '../../harness/compiled.js';
import { startFastest } from '../../harness/fastest.js';
import { startLineChild } from '../../harness/line-child.js';
import { processorCount } from '../../harness/machine.js';

const LIMIT_MS = 60_000;
const WARMUPS = 3;

/** A workload by name; `functions` are the ways in which the Erlang module offers it. */
export interface ActorWorkload {
  readonly name: 'count' | 'pingpong';
  readonly messages: number;
}

const ERLANG_FUNCTIONS = { count: ['flood', 'windowed'], pingpong: ['run'] } as const;

export function erlang(workload: ActorWorkload): Contestant {
  return {
    subject: 'erlang',
    metrics: [throughput('msg/s')],
    start: () => startErlang(workload),
  };
}

async function startErlang(workload: ActorWorkload): Promise<Running | Skipped> {
  const folder = await compiled({
    folder: join(PEERS, 'erlang'),
    sources: ['bench_peer.erl', 'count.erl', 'pingpong.erl'],
    compiler: 'erlc',
    version: ['erl', '+V'],
    args: (sources, output) => ['-o', output, ...sources],
  });
  if (folder === undefined) return { skipped: 'apt-get install erlang-base' };
  const schedulers = [...new Set([1, processorCount()])];
  return startFastest(
    ERLANG_FUNCTIONS[workload.name].flatMap((function_) =>
      schedulers.map((count) => ({
        setting: `${workload.name}:${function_} +S ${count}:${count}`,
        start: () => startLineChild({
          name: 'erlang',
          command: 'erl',
          args: [
            '-noshell', '+S', `${count}:${count}`, '-pa', folder, '-run', 'bench_peer', 'main',
            workload.name, function_, String(workload.messages), String(WARMUPS),
          ],
          limitMs: LIMIT_MS,
        }),
      })),
    ),
  );
}

export function nact(workload: ActorWorkload): Contestant {
  return {
    subject: 'nact',
    metrics: [throughput('msg/s')],
    start: () => startLineChild({
      name: 'nact',
      command: process.execPath,
      args: [join(PEERS, 'nact', 'nact-peer.mjs'), workload.name, String(workload.messages), '1'],
      limitMs: LIMIT_MS,
    }),
  };
}

/**
 * Suite actors: messages between two actors. `throughput` comes from a process in which 32
 * behaviours of different layouts have been exercised, `throughput_fresh` from one with only the
 * benchmark's own (ACTORS-P2).
 */
import { fileURLToPath } from 'node:url';
import type { BenchCase, Contestant, Suite } from '../../harness/bench-case.js';
import { throughput } from '../../harness/bench-case.js';
import { startLineChild } from '../../harness/line-child.js';
import { erlang, nact } from './peers.js';
import type { ActorWorkload } from './peers.js';

const SMALL_MESSAGES = 20_000;
const CASES: readonly ActorWorkload[] = [
  { name: 'count', messages: 1_000_000 },
  { name: 'pingpong', messages: 2_000_000 },
];
const CHILD = fileURLToPath(new URL('./ganglion-child.js', import.meta.url));
const LIMIT_MS = 60_000;
const PEERS_BY_NAME = { erlang, nact };

function actorsCase(full: ActorWorkload): BenchCase {
  return {
    suite: 'actors',
    name: full.name,
    samples: 5,
    peers: Object.keys(PEERS_BY_NAME),
    plan(size, peers) {
      const workload = size === 'small' ? { ...full, messages: SMALL_MESSAGES } : full;
      const asked = Object.entries(PEERS_BY_NAME).filter(([name]) => peers.includes(name));
      return {
        intended: workload.messages,
        work: 'messages',
        contestants: [
          ganglion(workload, 'crowded'),
          ganglion(workload, 'fresh'),
          ...asked.map(([, peer]) => peer(workload)),
        ],
      };
    },
  };
}

function ganglion(workload: ActorWorkload, process_: 'crowded' | 'fresh'): Contestant {
  const metric = process_ === 'fresh' ? 'throughput_fresh' : 'throughput';
  return {
    subject: 'ganglion',
    metrics: [throughput('msg/s', 1, metric)],
    start: () => startLineChild({
      name: `ganglion (${process_})`,
      command: process.execPath,
      args: [CHILD, workload.name, String(workload.messages), process_],
      limitMs: LIMIT_MS,
    }),
  };
}

export const actors: Suite = { name: 'actors', cases: CASES.map(actorsCase), notSupported: {} };

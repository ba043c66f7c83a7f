/**
 * Suite train: training steps per second, and the memory above the level before the first step.
 */
import { fileURLToPath } from 'node:url';
import type { BenchCase, Contestant, Suite } from '../../harness/bench-case.js';
import { startLineChild } from '../../harness/line-child.js';
import type { Training } from './peers.js';
import { PYTORCH_PEERS, pytorch } from './peers.js';
import { trainContestant } from './train-contestant.js';

const CHILD = fileURLToPath(new URL('./ganglion-child.js', import.meta.url));
const LIMIT_MS = 120_000;

/** Steps of a sample, by size. */
interface Steps {
  readonly small: number;
  readonly full: number;
}

function trainCase(
  name: string,
  training: Omit<Training, 'steps' | 'size'>,
  steps: Steps,
): BenchCase {
  return {
    suite: 'train',
    name,
    samples: 5,
    peers: PYTORCH_PEERS,
    plan(size, peers) {
      const planned = { ...training, size, steps: steps[size] };
      const asked = PYTORCH_PEERS.filter((peer) => peers.includes(peer));
      return {
        intended: planned.steps,
        work: 'steps',
        contestants: [ganglion(planned), ...asked.map((peer) => pytorch(peer, planned))],
      };
    },
  };
}

function ganglion({ script, threads, steps, size }: Training): Contestant {
  return trainContestant('ganglion', threads, () => startLineChild({
    name: 'ganglion',
    command: process.execPath,
    args: [CHILD, script, String(threads), String(steps), size],
    limitMs: LIMIT_MS,
  }));
}

export const train: Suite = {
  name: 'train',
  cases: [
    trainCase('mlp', { script: 'mlp', threads: 1 }, { small: 12, full: 200 }),
    trainCase('chargpt', { script: 'chargpt', threads: 1 }, { small: 24, full: 24 }),
    trainCase('chargpt-2w', { script: 'chargpt', threads: 2 }, { small: 24, full: 24 }),
  ],
  notSupported: {},
};

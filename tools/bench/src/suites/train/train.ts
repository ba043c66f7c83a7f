/**
 * Suite train: training steps per second on one thread, and the memory above the level before the
 * first step.
 */
import { fileURLToPath } from 'node:url';
import type { BenchCase, Contestant, Suite } from '../../harness/bench-case.js';
import { startLineChild } from '../../harness/line-child.js';
import { PYTORCH_PEERS, pytorch } from './peers.js';
import { trainContestant } from './train-contestant.js';

const FULL_STEPS = 200;
const SMALL_STEPS = 12;
const CHILD = fileURLToPath(new URL('./ganglion-child.js', import.meta.url));
const LIMIT_MS = 120_000;

const mlp: BenchCase = {
  suite: 'train',
  name: 'mlp',
  samples: 5,
  peers: PYTORCH_PEERS,
  plan(size, peers) {
    const steps = size === 'small' ? SMALL_STEPS : FULL_STEPS;
    const asked = PYTORCH_PEERS.filter((name) => peers.includes(name));
    return {
      intended: steps,
      work: 'steps',
      contestants: [ganglion(steps), ...asked.map((name) => pytorch(name, steps))],
    };
  },
};

function ganglion(steps: number): Contestant {
  return trainContestant('ganglion', () => startLineChild({
    name: 'ganglion',
    command: process.execPath,
    args: [CHILD, String(steps)],
    limitMs: LIMIT_MS,
  }));
}

export const train: Suite = { name: 'train', cases: [mlp], notSupported: {} };

/** Everything that a program takes from Node, composed. */
import { randomInt } from 'node:crypto';

import { nodeClock } from './clock.js';
import type { Runtime } from './contract.js';
import { overlay } from './options.js';
import { seededRandom } from './random.js';
import { nodeThreads } from './threads.js';
import { nodeTimers } from './timers.js';

/** How Node's runtime is made. */
export interface NodeRuntimeOptions {
  /**
   * Seed of all randomness, a safe integer ≥ 0.
   * @default drawn from the operating system
   */
  readonly seed?: number;
}

/** Node's runtime, and the seed that repeats its randomness. */
export interface NodeRuntime extends Runtime {
  readonly seed: number;
}

const SEED_BOUND = 2 ** 48 - 1;

/** The runtime of this process. */
export function nodeRuntime(options: NodeRuntimeOptions = {}): NodeRuntime {
  const { seed } = overlay('runtime', { seed: options.seed ?? randomInt(SEED_BOUND) }, options);
  const clock = nodeClock();
  return Object.freeze({
    seed,
    clock,
    timers: nodeTimers(clock),
    random: seededRandom(seed),
    threads: nodeThreads(),
  });
}

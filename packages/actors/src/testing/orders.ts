/**
 * Runs a scenario over a stepped system under many orders: a seed decides which thread goes on
 * next, one message at a time, when idle workers take actors of others, and how time passes.
 *
 * ORDERS-1: a seed always gives the same run, as long as the scenario and its actors depend on
 *   nothing but messages, the system's time and the given randomness.
 * ORDERS-2: every order keeps what a system with threads promises: the order of each pair of
 *   actors, signals before messages, one turn at a time.
 * ORDERS-3: timers that are due later come when nothing else can move; a little time passes at
 *   random. So time-outs do not end what is only slow.
 */
import assert from 'node:assert/strict';
import { seededRandom } from '@ganglion/runtime';
import type { Random } from '@ganglion/runtime/contract';
import { textOf } from '../errors.js';
import type { SteppedEnd } from './end.js';
import { steppedSystem } from './stepped.js';
import type { SteppedOptions, SteppedSystem } from './stepped.js';

/** What is run under each order. It fails by throwing or rejecting. */
export type OrderScenario = (system: SteppedSystem, random: Random) => Promise<void>;

/** How many orders, and over which system. */
export type OrderOptions = Omit<SteppedOptions, 'seed'> & {
  /** Seeds from 1 to this, or these. @default 100 */
  readonly seeds?: number | readonly number[];
  /** Steps after which a run fails. @default 100,000 */
  readonly stepsMax?: number;
  /** The most that passes at random between two steps, in ms. @default 1 */
  readonly driftMs?: number;
};

/** Defaults of `exploreOrders`. */
export const orderDefaults: Required<Pick<OrderOptions, 'seeds' | 'stepsMax' | 'driftMs'>> =
  Object.freeze({ seeds: 100, stepsMax: 100_000, driftMs: 1 });

/** How much was run. */
export interface OrderExploration {
  readonly runs: number;
  readonly steps: number;
}

/** A run that failed. Its cause is what the scenario threw, if it did. */
export class OrderError extends Error {
  readonly seed: number;
  /** Who went on, in order. */
  readonly order: readonly string[];

  constructor(seed: number, order: readonly string[], told: string, options?: ErrorOptions) {
    const last = order.slice(-SHOWN).join(', ');
    super(
      `seed ${seed}, after ${order.length} steps: ${told}\nThe last of them: ${last}\n` +
        `Run it again with seeds: [${seed}]`,
      options,
    );
    this.name = 'OrderError';
    this.seed = seed;
    this.order = order;
  }
}

const SHOWN = 12;
/** Rounds of promises without anything to do, after which only time can go on. */
const QUIET_ROUNDS = 5;
/** One step of so many is of a worker that may have nothing to do, and asks for actors. */
const IDLE_SHARE = 8;
/** After one step of so many, time passes. */
const DRIFT_SHARE = 4;

/**
 * Runs the scenario once for each seed, until one fails.
 * @throws OrderError for the first that fails; AssertionError for wrong options
 */
export async function exploreOrders(
  options: OrderOptions,
  scenario: OrderScenario,
): Promise<OrderExploration> {
  const { seeds, stepsMax, driftMs, ...system } = { ...orderDefaults, ...options };
  assert(stepsMax > 0, `stepsMax is ${stepsMax}, must be over 0`);
  assert(driftMs >= 0, `driftMs is ${driftMs}, must be 0 or more`);
  const all = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, n) => n + 1) : seeds;
  assert(all.length > 0, 'seeds must name at least one seed');
  let steps = 0;
  for (const seed of all) {
    const run = new OrderedRun(steppedSystem({ ...system, seed }), seed, { stepsMax, driftMs });
    steps += await run.complete(scenario);
  }
  return { runs: all.length, steps };
}

interface Bounds {
  readonly stepsMax: number;
  readonly driftMs: number;
}

class OrderedRun {
  readonly #system: SteppedSystem;
  readonly #seed: number;
  readonly #bounds: Bounds;
  readonly #random: Random;
  readonly #order: string[] = [];
  #quiet = 0;
  #ended: { readonly error: unknown } | 'well' | undefined;

  constructor(system: SteppedSystem, seed: number, bounds: Bounds) {
    this.#system = system;
    this.#seed = seed;
    this.#bounds = bounds;
    this.#random = seededRandom(seed);
  }

  /** Returns how many steps it took. */
  async complete(scenario: OrderScenario): Promise<number> {
    const started = Promise.resolve().then(() =>
      scenario(this.#system, this.#random.fork('scenario')));
    void started.then(
      () => (this.#ended = 'well'),
      (error: unknown) => (this.#ended = { error }),
    );
    await this.#system.time.run(0);
    while (this.#ended === undefined) {
      if (this.#order.length >= this.#bounds.stepsMax) this.#fail('the scenario still runs');
      await this.#step();
    }
    if (this.#ended !== 'well') this.#fail(textOf(this.#ended.error), this.#ended.error);
    return this.#order.length;
  }

  async #step(): Promise<void> {
    const { time } = this.#system;
    const end = this.#choose();
    if (end === undefined) {
      await this.#pass();
      return;
    }
    this.#quiet = 0;
    this.#order.push(end.name);
    try {
      end.step();
    } catch (error) {
      this.#fail(`${end.name} threw: ${textOf(error)}`, error);
    }
    const drifts = this.#random.below(DRIFT_SHARE) === 0;
    await time.run(drifts ? this.#random.float() * this.#bounds.driftMs : 0);
  }

  #choose(): SteppedEnd | undefined {
    const busy = this.#system.ends.filter(({ hasWork }) => hasWork);
    if (busy.length === 0) return undefined;
    const { workers } = this.#system;
    const among = this.#random.below(IDLE_SHARE) === 0 ? workers : busy;
    return among[this.#random.below(among.length)];
  }

  /** Nothing moves: lets promises go on, and then time. */
  async #pass(): Promise<void> {
    const { time } = this.#system;
    this.#quiet += 1;
    if (this.#quiet <= QUIET_ROUNDS) {
      await time.run(0);
      return;
    }
    const { nextDueMs } = time;
    if (nextDueMs === undefined) this.#fail('nothing moves any more, and the scenario waits');
    this.#quiet = 0;
    this.#order.push(`time to ${nextDueMs} ms`);
    await time.run(nextDueMs - time.clock.monotonicMs());
  }

  #fail(told: string, cause?: unknown): never {
    throw new OrderError(this.#seed, this.#order, told, { cause });
  }
}

/**
 * The account under random orders (ACTORS-W4): supervised and other actors that crash, are killed,
 * stopped, started again and moved, while they are told and asked.
 */
import assert from 'node:assert/strict';
import type { Random } from '@ganglion/runtime/contract';
import { expect, test } from 'vitest';
import { actor } from '../behaviour.js';
import type { ActorRef } from '../contract/ref.js';
import type { Strategy } from '../contract/supervision.js';
import { ActorsError } from '../errors.js';
import { reply, u32 } from '../kinds.js';
import { child, supervisor } from '../supervisor-spec.js';
import { exploreOrders } from './index.js';
import type { SteppedSystem } from './index.js';

/** How often each number was handled. */
const handled = new Map<number, number>();

function handle(n: number): void {
  handled.set(n, (handled.get(n) ?? 0) + 1);
}

const messages = { add: { n: u32 }, echo: reply({ n: u32 }, u32), crash: {} };

const Shared = actor(import.meta.url, 'Shared', {
  state: {},
  messages,
  receive: {
    add: (_self, message) => handle(message.n),
    echo: (_self, message) => {
      handle(message.n);
      message.reply(message.n);
    },
    crash: () => {
      throw new Error('as told');
    },
  },
});

const Isolate = actor(import.meta.url, 'Isolate', {
  init: async () => {
    await Promise.resolve();
    return {};
  },
  messages,
  receive: {
    add: (_self, message) => handle(message.n),
    echo: async (_self, message) => {
      const { n } = message;
      await Promise.resolve();
      handle(n);
      message.reply(n);
    },
    crash: async () => {
      await Promise.resolve();
      throw new Error('as told');
    },
  },
});

const STRATEGIES: readonly Exclude<Strategy, 'simpleOneForOne'>[] = [
  'oneForOne', 'oneForAll', 'restForOne',
];
const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
const CALLS = 60;
const SEEDS = 60;
const MANY = 1_000;
const CODES = new Set(['ACTORS_EXITED', 'ACTORS_RESTARTED']);

type Any = ActorRef<typeof messages>;

class Traffic {
  readonly told: number[] = [];
  readonly asks: Promise<void>[] = [];
  #n = 0;

  tell(ref: Any): void {
    this.#n += 1;
    ref.tell.add({ n: this.#n });
    this.told.push(this.#n);
  }

  ask(ref: Any): void {
    this.#n += 1;
    const n = this.#n;
    this.asks.push(
      ref.ask.echo({ n }).then(
        (answer) => assert.deepEqual([answer, handled.get(n)], [n, 1]),
        (error: unknown) => {
          assert.ok(error instanceof ActorsError && CODES.has(error.code), String(error));
        },
      ),
    );
  }
}

/** An exit that was on its way may end a child as it starts; it is down then, as in OTP. */
async function startAgain(restart: () => Promise<void>): Promise<void> {
  try {
    await restart();
  } catch (error) {
    const { code } = error as ActorsError;
    if (code === 'ACTORS_START_FAILED') await startAgain(restart);
    else assert.equal(code, 'ACTORS_CHILD_RUNNING');
  }
}

async function live(system: SteppedSystem, random: Random): Promise<void> {
  handled.clear();
  const strategy = STRATEGIES[random.below(STRATEGIES.length)] ?? 'oneForOne';
  const tree = await system.supervise('Tree', supervisor({
    strategy,
    maxRestarts: MANY,
    backoff: 'none',
    children: IDS.map((id, n) => (n % 3 === 1 ? child(id, Isolate) : child(id, Shared))),
  }));
  const refs = IDS.map((id) => tree.ref(id) as ActorRef as Any);
  const traffic = new Traffic();
  for (let call = 0; call < CALLS; call++) {
    const at = random.below(IDS.length);
    const [id, ref] = [IDS[at] ?? 'a', refs[at] as Any];
    const choice = random.below(12);
    if (choice < 5) traffic.tell(ref);
    else if (choice < 8) traffic.ask(ref);
    else if (choice === 8) ref.tell.crash();
    else if (choice === 9) system.exit(ref, random.below(2) === 0 ? 'killed' : 'shutdown');
    else if (choice === 10) await tree.whichChildren();
    else {
      await tree.terminateChild(id);
      await startAgain(() => tree.restartChild(id));
    }
  }
  await Promise.all(traffic.asks);
  const missing = (): number[] => traffic.told.filter((n) => !handled.has(n));
  for (let look = 0; look < MANY && missing().length > 0; look++) await tree.whichChildren();
  assert.deepEqual(missing(), []);
  assert.deepEqual([...handled].filter(([, times]) => times !== 1), []);
}

test('ACTORS-W4, -I1: no tell is lost or doubled, every ask ends, whoever ends', async () => {
  const behaviours = [Shared, Isolate];
  const { runs } = await exploreOrders({ behaviours, workers: 3, seeds: SEEDS }, live);
  expect(runs).toBe(SEEDS);
});

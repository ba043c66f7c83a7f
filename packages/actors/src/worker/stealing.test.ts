import { describe, expect, test } from 'vitest';
import { actor } from '../behaviour.js';
import { u32 } from '../kinds.js';
import { ActorBlock, ThreadBlock } from '../layouts.js';
import { spawnActor } from '../spawn.js';
import { steppedSystem } from '../testing/index.js';
import type { SteppedSystem } from '../testing/index.js';

const STEAL_REQUEST = ThreadBlock.word.stealRequest;
const ran: number[] = [];

const Mobile = actor(import.meta.url, 'Mobile', {
  state: { count: u32 },
  messages: { add: {} },
  receive: {
    add: (self) => {
      self.state.count += 1;
      ran.push(self.worker);
    },
  },
});

const Settled = actor(import.meta.url, 'Settled', {
  init: () => ({}),
  messages: { add: {} },
  receive: { add: (self) => void ran.push(self.worker) },
});

function system(): SteppedSystem {
  ran.length = 0;
  return steppedSystem({ behaviours: [Mobile, Settled] });
}

/** Worker 1 looks at what worker 0 has, asks, and worker 0 runs one turn and answers. */
function steal({ workers, step }: SteppedSystem, nowMs = 1_000): void {
  step(0, 0);
  workers[0]?.scheduler.stealing.share(nowMs);
  workers[1]?.scheduler.stealing.ask(nowMs);
  step(0, 1);
}

/** How many runs each worker has. */
const shares = (): number[] => [0, 1].map((worker) => ran.filter((run) => run === worker).length);

describe('ACTORS-S2', () => {
  test.each([
    [2, [2, 0]],
    [3, [3, 0]],
    [4, [3, 1]],
    [9, [5, 4]],
    [200, [136, 64]],
  ])('of %d runnable half of those behind the first go, if 3 or more', async (count, expected) => {
    const stepped = system();
    for (let n = 0; n < count; n++) stepped.spawn(0, Mobile).tell.add();
    steal(stepped);
    await stepped.settle();
    expect(shares()).toEqual(expected);
  });

  test('STEALING-2: pinned actors and isolate-state actors stay', async () => {
    const stepped = system();
    const { main, workers } = stepped;
    const placement = { thread: workers[0]?.thread.index ?? 0, isPinned: true };
    for (let n = 0; n < 10; n++) {
      const { low, high } = spawnActor(main, Mobile, undefined, placement);
      main.makeRef(low, high).as(Mobile).tell.add();
      stepped.spawn(0, Settled).tell.add();
    }
    steal(stepped);
    await stepped.settle();
    expect(shares()).toEqual([20, 0]);
  });

  test('STEALING-3: a request that nobody answered is taken back', async () => {
    const stepped = system();
    const { workers } = stepped;
    for (let n = 0; n < 8; n++) stepped.spawn(0, Mobile).tell.add();
    stepped.step(0, 0);
    workers[0]?.scheduler.stealing.share(0);
    workers[1]?.scheduler.stealing.ask(1_000);
    workers[1]?.scheduler.stealing.ask(2_000);
    workers[1]?.scheduler.stealing.ask(3_000);
    stepped.step(0, 1);
    await stepped.settle();
    expect(shares()).toEqual([5, 3]);
  });

  test('STEALING-3: who asks another has no request left at the first', () => {
    const stepped = steppedSystem({ behaviours: [Mobile], workers: 3 });
    const [first, second, thief] = stepped.workers;
    const requests = (): (number | undefined)[] =>
      [first, second].map((worker) =>
        stepped.main.words[(worker?.thread.mail.threadBlock ?? 0) + STEAL_REQUEST]);
    const index = thief?.thread.index;
    for (const [worker, end] of [first, second].entries()) {
      for (let n = 0; n < 8; n++) stepped.spawn(worker, Mobile).tell.add();
      stepped.step(worker, 0);
      end?.scheduler.stealing.share(0);
      thief?.scheduler.stealing.ask(1_000 * (worker + 1));
      expect(requests()).toEqual(worker === 0 ? [index, 0] : [0, index]);
      stepped.step(worker === 0 ? 2 : 1);
      const at = (end?.thread.mail.threadBlock ?? 0) + ThreadBlock.word.runnable;
      stepped.main.words[at] = 0;
    }
  });

  test('STEALING-4: a worker that is refused asks less and less often', () => {
    const stepped = system();
    const { workers } = stepped;
    for (let n = 0; n < 8; n++) stepped.spawn(0, Settled).tell.add();
    const request = (workers[0]?.thread.mail.threadBlock ?? 0) + STEAL_REQUEST;
    let asked = 0;
    for (let nowMs = 0; nowMs < 1_000; nowMs++) {
      stepped.step(0, 0);
      workers[0]?.scheduler.stealing.share(nowMs);
      workers[1]?.scheduler.stealing.ask(nowMs);
      asked += stepped.main.words[request] === 0 ? 0 : 1;
      workers[0]?.scheduler.stealing.answer();
    }
    expect(asked).toBeGreaterThan(8);
    expect(asked).toBeLessThan(30);
  });
});

test('the state, the mail and the signals of an actor move with it', async () => {
  const stepped = system();
  const mobiles = Array.from({ length: 8 }, (_, count) => stepped.spawn(0, Mobile, { count }));
  for (const mobile of mobiles) for (let n = 0; n < 5; n++) mobile.tell.add();
  steal(stepped);
  const { main, workers } = stepped;
  const counts = mobiles.map((mobile) => {
    const { low, high } = mobile as unknown as { low: number; high: number }; // its id's words
    main.mail.notices.signal(low, high, 4);
    return main.words[main.blockOf(low) + ActorBlock.word.owner];
  });
  expect(new Set(counts)).toEqual(new Set([workers[0]?.thread.index, 0]));
  await stepped.settle();
  expect(mobiles.some(({ alive }) => alive)).toBe(false);
  expect(stepped.exits.map(({ reason }) => reason)).toEqual(mobiles.map(() => 'killed'));
});

/**
 * The rules of contract/scheduling.ts as cases that any test runner can run against any scheduler.
 * They call queues without a guard, so that a fault is seen where it happens.
 */
import assert from 'node:assert/strict';
import { seededRandom } from '@ganglion/runtime';
import { virtualTime } from '@ganglion/runtime/testing';
import type { ConformanceCase, VirtualTime } from '@ganglion/runtime/testing';
import { PASSED_OVER_EACH, PASSED_OVER_MAX } from '../contract/scheduling.js';
import type { ActorQueue, ActorScheduler, ExportName } from '../contract/scheduling.js';
import { actor } from '../behaviour.js';
import { ref, reply, u32 } from '../kinds.js';
import { exploreOrders } from './orders.js';
import type { SteppedSystem } from './stepped.js';

/** What the kit is given. */
export interface SchedulerSubject {
  readonly scheduler: ActorScheduler;
  /** Behaviours that the scheduler tells apart; there are always others too. @default none */
  readonly behaviours?: readonly ExportName[];
}

const OTHERS = 16;
const BOUND = PASSED_OVER_MAX + PASSED_OVER_EACH * OTHERS;
const FULL_MAILBOX = 256;
const POP_MS = 0.01;
const STRANGER: ExportName = Object.freeze({ module: 'file:///kit.js', name: 'Stranger' });

/** A queue, what it is told, and the time that passes with every actor that runs. */
interface Bench {
  readonly queue: ActorQueue;
  readonly time: VirtualTime;
  readonly behaviours: Map<number, ExportName>;
  readonly mailboxes: Map<number, number>;
}

function open({ scheduler }: SchedulerSubject, capacity: number): Bench {
  const time = virtualTime();
  const behaviours = new Map<number, ExportName>();
  const mailboxes = new Map<number, number>();
  const queue = scheduler.create({
    worker: 0,
    capacity,
    clock: time.clock,
    random: seededRandom(1),
    behaviourOf: (index) => behaviours.get(index) ?? STRANGER,
    mailboxOf: (index) => mailboxes.get(index) ?? 1,
  });
  return { queue, time, behaviours, mailboxes };
}

function kindsOf({ behaviours = [] }: SchedulerSubject): readonly ExportName[] {
  return [...behaviours, STRANGER];
}

/** Takes until nothing waits. */
function drain(queue: ActorQueue, method: 'pop' | 'popLast' = 'pop'): number[] {
  const taken: number[] = [];
  for (let index = queue[method](); index !== 0; index = queue[method]()) {
    taken.push(index);
    assert.ok(taken.length <= 1_000_000, `${method} never returns 0`);
  }
  return taken;
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => from + n);
}

function sorted(indices: Iterable<number>): number[] {
  return [...indices].toSorted((a, b) => a - b);
}

/** Random calls against a set of those that wait. Returns what was taken, in order. */
function randomCalls(subject: SchedulerSubject, seed: number): number[] {
  const random = seededRandom(seed);
  const capacity = 100;
  const { queue, time, behaviours, mailboxes } = open(subject, capacity);
  const kinds = kindsOf(subject);
  const waits = new Set<number>();
  const taken: number[] = [];
  for (let call = 0; call < 5_000; call++) {
    const index = 1 + random.below(capacity - 1);
    const choice = random.below(10);
    if (choice < 6 && !waits.has(index)) {
      behaviours.set(index, kinds[random.below(kinds.length)] ?? STRANGER);
      mailboxes.set(index, 1 + random.below(FULL_MAILBOX));
      queue[choice < 2 ? 'pushFirst' : 'push'](index);
      waits.add(index);
      continue;
    }
    time.advance(POP_MS);
    const method = choice % 3 === 0 ? 'popLast' : 'pop';
    const got = queue[method]();
    if (waits.size === 0) assert.equal(got, 0, `${method} of an empty queue`);
    else assert.ok(waits.delete(got), `${method} returned ${got}, which does not wait`);
    taken.push(got);
  }
  assert.deepEqual(sorted(drain(queue)), sorted(waits), 'the end gives everything that waits');
  return taken;
}

/** Runs `next` after every pop, until the victim was taken. */
function untilRun({ queue, time }: Bench, victim: number, next: (ran: number) => void): void {
  for (let pops = 1; pops <= BOUND; pops++) {
    time.advance(POP_MS);
    const ran = queue.pop();
    if (ran === victim) return;
    assert.notEqual(ran, 0, 'somebody waits');
    next(ran);
  }
  assert.fail(`actor ${victim} was passed over ${BOUND} times`);
}

function pairs(kinds: readonly ExportName[]): (readonly [ExportName, ExportName])[] {
  return kinds.flatMap((victim) => kinds.map((hog) => [victim, hog] as const));
}

const HOPS = 12;
const RUNNERS = 6;

/** Passes what it gets to the next in a ring until it has hopped enough. */
const RingRunner = actor(import.meta.url, 'RingRunner', {
  state: { next: ref<{ readonly pass: { readonly hops: typeof u32 } }>(), handled: u32 },
  messages: {
    join: { next: ref<{ readonly pass: { readonly hops: typeof u32 } }>() },
    pass: { hops: u32 },
    handled: reply(u32),
  },
  receive: {
    join: (self, { next }) => void (self.state.next = next),
    pass: (self, { hops }) => {
      self.state.handled += 1;
      if (hops > 1) self.state.next?.tell.pass({ hops: hops - 1 });
    },
    handled: (self, message) => message.reply(self.state.handled),
  },
});

/** A ring of actors, all made on one of two workers: the other takes some. */
async function runRing(system: SteppedSystem): Promise<void> {
  const ring = Array.from({ length: RUNNERS }, () => system.spawn(0, RingRunner));
  for (const [n, runner] of ring.entries())
    runner.tell.join({ next: ring[(n + 1) % RUNNERS] ?? runner });
  for (const runner of ring) runner.tell.pass({ hops: HOPS });
  const handled = async (): Promise<number> => {
    let sum = 0;
    for (const runner of ring) sum += await runner.ask.handled();
    return sum;
  };
  let sum = await handled();
  for (let look = 1; look < HOPS * RUNNERS && sum < HOPS * RUNNERS; look++) sum = await handled();
  assert.equal(sum, HOPS * RUNNERS, 'every message is handled once');
  assert.deepEqual(system.events, [], 'the scheduler stays in its place');
}

/** Cases of SCHEDULING-1 to SCHEDULING-3. */
export const schedulerConformance: readonly ConformanceCase<SchedulerSubject>[] = Object.freeze([
  ...[1, 2, 3].map((seed) => ({
    name: `SCHEDULING-1: 5,000 random calls lose nothing and double nothing, seed ${seed}`,
    run: (subject: SchedulerSubject): void => void randomCalls(subject, seed),
  })),
  {
    name: 'SCHEDULING-1: a queue is empty at first and after everything was taken',
    run(subject) {
      const { queue } = open(subject, 16);
      assert.deepEqual([queue.pop(), queue.popLast()], [0, 0]);
      queue.push(1);
      queue.pushFirst(2);
      assert.deepEqual(sorted([queue.pop(), queue.popLast()]), [1, 2]);
      assert.deepEqual([queue.popLast(), queue.pop()], [0, 0]);
      queue.pushFirst(3);
      assert.deepEqual([queue.popLast(), queue.pop()], [3, 0]);
      queue.push(4);
      assert.deepEqual([queue.pop(), queue.popLast()], [4, 0]);
    },
  },
  ...(['pop', 'popLast'] as const).map((method) => ({
    name: `SCHEDULING-1: every actor of the system may wait at once; ${method} gives each once`,
    run(subject: SchedulerSubject): void {
      const capacity = 5_000;
      const { queue } = open(subject, capacity);
      const all = range(1, capacity - 1);
      for (const index of all) queue[index % 2 === 0 ? 'push' : 'pushFirst'](index);
      assert.deepEqual(sorted(drain(queue, method)), all);
    },
  })),
  {
    name: 'SCHEDULING-1: a few actors that run over and over stay the same few',
    run(subject) {
      const { queue, time } = open(subject, 8);
      const few = [1, 2, 3];
      for (const index of few) queue.push(index);
      for (let round = 0; round < 20_000; round++) {
        time.advance(POP_MS);
        const index = round % 7 === 0 ? queue.popLast() : queue.pop();
        assert.ok(few.includes(index), `${index} came out in round ${round}`);
        queue.push(index);
      }
      assert.deepEqual(sorted(drain(queue)), few);
    },
  },
  {
    name: 'SCHEDULING-2: who waits runs, though 16 others are pushed again as soon as they ran',
    run(subject) {
      for (const [victimKind, hogKind] of pairs(kindsOf(subject))) {
        for (const before of [0, OTHERS]) {
          const bench = open(subject, OTHERS + 2);
          const { queue, behaviours, mailboxes } = bench;
          const victim = OTHERS + 1;
          behaviours.set(victim, victimKind);
          for (const hog of range(1, OTHERS)) {
            behaviours.set(hog, hogKind);
            mailboxes.set(hog, before === 0 ? FULL_MAILBOX : 1 + hog % 2);
          }
          for (const hog of range(1, before)) queue.push(hog);
          queue.push(victim);
          for (const hog of range(1 + before, OTHERS - before)) queue.push(hog);
          untilRun(bench, victim, (ran) => queue.push(ran));
        }
      }
    },
  },
  {
    name: 'SCHEDULING-2: who waits runs, though a new actor comes for every one that ran',
    run(subject) {
      for (const [victimKind, hogKind] of pairs(kindsOf(subject))) {
        const bench = open(subject, OTHERS + 2);
        const { queue, behaviours } = bench;
        const victim = OTHERS + 1;
        behaviours.set(victim, victimKind);
        queue.push(victim);
        for (const hog of range(1, OTHERS)) {
          behaviours.set(hog, hogKind);
          queue.pushFirst(hog);
        }
        // The one that ran has ended; the next has its index.
        untilRun(bench, victim, (ran) => queue.pushFirst(ran));
      }
    },
  },
  {
    name: 'SCHEDULING-1, ACTORS-S2: a system of two workers that share loses no message',
    async run({ scheduler }) {
      await exploreOrders({ behaviours: [RingRunner], scheduler, seeds: 10 }, runRing);
    },
  },
  {
    name: 'SCHEDULING-3: the same calls with the same components are answered the same',
    run(subject) {
      assert.deepEqual(randomCalls(subject, 4), randomCalls(subject, 4));
    },
  },
]);

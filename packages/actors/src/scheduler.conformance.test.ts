/** The kit of schedulers: our queue passes it, and each case fails a queue that breaks its rule. */
import { describe, expect, it } from 'vitest';
import { virtualTime } from '@ganglion/runtime/testing';
import { seededRandom } from '@ganglion/runtime';
import type { ActorQueue, ExportName, SchedulerComponents } from './contract/scheduling.js';
import { GuardedQueue } from './guarded-queue.js';
import { RunQueue } from './run-queue.js';
import { scheduler } from './scheduler.js';
import { schedulerConformance } from './testing/index.js';
import type { SchedulerSubject } from './testing/index.js';

const subjectOf = (create: (components: SchedulerComponents) => ActorQueue): SchedulerSubject => ({
  scheduler: scheduler(import.meta.url, 'Subject', create),
});

const builtIn = subjectOf(({ capacity }) => new RunQueue(capacity));
const guarded = subjectOf((components) =>
  new GuardedQueue(builtIn.scheduler, components, (text) => expect.fail(text)));

describe.each([
  { name: 'RunQueue', subject: builtIn },
  { name: 'GuardedQueue', subject: guarded },
])('$name', ({ subject }) => {
  it.each(schedulerConformance)('$name', async (one) => {
    expect(await one.run(subject)).toBe(undefined);
  });
});

/** First in, first out, with a seeded bug. */
class Faulty implements ActorQueue {
  readonly list: number[] = [];
  readonly components: SchedulerComponents;
  calls = 0;
  constructor(components: SchedulerComponents) {
    this.components = components;
  }
  push(index: number): void {
    this.list.push(index);
  }
  pushFirst(index: number): void {
    this.push(index);
  }
  pop(): number {
    this.calls += 1;
    return this.list.shift() ?? 0;
  }
  popLast(): number {
    return this.list.pop() ?? 0;
  }
}

class Loses extends Faulty {
  override pop(): number {
    if (this.list.length === 3 && this.calls > 1_000) this.list.shift();
    return super.pop();
  }
}
class Doubles extends Faulty {
  override popLast(): number {
    return this.list.at(-1) ?? 0;
  }
}
class Withholds extends Faulty {
  override pop(): number {
    return this.list.length === 1 ? 0 : super.pop();
  }
}
class Stack extends Faulty {
  override pop(): number {
    return this.list.pop() ?? 0;
  }
}
class NewFirst extends Faulty {
  override pushFirst(index: number): void {
    this.list.unshift(index);
  }
}
/** Whoever has more mail goes first, always. */
class Fullest extends Faulty {
  override pop(): number {
    const { mailboxOf } = this.components;
    this.list.sort((a, b) => mailboxOf(b) - mailboxOf(a));
    return super.pop();
  }
}
const VIP: ExportName = { module: 'file:///vip.js', name: 'Vip' };
class VipsFirst extends Faulty {
  override pop(): number {
    const { behaviourOf } = this.components;
    const vip = this.list.findIndex((index) => behaviourOf(index).name === VIP.name);
    return vip < 0 ? super.pop() : (this.list.splice(vip, 1)[0] ?? 0);
  }
}
let seeds = 0;
class Moody extends Faulty {
  readonly random = seededRandom((seeds += 1));
  override pop(): number {
    return this.random.below(2) === 0 ? super.pop() : this.popLast();
  }
}
class Small extends Faulty {
  override push(index: number): void {
    if (this.list.length < 1_000) super.push(index);
  }
}

async function failuresOf(subject: SchedulerSubject): Promise<string[]> {
  const failures: string[] = [];
  for (const one of schedulerConformance) {
    try {
      await one.run(subject);
    } catch {
      failures.push(one.name);
    }
  }
  return failures;
}

describe('a seeded bug is caught', () => {
  it.each([
    { bug: Loses, rule: 'SCHEDULING-1: a few' },
    { bug: Withholds, rule: 'SCHEDULING-1, ACTORS-S2' },
    { bug: Doubles, rule: 'SCHEDULING-1: 5,000 random calls' },
    { bug: Withholds, rule: 'SCHEDULING-1: a queue is empty' },
    { bug: Small, rule: 'SCHEDULING-1: every actor' },
    { bug: Stack, rule: 'SCHEDULING-2: who waits runs, though 16' },
    { bug: Fullest, rule: 'SCHEDULING-2: who waits runs, though 16' },
    { bug: NewFirst, rule: 'SCHEDULING-2: who waits runs, though a new' },
    { bug: Moody, rule: 'SCHEDULING-3' },
  ])('$bug.name breaks $rule', async ({ bug, rule }) => {
    const failures = await failuresOf(subjectOf((components) => new bug(components)));
    expect(failures).toContainEqual(expect.stringContaining(rule));
  });

  it('a favourite behaviour starves the others only where the kit is told of it', async () => {
    const subject = subjectOf((components) => new VipsFirst(components));
    expect(await failuresOf(subject)).toEqual([]);
    expect(await failuresOf({ ...subject, behaviours: [VIP] })).toEqual([
      expect.stringMatching(/^SCHEDULING-2: who waits runs, though 16/),
      expect.stringMatching(/^SCHEDULING-2: who waits runs, though a new/),
    ]);
  });
});

describe('SCHEDULING-1: a worker replaces a queue that breaks its contract, and loses none', () => {
  const components: SchedulerComponents = {
    worker: 0,
    capacity: 64,
    clock: virtualTime().clock,
    random: seededRandom(1),
    behaviourOf: () => VIP,
    mailboxOf: () => 1,
  };
  class Broken extends Faulty {
    override pop(): number {
      if (this.list.length === 4) throw new Error('four is too many');
      return super.pop();
    }
  }
  class Invents extends Faulty {
    override popLast(): number {
      return 40;
    }
  }
  class Full extends Faulty {
    override push(index: number): void {
      if (this.list.length === 4) throw new Error('full');
      super.push(index);
    }
  }
  it.each([
    { bug: Broken, text: 'pop threw: four is too many' },
    { bug: Withholds, text: 'pop returned 0 while 1 wait' },
    { bug: Full, text: 'push threw: full' },
    { bug: Invents, text: 'popLast returned 40, which does not wait' },
  ])('$bug.name', ({ bug, text }) => {
    const told: string[] = [];
    const spec = scheduler(import.meta.url, 'Faulty', (given) => new bug(given));
    const queue = new GuardedQueue(spec, components, (said) => told.push(said));
    for (const index of [5, 3, 9, 7, 1]) queue.push(index);
    expect(queue.size).toBe(5);
    const taken = [queue.pop(), queue.pop(), queue.popLast()];
    for (let rest = 0; rest < 3; rest++) taken.push(queue.pop());
    expect(taken.toSorted((a, b) => a - b)).toEqual([0, 1, 3, 5, 7, 9]);
    const sentence = `scheduler Faulty: ${text}; the built-in one goes on`;
    expect([queue.size, told]).toEqual([0, [sentence]]);
  });

  it('create that throws, or makes no queue', () => {
    const told: string[] = [];
    const throws = scheduler(import.meta.url, 'Throws', () => {
      throw new Error('no memory');
    });
    const partial = { push: () => undefined, pushFirst: () => undefined, pop: () => 0 };
    const half = scheduler(import.meta.url, 'Half', () => partial as object as ActorQueue);
    for (const spec of [throws, half]) {
      const queue = new GuardedQueue(spec, components, (said) => told.push(said));
      queue.push(2);
      expect([queue.pop(), queue.pop()]).toEqual([2, 0]);
    }
    expect(told).toEqual([
      'scheduler Throws: create failed: no memory; the built-in one goes on',
      'scheduler Half: create failed: its queue has no popLast; the built-in one goes on',
    ]);
  });

  it('GUARD-3: an actor that was lost is found though the others never stop', () => {
    const told: string[] = [];
    const spec = scheduler(import.meta.url, 'Forgets', (given) => {
      const queue = new Faulty(given);
      const push = queue.push.bind(queue);
      queue.push = (index) => (index === 7 ? undefined : push(index));
      return queue;
    });
    const queue = new GuardedQueue(spec, components, (said) => told.push(said));
    for (const index of [1, 2, 7]) queue.push(index);
    let ran = 0;
    for (let index = queue.pop(); index !== 7 && index !== 0; index = queue.pop()) {
      ran += 1;
      if (ran <= 20_000) queue.push(index);
    }
    expect(ran).toBeGreaterThan(10_000);
    expect(told).toEqual([
      expect.stringMatching(/^scheduler Forgets: an actor was passed over 1\d{4} times; the built/),
    ]);
  });

  it('GUARD-1: an actor that waits is not pushed again; the loop hears of the first', () => {
    const queue = new GuardedQueue(builtIn.scheduler, components, (said) => expect.fail(said));
    let woken = 0;
    queue.onFirst = () => {
      woken += 1;
    };
    queue.push(1);
    queue.pushFirst(1);
    queue.push(2);
    expect([queue.size, woken, queue.pop(), queue.pop(), queue.pop()]).toEqual([2, 1, 1, 2, 0]);
    queue.push(1);
    expect([queue.size, woken]).toEqual([1, 2]);
  });
});

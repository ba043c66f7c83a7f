import { expect, test } from 'vitest';
import type { ActorQueue, ActorScheduler, SchedulerComponents } from './contract/scheduling.js';
import { Lossy, Misnamed, Newest, Runner } from './fixtures/schedulers.js';
import { describeEvent } from './options.js';
import { RunQueue } from './run-queue.js';
import { scheduler, schedulers } from './scheduler.js';
import { createActorSystem } from './system.js';
import { steppedSystem } from './testing/index.js';

const invalid = (message: string): unknown =>
  expect.objectContaining({ code: 'ACTORS_SCHEDULER_INVALID', message });
const create = (): ActorQueue => new RunQueue(2);

test('ACTORS_SCHEDULER_INVALID: a name that cannot be exported, and what creates nothing', () => {
  expect(() => scheduler('file:///a.js', 'no name', create)).toThrow(
    invalid('scheduler "no name": its name must be the identifier that its module exports'),
  );
  const nothing = 'create' as never;
  expect(() => scheduler('file:///a.js', 'Seven', nothing)).toThrow(
    invalid('scheduler Seven: create is string, must be a function'),
  );
});

test('ACTORS_SCHEDULER_INVALID: a component that no scheduler(…) returned', async () => {
  const given = { module: 'file:///a.js', name: 'A' } as ActorScheduler;
  await expect(createActorSystem({}, { scheduler: given })).rejects.toThrow(
    invalid('scheduler must be what scheduler(…) returned'),
  );
  expect(schedulers.nameOf(undefined)).toBe(undefined);
  expect(schedulers.nameOf(Newest)).toEqual({ module: Newest.module, name: 'Newest' });
});

test('a worker finds a scheduler by module and export', async () => {
  expect(await schedulers.import({ module: Newest.module, name: 'Newest' })).toBe(Newest);
  await expect(schedulers.import(Misnamed)).rejects.toThrow(
    invalid(`module ${Misnamed.module} exports no scheduler under the name Elsewhere`),
  );
  await expect(schedulers.import({ module: 'data:text/javascript,', name: 'A' })).rejects.toThrow(
    invalid('module data:text/javascript, exports no scheduler under the name A'),
  );
  const broken = 'data:text/javascript,throw new Error("boom")';
  await expect(schedulers.import({ module: broken, name: 'A' })).rejects.toThrow(
    invalid(`scheduler A: its module ${broken} cannot be imported: boom`),
  );
});

test('a scheduler is told of behaviours and mailboxes', () => {
  const told: unknown[] = [];
  const asks = scheduler(import.meta.url, 'Asks', (components: SchedulerComponents) => {
    const queue = new RunQueue(components.capacity);
    const pop = queue.pop.bind(queue);
    queue.pop = () => {
      const index = pop();
      if (index !== 0) told.push([components.behaviourOf(index), components.mailboxOf(index)]);
      return index;
    };
    told.push(components.worker);
    return queue;
  });
  const system = steppedSystem({ behaviours: [Runner], workers: 1, scheduler: asks });
  const runner = system.spawn(0, Runner, { n: 1 });
  system.step(0);
  for (let n = 0; n < 3; n++) runner.tell.run();
  system.step(0);
  expect(told).toEqual([0, [{ module: Runner.module, name: 'Runner' }, 3]]);
  expect(system.events).toEqual([]);
});

test('SCHEDULING-1: a system tells of a scheduler that it replaced', () => {
  const system = steppedSystem({ behaviours: [Runner], workers: 1, scheduler: Lossy });
  const runner = system.spawn(0, Runner, { n: 1 });
  for (let n = 0; n < 120; n++) {
    runner.tell.run();
    system.step(0);
  }
  const text = 'scheduler Lossy: pop returned 0 while 1 wait; the built-in one goes on';
  expect(system.events).toEqual([{ kind: 'schedulerReplaced', worker: 0, text }]);
  expect(system.events.map(describeEvent)).toEqual([`on worker 0, ${text}`]);
});

import { expect, test } from 'vitest';
import type {
  ActorTracer, TracedActor, TracedMessage, Tracer, TracerComponents,
} from './contract/tracing.js';
import { Branch, Leaf, Misnamed, Throwing } from './fixtures/tracers.js';
import { describeEvent } from './options.js';
import { child, supervisor } from './supervisor-spec.js';
import { createActorSystem } from './system.js';
import { steppedSystem } from './testing/index.js';
import type { SteppedSystem } from './testing/index.js';
import { ActorThread } from './thread.js';
import { tracer, tracers } from './tracer.js';

const BEHAVIOURS = [Branch, Leaf];
const invalid = (message: string): unknown =>
  expect.objectContaining({ code: 'ACTORS_TRACER_INVALID', message });

const name = ({ behaviour, index }: TracedActor): string => `${behaviour}#${index}`;
const text = ({ id, message, kind, from, to }: TracedMessage): string =>
  `${id} ${kind} ${message} ${from === undefined ? '-' : name(from)} > ${name(to)}`;
/** The generated source of a message's teller. */
const source = (system: SteppedSystem): string =>
  String(system.workers[0].thread.programs[1]?.messages[0].tell);

/** A system of one worker whose tracers write to `told`. */
function traced(told: unknown[], also: Tracer = {}): SteppedSystem {
  const recorder = tracer('file:///recorder.js', 'Recorder', ({ worker }) => ({
    sent: (message, cause) => told.push([worker, 'sent', text(message), cause]),
    began: (message) => told.push([worker, 'began', message.id]),
    ended: (message, outcome) => told.push([worker, 'ended', message.id, outcome]),
    replied: (message) => told.push([worker, 'replied', message.id]),
    spawned: (actor, cause) => told.push([worker, 'spawned', name(actor), cause]),
    exited: (actor, reason, why) => told.push([worker, 'exited', name(actor), reason, why]),
    ...also,
  }));
  return steppedSystem({ behaviours: BEHAVIOURS, workers: 1, tracer: recorder });
}

test('ACTORS-I2, TRACING-1: a message is followed to its handler and what that did', async () => {
  const told: unknown[] = [];
  const system = traced(told);
  const branch = system.spawn(0, Branch);
  branch.tell.grow();
  await system.settle();
  expect(told).toEqual([
    [undefined, 'spawned', 'Branch#1', undefined],
    [undefined, 'sent', '0.1.0.1 tell grow - > Branch#1', undefined],
    [0, 'began', '0.1.0.1'],
    [0, 'spawned', 'Leaf#2', '0.1.0.1'],
    [0, 'sent', '0.3.0.1 tell add Branch#1 > Leaf#2', '0.1.0.1'],
    [0, 'ended', '0.1.0.1', 'returned'],
    [0, 'began', '0.3.0.1'],
    [0, 'ended', '0.3.0.1', 'returned'],
  ]);
});

test('TRACING-1: an ask and its reply, at once and after an await', async () => {
  const told: unknown[] = [];
  const system = traced(told);
  const branch = system.spawn(0, Branch);
  const asked = [branch.ask.ask({ n: 7 }), branch.ask.later()];
  await system.settle();
  expect(await Promise.all(asked)).toEqual([7, 'late']);
  branch.tell.steps();
  await system.settle();
  expect(told.slice(1)).toEqual([
    [undefined, 'sent', '0.1.0.1 ask ask - > Branch#1', undefined],
    [undefined, 'sent', '0.1.0.2 ask later - > Branch#1', undefined],
    [0, 'began', '0.1.0.1'],
    [0, 'replied', '0.1.0.1'],
    [0, 'ended', '0.1.0.1', 'returned'],
    [0, 'began', '0.1.0.2'],
    [0, 'ended', '0.1.0.2', 'held'],
    [0, 'replied', '0.1.0.2'],
    [undefined, 'sent', '0.1.0.3 tell steps - > Branch#1', undefined],
    [0, 'began', '0.1.0.3'],
    [0, 'ended', '0.1.0.3', 'held'],
  ]);
});

test('TRACING-1: a throw and an exit; what was refused was not sent', async () => {
  const told: unknown[] = [];
  const system = traced(told);
  const leaf = system.spawn(0, Leaf, { total: 0 });
  leaf.tell.add({ n: 13 });
  await system.settle();
  expect(() => leaf.tell.add({ n: 1 })).toThrow('has ended');
  expect(told.slice(2)).toEqual([
    [0, 'began', '0.1.0.1'],
    [0, 'ended', '0.1.0.1', 'threw'],
    [0, 'exited', 'Leaf#1', 'crashed', 'unlucky'],
  ]);
});

test('TRACING-1: exits of supervised actors are told too, and are not told as events', async () => {
  const told: unknown[] = [];
  const system = traced(told);
  const spec = supervisor({ children: [child('leaf', Leaf, { total: 0 })] });
  const tree = system.supervise('Tree', spec);
  await system.settle();
  const leaf = (await tree).ref('leaf');
  leaf.tell.add({ n: 13 });
  await system.settle();
  const exits = told.filter((entry) => (entry as readonly unknown[])[1] === 'exited');
  expect(exits).toEqual([[0, 'exited', `Leaf#${leaf.id.index}`, 'crashed', 'unlucky']]);
  expect(system.exits).toEqual([]);
});

test('TRACING-2: without a tracer a thread is the same as ever', () => {
  const plain = steppedSystem({ behaviours: BEHAVIOURS, workers: 1 });
  for (const thread of [plain.main, ...plain.workers.map((worker) => worker.thread)]) {
    expect(Object.getPrototypeOf(thread)).toBe(ActorThread.prototype);
    for (const [n, behaviour] of BEHAVIOURS.entries())
      expect(thread.programs[n]?.code).toBe(behaviour.code);
  }
  expect(source(plain)).toContain('words[block');
  expect(source(traced([]))).not.toContain('words[block');
});

test('TRACING-3: a tracer that throws is switched off, and told of once', async () => {
  const system = steppedSystem({ behaviours: BEHAVIOURS, workers: 1, tracer: Throwing });
  const branch = system.spawn(0, Branch);
  const asked = [branch.ask.ask({ n: 1 }), branch.ask.ask({ n: 2 })];
  await system.settle();
  expect(await Promise.all(asked)).toEqual([1, 2]);
  const why = 'tracer Throwing was switched off: no paper';
  expect(system.events).toEqual([{ kind: 'tracerFailed', worker: 0, text: why }]);
  expect(system.events.map(describeEvent)).toEqual([`on worker 0, ${why}`]);
});

test('TRACING-3: tracers that cannot be made are told of, the main thread\'s too', () => {
  const broken = tracer('file:///broken.js', 'Broken', ({ worker }: TracerComponents) => {
    throw new Error(`none for ${worker}`);
  });
  const system = steppedSystem({ behaviours: BEHAVIOURS, workers: 1, tracer: broken });
  expect(system.events.map(describeEvent)).toEqual([
    'on the main thread, tracer Broken was switched off: none for undefined',
    'on worker 0, tracer Broken was switched off: none for 0',
  ]);
});

test('what a tracer does is not traced', async () => {
  const told: unknown[] = [];
  let began = 0;
  const system: SteppedSystem = traced(told, {
    began: () => {
      began += 1;
      if (began === 1) system.on(0, leaf).tell.add({ n: 5 });
    },
  });
  const leaf = system.spawn(0, Leaf, { total: 0 });
  leaf.tell.add({ n: 1 });
  await system.settle();
  expect(began).toBe(2);
  expect(told.filter((entry) => (entry as readonly unknown[])[1] === 'sent')).toHaveLength(1);
});

test('ACTORS_TRACER_INVALID: no name, no function, no tracer, no export', async () => {
  expect(() => tracer('file:///a.js', 'no name', () => ({}))).toThrow(
    invalid('tracer "no name": its name must be the identifier that its module exports'),
  );
  const given = { module: 'file:///a.js', name: 'A' } as ActorTracer;
  await expect(createActorSystem({}, { tracer: given })).rejects.toThrow(
    invalid('tracer must be what tracer(…) returned'),
  );
  await expect(tracers.import(Misnamed)).rejects.toThrow(
    invalid(`module ${Misnamed.module} exports no tracer under the name Elsewhere`),
  );
});

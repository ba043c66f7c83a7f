import { expect, test } from 'vitest';
import { actor } from './behaviour.js';
import { DROPPED_MAX } from './drop-counts.js';
import { inspectActor } from './inspect.js';
import { reply, u32, value } from './kinds.js';
import { Signal } from './phases.js';
import { steppedSystem } from './testing/index.js';
import type { ActorRef } from './contract/ref.js';
import type { SteppedSystem } from './testing/index.js';

const seen: unknown[] = [];
const parts = {
  state: {},
  messages: { add: { n: u32 }, note: value<string>(), get: reply(u32) },
} as const;

const Lossy = actor(import.meta.url, 'Lossy', {
  ...parts,
  mailbox: 'dropNewest',
  receive: {
    add: (_self, message) => void seen.push(message.n),
    note: (_self, message) => void seen.push(message.value),
    get: (_self, message) => message.reply(7),
  },
});

function systemOf(sizes: { readonly maxActors?: number } = {}): SteppedSystem {
  seen.length = 0;
  return steppedSystem({ behaviours: [Lossy], mailboxCapacity: 4, ...sizes });
}

const idOf = (ref: ActorRef): { readonly low: number; readonly high: number } =>
  ref as unknown as { low: number; high: number }; // its id's words

function droppedOf(system: SteppedSystem, ref: ActorRef): number {
  const { low, high } = idOf(ref);
  return inspectActor(system.main, low, high).dropped;
}

const codeOf = (code: string): unknown => expect.objectContaining({ code });

test('ACTORS-O4, DROPS-1: what a full mailbox drops is counted, the rest is handled', async () => {
  const system = systemOf();
  const lossy = system.spawn(0, Lossy);
  const [here, there] = [system.on(0, lossy), system.on(1, lossy)];
  for (let n = 0; n < 10; n++) here.tell.add({ n });
  for (let n = 10; n < 13; n++) there.tell.add({ n });
  lossy.tell.note('x'.repeat(1_000));
  expect(droppedOf(system, lossy)).toBe(10);
  await system.settle();
  expect([seen, droppedOf(system, lossy)]).toEqual([[0, 1, 2, 3], 10]);
  lossy.tell.note('again');
  await system.settle();
  expect([seen.at(-1), droppedOf(system, lossy)]).toEqual(['again', 10]);
  system.main.heap.trim();
  expect(() => lossy.tell.add({ n: -1 })).toThrow(codeOf('ACTORS_FIELD_INVALID'));
});

test('ACTORS-O4: an ask is refused, and tellWait waits, where a tell is dropped', async () => {
  const system = systemOf();
  const lossy = system.spawn(0, Lossy);
  for (let n = 0; n < 4; n++) system.on(0, lossy).tell.add({ n });
  await expect(lossy.ask.get()).rejects.toThrow(codeOf('ACTORS_MAILBOX_FULL'));
  const waiting = lossy.tellWait.add({ n: 9 });
  await system.settle();
  await system.time.run(16);
  await system.settle();
  await waiting;
  expect([seen, droppedOf(system, lossy)]).toEqual([[0, 1, 2, 3, 9], 0]);
});

test('DROPS-2: the next actor of an index starts at 0, whoever counts late', async () => {
  const system = systemOf({ maxActors: 1 });
  const old = system.spawn(0, Lossy);
  for (let n = 0; n < 9; n++) system.on(0, old).tell.add({ n });
  const { low, high } = idOf(old);
  system.main.mail.notices.signal(low, high, Signal.killed);
  await system.settle();
  const { words, region } = { words: system.main.words, region: system.memory.region };
  expect(words[region.plan.sections.dropped.word + 1]).toBe(0);
  const young = system.spawn(0, Lossy);
  system.main.dropped.count(low, high);
  expect(droppedOf(system, young)).toBe(0);
  system.main.dropped.count(idOf(young).low, idOf(young).high);
  expect(droppedOf(system, young)).toBe(1);
});

test('a count that is full stays full', () => {
  const system = systemOf();
  const { low, high } = idOf(system.spawn(0, Lossy));
  const { dropped } = system.memory.region.plan.sections;
  system.main.words[dropped.word + 1] = DROPPED_MAX - 1;
  for (let n = 0; n < 3; n++) system.main.dropped.count(low, high);
  expect(system.main.dropped.of(low, high)).toBe(DROPPED_MAX);
});

test('ACTORS_DEFINITION_INVALID: a mailbox is one of two', () => {
  const receive = { add: () => undefined, note: () => undefined, get: () => undefined };
  expect(() => actor('file:///a.js', 'A', { ...parts, receive, mailbox: 'drop' as never })).toThrow(
    "behaviour A: mailbox is drop; it must be 'refuse' or 'dropNewest'",
  );
});

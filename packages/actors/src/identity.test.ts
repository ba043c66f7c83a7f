import { expect, test } from 'vitest';
import { actor } from './behaviour.js';
import { indexOfId } from './actor-id.js';
import { u32 } from './kinds.js';
import { ActorBlock, MessageSlot, ThreadBlock } from './layouts.js';
import { ACTOR_HEAP_SIZE, ACTOR_HEAP_SIZE_MAX, MAX_SYSTEM_ACTORS } from './limits.js';
import { SystemMemory } from './memory.js';
import { steppedDefaults, steppedSystem } from './testing/index.js';
import { ActorThread } from './thread.js';

const SLOT_WORDS = MessageSlot.size / 4;
const slot = MessageSlot.plain;

const Sink = actor(import.meta.url, 'Sink', {
  state: { n: u32 },
  messages: { add: { n: u32 }, wide: { n: u32 } },
  receive: { add: () => undefined, wide: () => undefined },
});

test('ACTORS-I2: message ids are unique, and rise on each thread', async () => {
  const system = steppedSystem({ behaviours: [Sink], workers: 2 });
  const sinks = [0, 1].map((worker) => system.spawn(worker, Sink, {}));
  await system.settle();
  const { words } = system.memory.region;
  for (const sink of sinks) {
    for (let n = 0; n < 40; n++) {
      sink.tell.add({ n });
      system.on(0, sink).tell.add({ n });
      system.on(1, sink).tell.add({ n });
    }
  }
  const base = system.memory.region.plan.sections.slots.word;
  const ids: { readonly thread: number; readonly sequence: number }[] = [];
  for (let number = 1; number <= system.memory.slots.count; number++) {
    if (!system.memory.slots.isTaken(number)) continue;
    const at = base + number * SLOT_WORDS;
    expect(words[at + slot.idNode]).toBe(0);
    const high = words[at + slot.idSequenceHigh] ?? 0;
    const sequence = high * 2 ** 32 + ((words[at + slot.idSequenceLow] ?? 0) >>> 0);
    ids.push({ thread: words[at + slot.idThread] ?? 0, sequence });
  }
  expect(ids.length).toBe(240);
  expect(new Set(ids.map(({ thread, sequence }) => `${thread}.${sequence}`)).size).toBe(240);
  for (const { thread } of [system.main, ...system.workers.map((worker) => worker.thread)].map(
    ({ index }) => ({ thread: index }),
  )) {
    const own = ids.filter((id) => id.thread === thread).map(({ sequence }) => sequence);
    expect(own.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, n) => n + 1));
  }
});

test('ACTORS-I2: the sequence passes 2^32, and a successor never repeats an id', () => {
  const system = steppedSystem({ behaviours: [Sink], workers: 1 });
  const sink = system.spawn(0, Sink, {});
  const { mail, words } = system.main;
  const stamp = MessageSlot.offset.timestamp / 4;
  const [low, high] = [slot.idSequenceLow - stamp, slot.idSequenceHigh - stamp];
  mail.stamp.own[low] = -1;
  sink.tell.add({ n: 1 });
  expect([mail.stamp.own[low], mail.stamp.own[high]]).toEqual([0, 1]);
  words[mail.threadBlock + ThreadBlock.word.lives] = 1;
  const { memory, index, clock, timers, random } = system.main;
  const parts = { memory, index, clock, timers, random, askTimeoutMs: 1 };
  const successor = new ActorThread(parts).mail;
  expect(successor.stamp.own[high]).toBeGreaterThan(mail.stamp.own[high] ?? 0);
});

test('ACTORS-I3: the 4,096 blocks of supervisors are apart from maxActors', () => {
  const memory = new SystemMemory({ ...steppedDefaults, maxActors: 3, workers: 1, node: 0 });
  const users = [memory.takeActor(), memory.takeActor(), memory.takeActor()];
  expect(users).toEqual([1, 2, 3]);
  const exhausted = expect.objectContaining({ code: 'ACTORS_ACTORS_EXHAUSTED' }) as Error;
  expect(() => memory.takeActor()).toThrow(exhausted);
  const system = Array.from({ length: MAX_SYSTEM_ACTORS }, () => memory.takeSystemActor());
  expect(new Set(system).size).toBe(4_096);
  expect(Math.min(...system)).toBeGreaterThan(3);
  expect(Math.max(...system)).toBeLessThan(memory.blockCount);
  expect(() => memory.takeSystemActor()).toThrow(exhausted);
  memory.giveActor(2, 1);
  expect(() => memory.takeSystemActor()).toThrow(exhausted);
  expect(memory.takeActor()).toBe(2);
});

test('ACTORS-S4: the heap is page-aligned, an actor 64 bytes, scratch 16', async () => {
  const system = steppedSystem({ behaviours: [Sink], workers: 1 });
  const { sections } = system.memory.region.plan;
  expect(sections.actorHeaps.offset % 4_096).toBe(0);
  expect(sections.blocks.offset % 4_096).toBe(0);
  expect([ACTOR_HEAP_SIZE, sections.actorHeaps.elementBytes]).toEqual([64, 64]);
  expect(sections.scratch.offset % 16).toBe(0);
  const refs = Array.from({ length: 10 }, () => system.spawn(0, Sink, {}));
  await system.settle();
  for (const { id } of refs) {
    const block = system.main.blockOf(indexOfId(id.index));
    const heap = system.memory.region.words[block + ActorBlock.plain.heapWord] ?? 1;
    expect((heap * 4) % 64).toBe(0);
  }
});

const fieldsOf = (count: number): Record<string, typeof u32> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, u32]));

test('ACTORS-S4: larger states come in size classes up to 64 KiB, and go back', async () => {
  const seen: number[][] = [];
  const sized = (bytes: number) => {
    const count = bytes / Uint32Array.BYTES_PER_ELEMENT;
    return actor('file:///sized.js', `Sized${bytes}`, {
      state: fieldsOf(count),
      messages: { look: {} },
      receive: {
        look: ({ state }) => {
          seen.push([bytes, state.f0 ?? -1, state[`f${count - 1}`] ?? -1]);
        },
      },
    });
  };
  const sizes = [64, 68, 128, 132, 1_024, 4_096, ACTOR_HEAP_SIZE_MAX];
  const behaviours = sizes.map(sized);
  const system = steppedSystem({ behaviours, workers: 1 });
  const { words, plan } = system.memory.region;
  const { offset, count, elementBytes } = plan.sections.actorHeaps;
  const used = (): number => system.memory.blocks.ownedSegments();
  const refs = behaviours.map((behaviour, n) => {
    const last = `f${(sizes[n] ?? 0) / 4 - 1}`;
    return system.spawn(0, behaviour, { f0: n + 1, [last]: n + 100 });
  });
  for (const [n, ref] of refs.entries()) {
    ref.tell.look();
    const at = (words[system.main.blockOf(ref.id.index) + ActorBlock.plain.heapWord] ?? 1) * 4;
    expect(at % 64).toBe(0);
    expect(at >= offset && at < offset + count * elementBytes).toBe(n === 0);
  }
  await system.settle();
  seen.sort(([a = 0], [b = 0]) => a - b);
  expect(seen).toEqual(sizes.map((bytes, n) => [bytes, n + 1, n + 100]));
  expect(used()).toBeGreaterThan(0);
  for (const ref of refs) system.exit(ref, 'normal');
  await system.settle();
  for (const { thread } of [{ thread: system.main }, ...system.workers]) thread.heap.trim();
  expect(used()).toBe(0);
  const text = /Sized65540.*65540 bytes.*at most 65536/;
  expect(() => steppedSystem({ behaviours: [sized(65_540)] })).toThrow(text);
});

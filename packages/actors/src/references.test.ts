import { beforeEach, describe, expect, test } from 'vitest';
import { actor } from './behaviour.js';
import type { ActorRef } from './contract/ref.js';
import type { Checks } from './contract/system.js';
import { deepFreeze } from './deep-freeze.js';
import { MessageSlot } from './layouts.js';
import { ref, reply, u32, value } from './kinds.js';
import { child, supervisor } from './supervisor-spec.js';
import { steppedSystem } from './testing/index.js';
import type { SteppedSystem } from './testing/index.js';

/** What the sender sends, and the outcome of each send. */
let given: unknown[] = [];
let outcomes: unknown[] = [];
/** What came. */
let got: unknown[] = [];
let release: () => void = () => undefined;

/** Its state is an object of its worker. */
const Box = actor(import.meta.url, 'Box', {
  init: () => ({}),
  messages: {
    put: value<unknown>(),
    echo: reply(value<unknown>(), value<unknown>()),
    hold: value<unknown>(),
    stop: {},
  },
  receive: {
    put: (_self, message) => {
      got.push(message.value);
      if (message.value === 'fail') throw new Error('failed on request');
    },
    echo: (_self, message) => {
      got.push(message.value);
      message.reply(message.value);
    },
    hold: async (_self, message) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      got.push(message.value);
    },
    stop: (self) => self.stop(),
  },
});

/** May move. */
const Chest = actor(import.meta.url, 'Chest', {
  state: { count: u32 },
  messages: { put: value<unknown>() },
  receive: { put: (_self, message) => void got.push(message.value) },
});

const Sender = actor(import.meta.url, 'Sender', {
  state: {},
  messages: {
    put: { to: ref<typeof Box>() },
    putShared: { to: ref<typeof Chest>() },
    hold: { to: ref<typeof Box>() },
    echo: { to: ref<typeof Box>() },
    stopFirst: { to: ref<typeof Box>() },
  },
  receive: {
    put: (_self, { to }) => {
      for (const one of given) outcomes.push(outcomeOf(() => to.tell.put(one)));
    },
    putShared: (_self, { to }) => {
      for (const one of given) outcomes.push(outcomeOf(() => to.tell.put(one)));
    },
    hold: (_self, { to }) => {
      for (const one of given) to.tell.hold(one);
    },
    echo: (_self, { to }) => {
      for (const one of given) {
        to.ask.echo(one).then(
          (result) => outcomes.push(result),
          (error: unknown) => outcomes.push(codeOf(error)),
        );
      }
    },
    stopFirst: (_self, { to }) => {
      to.tell.stop();
      for (const one of given) to.tell.put(one);
    },
  },
});

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code;

function outcomeOf(send: () => void): unknown {
  try {
    send();
    return 'sent';
  } catch (error) {
    return codeOf(error);
  }
}

const behaviours = [Box, Chest, Sender];

beforeEach(() => {
  [given, outcomes, got] = [[], [], []];
});

interface Stage {
  readonly system: SteppedSystem;
  readonly sender: ActorRef<typeof Sender>;
  readonly box: ActorRef<typeof Box>;
}

/** A sender on worker 0 and a box. */
function staged(checks: Checks, boxWorker = 0): Stage {
  const system = steppedSystem({ behaviours, checks });
  return { system, sender: system.spawn(0, Sender, {}), box: system.spawn(boxWorker, Box) };
}

/** Values that the threads keep, and slots that are in use. */
function kept({ workers, main, memory }: SteppedSystem): readonly [values: number, slots: number] {
  const threads = [main, ...workers.map(({ thread }) => thread)];
  let slots = 0;
  for (let slot = 1; slot <= memory.slots.count; slot++) if (memory.slots.isTaken(slot)) slots += 1;
  return [threads.reduce((sum, { references }) => sum + references.count, 0), slots];
}

describe.each<Checks>(['development', 'off'])('ACTORS-O7, checks %s', (checks) => {
  test('to an isolate-state actor of the same worker a value goes by reference', async () => {
    const { system, sender, box } = staged(checks);
    given = [{ list: [1, { deep: 2 }] }, new Float32Array(2), 'text', 7, null, undefined];
    sender.tell.put({ to: box });
    await system.settle();
    expect(got).toHaveLength(6);
    for (const [n, one] of given.entries()) expect(got[n]).toBe(one);
    expect(kept(system)).toEqual([0, 0]);
  });

  test('and the request of an ask; its reply is a copy', async () => {
    const { system, sender, box } = staged(checks);
    given = [{ a: 1 }];
    sender.tell.echo({ to: box });
    await system.settle();
    expect(got[0]).toBe(given[0]);
    expect(outcomes).toEqual(given);
    expect(outcomes[0]).not.toBe(given[0]);
    expect(kept(system)).toEqual([0, 0]);
  });

  test('to another worker, to shared state and from the main thread it is encoded', async () => {
    const { system, sender, box } = staged(checks, 1);
    const chest = system.spawn(0, Chest, { count: 0 });
    given = [{ a: [1] }];
    sender.tell.put({ to: box });
    sender.tell.putShared({ to: chest });
    box.tell.put(given[0]);
    await system.settle();
    expect(got).toEqual([given[0], given[0], given[0]]);
    for (const one of got) expect(one).not.toBe(given[0]);
    expect(Object.isFrozen(given[0])).toBe(false);
  });

  test('mail by reference and other mail of one sender keep their order', async () => {
    const { system, sender, box } = staged(checks);
    given = Array.from({ length: 300 }, (_, n) => ({ n }));
    system.on(1, box).tell.put({ n: -1 });
    sender.tell.put({ to: box });
    await system.settle();
    const sent = outcomes.filter((outcome) => outcome === 'sent').length;
    expect(sent).toBeGreaterThan(200);
    expect(got).toEqual([{ n: -1 }, ...given.slice(0, sent)]);
    // What the full mailbox refused is not kept.
    expect(outcomes.slice(sent)).toEqual(given.slice(sent).map(() => 'ACTORS_MAILBOX_FULL'));
    expect(kept(system)).toEqual([0, 0]);
  });

  test('mail that waits for an actor that ends is forgotten with it', async () => {
    const { system, sender, box } = staged(checks);
    given = [{ a: 1 }, { a: 2 }];
    sender.tell.stopFirst({ to: box });
    await system.settle();
    sender.tell.put({ to: box });
    await system.settle();
    expect(got).toEqual([]);
    expect(outcomes).toEqual(['ACTORS_EXITED', 'ACTORS_EXITED']);
    expect(kept(system)).toEqual([0, 0]);
  });

  test('ACTORS-I1: queued mail by reference outlives a restart', async () => {
    const { system, sender } = staged(checks);
    const running = system.supervise('Tree', supervisor({
      backoff: 'none', children: [child('box', Box, undefined, { worker: 0 })],
    }));
    await system.settle();
    const box = (await running).ref('box', Box);
    given = ['fail', { a: 1 }];
    sender.tell.put({ to: box });
    await system.settle();
    expect(got).toHaveLength(2);
    expect(got[1]).toBe(given[1]);
    expect(kept(system)).toEqual([0, 0]);
  });

  test('ACTORS-O8: a handler that awaits keeps its value', async () => {
    const { system, sender, box } = staged(checks);
    given = [{ held: 1 }];
    sender.tell.hold({ to: box });
    await system.settle();
    expect(kept(system)).toEqual([1, 1]);
    const held = given[0];
    given = [{ other: 1 }];
    sender.tell.hold({ to: box });
    await system.settle();
    release();
    await system.settle();
    expect(got).toHaveLength(1);
    expect(got[0]).toBe(held);
    system.exit(box, 'killed');
    await system.settle();
    expect(kept(system)).toEqual([0, 0]);
  });

  test('REFERENCE-2: on another thread the message fails, whatever that keeps', async () => {
    const { system, sender, box } = staged(checks);
    given = [{ held: 1 }];
    sender.tell.hold({ to: box });
    await system.settle();
    const slot = takenSlot(system);
    for (const { thread } of [system.workers[1], { thread: system.main }])
      expect(() => thread?.readValue(slot)).toThrow('not on the thread that handles its message');
    expect(system.workers[0]?.thread.readValue(slot)).toBe(given[0]);
  });
});

function takenSlot({ memory }: SteppedSystem): number {
  const { slots } = memory;
  for (let slot = 1; slot <= slots.count; slot++) if (slots.isTaken(slot)) return slot;
  throw new RangeError('no slot is taken');
}

describe('REFERENCE-5', () => {
  test('in development a value that was sent is frozen', async () => {
    const { system, sender, box } = staged('development');
    const sent = { list: [{ deep: 1 }], map: new Map([['key', { in: 1 }]]) };
    given = [sent];
    sender.tell.put({ to: box });
    await system.settle();
    const parts = [sent, sent.list, sent.list[0], sent.map.get('key')];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual([true, true, true, true]);
  });

  test('in development what cannot be encoded is refused, and nothing is taken', async () => {
    const { system, sender, box } = staged('development');
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    given = [() => 1, { deep: [Symbol('s')] }, cycle, { fine: 1 }];
    sender.tell.put({ to: box });
    await system.settle();
    expect(outcomes).toEqual([
      'ACTORS_VALUE_INVALID', 'ACTORS_VALUE_INVALID', 'ACTORS_VALUE_INVALID', 'sent',
    ]);
    expect(got).toEqual([{ fine: 1 }]);
    expect(kept(system)).toEqual([0, 0]);
  });

  test('without checks a value is neither refused nor frozen', async () => {
    const { system, sender, box } = staged('off');
    given = [() => 1, { a: [1] }];
    sender.tell.put({ to: box });
    await system.settle();
    expect(got[0]).toBe(given[0]);
    expect(Object.isFrozen(given[1])).toBe(false);
  });
});

test('REFERENCE-3: a value may be dropped twice, and the slot has no value then', () => {
  const { system } = staged('off');
  const { references } = system.main;
  references.keep(5, undefined);
  expect([references.count, references.read(5)]).toEqual([1, undefined]);
  references.drop(5);
  references.drop(5);
  references.drop(10_000);
  expect(references.count).toBe(0);
  for (const slot of [0, 5, 10_000]) expect(() => references.read(slot)).toThrow('by reference');
});

describe('deepFreeze', () => {
  test('leaves alone what cannot be frozen, and runs no getter', () => {
    let ran = 0;
    const inner = { a: 1 };
    const held = {
      bytes: new Uint8Array(2),
      set: new Set([inner]),
      get computed() {
        ran += 1;
        return 1;
      },
    };
    deepFreeze(held);
    held.bytes[0] = 1;
    expect([ran, Object.isFrozen(held), Object.isFrozen(inner)]).toEqual([0, true, true]);
  });
});

test('the message of a value by reference has no payload bytes', async () => {
  const { system, sender, box } = staged('off');
  given = [{ held: 'x'.repeat(10_000) }];
  sender.tell.hold({ to: box });
  await system.settle();
  const at = system.main.payloadWord(takenSlot(system)) - MessageSlot.offset.inline / 4;
  expect(system.memory.region.words[at + MessageSlot.plain.payloadBytes]).toBe(0);
});

import { beforeEach, describe, expect, test } from 'vitest';
import { actor } from '../behaviour.js';
import type { ActorRef } from '../contract/ref.js';
import type { Checks } from '../contract/system.js';
import { f64, ref, reply, u32, u8 } from '../kinds.js';
import type { Program } from '../program.js';
import { steppedSystem } from '../testing/index.js';
import type { SteppedSystem } from '../testing/index.js';

/** A view as a handler saw it, of state or message. */
interface Kept {
  n: number;
  share: number;
}
interface KeptSelf {
  readonly ref: unknown;
  stop(): void;
  monitor(other: ActorRef): unknown;
  after(delayMs: number, target: ActorRef): unknown;
}
let kept: Kept[] = [];
/** As a handler saw it. */
let selves: KeptSelf[] = [];
/** What was read by code that a handler left behind. */
let read: unknown[] = [];

const fields = { n: u32, share: f64, small: u8 };
const keeperMessages = {
  keep: fields, fail: fields, ask: reply(fields, u32), wait: fields, walk: fields, end: fields,
  watch: { other: ref() }, look: {},
};

const Keeper = actor(import.meta.url, 'Keeper', {
  state: { n: u32, share: f64 },
  messages: keeperMessages,
  receive: {
    keep: (self, message) => {
      selves.push(self);
      kept.push(self.state, message);
    },
    fail: ({ state }, message) => {
      kept.push(state, message);
      throw new Error('on request');
    },
    ask: ({ state }, message) => {
      kept.push(state, message);
      message.reply(message.n);
    },
    wait: async ({ state }, message) => {
      await Promise.resolve();
      state.n += message.n;
      read.push(state.n, message.n);
    },
    *walk({ state }, message) {
      yield 5_000;
      state.n += message.n;
      read.push(state.n, message.n);
    },
    end: (self, message) => {
      kept.push(self.state, message);
      self.stop();
    },
    watch: (self, { other }) => {
      if (other) self.monitor(other);
    },
    look: () => void read.push(kept.map((view) => outcome(() => view.n))),
  },
  down: ({ state }) => void kept.push(state),
});

/** Looks at what others kept, in its turn. */
const Looker = actor(import.meta.url, 'Looker', {
  state: {},
  messages: { look: {} },
  receive: { look: () => void read.push(kept.map((view) => outcome(() => view.n))) },
});

function outcome(look: () => unknown): unknown {
  try {
    return look();
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}

function systemOf(checks?: Checks): SteppedSystem {
  return steppedSystem({
    behaviours: [Keeper, Looker], workers: 1, ...(checks === undefined ? {} : { checks }),
  });
}

const MESSAGE = { n: 7, share: 0.5, small: 1 };
const EXPIRED = 'ACTORS_VIEW_EXPIRED';

beforeEach(() => {
  kept = [];
  read = [];
  selves = [];
});

describe('ACTORS-O8, VIEW-1: with development checks, the default', () => {
  test.each(['keep', 'fail', 'end'] as const)('views end with the turn of %s', async (message) => {
    const system = systemOf();
    const keeper = system.spawn(0, Keeper, { n: 1, share: 2 });
    keeper.tell[message](MESSAGE);
    await system.settle();
    expect(kept.length).toBe(2);
    for (const view of kept) {
      expect(outcome(() => view.n)).toBe(EXPIRED);
      expect(outcome(() => view.share)).toBe(EXPIRED);
      expect(outcome(() => (view.n = 3))).toBe(EXPIRED);
    }
    expect(() => kept[0]?.share).toThrow(
      'the field share was used after the turn of its message or state: ' +
        'keep what a view shows, not the view',
    );
  });

  test('so does self, which would stand for another actor', async () => {
    const system = systemOf();
    const keeper = system.spawn(0, Keeper, { n: 1, share: 2 });
    const other = system.spawn(0, Keeper, {});
    keeper.tell.keep(MESSAGE);
    await system.settle();
    const late: ((self: KeptSelf) => unknown)[] = [
      (self) => self.ref, (self) => self.stop(),
      (self) => self.monitor(other as ActorRef), (self) => self.after(1, other as ActorRef),
    ];
    for (const each of late)
      expect(selves.map((self) => outcome(() => each(self)))).toEqual([EXPIRED]);
    other.tell.look();
    await system.settle();
    expect([keeper.alive, other.alive]).toEqual([true, true]);
  });

  test('so do those of an ask, and of `down`', async () => {
    const system = systemOf();
    const keeper = system.spawn(0, Keeper, { n: 1, share: 2 });
    const other = system.spawn(0, Keeper, {});
    const asked = keeper.ask.ask(MESSAGE);
    await system.settle();
    expect(await asked).toBe(7);
    const { words } = system.memory.region;
    const before = words.slice();
    // Late, and ignored (TURN-2).
    (kept[1] as Kept & { reply(n: number): void }).reply(9);
    expect(words.findIndex((word, at) => word !== before[at])).toBe(-1);
    keeper.tell.watch({ other });
    await system.settle();
    system.exit(other, 'killed');
    await system.settle();
    expect(kept.map((view) => outcome(() => view.n))).toEqual([EXPIRED, EXPIRED, EXPIRED]);
  });

  test('another actor\'s turn, and another message of the same one, find them ended', async () => {
    const system = systemOf();
    const keeper = system.spawn(0, Keeper, { n: 1, share: 2 });
    const looker = system.spawn(0, Looker, {});
    await system.settle();
    keeper.tell.keep(MESSAGE);
    await system.settle();
    looker.tell.look();
    await system.settle();
    keeper.tell.look();
    await system.settle();
    // The state's view is that of the turn in which it is looked at.
    expect(read).toEqual([[EXPIRED, EXPIRED], [1, EXPIRED]]);
  });

  test('a handler that awaits or yields has views of its own', async () => {
    const system = systemOf();
    const keeper = system.spawn(0, Keeper, { n: 1, share: 2 });
    keeper.tell.wait(MESSAGE);
    keeper.tell.keep(MESSAGE);
    await system.settle();
    keeper.tell.walk(MESSAGE);
    await system.settle();
    expect(read).toEqual([8, 7, 15, 7]);
  });
});

test('without checks a view shows what is there, and its code does not look', async () => {
  const system = systemOf('off');
  const { StateView, views } = system.main.programs[system.main.programFor(Keeper)] as Program;
  for (const View of [StateView, views[0]])
    expect(String(View)).not.toMatch(/expired|if/);
  const keeper = system.spawn(0, Keeper, { n: 1, share: 2 });
  keeper.tell.keep(MESSAGE);
  await system.settle();
  expect(kept[0]?.n).toBe(1);
  expect(outcome(() => kept[1]?.n)).toBe(7);
});

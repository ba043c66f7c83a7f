import { describe, expect, test } from 'vitest';
import { actor, isBehaviour } from './behaviour.js';
import { f32, ref, reply, u32, value } from './kinds.js';
import type { ActorRef } from './contract/ref.js';

const Counter = actor('file:///counter.js', 'Counter', {
  state: { count: u32, peer: ref() },
  messages: {
    increment: { by: u32 },
    get: reply(u32),
    scale: reply({ by: f32 }, f32),
    forward: { to: ref() },
  },
  receive: {
    increment: (self, message) => {
      self.state.count += message.by;
    },
    get: (self, message) => message.reply(self.state.count),
    scale: (self, message) => message.reply(self.state.count * message.by),
    forward: (self, message) => {
      self.state.peer = message.to;
    },
  },
});

const Room = actor('file:///room.js', 'Room', {
  init: (_self, args: { readonly name: string }) => ({ name: args.name, size: 0 }),
  messages: {
    join: value<{ readonly user: string }>(),
    find: reply(value<string>(), value<string | undefined>()),
  },
  receive: {
    join: (self, message) => {
      self.state.size += message.value.user.length;
    },
    find: (self, message) =>
      message.reply(self.state.name === message.value ? message.value : undefined),
  },
});

function neverCalled(counter: ActorRef<typeof Counter>, room: ActorRef<typeof Room>): unknown {
  counter.tell.increment({ by: 1 });
  // @ts-expect-error misspelt message
  counter.tell.incremet({ by: 1 });
  // @ts-expect-error misspelt field
  counter.tell.increment({ byy: 1 });
  // @ts-expect-error wrong type of field
  counter.tell.increment({ by: '1' });
  // @ts-expect-error missing field
  counter.tell.increment({});
  // @ts-expect-error a message without a reply cannot be asked
  void counter.ask.increment({ by: 1 });
  const got: Promise<number> = counter.ask.get();
  const scaled: Promise<number> = counter.ask.scale({ by: 2 }, { timeoutMs: 10 });
  // @ts-expect-error the reply is a number
  const wrong: Promise<string> = counter.ask.get();
  const sent: Promise<void> = counter.tellWait.increment({ by: 1 }, { timeoutMs: 10 });
  // @ts-expect-error wrong type of field
  void counter.tellWait.increment({ by: '1' });
  void counter.tellWait.get({ timeoutMs: 10 });
  room.tell.join({ user: 'ada' });
  // @ts-expect-error wrong value
  room.tell.join('ada');
  const found: Promise<string | undefined> = room.ask.find('ada');
  // @ts-expect-error a ref of one behaviour is not a ref of another
  const other: ActorRef<typeof Counter> = room;
  counter.tell.forward({ to: room });
  return [got, scaled, wrong, sent, found, other];
}

const stepwise = { state: { n: u32 }, messages: { go: { by: u32 } } } as const;
void actor('file:///a.js', 'A', {
  ...stepwise,
  receive: {
    *go(self, message) {
      self.state.n += message.by;
      yield;
      yield 10;
    },
  },
});
void actor('file:///a.js', 'A', {
  ...stepwise,
  // @ts-expect-error a yield takes nothing or a number
  receive: { *go(_self, _message) { yield 'all'; } },
});

describe('actor', () => {
  test('describes messages, and nothing else is a behaviour', () => {
    expect(neverCalled).toBeTypeOf('function');
    expect(Counter.messages.increment).toEqual({ by: { kind: 'u32' } });
    expect(Room.messages.find).toEqual({
      kind: 'reply',
      request: { kind: 'value' },
      result: { kind: 'value' },
    });
    expect(isBehaviour(Counter)).toBe(true);
    expect(isBehaviour({ module: 'x' })).toBe(false);
  });

  const receive = { go: (): void => undefined };
  const refusals: readonly (readonly [text: string, name: string, definition: object])[] = [
    ['its name must be the identifier', 'not a name', { state: {}, messages: {}, receive: {} }],
    ['it needs either state or init', 'A', { messages: {}, receive: {} }],
    ['it needs either state or init', 'A', { state: {}, init: () => 0, messages: {}, receive: {} }],
    ['message go has no handler', 'A', { state: {}, messages: { go: {} }, receive: {} }],
    ['handler go has no message', 'A', { state: {}, messages: {}, receive }],
    ['unknown part "messges"', 'A', { state: {}, messages: {}, receive: {}, messges: {} }],
  ];
  test.each(refusals)('ACTORS_DEFINITION_INVALID: %s', (text, name, definition) => {
    expect(() => actor('file:///a.js', name, definition as never)).toThrow(
      expect.objectContaining({
        code: 'ACTORS_DEFINITION_INVALID',
        message: expect.stringContaining(text),
      }),
    );
  });

  const generators: readonly (readonly [part: string, definition: object])[] = [
    ['init', { *init() {}, messages: {}, receive: {} }],
    ['terminate', { init: () => 0, async *terminate() {}, messages: {}, receive: {} }],
  ];
  test.each(generators)('ACTORS_NOT_SUPPORTED: a generator as %s', (part, definition) => {
    expect(() => actor('file:///a.js', 'A', definition as never)).toThrow(
      expect.objectContaining({
        code: 'ACTORS_NOT_SUPPORTED',
        message: `behaviour A: a generator as ${part}`,
      }),
    );
  });
});

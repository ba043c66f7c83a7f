import { setImmediate } from 'node:timers/promises';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { actor } from './behaviour.js';
import type { ActorRef } from './contract/ref.js';
import { ActorsError } from './errors.js';
import { reply, u32, value } from './kinds.js';
import { SystemBlock } from './layouts.js';
import { exitSignal } from './phases.js';
import type { ActorRefObject } from './ref-object.js';
import { steppedSystem } from './testing/index.js';
import type { SteppedOptions, SteppedSystem } from './testing/index.js';

const Counter = actor('file:///counter.js', 'Counter', {
  state: { count: u32 },
  messages: { get: reply(u32), crash: {} },
  receive: {
    get: (self, message) => message.reply(self.state.count),
    crash: () => {
      throw new Error('crash on request');
    },
  },
});

const Other = actor('file:///other.js', 'Other', { state: {}, messages: {}, receive: {} });

/** Looks for a name until it has one. */
const Seeker = actor('file:///seeker.js', 'Seeker', {
  init: (self) => {
    self.register('seeker', self.ref);
    self.register('seeker', self.ref);
    return self.names();
  },
  messages: { read: reply(value<object>()) },
  receive: {
    read: async (self, message) => {
      const counter = await self.whenRegistered('counter', Counter);
      const found = [counter, self.whereis('counter'), self.whereis('counter', Counter)];
      const count = await counter.ask.get();
      message.reply({
        names: self.state,
        indices: found.map((one) => one?.id.index),
        wasThere: self.unregister('counter'),
        count,
      });
    },
  },
});

const started = (given: Partial<SteppedOptions> = {}): SteppedSystem =>
  steppedSystem({ behaviours: [Counter, Other, Seeker], ...given });

const wordsOf = (ref: unknown): ActorRefObject => ref as ActorRefObject;

async function end(system: SteppedSystem, ref: ActorRef): Promise<void> {
  const { low, high } = wordsOf(ref);
  system.main.mail.notices.signal(low, high, exitSignal('killed'));
  await system.settle();
}

const codeOf = (code: string, text: string): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(text) });

describe('names', () => {
  test('every thread finds what one has registered, typed by a behaviour', () => {
    const system = started();
    const ref = system.spawn(0, Counter, { count: 7 });
    const there = system.workers[1]?.thread.names;
    system.main.names.register('counter', ref);
    const found = there?.whereis('counter', Counter);
    expectTypeOf(found).toEqualTypeOf<ActorRef<typeof Counter> | undefined>();
    expect([found?.id, there?.whereis('counter')?.id]).toEqual([ref.id, ref.id]);
    expect(there?.whereis('counte', Counter)).toBeUndefined();
  });

  test('an actor has several names; a name that is given again stays', () => {
    const { main, spawn } = started();
    const ref = spawn(0, Counter);
    for (const name of ['b', 'a', 'b', 'ü']) main.names.register(name, ref);
    expect(main.names.names()).toEqual(['a', 'b', 'ü']);
    expect([main.names.unregister('a'), main.names.unregister('a')]).toEqual([true, false]);
    expect([main.names.names(), main.names.whereis('a')]).toEqual([['b', 'ü'], undefined]);
  });

  test('ACTORS_NAME_TAKEN until the name is unregistered', () => {
    const { main, spawn } = started();
    const [first, second] = [spawn(0, Counter), spawn(1, Other)];
    main.names.register('one', first);
    expect(() => main.names.register('one', second)).toThrow(
      codeOf('ACTORS_NAME_TAKEN', "the name one is another actor's"),
    );
    main.names.unregister('one');
    main.names.register('one', second);
    expect(main.names.whereis('one')?.id).toEqual(second.id);
  });

  test('ACTORS_DEFINITION_INVALID for a behaviour that the actor does not have', () => {
    const { main, spawn } = started();
    main.names.register('one', spawn(0, Other));
    expect(() => main.names.whereis('one', Counter)).toThrow(
      codeOf('ACTORS_DEFINITION_INVALID', 'does not behave as Counter'),
    );
  });

  test('NAMES-2, NAMES-5: all names of an actor are free when it has ended', async () => {
    const system = started();
    const { names } = system.main;
    const [first, second] = [system.spawn(0, Counter), system.spawn(1, Counter)];
    for (const name of ['a', 'b', 'c']) names.register(name, first);
    names.register('d', second);
    await end(system, first);
    expect([names.names(), names.whereis('a'), names.whereis('c')]).toEqual([
      ['d'],
      undefined,
      undefined,
    ]);
    names.register('a', second);
    expect(names.whereis('a')?.id).toEqual(second.id);
  });

  test('a crash of an actor without supervisor frees its name as well', async () => {
    const system = started();
    const ref = system.spawn(0, Counter);
    system.main.names.register('a', ref);
    ref.tell.crash();
    await system.settle();
    expect([ref.alive, system.main.names.names()]).toEqual([false, []]);
  });

  test('ACTORS_EXITED for an actor that has ended; the next in its block has no name', async () => {
    const system = started({ maxActors: 1 });
    const { names } = system.main;
    const first = system.spawn(0, Counter);
    names.register('a', first);
    await end(system, first);
    const second = system.spawn(0, Counter);
    expect(second.id.index).toBe(first.id.index);
    expect(names.whereis('a')).toBeUndefined();
    expect(() => names.register('a', first)).toThrow(codeOf('ACTORS_EXITED', 'gets no name a'));
  });

  test('ACTORS_NAMES_EXHAUSTED; the names of ended actors make room', async () => {
    const system = started({ names: 5 });
    const { names } = system.main;
    const [first, second] = [system.spawn(0, Counter), system.spawn(0, Counter)];
    for (const name of ['a', 'b', 'c', 'd']) names.register(name, first);
    names.register('e', second);
    expect(() => names.register('f', second)).toThrow(
      codeOf('ACTORS_NAMES_EXHAUSTED', 'actors have all 5 names (option names)'),
    );
    await end(system, first);
    for (const name of ['f', 'g', 'h', 'i']) names.register(name, second);
    expect(names.names()).toEqual(['e', 'f', 'g', 'h', 'i']);
  });

  const invalid: readonly (readonly [name: string, text: string])[] = [
    ['', 'the name "" takes 0 bytes of UTF-8; it must take 1 to 64'],
    ['x'.repeat(65), 'takes 65 bytes'],
    ['ü'.repeat(33), 'takes 66 bytes'],
    ['a\uD800', 'a name must be well-formed Unicode'],
  ];
  test.each(invalid)('ACTORS_NAME_INVALID: %j', (name, text) => {
    const { main, spawn } = started();
    const ref = spawn(0, Counter);
    expect(() => main.names.register(name, ref)).toThrow(codeOf('ACTORS_NAME_INVALID', text));
    expect(() => main.names.whereis(name)).toThrow(codeOf('ACTORS_NAME_INVALID', text));
  });

  test('64 bytes are a name, and names differ by their last byte', () => {
    const { main, spawn } = started();
    const [first, second] = [spawn(0, Counter), spawn(0, Counter)];
    const [long, longer] = ['ü'.repeat(32), `${'ü'.repeat(31)}é`];
    main.names.register(long, first);
    main.names.register(longer, second);
    expect(main.names.whereis(long)?.id).toEqual(first.id);
    expect(main.names.whereis(longer)?.id).toEqual(second.id);
  });

  test('ACTORS_VALUE_INVALID for a ref of another system', () => {
    const ref = started().spawn(0, Counter);
    expect(() => started().main.names.register('a', ref)).toThrow(
      codeOf('ACTORS_VALUE_INVALID', 'the name a is for a reference of another actor system'),
    );
  });
});

describe('waits for a name', () => {
  test('NAMES-7: resolves at once, or when another thread registers it', async () => {
    const system = started();
    const { names } = system.main;
    const ref = system.spawn(0, Counter);
    const waits = [
      names.whenRegistered('late', Counter),
      names.whenRegistered('late', Counter),
      names.whenRegistered('later', Counter),
    ];
    const there = system.workers[0]?.thread.names;
    there?.register('late', system.on(0, ref));
    expect((await Promise.all(waits.slice(0, 2))).map(({ id }) => id)).toEqual([ref.id, ref.id]);
    there?.register('later', system.on(0, ref));
    expect([(await waits[2])?.id, (await names.whenRegistered('late', Counter)).id]).toEqual([
      ref.id,
      ref.id,
    ]);
  });

  test('ACTORS_NAME_TIMEOUT, and ACTORS_OPTION_INVALID for a wrong time', async () => {
    const { main, time } = started();
    const wait = main.names.whenRegistered('never', Counter, { timeoutMs: 50 });
    const refused = wait.catch((error: unknown) => error);
    await time.run(60);
    expect(await refused).toEqual(
      codeOf('ACTORS_NAME_TIMEOUT', 'no actor got the name never within 50 ms'),
    );
    await expect(
      main.names.whenRegistered('never', Counter, { timeoutMs: 0 }),
    ).rejects.toEqual(codeOf('ACTORS_OPTION_INVALID', 'timeoutMs is 0'));
  });

  test('NAMES-6: a registration that nobody was told of is found at the deadline', async () => {
    const system = started();
    const { names } = system.main;
    const ref = system.spawn(0, Counter);
    const wait = names.whenRegistered('silent', Counter, { timeoutMs: 50 });
    const { words, plan } = system.memory.region;
    const untold = plan.sections.system.word + SystemBlock.word.nameWaits;
    const count = Atomics.exchange(words, untold, 0);
    names.register('silent', ref);
    Atomics.store(words, untold, count);
    await system.time.run(60);
    expect((await wait).id).toEqual(ref.id);
  });

  test('ACTORS_DEFINITION_INVALID if another behaviour gets the name', async () => {
    const { main, spawn } = started();
    const wait = main.names.whenRegistered('a', Counter);
    main.names.register('a', spawn(0, Other));
    await expect(wait).rejects.toEqual(codeOf('ACTORS_DEFINITION_INVALID', 'does not behave as'));
  });

  test('failAll settles waits and refuses more', async () => {
    const { main } = started();
    const wait = main.names.whenRegistered('a', Counter);
    main.names.failAll(() => new ActorsError('ACTORS_SYSTEM_STOPPED', 'stopped'));
    await expect(wait).rejects.toEqual(codeOf('ACTORS_SYSTEM_STOPPED', 'stopped'));
    await expect(main.names.whenRegistered('a', Counter)).rejects.toEqual(
      codeOf('ACTORS_SYSTEM_STOPPED', 'stopped'),
    );
  });

  test('an actor has all of it as `self`', async () => {
    const system = started();
    const seeker = system.spawn(1, Seeker);
    const answer = seeker.ask.read();
    await system.settle();
    const counter = system.spawn(0, Counter, { count: 3 });
    system.main.names.register('counter', counter);
    while (system.main.asks.pending > 0) {
      await setImmediate(); // the wait of the seeker's thread ends in the event loop
      await system.settle();
    }
    const { index } = counter.id;
    expect([await answer, system.main.names.names()]).toEqual([
      { names: ['seeker'], indices: [index, index, index], wasThere: true, count: 3 },
      ['seeker'],
    ]);
  });
});

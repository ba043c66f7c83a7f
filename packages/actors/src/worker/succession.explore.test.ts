/**
 * A worker that dies at each of its accesses to the shared memory, one after the other, and its
 * successor, which may die as well (ACTORS-P1, -W1, -W4).
 */
import { seededRandom } from '@ganglion/runtime';
import { describe, expect, test } from 'vitest';
import { actor } from '../behaviour.js';
import type { ActorRef } from '../contract/ref.js';
import type { DeadLetterCause } from '../contract/inspection.js';
import { countDeadLetters } from '../dead-letters.js';
import { ASK_TIMEOUT_MS, DyingWorker, FAR, NEAR } from '../fixtures/dying-worker.js';
import { f64, ref, reply, u32, value } from '../kinds.js';
import { ActorBlock } from '../layouts.js';
import { Signal } from '../phases.js';
import type { ActorRefObject } from '../ref-object.js';

const INDEX_MASK = 2 ** 20 - 1;

const TICK = 10;
const CANCELLED = 15;

/** Messages that were handled, by the place of their receiver. */
let handled: [number[], number[], number[], number[]] = [[], [], [], []];

const passed = { pass: { n: u32 }, read: reply(u32), arm: {}, disarm: {}, end: {} };

/** Notes a message, and sends it on to two others. */
const Relay = actor(import.meta.url, 'Relay', {
  state: { place: u32, timer: f64, near: ref<typeof passed>(), far: ref<typeof passed>() },
  messages: passed,
  receive: {
    pass: (self, { n }) => {
      handled[self.state.place]?.push(n);
      self.state.near?.tell.pass({ n });
      self.state.far?.tell.pass({ n });
    },
    read: (self, message) => message.reply(self.state.place),
    arm: (self) => {
      for (const n of [1, 2]) self.after(5, self.ref).pass({ n });
      self.every(10, self.ref).pass({ n: TICK });
      self.state.timer = self.after(15, self.ref).pass({ n: CANCELLED });
    },
    disarm: (self) => void self.cancel(self.state.timer),
    end: (self) => self.stop(),
  },
});

/** Its state dies with its worker. */
const Keeper = actor(import.meta.url, 'Keeper', {
  init: () => ({ place: 1 }),
  messages: { keep: value<{ readonly n: number }>(), read: reply(u32) },
  receive: {
    keep: (_self, message) => void handled[2].push(message.value.n),
    read: (self, message) => message.reply(self.state.place),
  },
});

/** Gives values to a keeper: by reference on the same worker. */
const Giver = actor(import.meta.url, 'Giver', {
  state: { to: ref<typeof Keeper>() },
  messages: { give: { n: u32 } },
  receive: {
    give: (self, { n }) => {
      handled[1].push(n);
      self.state.to?.tell.keep({ n });
    },
  },
  returned: (_self, { message, cause }) => void letters.push([message, cause]),
});

/** Letters that came back: message or number, and cause. */
let letters: (readonly [what: string | number, cause: DeadLetterCause])[] = [];
const UNKNOWN = 'unknown';
const FAILS = 200;
const posts = { post: { n: u32, to: ref() }, take: { n: u32 }, hang: {} };

/** Posts numbers to others like it, and takes letters back. */
const Poster = actor(import.meta.url, 'Poster', {
  state: { place: u32 },
  messages: posts,
  receive: {
    post: (_self, { n, to }) => {
      to.as(Poster).tell.take({ n });
      handled[0].push(n);
    },
    take: (_self, { n }) => {
      if (n >= FAILS) throw new Error('it fails');
      handled[1].push(n);
    },
    hang: () => new Promise<void>(() => undefined),
  },
  returned: (_self, { payload, cause }) =>
    void letters.push([(payload as { readonly n: number } | undefined)?.n ?? UNKNOWN, cause]),
});

const LONG_TALE = 'x'.repeat(1_000);

/** Answers in every way. */
const Oracle = actor(import.meta.url, 'Oracle', {
  state: { place: u32 },
  messages: {
    read: reply(u32), tale: reply(value<string>()), ignore: reply(u32), fail: reply(u32),
  },
  receive: {
    read: (self, message) => message.reply(self.state.place),
    tale: (_self, message) => message.reply(LONG_TALE),
    ignore: () => {},
    fail: () => {
      throw new Error('no answer');
    },
  },
});

/** Exits that watchers were told of: `kind watcher other`. */
let told: string[] = [];
const kinMessages = { monitor: { other: ref() }, link: { other: ref() } };

/** Monitors and links, and notes what it is told. */
const Kin = actor(import.meta.url, 'Kin', {
  state: { place: u32 },
  messages: kinMessages,
  receive: {
    monitor: (self, { other }) => {
      if (other) self.monitor(other);
    },
    link: (self, { other }) => {
      if (other) self.link(other);
    },
  },
  down: (self, event) => {
    for (let exit = 0; exit < event.exits; exit++)
      told.push(`down ${self.state.place} ${event.ref.id.index}`);
  },
  exited: (self, event) => void told.push(`exited ${self.state.place} ${event.ref.id.index}`),
});

const BEHAVIOURS = [Relay, Keeper, Giver, Kin, Poster, Oracle];

class Stage extends DyingWorker {
  constructor(...deathsAt: readonly number[]) {
    super(BEHAVIOURS, deathsAt);
  }

  /** The same actor, as the far worker addresses it. */
  onFar(actorRef: ActorRef<typeof Relay>): ActorRef<typeof Relay> {
    return this.on(this.far, actorRef, Relay);
  }

  /** @param restartType 0 = nobody restarts it */
  spawn(thread: number, state: object, restartType = 1): ActorRef<typeof Relay> {
    return this.spawnOf(Relay, thread, state, restartType);
  }

  spawnKin(thread: number, place: number, restartType: number): ActorRef<typeof Kin> {
    return this.spawnOf(Kin, thread, { place }, restartType);
  }
}

/** How often the near worker has died: so many messages may be lost in hand. */
let deaths = 0;

/** None is missing but for the deaths; none comes twice, each sender's come in order. */
function isWhole(numbers: readonly number[], ...sent: readonly (readonly number[])[]): void {
  for (const all of sent) {
    const from = numbers.filter((n) => all.includes(n));
    expect(from).toEqual(all.filter((n) => from.includes(n)));
  }
  expect(sent.flat().length - numbers.length).toBeLessThanOrEqual(deaths);
}

function outcomeOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.catch((error: Error & { readonly code: string }) => error.code);
}

/** Every actor answers, all slots are free, and nobody owes a credit. */
async function allWell(stage: Stage, actors: readonly ActorRef<typeof Relay>[]): Promise<void> {
  const asked = Promise.all(actors.map((one) => one.ask.read()));
  await stage.settle();
  await stage.time.run(ASK_TIMEOUT_MS);
  expect(await asked).toEqual(actors.map((_, place) => place + 1));
  expect(leftovers(stage)).toEqual({ slots: 0, debts: [] });
}

/** What is in use and what is owed when nothing is under way. */
function leftovers({ memory }: Stage): { readonly slots: number; readonly debts: number[] } {
  const { words, plan } = memory.region;
  let slots = 0;
  for (let slot = 1; slot <= memory.slots.count; slot++) if (memory.slots.isTaken(slot)) slots += 1;
  const debts: number[] = [];
  for (let index = 1; index < memory.actorsUsed; index++) {
    const block = plan.sections.actors.word + (index * ActorBlock.size) / 4;
    const debt =
      words[block + ActorBlock.plain.localDebt] + words[block + ActorBlock.word.remoteDebt];
    if (debt !== 0) debts.push(index);
  }
  return { slots, debts };
}

interface DeathScenario {
  run(stage: Stage): Promise<void>;
  check(stage: Stage): Promise<void>;
}

/** Runs a scenario; returns how many accesses it made. */
async function perform(stage: Stage, { run, check }: DeathScenario): Promise<number> {
  handled = [[], [], [], []];
  told = [];
  letters = [];
  const before = stage.accesses;
  await run(stage);
  const accesses = stage.accesses - before;
  // Who died in a callback has its successor now.
  await stage.settle();
  ({ deaths } = stage);
  await check(stage);
  return accesses;
}

/** Runs a scenario with a death before every access that it makes without one; returns these. */
async function dieEverywhere(make: () => DeathScenario): Promise<number> {
  const accesses = await perform(new Stage(), make());
  for (let death = 1; death <= accesses; death++) {
    const stage = new Stage(death);
    try {
      await perform(stage, make());
    } catch (cause) {
      throw new Error(`with a death at access ${death} of ${accesses}`, { cause });
    }
    expect(stage.deaths).toBe(1);
  }
  return accesses;
}

/** Runs a scenario with two deaths, the second of the successor; returns its latest write. */
async function dieTwice(make: () => DeathScenario, pairs: number): Promise<number> {
  const random = seededRandom(1);
  const accesses = await perform(new Stage(), make());
  let latest = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const first = 1 + random.below(accesses);
    const whole = new Stage(first, Number.MAX_SAFE_INTEGER);
    const later = (await perform(whole, make())) - first;
    const second = 1 + random.below(later);
    const stage = new Stage(first, second);
    try {
      await perform(stage, make());
    } catch (cause) {
      throw new Error(`with deaths at access ${first} and ${second} after it`, { cause });
    }
    expect(stage.deaths).toBe(2);
    latest = Math.max(latest, second);
  }
  return latest;
}

/** The near worker relays mail of all three threads. */
function relaying(): DeathScenario {
  let actors: readonly ActorRef<typeof Relay>[] = [];
  let asked: Promise<unknown> = Promise.resolve();
  return {
    async run(stage) {
      const beyond = stage.spawn(FAR, { place: 3 });
      const second = stage.spawn(NEAR, { place: 2 });
      const relay = stage.spawn(NEAR, { place: 1, near: second, far: beyond });
      actors = [relay, second, beyond];
      relay.tell.pass({ n: 1 });
      await stage.step();
      relay.tell.pass({ n: 2 });
      stage.onFar(relay).tell.pass({ n: 100 });
      relay.tell.pass({ n: 3 });
      asked = outcomeOf(relay.ask.read());
      relay.tell.pass({ n: 4 });
      await stage.step();
      stage.onFar(relay).tell.pass({ n: 101 });
      relay.tell.pass({ n: 5 });
      await stage.step();
      await stage.settle();
    },
    async check(stage) {
      // Of the message in hand something may be lost: that it was begun, its reply, what it sent.
      isWhole(handled[1], [1, 2, 3, 4, 5], [100, 101]);
      isWhole(handled[2], handled[1]);
      isWhole(handled[3], handled[1]);
      await stage.time.run(ASK_TIMEOUT_MS);
      const outcome = await asked;
      expect(outcome).toBeOneOf([1, 'ACTORS_RESTARTED']);
      await allWell(stage, actors);
    },
  };
}

/** A relay with mail is handed over to the far worker, which later hands it back. */
function movingAbout(): DeathScenario {
  let actors: readonly ActorRef<typeof Relay>[] = [];
  return {
    async run(stage) {
      const second = stage.spawn(NEAR, { place: 2 });
      const relay = stage.spawn(NEAR, { place: 1, near: second });
      actors = [relay, second];
      await stage.step();
      const { low } = relay as ActorRef as ActorRefObject;
      const index = low & INDEX_MASK;
      relay.tell.pass({ n: 1 });
      relay.tell.pass({ n: 2 });
      await stage.step(({ scheduler, thread }) => {
        scheduler.drainReady();
        if (thread.mail.runQueue.pop() === index) scheduler.stealing.hand(index, FAR);
      });
      relay.tell.pass({ n: 3 });
      stage.far.scheduler.stealing.takeHanded();
      relay.tell.pass({ n: 4 });
      if (stage.far.thread.mail.runQueue.pop() === index)
        stage.far.scheduler.stealing.hand(index, NEAR);
      relay.tell.pass({ n: 5 });
      await stage.step();
      await stage.settle();
    },
    async check(stage) {
      isWhole(handled[1], [1, 2, 3, 4, 5]);
      isWhole(handled[2], handled[1]);
      await allWell(stage, actors);
    },
  };
}

/** Two actors have timers and cancel one; the first is handed over to the far worker. */
function timing(): DeathScenario {
  let actors: readonly ActorRef<typeof Relay>[] = [];
  return {
    async run(stage) {
      const one = stage.spawn(NEAR, { place: 1 });
      const stays = stage.spawn(NEAR, { place: 2 });
      actors = [one, stays];
      const { low } = one as ActorRef as ActorRefObject;
      const index = low & INDEX_MASK;
      const pass = async (ms: number): Promise<void> => {
        stage.time.advance(ms);
        await stage.step();
      };
      for (const each of actors) each.tell.arm();
      await stage.step();
      await pass(5);
      stage.time.advance(5);
      for (const each of actors) each.tell.disarm();
      await stage.step();
      for (const each of actors) each.tell.pass({ n: 3 });
      await stage.settle();
      one.tell.pass({ n: 4 });
      await stage.step(({ scheduler, thread }) => {
        scheduler.drainReady();
        if (thread.mail.runQueue.pop() === index) scheduler.stealing.hand(index, FAR);
      });
      await stage.settle();
      await pass(10);
      await stage.settle();
    },
    async check(stage) {
      for (const [place, { incarnation }] of actors.entries()) {
        const count = (n: number): number => handled[place + 1]?.filter((m) => m === n).length ?? 0;
        const least = incarnation === 1 ? 1 : 0;
        for (const n of [1, 2, 3]) expect(count(n)).toBeOneOf([least, 1]);
        // Who died before it had made the interval makes it later; each death may skip a tick.
        expect(count(TICK)).toBeOneOf([deaths > 1 ? 0 : least, 1, 2]);
        expect(count(CANCELLED)).toBe(0);
      }
      for (const each of actors) each.tell.end();
      await stage.settle();
      await allWell(stage, actors);
      expect(stage.main.actorTimers.records.used).toBe(0);
    },
  };
}

/** An actor ends with asks in its mailbox, and another is killed. */
function ending(): DeathScenario {
  let other: ActorRef<typeof Relay> | undefined;
  let ended: ActorRef<typeof Relay> | undefined;
  let killed: ActorRef<typeof Relay> | undefined;
  let asked: readonly Promise<unknown>[] = [];
  return {
    async run(stage) {
      other = stage.spawn(NEAR, { place: 1 });
      ended = stage.spawn(NEAR, { place: 2 }, 0);
      other.tell.pass({ n: 1 });
      ended.tell.pass({ n: 1 });
      ended.tell.end();
      killed = stage.spawn(NEAR, { place: 0 }, 0);
      const { low, high } = killed as ActorRef as ActorRefObject;
      stage.main.mail.notices.signal(low, high, Signal.killed);
      asked = [outcomeOf(ended.ask.read()), outcomeOf(ended.ask.read())];
      await stage.step();
      other.tell.pass({ n: 2 });
      await stage.settle();
    },
    async check(stage) {
      isWhole(handled[1], [1, 2]);
      await stage.time.run(ASK_TIMEOUT_MS);
      const outcomes = await Promise.all(asked);
      expect(outcomes).toEqual(['ACTORS_EXITED', 'ACTORS_EXITED']);
      expect(ended?.alive).toBe(false);
      expect(killed?.alive).toBe(false);
      await allWell(stage, other === undefined ? [] : [other]);
    },
  };
}

/** The main thread and both workers ask an actor of each worker, which answer in every way. */
function answering(): DeathScenario {
  let near: ActorRef<typeof Oracle> | undefined;
  let asked: readonly Promise<unknown>[] = [];
  const askAll = ({ ask }: ActorRef<typeof Oracle>): Promise<unknown>[] =>
    [ask.read(), ask.tale(), ask.ignore(), ask.fail()].map(outcomeOf);
  return {
    async run(stage) {
      const oracle = stage.spawnOf(Oracle, NEAR, { place: 7 });
      const far = stage.spawnOf(Oracle, FAR, { place: 8 });
      near = oracle;
      asked = [...askAll(oracle), ...askAll(stage.on(stage.far, oracle, Oracle))];
      await stage.step((worker) => {
        // Nobody is there to see the outcomes once the near worker has died.
        void askAll(stage.on(worker, far, Oracle));
        void askAll(stage.on(worker, oracle, Oracle));
      });
      await stage.settle();
    },
    async check(stage) {
      await stage.time.run(ASK_TIMEOUT_MS);
      const answers = [7, LONG_TALE, 'ACTORS_NO_REPLY', 'ACTORS_RESTARTED'];
      const others = (await Promise.all(asked)).filter((outcome, place) =>
        outcome !== answers[place % answers.length]);
      // Those in hand.
      expect(others.length).toBeLessThanOrEqual(deaths);
      expect(others.every((outcome) => outcome === 'ACTORS_RESTARTED')).toBe(true);
      const answered = near?.ask.read();
      await stage.settle();
      expect(await answered).toBe(7);
      expect(leftovers(stage)).toEqual({ slots: 0, debts: [] });
    },
  };
}

/** A giver and the main thread have mail for a keeper. */
function giving(): DeathScenario {
  let keeper: ActorRef<typeof Keeper> | undefined;
  return {
    async run(stage) {
      keeper = stage.spawnOf(Keeper, NEAR, undefined);
      const giver = stage.spawnOf(Giver, NEAR, { to: keeper });
      await stage.step();
      for (const n of [1, 2, 3]) giver.tell.give({ n });
      keeper.tell.keep({ n: 100 });
      await stage.step();
      keeper.tell.keep({ n: 101 });
      giver.tell.give({ n: 4 });
      await stage.settle();
    },
    async check(stage) {
      isWhole(handled[1], [1, 2, 3, 4]);
      // Of mail by reference all may be lost with the worker, of the other only what was in hand.
      const byReference = handled[2].filter((n) => n < 100);
      expect(byReference).toEqual(handled[1].filter((n) => byReference.includes(n)));
      isWhole(handled[2].filter((n) => n >= 100), [100, 101]);
      const answered = keeper?.ask.read();
      await stage.settle();
      expect(await answered).toBe(1);
      // Whoever reads a message without its value exits once more than the worker's death explains.
      expect(keeper?.incarnation).toBeLessThanOrEqual(1 + deaths);
      expect(leftovers(stage)).toEqual({ slots: 0, debts: [] });
      // Who gave what was lost is told so, but for what was in hand.
      const lost = handled[1].length - byReference.length;
      expect(letters.length).toBeGreaterThanOrEqual(lost - deaths);
      for (const letter of letters)
        expect(letter).toBeOneOf([['keep', 'workerLost'], ['keep', 'inHand']]);
      const least = deaths > 0 ? [] : [1, 2, 3, 4];
      expect(byReference).toEqual(expect.arrayContaining(least));
    },
  };
}

/** Posters of both workers have mail with actors of both that end or fail, and get it back. */
function returning(): DeathScenario {
  return {
    async run(stage) {
      const near = stage.spawnOf(Poster, NEAR, { place: 1 });
      const far = stage.spawnOf(Poster, FAR, { place: 2 });
      const held = [NEAR, FAR].map((thread) => stage.spawnOf(Poster, thread, {}, 0));
      const failing = [NEAR, FAR].map((thread) => stage.spawnOf(Poster, thread, {}));
      for (const each of held) each.tell.hang();
      await stage.settle();
      let n = 0;
      for (const poster of [near, far]) for (const to of held)
        poster.tell.post({ n: (n += 1), to });
      for (const to of failing) near.tell.post({ n: FAILS + (n += 1), to });
      for (const to of failing.slice(0, 1)) far.tell.post({ n: FAILS + (n += 1), to });
      await stage.settle();
      for (const to of held) stage.kill(to);
      await stage.settle();
      near.tell.take({ n: 100 });
      await stage.settle();
    },
    async check(stage) {
      const returned = letters.map(([what]) => what);
      const posted = handled[0];
      isWhole(handled[1], [100]);
      const numbers = returned.filter((n) => n !== UNKNOWN);
      expect(new Set(numbers).size).toBe(numbers.length);
      // Of what was in hand at a death: a letter.
      const most = deaths;
      const least = deaths > 0 ? 0 : 7;
      expect(Math.min(posted.length, numbers.length)).toBeGreaterThanOrEqual(least);
      expect(returned.length).toBeGreaterThanOrEqual(posted.length - most);
      const { waiting, inHand, workerLost } = countDeadLetters(stage.memory);
      // Counted only: the main thread's two, whose handlers did not end, and its orders to post
      // something to who had ended.
      const only = waiting + inHand + workerLost - returned.length - 2;
      expect(only).toBeGreaterThanOrEqual(0);
      expect(only).toBeLessThanOrEqual(most + 7 - posted.length);
      expect(leftovers(stage)).toEqual({ slots: 0, debts: [] });
    },
  };
}

function timesTold(line: string): number {
  return told.filter((each) => each === line).length;
}

/** Watchers of both workers monitor and link actors of both, which exit, for good or not. */
function relating(): DeathScenario {
  let watchers: readonly ActorRef<typeof Kin>[] = [];
  let ended: readonly ActorRef[] = [];
  let restarted: readonly ActorRef[] = [];
  return {
    async run(stage) {
      const near = stage.spawnKin(NEAR, 1, 1);
      const far = stage.spawnKin(FAR, 2, 1);
      watchers = [near, far];
      ended = [stage.spawnKin(NEAR, 3, 0), stage.spawnKin(FAR, 4, 0)];
      restarted = [stage.spawnKin(NEAR, 5, 1), stage.spawnKin(FAR, 6, 1)];
      await stage.settle();
      for (const other of [...ended, ...restarted]) for (const each of watchers)
        each.tell.monitor({ other });
      for (const other of ended) for (const each of watchers) each.tell.link({ other });
      far.tell.link({ other: near });
      await stage.settle();
      for (const one of [...ended, ...restarted]) stage.kill(one);
      await stage.settle();
    },
    async check(stage) {
      const living = watchers.filter((each) => each.incarnation === 1);
      expect(living).toContain(watchers[1]);
      stage.kill(watchers[0] as ActorRef);
      await stage.settle();
      for (const each of living) {
        const place = 1 + watchers.indexOf(each);
        for (const { id: { index } } of ended)
          for (const line of [`down ${place} ${index}`, `exited ${place} ${index}`])
            expect([line, timesTold(line)]).toEqual([line, 1]);
        for (const { id: { index }, incarnation } of restarted) {
          const line = `down ${place} ${index}`;
          // A start that the death cut short was none, though it may have counted.
          expect(timesTold(line)).toBeOneOf([1, incarnation - 1]);
        }
      }
      const link = `exited 2 ${watchers[0]?.id.index}`;
      expect([link, timesTold(link)]).toEqual([link, 1]);
      for (const each of [...watchers, ...restarted]) stage.kill(each, true);
      await stage.settle();
      // Two deaths may lose a record (SUCCESSION-4).
      expect(stage.main.relations.records.used).toBeLessThanOrEqual(deaths > 1 ? 1 : 0);
    },
  };
}

describe('a worker that dies at any access', { timeout: 120_000 }, () => {
  test('ACTORS-W1, -W4: mail of three threads is handled once, in order', async () =>
    expect(await dieEverywhere(relaying)).toBeGreaterThan(500));

  test('ACTORS-W1, -O1: an actor that is handed over and back keeps its mail', async () =>
    expect(await dieEverywhere(movingAbout)).toBeGreaterThan(200));

  test('ACTORS-W1, TIMERS-3, -5: timers come once each, and leave nothing', async () =>
    expect(await dieEverywhere(timing)).toBeGreaterThan(1_000));

  test('ACTORS-W1, -O5, DOUBT-2: every ask ends with a reply or a failure', async () =>
    expect(await dieEverywhere(answering)).toBeGreaterThan(500));

  test('ACTORS-O7, -W4: mail by reference dies with its worker and nothing else does', async () =>
    expect(await dieEverywhere(giving)).toBeGreaterThan(200));

  test('ACTORS-W1, RELATIONS-7: relations tell once, and leave nothing', async () =>
    expect(await dieEverywhere(relating)).toBeGreaterThan(1_000));

  test('ACTORS-W4, RETURN-2, -3: what nobody handled is back, once, or was counted', async () =>
    expect(await dieEverywhere(returning)).toBeGreaterThan(500));

  test('ACTORS-W1, -O5: the asks of an actor that ends, end', async () =>
    expect(await dieEverywhere(ending)).toBeGreaterThan(100));
});

/** Of each scenario; thousands of others were run when this was written. */
const PAIRS = 25;

describe('a worker whose successor dies too', { timeout: 120_000 }, () => {
  test.each([
    ['relaying', relaying], ['movingAbout', movingAbout], ['timing', timing],
    ['answering', answering], ['giving', giving], ['relating', relating],
    ['returning', returning], ['ending', ending],
  ] as const)('SUCCESSION-3: %s', async (_name, scenario) =>
    expect(await dieTwice(scenario, PAIRS)).toBeGreaterThan(PAIRS));
});

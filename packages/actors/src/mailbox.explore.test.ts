/**
 * Mail and notices between threads under every interleaving (ACTORS-P1): the shipped Mailboxes,
 * Notices, Lives and Scheduler run over instrumented words. Slots are dealt out beforehand, so that
 * the schedules are the mailboxes' own; the pool has explorations of its own.
 */
import {
  createIndexQueue,
  INDEX_NONE,
  indexQueueCapacity,
  indexQueueWords,
  SlotList,
  STACK_CLOSED,
} from '@ganglion/memory';
import { explore } from '@ganglion/memory/testing';
import type { Outcome, Scenario, ThreadContext } from '@ganglion/memory/testing';
import { describe, expect, it } from 'vitest';
import { idLow } from './actor-id.js';
import type { AnyBehaviour } from './contract.js';
import { fieldsTeller } from './generated/senders.js';
import { newTurnRecord, turnFunction } from './generated/turns.js';
import { viewClass } from './generated/views.js';
import { i32 } from './kinds.js';
import { ActorBlock, MessageSlot, SystemBlock, ThreadBlock } from './layouts.js';
import { INLINE_BYTES } from './limits.js';
import { Mailboxes } from './mailbox.js';
import { SystemMemory } from './memory.js';
import { layoutFields } from './message-layout.js';
import {
  CONTROL_THREAD,
  FIRST_WORKER_THREAD,
  MAIN_THREAD,
  Phase,
  Report,
  Signal,
} from './phases.js';
import { Relations } from './relations.js';
import { Sleeper } from './sleeper.js';
import { spawnActor } from './spawn.js';
import type { IdWords } from './spawn.js';
import type { ActorThread } from './thread.js';
import { Scheduler } from './worker/scheduler.js';

const SIZES = {
  workers: 2,
  maxActors: 4,
  slots: 64,
  heapMiB: 1,
  mailboxCapacity: 8,
  node: 1,
  names: 1,
  timers: 1,
  relations: 2,
  generations: 100,
};
const REAL = new SystemMemory(SIZES);
const { plan } = REAL.region;
const WORD_COUNT = plan.sizeBytes / 4;
const { plain, word } = ActorBlock;
const PAYLOAD = MessageSlot.offset.inline / 4;
const ACTOR = 1;
const LOW = idLow(ACTOR, 0);
const HIGH = SIZES.node << 16;
const BLOCK = plan.sections.actors.word + (ACTOR * ActorBlock.size) / 4;
const HEAP_WORDS = plan.sections.actorHeaps.elementWords;
const FREE = plan.sections.freeActors.word;
const FREE_CAPACITY = indexQueueCapacity(REAL.blockCount);
const SLOTS_EACH = 8;
/** Words that nobody reads. */
const HOLDERS = plan.sections.slotControl.word;
const OWNER = FIRST_WORKER_THREAD;
const OTHER = FIRST_WORKER_THREAD + 1;

/** Slots of a thread's own, in a list that `setup` has linked: none comes back. */
const dealt = (words: Int32Array) => (thread: number): object => {
  const list = Int32Array.of(SlotList.one * SLOTS_EACH + thread * SLOTS_EACH);
  const take = (): number => {
    const slot = (list[0] ?? 0) & SlotList.slotMask;
    list[0] = words[linkOf(slot)] ?? 0;
    return slot;
  };
  return { take, give: () => undefined, places: { list, holders: HOLDERS, taken: 0, free: 0 } };
};

function linkOf(slot: number): number {
  return plan.sections.slots.word + (slot * MessageSlot.size) / 4 + MessageSlot.plain.next;
}

/** What the classes under test use of the system's memory, over other words. */
function memoryOver(words: Int32Array): SystemMemory {
  const free = createIndexQueue(words, { word: FREE, capacity: FREE_CAPACITY });
  return {
    region: { plan, words },
    sizes: SIZES,
    node: SIZES.node,
    mailboxCapacity: SIZES.mailboxCapacity,
    blockCount: 8,
    slots: { count: SIZES.slots, thread: dealt(words) },
    isWorker: (thread: number) => thread >= FIRST_WORKER_THREAD,
    giveActor: (index: number) => free.put(index),
    heapWordOf: (index: number) => plan.sections.actorHeaps.word + index * HEAP_WORDS,
    takeActor(): number {
      const index = free.take();
      if (index === INDEX_NONE) throw new Error('no index is free');
      return index;
    },
  } as unknown as SystemMemory; // its private fields are not reached by what runs here
}

/** An actor of the owner that runs and has no mail. */
function setup(words: Int32Array): void {
  words[BLOCK + word.owner] = OWNER;
  words[BLOCK + word.idLow] = LOW;
  words[BLOCK + word.idHigh] = HIGH;
  words[BLOCK + word.phase] = Phase.running;
  words[BLOCK + word.incarnation] = 1;
  for (let slot = SLOTS_EACH; slot < SIZES.slots; slot++) words[linkOf(slot)] = slot + 1;
}

function send(mail: Mailboxes, value: number, to: IdWords = { low: LOW, high: HIGH }): boolean {
  let slot: number;
  try {
    slot = mail.open(to.low, to.high, 0, 4);
  } catch {
    return false;
  }
  mail.words[mail.slotBase + slot * (MessageSlot.size / 4) + PAYLOAD] = value;
  return mail.send(to.low, slot);
}

/** Sends numbered messages; notes those that were accepted. */
const sender =
  (thread: number, count: number) =>
  (words: Int32Array, { note }: ThreadContext): void => {
    const mail = new Mailboxes(memoryOver(words), thread, String);
    for (let number = 1; number <= count; number++) {
      if (send(mail, thread * 100 + number)) note(thread * 100 + number);
    }
  };

interface Worker {
  readonly thread: ActorThread;
  readonly mail: Mailboxes;
  readonly scheduler: Scheduler;
  /** Sends as generated code does. @throws ActorsError if the mailbox is full */
  readonly tell: (value: number) => void;
}

/** A scheduler whose one behaviour notes what it is sent. */
function workerOver(words: Int32Array, index: number, note: (value: number) => void): Worker {
  const memory = memoryOver(words);
  const mail = new Mailboxes(memory, index, String);
  const programs: unknown[] = [];
  const thread = {
    index,
    words,
    mail,
    memory,
    programs,
    turns: newTurnRecord(),
    programFor: () => 0,
    relations: new Relations({ words, plan, thread: index }, mail.notices),
    asks: { reject: () => undefined },
    waits: { size: 0 },
    references: { isChecked: true },
    letters: { tell: () => undefined, end: () => undefined },
    actorTimers: { forget: () => undefined, rearm: () => undefined, ended: () => undefined },
    finish: (slot: number) => mail.release(slot),
    payloadWord: (slot: number) => mail.slotBase + slot * (MessageSlot.size / 4) + PAYLOAD,
    dropPayload: () => undefined,
    requirePrograms: () => undefined,
    discard: (slot: number) => mail.release(slot),
    open: (low: number, high: number, message: number, bytes: number) =>
      mail.open(low, high, message, bytes),
    send: (low: number, slot: number) => mail.send(low, slot),
  } as unknown as ActorThread; // what an actor without values, asks and arguments needs
  const layout = layoutFields('Noted', { number: i32 }, INLINE_BYTES);
  const handler = (_self: unknown, message: unknown): void =>
    note((message as { readonly number: number }).number);
  const View = viewClass(thread, layout);
  const dispatched = { View, handler, isValue: false, isReply: false, refs: [] };
  programs.push({
    stateLayout: { fields: [], bytes: 0 },
    StateView: undefined,
    stateRefs: [],
    code: {},
    turn: turnFunction(thread, [dispatched], false),
  });
  const tell = fieldsTeller(thread, layout, 0, 'Noted');
  return {
    mail,
    thread,
    tell: (number) => tell(LOW, HIGH, { number }),
    scheduler: new Scheduler({ thread, worker: 0, arenas: [] }, () => undefined),
  };
}

const owner =
  (steps: number, local: number) =>
  (words: Int32Array, { note }: ThreadContext): void => {
    const { mail, scheduler, tell } = workerOver(words, OWNER, note);
    for (let step = 0; step < steps; step++) {
      // Both ways of sending: SENDER-2.
      if (step < local && step % 2 === 0) send(mail, OWNER * 100 + step + 1);
      else if (step < local) tell(OWNER * 100 + step + 1);
      scheduler.step(100);
    }
    // The run queue is empty now; an actor left scheduled would never run again.
    expect(words[BLOCK + plain.scheduled]).toBe(0);
  };

/** Takes the freed index, if there is one, for a new actor of this thread. */
function respawn(thread: ActorThread): boolean {
  const behaviour = {} as AnyBehaviour; // the stand-in program is the only one
  try {
    const placement = { thread: thread.index, isPinned: false };
    return spawnActor(thread, behaviour, undefined, placement).low === NEXT.low;
  } catch {
    return false;
  }
}

/** A second look of the owner, after all threads have stopped. */
function handledLater({ words }: Outcome): number[] {
  const later: number[] = [];
  const { scheduler } = workerOver(words, OWNER, (value) => {
    later.push(value);
  });
  scheduler.step(100);
  return later;
}

const of = (thread: number, values: readonly number[]): number[] =>
  values.filter((value) => Math.floor(value / 100) === thread);

const { readyStack, inbox, handed } = ThreadBlock.word;
/** Words at which there are plain looks, on purpose: MAILBOX-4, RETURN-STACK-6. */
const LOOKED: ReadonlySet<number> = new Set([
  BLOCK + word.remoteStack,
  BLOCK + word.remoteDebt,
  BLOCK + word.owner,
  plan.sections.system.word + SystemBlock.word.reportStack,
  ...[OWNER, OTHER].flatMap((thread) => [readyStack, inbox, handed].map((n) =>
    plan.sections.threads.word + (thread * ThreadBlock.size) / 4 + n)),
]);
const mayRace = (at: number): boolean => LOOKED.has(at);

/** A word that nothing else uses: 1 once the second actor exists. */
const SPAWNED = WORD_COUNT - 1;
const NEXT = { low: idLow(ACTOR, 1), high: HIGH };

/** The same of an actor that ends meanwhile. */
const mayEnd = (at: number): boolean =>
  mayRace(at) || ENDING.includes(at - BLOCK) ||
  (at >= FREE && at < FREE + indexQueueWords(FREE_CAPACITY));
const ENDING: readonly number[] =
  [word.heir, word.idLow, word.idHigh, word.phase, word.signals];

const scenario = (threads: Scenario['threads']): Scenario => ({
  wordCount: WORD_COUNT,
  setup,
  threads,
  mayRace,
  check(outcome) {
    const { notes, words } = outcome;
    const handled = [...(notes.at(-1) ?? []), ...handledLater(outcome)];
    for (const [thread, sent] of [MAIN_THREAD, OTHER].entries()) {
      expect(of(sent, handled)).toEqual(notes[thread].filter((value) => value > 0));
    }
    expect([words[BLOCK + plain.mailboxHead], words[BLOCK + word.remoteStack]]).toEqual([0, 0]);
    const debt = words[BLOCK + plain.localDebt] + words[BLOCK + word.remoteDebt];
    expect(debt).toBe(0);
  },
});

const ACCEPTED = 1_000;

/**
 * The owner hands its actor over while mail comes: so many messages from the main thread, from the
 * giver, from the taker before it has the actor and after. `after` is what the giver still does.
 */
const handOver = (
  { main, giver, taker }: { readonly main: number; readonly giver: number; readonly taker: number },
  after: (worker: Worker) => void = () => undefined,
): Scenario => ({
  wordCount: WORD_COUNT,
  setup(words) {
    setup(words);
    words[BLOCK + plain.scheduled] = 1;
  },
  mayRace,
  threads: [
    sender(MAIN_THREAD, main),
    (words, { note }) => {
      const worker = workerOver(words, OWNER, note);
      worker.tell(OWNER * 100 + 1);
      worker.mail.refill(BLOCK);
      worker.scheduler.stealing.hand(ACTOR, OTHER);
      after(worker);
      for (let sent = OWNER * 100 + 2; sent < OWNER * 100 + 2 + giver; sent++)
        if (send(worker.mail, sent)) note(ACCEPTED + sent);
    },
    (words, { note }) => {
      const { scheduler, mail } = workerOver(words, OTHER, note);
      for (let sent = OTHER * 100 + 1; sent <= OTHER * 100 + taker; sent++) {
        if (send(mail, sent)) note(ACCEPTED + sent);
        scheduler.step(100);
      }
    },
  ],
  check({ words, notes }) {
    const handled = notes[2].filter((value) => value < ACCEPTED);
    const accepted = [...notes[1], ...notes[2]].map((value) => value - ACCEPTED);
    const first = workerOver(words, OTHER, (value) => { handled.push(value); });
    // Entries that came to the giver are forwarded.
    workerOver(words, OWNER, (value) => { handled.push(-value); }).scheduler.step(100);
    first.scheduler.step(100);
    expect(handled.filter((value) => value < 0)).toEqual([]);
    expect(of(MAIN_THREAD, handled)).toEqual(notes[0]);
    expect(of(OWNER, handled)).toEqual([OWNER * 100 + 1, ...of(OWNER, accepted)]);
    expect(of(OTHER, handled)).toEqual(of(OTHER, accepted));
    expect(words[BLOCK + plain.localDebt] + words[BLOCK + word.remoteDebt]).toBe(0);
    expect([words[BLOCK + word.owner], words[BLOCK + word.heir]]).toEqual([OTHER, OTHER]);
  },
});

function takeReports(words: Int32Array, note: (value: number) => void): void {
  const mail = new Mailboxes(memoryOver(words), CONTROL_THREAD, String);
  mail.notices.takeReports((index, bits) => note(index * 10 + bits));
}

describe('mail between threads', { timeout: 60_000 }, () => {
  it('ACTORS-O2, NOTICE-1: two senders and an owner lose nothing and keep each order', () => {
    const { schedules } = explore(
      scenario([sender(MAIN_THREAD, 2), sender(OTHER, 1), owner(3, 0)]),
      { preemptions: 1 },
    );
    expect(schedules).toBeGreaterThan(100);
  });

  it('ACTORS-O2: a sender and an owner that sends to itself', () => {
    const { schedules } = explore(
      scenario([sender(MAIN_THREAD, 2), sender(OTHER, 0), owner(2, 2)]),
      { preemptions: 1 },
    );
    expect(schedules).toBeGreaterThan(100);
  });

  it('ACTORS-O4: what is accepted arrives, and every credit comes back', () => {
    const refused = new Set<number>();
    const tight = scenario([sender(MAIN_THREAD, 4), sender(OTHER, 4), owner(2, 2)]);
    explore(
      {
        ...tight,
        check(outcome) {
          refused.add(8 - outcome.notes[0].length - outcome.notes[1].length);
          tight.check(outcome);
        },
      },
      { preemptions: 1 },
    );
    expect(Math.max(...refused)).toBe(3);
  });

  it('NOTICE-3, SCHEDULER-1, SPAWN-2: the next actor of an index gets its mail only', () => {
    const ends = new Set<string>();
    const { schedules } = explore({
      wordCount: WORD_COUNT,
      setup,
      mayRace: mayEnd,
      threads: [
        (words, { note }) => {
          const mail = new Mailboxes(memoryOver(words), MAIN_THREAD, String);
          send(mail, 101);
          if (Atomics.load(words, SPAWNED) === 1 && send(mail, 901, NEXT)) note(901);
        },
        (words, { note }) => {
          const { scheduler } = workerOver(words, OWNER, note);
          for (let step = 0; step < 2; step++) scheduler.step(100);
        },
        (words, { note }) => {
          const { mail, scheduler, thread } = workerOver(words, OTHER, note);
          mail.notices.signal(LOW, HIGH, Signal.killed);
          if (!respawn(thread)) return;
          Atomics.store(words, SPAWNED, 1);
          scheduler.step(100);
        },
      ],
      check({ words, notes }) {
        const sent = notes[0].join();
        const [, first, later] = notes.map((values) => [...values]);
        const second = workerOver(words, OTHER, (value) => { later.push(value); });
        second.scheduler.step(100);
        workerOver(words, OWNER, (value) => { first.push(value); }).scheduler.step(100);
        ends.add(`${words[SPAWNED]} ${first.join()} ${sent}`);
        expect(later.join()).toBe(sent);
        expect(first.every((value) => value === 101)).toBe(true);
        // MAILBOX-5: nothing waits in the block of an actor that has ended.
        expect(words[BLOCK + word.remoteStack]).toBe(words[SPAWNED] === 1 ? 0 : STACK_CLOSED);
        expect(words[BLOCK + plain.mailboxHead]).toBe(0);
        expect(words[BLOCK + plain.localDebt] + words[BLOCK + word.remoteDebt]).toBe(0);
      },
    }, { preemptions: 2 });
    expect(schedules).toBeGreaterThan(500);
    expect([...ends].toSorted()).toEqual(['0  ', '0 101 ', '1  ', '1  901', '1 101 ']);
  });

  it('ACTORS-O1, STEALING-1: an actor that is handed over keeps its mail and each order', () => {
    const runs = [
      { senders: { main: 1, giver: 0, taker: 1 }, preemptions: 2, atLeast: 1_000 },
      { senders: { main: 0, giver: 1, taker: 1 }, preemptions: 1, atLeast: 100 },
      { senders: { main: 1, giver: 0, taker: 2 }, preemptions: 1, atLeast: 100 },
    ];
    for (const { senders, preemptions, atLeast } of runs) {
      const { schedules } = explore(handOver(senders), { preemptions });
      expect(schedules).toBeGreaterThan(atLeast);
    }
  });

  it('catches a giver that still takes mail after it handed over (against ACTORS-O1)', () => {
    const seeded = handOver({ main: 1, giver: 0, taker: 1 }, ({ mail }) => {
      mail.take(BLOCK);
    });
    expect(() => explore(seeded, { preemptions: 2 })).toThrow(/the check failed|threw/);
  });

  it('NOTICE-4: a thread that sleeps has nothing to do', () => {
    let slept = 0;
    const { schedules } = explore(
      {
        wordCount: WORD_COUNT,
        setup,
        mayRace,
        threads: [
          sender(MAIN_THREAD, 1),
          (words) => {
            const mail = new Mailboxes(memoryOver(words), OTHER, String);
            mail.pushInbox(OWNER, 60);
          },
          (words, { note }) => {
            const { mail, scheduler } = workerOver(words, OWNER, note);
            scheduler.step(100);
            const heap = { trim: () => undefined };
            void new Sleeper({ mail, heap }).sleep(() => !scheduler.idle);
          },
        ],
        check({ words }) {
          const at = plan.sections.threads.word + (OWNER * ThreadBlock.size) / 4;
          const asleep = words[at + ThreadBlock.word.sleeping] === 1;
          slept += asleep ? 1 : 0;
          const work = words[at + ThreadBlock.word.readyStack] + words[at + ThreadBlock.word.inbox];
          expect(asleep && work !== 0).toBe(false);
        },
      },
      { preemptions: 2 },
    );
    expect(slept).toBeGreaterThan(0);
    expect(schedules).toBeGreaterThan(100);
  });

  it('ACTORS-O5: every report reaches the control thread, joined or one by one', () => {
    const seen = new Set<string>();
    explore(
      {
        wordCount: WORD_COUNT,
        mayRace,
        threads: [
          (words) => {
            const { notices } = new Mailboxes(memoryOver(words), OWNER, String);
            notices.report(ACTOR, Report.started);
            notices.report(ACTOR, Report.exited);
            notices.report(2, Report.started);
          },
          (words, { note }) => {
            takeReports(words, note);
            takeReports(words, note);
          },
        ],
        check({ words, notes }) {
          const taken = [...notes[1]];
          takeReports(words, (value) => taken.push(value));
          seen.add(taken.filter((value) => value < 20).join());
          expect(taken.filter((value) => value >= 20)).toEqual([21]);
        },
      },
      { preemptions: 3 },
    );
    expect([...seen].toSorted()).toEqual(['11,12', '13']);
  });

  it.each([true, false])('NOTICE-2, SPAWN-2: a late mark hides no actor (starts: %s)', (starts) => {
    const { schedules } = explore({
      wordCount: WORD_COUNT,
      mayRace,
      threads: [
        (words) => new Mailboxes(memoryOver(words), MAIN_THREAD, String).notices.makeReady(ACTOR),
        (words) => {
          const { notices } = new Mailboxes(memoryOver(words), OTHER, String);
          Atomics.store(words, BLOCK + word.owner, OWNER);
          notices.announce(ACTOR, starts);
        },
      ],
      check({ words }) {
        const { notices } = new Mailboxes(memoryOver(words), OWNER, String);
        expect(notices.takeReady()).toBe(ACTOR);
        expect(notices.nextReady(ACTOR)).toBe(0);
      },
    }, { preemptions: 3 });
    expect(schedules).toBeGreaterThan(5);
  });

  it('catches an owner that looks before it clears the mark (against NOTICE-1)', () => {
    const seeded = scenario([
      sender(MAIN_THREAD, 2),
      sender(OTHER, 0),
      (words, { note }) => {
        const { mail, scheduler } = workerOver(words, OWNER, note);
        mail.notices.clearReady = () => undefined;
        for (let step = 0; step < 2; step++) {
          scheduler.step(100);
          Atomics.store(words, BLOCK + word.ready, 0);
        }
      },
    ]);
    expect(() => explore(seeded, { preemptions: 2 })).toThrow(/the check failed/);
  });
});

import { seededRandom } from '@ganglion/runtime';
import { describe, expect, test, vi } from 'vitest';
import { actor } from './behaviour.js';
import type { ActorRef } from './contract/ref.js';
import { Counter } from './fixtures/counter.js';
import { ref, reply, u32, value } from './kinds.js';
import { ActorBlock, MessageSlot, ThreadBlock } from './layouts.js';
import type { ReplyInDoubt } from './protocol.js';
import type { ActorRefObject } from './ref-object.js';
import { drainInbox, settleInDoubt } from './reply.js';
import { beginReply, replyInDoubt } from './reply-in-doubt.js';
import { steppedSystem } from './testing/index.js';
import type { SteppedSystem } from './testing/index.js';
import { ActorThread } from './thread.js';
import { Scheduler } from './worker/scheduler.js';
import { Succession } from './worker/succession.js';

const Oracle = actor(import.meta.url, 'Oracle', {
  state: { counter: ref<typeof Counter>() },
  messages: { read: reply(u32), find: reply(value<unknown>()) },
  receive: {
    read: (_self, message) => message.reply(7),
    find: (self, message) => message.reply(self.state.counter),
  },
});

const DEATH = { reason: 'crashed', text: 'it was killed' } as const;
const ROOM = 100;

interface Stage extends SteppedSystem {
  readonly near: ActorThread;
  readonly oracle: ActorRef<typeof Oracle>;
  /** What would be in doubt if the near worker had died before, or after, its last reply came. */
  readonly doubts: ReplyInDoubt[];
}

/** @param pushes false: the near worker's replies stay where they are */
function stageOf(pushes: boolean): Stage {
  const stepped = steppedSystem({ behaviours: [Oracle, Counter] });
  const near = stepped.workers[0]?.thread as ActorThread;
  const oracle = stepped.spawn(0, Oracle, { counter: stepped.spawn(0, Counter, { count: 0 }) });
  const doubts: ReplyInDoubt[] = [];
  const { mail } = near;
  const push = mail.pushInbox.bind(mail);
  mail.pushInbox = (thread, slot) => {
    if (pushes) push(thread, slot);
    const doubt = replyInDoubt(stepped.memory, near.index);
    if (doubt !== undefined) doubts.push(doubt);
  };
  return { ...stepped, near, oracle, doubts };
}

function only(doubts: readonly ReplyInDoubt[]): ReplyInDoubt {
  const [first] = doubts;
  if (first === undefined || doubts.length > 1) throw new RangeError(`${doubts.length} doubts`);
  return first;
}

/** Settled values and codes, in order. */
function outcomes(asked: readonly Promise<unknown>[]): unknown[] {
  const settled: unknown[] = [];
  for (const each of asked)
    each.then((result) => settled.push(result), (error: Error) => settled.push(error));
  return settled;
}

function slotsTaken({ slots }: SteppedSystem['memory']): number {
  let taken = 0;
  for (let slot = 1; slot <= slots.count; slot++) if (slots.isTaken(slot)) taken += 1;
  return taken;
}

const soon = (): Promise<void> => Promise.resolve();

describe('a reply whose sender dies', () => {
  test('DOUBT-3: before it is in the inbox, its asker settles it, once', async () => {
    const { main, memory, oracle, doubts, step } = stageOf(false);
    const settled = outcomes([oracle.ask.read()]);
    step(0);
    drainInbox(main);
    await soon();
    expect(settled).toEqual([]);
    for (let times = 0; times < 2; times++) settleInDoubt(main, only(doubts));
    await soon();
    expect([settled, slotsTaken(memory)]).toEqual([[7], 0]);
  });

  test('DOUBT-3: after it is in the inbox, it is settled as it comes', async () => {
    const { main, memory, oracle, doubts, step } = stageOf(true);
    const settled = outcomes([oracle.ask.read()]);
    step(0);
    for (let times = 0; times < 2; times++) settleInDoubt(main, only(doubts));
    await soon();
    drainInbox(main);
    expect([settled, slotsTaken(memory), main.asks.pending]).toEqual([[7], 0, 0]);
  });

  test('DOUBT-3: its slot may be reserved again, and answered by the next life', async () => {
    const { main, memory, near, oracle, doubts, step, settle } = stageOf(true);
    void oracle.ask.read();
    step(0);
    const first = only(doubts);
    drainInbox(main);
    near.words[near.mail.threadBlock + ThreadBlock.word.lives] += 1;
    const settled = outcomes([oracle.ask.read()]);
    expect(memory.slots.isTaken(first.slot)).toBe(true);
    settleInDoubt(main, first);
    const push = near.mail.pushInbox;
    const pending: number[] = [];
    near.mail.pushInbox = (thread, slot) => {
      settleInDoubt(main, first);
      pending.push(slot, main.asks.pending);
      push(thread, slot);
    };
    await settle();
    expect([settled, slotsTaken(memory), pending]).toEqual([[7], 0, [first.slot, 1]]);
  });

  test('DOUBT-3: it is settled once though it waits for an import', async () => {
    const { main, memory, oracle, doubts, step, settle } = stageOf(false);
    delete main.programs[main.directory.indexOf(Counter)];
    const settled = outcomes([oracle.ask.find()]);
    step(0);
    const imports = vi.spyOn(main, 'importProgram');
    for (let times = 0; times < 2; times++) settleInDoubt(main, only(doubts));
    expect([settled.length, imports.mock.calls.length]).toEqual([0, 1]);
    await expect.poll(() => settled.length).toBe(1);
    await settle();
    expect((settled[0] as ActorRef).behaviour).toBe('Counter');
    expect(slotsTaken(memory)).toBe(0);
  });

  test('DOUBT-3: a slot that somebody else holds is not the reply', () => {
    const { main, memory, near, oracle, doubts, step } = stageOf(false);
    outcomes([oracle.ask.read()]);
    step(0);
    const { slot } = only(doubts);
    memory.slots.transfer(slot, near.index);
    settleInDoubt(main, only(doubts));
    memory.slots.transfer(slot, main.index);
    expect(main.asks.pending).toBe(1);
    settleInDoubt(main, only(doubts));
    expect([main.asks.pending, slotsTaken(memory)]).toEqual([0, 0]);
  });

  test('DOUBT-2: a request that is not answered has no reply in doubt', () => {
    const { main, memory, near, oracle } = stageOf(true);
    outcomes([oracle.ask.read()]);
    const block = main.blockOf((oracle as ActorRef as ActorRefObject).low);
    const request = main.words[block + ActorBlock.word.remoteStack] ?? 0;
    beginReply(near, main.mail.slotBase + (request * MessageSlot.size) / 4);
    expect(replyInDoubt(memory, near.index)).toBe(undefined);
  });

  test('DOUBT-4: if the asker dies too, its successor frees the slot, and uses it', async () => {
    const { memory, near, oracle, doubts, step, on, workers, time } = stageOf(false);
    const far = workers[1]?.thread as ActorThread;
    void on(1, oracle).ask.read();
    step(0);
    const doubt = only(doubts);
    expect(doubt.asker).toBe(far.index);
    far.words[far.mail.threadBlock + ThreadBlock.word.lives] += 1;
    const { clock, timers } = time;
    const parts = { memory, index: far.index, clock, timers, random: seededRandom(1) };
    const thread = new ActorThread({ ...parts, askTimeoutMs: 5_000 });
    const scheduler = new Scheduler({ thread, worker: 1, arenas: [] }, () => undefined);
    await new Succession({ thread, scheduler, death: DEATH, pause: soon }).run();
    settleInDoubt(thread, doubt);
    expect(slotsTaken(memory)).toBe(0);
    thread.programFor(Oracle);
    const { low, high } = oracle as ActorRef as ActorRefObject;
    const again = thread.makeRef(low, high).as(Oracle);
    const settled = outcomes(Array.from({ length: ROOM }, () => again.ask.read()));
    expect(memory.slots.isTaken(doubt.slot)).toBe(true);
    settleInDoubt(thread, doubt);
    await soon();
    expect(settled).toEqual([]);
    near.mail.pushInbox = Object.getPrototypeOf(near.mail).pushInbox;
    step(0);
    drainInbox(thread);
    await soon();
    expect(settled).toEqual(Array.from({ length: ROOM }, () => 7));
    expect(slotsTaken(memory)).toBe(0);
  });
});

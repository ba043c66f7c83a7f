/** The kit of mailboxes: ours passes it twice, and each case fails one that breaks its rule. */
import { describe, expect, it } from 'vitest';
import { actor } from './behaviour.js';
import type { ClosableMailbox, MailboxEnds } from './contract/mailbox.js';
import type { ActorsError } from './errors.js';
import { u32 } from './kinds.js';
import { ActorBlock, MessageSlot } from './layouts.js';
import { FIRST_WORKER_THREAD } from './phases.js';
import { nextId } from './spawn.js';
import { mailboxConformance, steppedSystem } from './testing/index.js';
import type { MailboxSubject } from './testing/index.js';

const { word } = ActorBlock;
const PAYLOAD = MessageSlot.offset.inline / 4;
const SLOT_WORDS = MessageSlot.size / 4;

const taken: number[] = [];
const Taker = actor(import.meta.url, 'Taker', {
  state: {},
  messages: { put: { n: u32 } },
  receive: { put: (_self, message) => void taken.push(message.n) },
});

const nobody = (): never => expect.fail('nobody owns the mailbox');

function refused(error: unknown): false {
  const { code } = error as ActorsError;
  if (code === 'ACTORS_MAILBOX_FULL' || code === 'ACTORS_EXITED') return false;
  throw error;
}

/** The block's next actor. */
function renew(words: Int32Array, block: number, index: number): void {
  const { low, high } = nextId(index, words[block + word.idLow], words[block + word.idHigh]);
  words[block + word.idLow] = low;
  words[block + word.idHigh] = high;
}

/** The functions of Mailboxes, on the block of an actor that never runs. */
const functions: MailboxSubject = {
  closes: true,
  create(mailboxCapacity, workers): ClosableMailbox {
    const system = steppedSystem({ behaviours: [Taker], workers, mailboxCapacity });
    const mails = system.workers.map(({ thread }) => thread.mail);
    const { words } = system.main;
    const { id } = system.spawn(0, Taker);
    const block = system.main.blockOf(id.index);
    let owner: number | undefined = 0;
    let heir = 0;
    const mine = () => mails[owner ?? -1] ?? nobody();
    const next = (): number | undefined => {
      const mail = mine();
      const slot = mail.take(block);
      if (slot === 0) return undefined;
      const value = words[mail.slotBase + slot * SLOT_WORDS + PAYLOAD];
      mail.release(slot);
      return value;
    };
    const own = (end: number): void => {
      owner = end;
      words[block + word.owner] = FIRST_WORKER_THREAD + end;
    };
    const disown = (): void => {
      owner = undefined;
      words[block + word.owner] = 0;
    };
    return {
      get owner() {
        return owner;
      },
      send(end, value) {
        const mail = mails[end] ?? expect.fail(`there is no end ${end}`);
        const [low, high] = [words[block + word.idLow], words[block + word.idHigh]];
        try {
          const slot = mail.open(low, high, 0, 4);
          words[mail.slotBase + slot * SLOT_WORDS + PAYLOAD] = value;
          return mail.send(low, slot);
        } catch (error) {
          return refused(error);
        }
      },
      take() {
        mine().lastOf(block);
        return next();
      },
      endTurn: () => mine().returnCredits(block),
      give(to) {
        words[block + word.heir] = FIRST_WORKER_THREAD + to;
        disown();
        heir = to;
      },
      accept() {
        mails[heir]?.refill(block);
        own(heir);
      },
      close() {
        mine().close(block);
        const back: number[] = [];
        for (let value = next(); value !== undefined; value = next()) back.push(value);
        mine().returnCredits(block);
        disown();
        return back;
      },
      reopen(end) {
        renew(words, block, id.index);
        mails[end]?.reopen(block);
        own(end);
      },
    };
  },
};

/** Generated senders and turns, and hand-overs by the workers. */
const generated: MailboxSubject = {
  closes: false,
  create(mailboxCapacity, workers): MailboxEnds {
    const system = steppedSystem({ behaviours: [Taker], workers, mailboxCapacity });
    const ref = system.spawn(0, Taker);
    const { index } = ref.id;
    taken.length = 0;
    let owner: number | undefined = 0;
    let heir = 0;
    return {
      get owner() {
        return owner;
      },
      send(end, value) {
        try {
          system.on(end, ref).tell.put({ n: value });
          return true;
        } catch (error) {
          return refused(error);
        }
      },
      take() {
        // A notice that reached a former owner is passed on to the present one (ACTORS-O3).
        for (const { scheduler } of system.workers) scheduler.step(0);
        system.stepMessage(owner ?? -1);
        return taken.shift();
      },
      // A turn of one message has ended when it was taken.
      endTurn: () => undefined,
      give(to) {
        const from = system.workers[owner ?? -1] ?? nobody();
        from.scheduler.stealing.hand(index, FIRST_WORKER_THREAD + to);
        owner = undefined;
        heir = to;
      },
      accept() {
        system.step(heir, 0);
        owner = heir;
      },
    };
  },
};

describe.each([
  { name: 'Mailboxes', subject: functions },
  { name: 'generated senders and turns', subject: generated },
])('$name', ({ subject }) => {
  const cases = mailboxConformance.filter((one) => one.requires?.(subject) !== false);
  it.each(cases)('$name', (one) => {
    expect(one.run(subject)).toBe(undefined);
  });
});

/** A mailbox as a plain list, with seeded bugs. */
class ListMailbox implements ClosableMailbox {
  readonly capacity: number;
  list: number[] = [];
  owner: number | undefined = 0;
  heir = 0;
  closed = false;

  constructor(capacity: number) {
    this.capacity = capacity;
  }
  send(_end: number, value: number): boolean {
    if (this.closed || this.list.length >= this.capacity) return false;
    this.list.push(value);
    return true;
  }
  take(): number | undefined {
    return this.list.shift();
  }
  endTurn(): void {}
  give(heir: number): void {
    this.owner = undefined;
    this.heir = heir;
  }
  accept(): void {
    this.owner = this.heir;
  }
  close(): readonly number[] {
    this.closed = true;
    this.owner = undefined;
    return this.list.splice(0);
  }
  reopen(owner: number): void {
    this.closed = false;
    this.owner = owner;
  }
}

class Stack extends ListMailbox {
  override take(): number | undefined {
    return this.list.pop();
  }
}
/** What comes while nobody owns it overtakes. */
class Overtakes extends ListMailbox {
  override send(end: number, value: number): boolean {
    if (this.owner !== undefined) return super.send(end, value);
    if (this.list.length >= this.capacity) return false;
    this.list.unshift(value);
    return true;
  }
}
/** What other ends send comes behind what the owner sends before the next turn. */
class TwoLists extends ListMailbox {
  readonly remote: number[] = [];
  override send(end: number, value: number): boolean {
    if (end === this.owner) return super.send(end, value);
    if (this.closed || this.list.length + this.remote.length >= this.capacity) return false;
    this.remote.push(value);
    return true;
  }
  override take(): number | undefined {
    this.list.push(...this.remote.splice(0));
    return super.take();
  }
}
class LosesOnMove extends ListMailbox {
  override accept(): void {
    super.accept();
    if (this.list.length > 5) this.list.shift();
  }
}
class OneTooMany extends ListMailbox {
  override send(end: number, value: number): boolean {
    if (this.list.length !== this.capacity) return super.send(end, value);
    this.list.push(value);
    return true;
  }
}
class Stingy extends ListMailbox {
  override send(end: number, value: number): boolean {
    return end !== this.owner && this.list.length * 4 > this.capacity
      ? false
      : super.send(end, value);
  }
}
/** A credit is lost with every refusal. */
class Leaks extends ListMailbox {
  leaked = 0;
  override send(end: number, value: number): boolean {
    if (this.list.length + this.leaked < this.capacity) return super.send(end, value);
    this.leaked += 1;
    return false;
  }
}
class ForgetsAtClose extends ListMailbox {
  override close(): readonly number[] {
    return super.close().slice(1);
  }
}
class StaysOpen extends ListMailbox {
  override close(): readonly number[] {
    const back = super.close();
    this.closed = false;
    return back;
  }
}
class KeepsOldMail extends ListMailbox {
  override close(): readonly number[] {
    const back = [...this.list];
    super.close();
    this.list = [...back];
    return back;
  }
}

const subjectOf = (Kind: new (capacity: number) => ListMailbox): MailboxSubject => ({
  closes: true,
  create: (capacity) => new Kind(capacity),
});

function failuresOf(subject: MailboxSubject): string[] {
  const failures: string[] = [];
  for (const one of mailboxConformance) {
    try {
      void one.run(subject);
    } catch {
      failures.push(one.name);
    }
  }
  return failures;
}

it('a plain list passes', () => {
  expect(failuresOf(subjectOf(ListMailbox))).toEqual([]);
});

it.each([
  { bug: Stack, rule: 'MAIL-1: a sender' },
  { bug: TwoLists, rule: 'MAIL-1: a sender' },
  { bug: Overtakes, rule: 'MAIL-1: what end 2 sends' },
  { bug: LosesOnMove, rule: 'MAIL-1, -2, -3:' },
  { bug: OneTooMany, rule: 'MAIL-2: the owner alone' },
  { bug: Stingy, rule: 'MAIL-2: another end' },
  { bug: Leaks, rule: 'MAIL-2: a heir' },
  { bug: ForgetsAtClose, rule: 'MAIL-3, -4' },
  { bug: StaysOpen, rule: 'MAIL-3, -4' },
  { bug: KeepsOldMail, rule: 'MAIL-4: opened' },
])('the seeded bug $bug.name breaks $rule', ({ bug, rule }) => {
  expect(failuresOf(subjectOf(bug))).toContainEqual(expect.stringContaining(rule));
});

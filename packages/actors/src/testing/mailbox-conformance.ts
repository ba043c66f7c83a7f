/**
 * The rules of contract/mailbox.ts as cases that any test runner can run. What threads do to each
 * other at the same time is shown by the implementation's own explorations.
 */
import assert from 'node:assert/strict';
import { seededRandom } from '@ganglion/runtime';
import type { ConformanceCase } from '@ganglion/runtime/testing';
import type { ClosableMailbox, MailboxEnds } from '../contract/mailbox.js';

/** What the kit is given. */
export interface MailboxSubject {
  /** An empty mailbox that end 0 owns; ends are counted from 0. */
  create(capacity: number, ends: number): MailboxEnds;
  /** True if `create` makes a ClosableMailbox. */
  readonly closes: boolean;
}

const CAPACITY = 16;
const ENDS = 3;
const CALLS = 4_000;
function open({ create }: MailboxSubject): MailboxEnds {
  return create(CAPACITY, ENDS);
}

function isClosable(mailbox: MailboxEnds): mailbox is ClosableMailbox {
  return 'close' in mailbox && 'reopen' in mailbox;
}

function closable(subject: MailboxSubject): ClosableMailbox {
  const mailbox = open(subject);
  assert.ok(isClosable(mailbox), 'a subject that closes has both methods');
  return mailbox;
}

/** What is known of a mailbox from outside. The sender is one, and goes from end to end. */
class Account {
  readonly #mailbox: MailboxEnds;
  /** Sent and not taken, in order. */
  readonly #waiting: number[] = [];
  #sent = 0;
  refused = 0;

  constructor(mailbox: MailboxEnds) {
    this.#mailbox = mailbox;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  send(end: number): boolean {
    const { owner } = this.#mailbox;
    if (!this.#mailbox.send(end, this.#sent)) {
      const most = end === owner ? CAPACITY : CAPACITY / 2;
      const told = `end ${end} is refused while ${this.waiting} wait`;
      assert.ok(this.waiting >= most, `${told}, before there are ${most}`);
      this.refused += 1;
      return false;
    }
    this.#waiting.push(this.#sent);
    this.#sent += 1;
    assert.ok(this.waiting <= CAPACITY, `${this.waiting} wait, at most ${CAPACITY} may`);
    return true;
  }

  take(): void {
    this.check(this.#mailbox.take());
  }

  /** A message came out, or came back; or nothing did. */
  check(value: number | undefined): void {
    assert.equal(value, this.#waiting.shift(), 'messages come in the order of their sending');
  }

  drain(): void {
    for (let rest = this.waiting; rest > 0; rest--) this.take();
    assert.equal(this.#mailbox.take(), undefined, 'nothing waits that was not sent');
  }
}

function randomCalls(subject: MailboxSubject, seed: number): void {
  const random = seededRandom(seed);
  const mailbox = open(subject);
  const account = new Account(mailbox);
  for (let call = 0; call < CALLS; call++) {
    // Now one of the two gets the better of the other, now the other.
    const sends = (call >> 6) % 2 === 0 ? 7 : 3;
    const choice = random.below(10);
    if (choice < sends) account.send(random.below(ENDS));
    else if (mailbox.owner === undefined) mailbox.accept();
    else if (random.below(8) === 0) mailbox.give((mailbox.owner + 1 + random.below(2)) % ENDS);
    else if (random.below(4) === 0) mailbox.endTurn();
    else account.take();
  }
  assert.ok(account.refused > 0, 'the calls filled the mailbox');
  if (mailbox.owner === undefined) mailbox.accept();
  account.drain();
}

/** How many messages an end gets in until it is refused. */
function fill(account: Account, end: number): number {
  let accepted = 0;
  while (account.send(end)) accepted += 1;
  return accepted;
}

/** Cases of MAIL-1 to MAIL-4. */
export const mailboxConformance: readonly ConformanceCase<MailboxSubject>[] = Object.freeze([
  ...[1, 2, 3].map((seed) => ({
    name: `MAIL-1, -2, -3: ${CALLS} random calls of three ends keep the account, seed ${seed}`,
    run: (subject: MailboxSubject): void => randomCalls(subject, seed),
  })),
  {
    name: 'MAIL-1: a sender that goes from end to end keeps its order',
    run(subject) {
      const mailbox = open(subject);
      const account = new Account(mailbox);
      for (const end of [1, 0, 2, 1, 0, 0, 1]) account.send(end);
      account.drain();
    },
  },
  ...[0, 1, 2].map((end) => ({
    name: `MAIL-1: what end ${end} sends before, during and after a move from 0 to 1 is in order`,
    run(subject: MailboxSubject): void {
      const mailbox = open(subject);
      const account = new Account(mailbox);
      for (let n = 0; n < 2; n++) account.send(end);
      mailbox.give(1);
      assert.equal(mailbox.owner, undefined);
      for (let n = 0; n < 2; n++) account.send(end);
      mailbox.accept();
      assert.equal(mailbox.owner, 1);
      for (let n = 0; n < 2; n++) account.send(end);
      assert.equal(account.waiting, 6);
      account.drain();
    },
  })),
  {
    name: 'MAIL-2: the owner alone can fill it, again and again',
    run(subject) {
      const mailbox = open(subject);
      for (let round = 0; round < 5; round++) {
        const account = new Account(mailbox);
        assert.equal(fill(account, 0), CAPACITY);
        account.drain();
        mailbox.endTurn();
      }
    },
  },
  {
    name: 'MAIL-2: another end leaves room for the owner at most, again and again',
    run(subject) {
      const mailbox = open(subject);
      const room: number[] = [];
      for (let round = 0; round < 5; round++) {
        const account = new Account(mailbox);
        room.push(fill(account, 1));
        assert.equal((room.at(-1) ?? 0) + fill(account, 0), CAPACITY);
        account.drain();
        mailbox.endTurn();
      }
      assert.equal(new Set(room).size, 1, `there is the same room each time: ${room.join(', ')}`);
    },
  },
  {
    name: 'MAIL-2: a heir has the room that the giver had',
    run(subject) {
      const mailbox = open(subject);
      for (let owner = 0; owner < 2 * ENDS; owner++) {
        const account = new Account(mailbox);
        assert.equal(fill(account, owner % ENDS), CAPACITY);
        mailbox.give((owner + 1) % ENDS);
        mailbox.accept();
        account.drain();
        mailbox.endTurn();
      }
    },
  },
  {
    name: 'MAIL-3, -4: closed, it gives back what waits, and refuses everybody',
    requires: ({ closes }) => closes,
    run(subject) {
      const mailbox = closable(subject);
      const account = new Account(mailbox);
      for (const end of [0, 1, 2, 1, 0]) account.send(end);
      account.take();
      const back = mailbox.close();
      assert.equal(back.length, account.waiting);
      for (const value of back) account.check(value);
      for (let end = 0; end < ENDS; end++) assert.equal(mailbox.send(end, 7), false);
      assert.equal(mailbox.owner, undefined);
    },
  },
  {
    name: 'MAIL-4: opened again, it is empty and has its whole room',
    requires: ({ closes }) => closes,
    run(subject) {
      const mailbox = closable(subject);
      const before = new Account(mailbox);
      fill(before, 1);
      fill(before, 0);
      mailbox.close();
      mailbox.reopen(2);
      assert.equal(mailbox.owner, 2);
      const account = new Account(mailbox);
      assert.equal(mailbox.take(), undefined);
      assert.equal(fill(account, 2), CAPACITY);
      account.drain();
    },
  },
]);

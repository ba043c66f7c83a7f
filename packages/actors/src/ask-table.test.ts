import { virtualTime } from '@ganglion/runtime/testing';
import type { VirtualTime } from '@ganglion/runtime/testing';
import { describe, expect, test } from 'vitest';
import { AskTable } from './ask-table.js';
import { ActorsError } from './errors.js';

interface Asked {
  readonly ticket: number;
  readonly outcome: unknown[];
}

type Table = AskTable<string>;

function enter(table: Table, timeoutMs: number): Asked {
  const outcome: unknown[] = [];
  const ticket = table.enter(
    1,
    'count',
    timeoutMs,
    (result) => outcome.push(result),
    (error) => outcome.push(error.code),
  );
  return { ticket, outcome };
}

function tableOf(capacity = 8): { time: VirtualTime; table: Table } {
  const time = virtualTime();
  const questions = {
    subject: (question: string, low: number) => `Counter#${low}, asked for ${question},`,
    decode: (_question: string, slot: number) => slot * 2,
  };
  return { time, table: new AskTable(time.clock, time.timers, questions, { capacity }) };
}

describe('AskTable', () => {
  test('ASK-1: a reply settles once', () => {
    const { table } = tableOf();
    const { ticket, outcome } = enter(table, 100);
    table.resolveWith(ticket, table.decode(ticket, 21));
    table.resolveWith(ticket, 0);
    table.reject(ticket, () => new ActorsError('ACTORS_EXITED', ''));
    expect(outcome).toEqual([42]);
    expect(table.pending).toBe(0);
  });

  test('ASK-1: a deadline settles, not before it, and the timer goes with the last ask', () => {
    const { time, table } = tableOf();
    const slow = enter(table, 1_000);
    const fast = enter(table, 10);
    const same = enter(table, 10);
    time.advance(9);
    expect(fast.outcome).toEqual([]);
    time.advance(2);
    expect([fast.outcome, same.outcome, slow.outcome]).toEqual([
      ['ACTORS_ASK_TIMEOUT'],
      ['ACTORS_ASK_TIMEOUT'],
      [],
    ]);
    time.advance(1_000);
    expect(slow.outcome).toEqual(['ACTORS_ASK_TIMEOUT']);
    expect(time.pending).toBe(0);
  });

  test('ASK-3: the middle of a line can go first', () => {
    const { time, table } = tableOf();
    const asked = [enter(table, 10), enter(table, 10), enter(table, 10)];
    table.resolveWith(asked[1]?.ticket ?? -1, 'middle');
    time.advance(11);
    expect(asked.map(({ outcome }) => outcome)).toEqual([
      ['ACTORS_ASK_TIMEOUT'],
      ['middle'],
      ['ACTORS_ASK_TIMEOUT'],
    ]);
  });

  test('ASK-2: a late reply meets no other ask', () => {
    const { table } = tableOf(10);
    const first = enter(table, 100);
    table.resolveWith(first.ticket, 1);
    let wrong = 0;
    for (let n = 0; n < 200_000; n++) {
      const next = enter(table, 100);
      table.resolveWith(first.ticket, 'late');
      table.resolveWith(next.ticket, n);
      if (next.outcome[0] !== n) wrong += 1;
    }
    expect([first.outcome, wrong, table.pending]).toEqual([[1], 0, 0]);
  });

  test('ASK-4: tickets hold while the table grows, whatever settles in between', () => {
    const { table } = tableOf(4_000);
    const asked: Asked[] = [];
    for (let n = 0; n < 4_000; n++) {
      asked.push(enter(table, 10 + (n % 100)));
      if (n % 3 === 0) table.resolveWith(asked[n >> 1]?.ticket ?? -1, `early ${n >> 1}`);
    }
    for (const [n, { ticket }] of asked.entries()) table.resolveWith(ticket, n);
    const wrong = asked.filter(({ outcome }, n) =>
      outcome.length !== 1 || (outcome[0] !== n && outcome[0] !== `early ${n}`));
    expect([wrong, table.pending]).toEqual([[], 0]);
  });

  test('ACTORS_ASK_LIMIT: names the limit', () => {
    const { table } = tableOf(2);
    enter(table, 100);
    const { ticket } = enter(table, 100);
    expect(() => enter(table, 100)).toThrow(expect.objectContaining({ code: 'ACTORS_ASK_LIMIT' }));
    table.withdraw(ticket);
    enter(table, 100);
  });

  test.each([0, -1, Number.NaN, Infinity])('ACTORS_OPTION_INVALID: timeoutMs %d', (timeoutMs) => {
    const { table } = tableOf();
    expect(() => enter(table, timeoutMs)).toThrow(`timeoutMs is ${timeoutMs}`);
    expect(table.pending).toBe(0);
  });

  test('failAll settles everything and refuses more', () => {
    const { time, table } = tableOf();
    const { outcome } = enter(table, 100);
    table.failAll(() => new ActorsError('ACTORS_SYSTEM_STOPPED', 'stopped'));
    expect(outcome).toEqual(['ACTORS_SYSTEM_STOPPED']);
    expect(() => enter(table, 1)).toThrow('stopped');
    expect(time.pending).toBe(0);
  });
});

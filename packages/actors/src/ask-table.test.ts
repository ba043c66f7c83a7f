import { virtualTime } from '@ganglion/runtime/testing';
import type { VirtualTime } from '@ganglion/runtime/testing';
import { describe, expect, test } from 'vitest';
import { AskTable } from './ask-table.js';
import { ActorsError } from './errors.js';

interface Asked {
  readonly ticket: number;
  readonly outcome: unknown[];
}

function enter(table: AskTable, timeoutMs: number): Asked {
  const outcome: unknown[] = [];
  const ticket = table.enter({
    resolve: (result) => outcome.push(result),
    reject: (error) => outcome.push(error.code),
    subject: () => 'Counter#1',
    timeoutMs,
    decode: (slot) => slot * 2,
  });
  return { ticket, outcome };
}

function tableOf(capacity = 8): { time: VirtualTime; table: AskTable } {
  const time = virtualTime();
  return { time, table: new AskTable(time.clock, time.timers, capacity) };
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

  test('ASK-2: a late reply does not meet the next ask of its entry', () => {
    const { table } = tableOf(1);
    const first = enter(table, 100);
    table.resolveWith(first.ticket, 1);
    const second = enter(table, 100);
    table.resolveWith(first.ticket, 'late');
    expect(second.outcome).toEqual([]);
    table.resolveWith(second.ticket, 2);
    expect(second.outcome).toEqual([2]);
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

import { expect, test } from 'vitest';
import { AHEAD_MAX, RunQueue } from './run-queue.js';

function drain(queue: RunQueue): number[] {
  const entries: number[] = [];
  for (let index = queue.pop(); index !== 0; index = queue.pop()) entries.push(index);
  return entries;
}

test('first in, first out; the last can be taken from the tail', () => {
  const queue = new RunQueue(8);
  for (const index of [1, 2, 3, 4]) queue.push(index);
  expect([queue.popLast(), queue.size]).toEqual([4, 3]);
  expect(drain(queue)).toEqual([1, 2, 3]);
  expect([queue.popLast(), queue.pop(), queue.size]).toEqual([0, 0, 0]);
});

test('RUN-QUEUE-1: what is pushed first runs next, the last such before the others', () => {
  const queue = new RunQueue(8);
  queue.push(1);
  queue.push(2);
  queue.pushFirst(3);
  queue.pushFirst(4);
  queue.push(5);
  expect(drain(queue)).toEqual([4, 3, 1, 2, 5]);
});

test('RUN-QUEUE-1: after every 64 that were pushed first, the others that wait run once', () => {
  const queue = new RunQueue(512);
  for (const index of [1, 2, 3]) queue.push(index);
  const ran: number[] = [];
  queue.pushFirst(1_000);
  for (let next = 1_001; ran.length < 2 * AHEAD_MAX + 6; next++) {
    const index = queue.pop();
    ran.push(index);
    if (index < 1_000) queue.push(index);
    queue.pushFirst(next);
  }
  const row = Array.from({ length: AHEAD_MAX }, () => 0);
  expect(ran.map((index) => (index < 1_000 ? index : 0))).toEqual([
    ...row, 1, 2, 3, ...row, 1, 2, 3,
  ]);
});

test('RUN-QUEUE-1: those pushed first go on when the others were taken meanwhile', () => {
  const queue = new RunQueue(128);
  for (const index of [1, 2]) queue.push(index);
  for (let index = 10; index < 10 + AHEAD_MAX + 2; index++) queue.pushFirst(index);
  for (let ran = 0; ran < AHEAD_MAX; ran++) queue.pop();
  expect([queue.pop(), queue.popLast(), queue.size]).toEqual([1, 2, 2]);
  queue.push(3);
  expect(drain(queue)).toEqual([3, 11, 10]);
});

test('RUN-QUEUE-1: the tail can be taken from those pushed first', () => {
  const queue = new RunQueue(16);
  for (const index of [1, 2]) queue.push(index);
  for (const index of [3, 4, 5]) queue.pushFirst(index);
  const last = [queue.popLast(), queue.popLast(), queue.popLast()];
  queue.push(6);
  expect([last, drain(queue)]).toEqual([[2, 1, 3], [5, 4, 6]]);
});

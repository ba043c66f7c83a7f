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

test('RUN-QUEUE-1: one of the others runs after every 64 that were pushed first', () => {
  const queue = new RunQueue(512);
  for (const index of [1, 2, 3]) queue.push(index);
  const ran: number[] = [];
  queue.pushFirst(1_000);
  for (let next = 1_001; ran.length < 3 * (AHEAD_MAX + 1); next++) {
    ran.push(queue.pop());
    queue.pushFirst(next);
  }
  expect(ran.flatMap((index, at) => (index < 1_000 ? [at] : []))).toEqual([
    AHEAD_MAX, 2 * AHEAD_MAX + 1, 3 * AHEAD_MAX + 2,
  ]);
  expect(ran.filter((index) => index < 1_000)).toEqual([1, 2, 3]);
});

test('RUN-QUEUE-1: the tail can be taken from those pushed first', () => {
  const queue = new RunQueue(16);
  for (const index of [1, 2]) queue.push(index);
  for (const index of [3, 4, 5]) queue.pushFirst(index);
  const last = [queue.popLast(), queue.popLast(), queue.popLast()];
  queue.push(6);
  expect([last, drain(queue)]).toEqual([[2, 1, 3], [5, 4, 6]]);
});

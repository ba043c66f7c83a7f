/**
 * The rules of `BoundedQueue` (contract.ts) as cases that any test runner can run against any
 * implementation. What threads do to each other at the same time is shown by the implementation's
 * own explorations.
 */
import assert from 'node:assert/strict';
import { seededRandom } from '@ganglion/runtime';
import type { ConformanceCase } from '@ganglion/runtime/testing';
import type { BoundedQueue, QueueConsumer, QueueProducer } from '../contract.js';
import { QUEUE_NONE } from '../contract.js';

/** What a case asks for. */
export interface QueueShape {
  readonly capacity: number;
  readonly recordWords: number;
  readonly producers: number;
  readonly consumers: number;
}

/** A fresh queue and the words that it lies in. */
export interface SubjectQueue {
  readonly words: Int32Array;
  readonly queue: BoundedQueue;
}

/** What the kit is given. */
export interface QueueSubject {
  readonly capabilities: { readonly producers: boolean; readonly consumers: boolean };
  /** An empty queue of this shape; many producers or consumers only where the subject can. */
  create(shape: QueueShape): SubjectQueue;
}

const CAPACITY = 4;
const RECORD_WORDS = 3;

interface Ends {
  readonly words: Int32Array;
  readonly queue: BoundedQueue;
  readonly producers: QueueProducer[];
  readonly consumers: QueueConsumer[];
}

function open({ create, capabilities }: QueueSubject): Ends {
  const producers = capabilities.producers ? 3 : 1;
  const consumers = capabilities.consumers ? 3 : 1;
  const shape = { capacity: CAPACITY, recordWords: RECORD_WORDS, producers, consumers };
  const { words, queue } = create(shape);
  return {
    words, queue,
    producers: Array.from({ length: producers }, (_, index) => queue.producer(index)),
    consumers: Array.from({ length: consumers }, (_, index) => queue.consumer(index)),
  };
}

function fill(words: Int32Array, record: number, value: number): void {
  for (let word = 0; word < RECORD_WORDS; word++) words[record + word] = value + word;
}

function valueOf(words: Int32Array, record: number): number {
  for (let word = 1; word < RECORD_WORDS; word++) {
    assert.equal(words[record + word], words[record] + word, 'a record is whole');
  }
  return words[record];
}

function put({ words }: Ends, producer: QueueProducer, value: number): boolean {
  const record = producer.reserve();
  if (record === QUEUE_NONE) return false;
  fill(words, record, value);
  return producer.commit();
}

function take({ words }: Ends, consumer: QueueConsumer): number {
  const record = consumer.peek();
  if (record === QUEUE_NONE) return QUEUE_NONE;
  const value = valueOf(words, record);
  consumer.release();
  return value;
}

/** Random calls of all ends against a plain list; now and then an end has a successor. */
function randomCalls(subject: QueueSubject, seed: number): void {
  const random = seededRandom(seed);
  const ends = open(subject);
  const { words, queue, producers, consumers } = ends;
  const unread: (number | undefined)[] = consumers.map(() => undefined);
  const queued: number[] = [];
  let refused = 0;
  for (let turn = 0; turn < 3_000; turn++) {
    const p = random.below(producers.length);
    const c = random.below(consumers.length);
    if (random.below(20) === 0) producers[p] = queue.producer(p);
    if (random.below(20) === 0) consumers[c] = queue.consumer(c);
    if (random.below(2) === 0) {
      const room = queued.length + heldBack(subject, unread) < CAPACITY;
      assert.equal(put(ends, producers[p], 10 * turn), room, 'a put succeeds where there is room');
      if (room) queued.push(10 * turn);
      else refused += 1;
      continue;
    }
    const record = consumers[c].peek();
    const expected = unread[c] ?? queued.shift();
    unread[c] = expected;
    assert.equal(record === QUEUE_NONE ? undefined : valueOf(words, record), expected);
    if (expected === undefined || random.below(3) === 0) continue;
    consumers[c].release();
    unread[c] = undefined;
  }
  assert.ok(refused > 0, 'the calls filled the queue');
}

/** Records that are peeked and, in a queue that lends them from the ring, take up room. */
function heldBack({ capabilities }: QueueSubject, unread: readonly unknown[]): number {
  const lends = !capabilities.producers && !capabilities.consumers;
  return lends ? unread.filter((value) => value !== undefined).length : 0;
}

/** Cases of QUEUE-1 to QUEUE-4. */
export const queueConformance: readonly ConformanceCase<QueueSubject>[] = Object.freeze([
  ...[1, 2, 3].map((seed) => ({
    name: `QUEUE-1, -2, -3: 3,000 random calls keep to a list, seed ${seed}`,
    run: (subject: QueueSubject): void => randomCalls(subject, seed),
  })),
  {
    name: 'QUEUE-1: passes records in order, over many rounds',
    run(subject) {
      const ends = open(subject);
      const [producer] = ends.producers;
      const [consumer] = ends.consumers;
      for (let value = 10; value < 1_000; value += 10) {
        assert.deepEqual([put(ends, producer, value), put(ends, producer, value + 5)],
          [true, true]);
        assert.deepEqual([take(ends, consumer), take(ends, consumer)], [value, value + 5]);
      }
    },
  },
  {
    name: 'QUEUE-2: is empty at first, full at its capacity, and counts',
    run(subject) {
      const ends = open(subject);
      const [producer] = ends.producers;
      assert.equal(take(ends, ends.consumers[0]), QUEUE_NONE);
      const accepted = [1, 2, 3, 4, 5].map((value) => put(ends, producer, value));
      assert.deepEqual(accepted, [true, true, true, true, false]);
      assert.equal(ends.queue.count(), CAPACITY);
      assert.equal(take(ends, ends.consumers[0]), 1);
      assert.equal(put(ends, producer, 5), true);
      const [consumer] = ends.consumers;
      assert.deepEqual([1, 2, 3, 4, 5].map(() => take(ends, consumer)), [2, 3, 4, 5, QUEUE_NONE]);
      assert.equal(ends.queue.count(), 0);
    },
  },
  {
    name: 'QUEUE-2: a commit that comes too late is false and may be tried again',
    requires: ({ capabilities }) => capabilities.producers,
    run(subject) {
      const ends = open(subject);
      const [late, other] = ends.producers;
      const record = late.reserve();
      fill(ends.words, record, 50);
      for (let value = 1; value <= CAPACITY; value++) put(ends, other, value);
      assert.equal(late.commit(), false);
      take(ends, ends.consumers[0]);
      assert.equal(late.commit(), true);
      const values = [1, 2, 3, 4].map(() => take(ends, ends.consumers[0]));
      assert.deepEqual(values, [2, 3, 4, 50]);
    },
  },
  {
    name: 'QUEUE-3: the record that was reserved or peeked stays the same',
    run(subject) {
      const { words, producers: [producer], consumers: [consumer] } = open(subject);
      const record = producer.reserve();
      assert.equal(producer.reserve(), record);
      fill(words, record, 10);
      producer.commit();
      assert.equal(consumer.peek(), consumer.peek());
    },
  },
  {
    name: 'QUEUE-3: a successor of an end goes on where it stopped',
    run(subject) {
      const ends = open(subject);
      const { words, queue } = ends;
      put(ends, ends.producers[0], 10);
      const dead = queue.producer(0);
      fill(words, dead.reserve(), 20);
      const heir = queue.producer(0);
      put(ends, heir, 30);
      const record = queue.consumer(0).peek();
      assert.equal(valueOf(words, record), 10);
      const consumer = queue.consumer(0);
      assert.deepEqual([1, 2, 3].map(() => take(ends, consumer)), [10, 30, QUEUE_NONE]);
    },
  },
  {
    name: 'QUEUE-4: an index outside the ends throws MEMORY_LIMIT',
    run(subject) {
      const { queue } = open(subject);
      const limit = { name: 'MemoryError', code: 'MEMORY_LIMIT' };
      assert.throws(() => queue.producer(queue.producers), limit);
      assert.throws(() => queue.consumer(queue.consumers), limit);
      assert.throws(() => queue.producer(-1), limit);
    },
  },
]);

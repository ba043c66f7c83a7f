import { describe, expect, it } from 'vitest';
import { createBoundedQueue, boundedQueueWords } from './bounded-queue.js';
import { QUEUE_NONE } from './contract.js';
import type { QueueConsumer, QueueProducer } from './contract.js';
import { explore, withoutWrites } from './testing/index.js';
import type { Scenario, ThreadContext } from './testing/index.js';

const OPTIONS = { capacity: 2, recordWords: 3 };
const WORDS = boundedQueueWords(OPTIONS);
const RECORDS = 32;

function send(words: Int32Array, producer: QueueProducer, value: number): boolean {
  const record = producer.reserve();
  if (record === QUEUE_NONE) return false;
  for (let word = 0; word < OPTIONS.recordWords; word++) words[record + word] = value + word;
  return producer.commit();
}

function receive(words: Int32Array, consumer: QueueConsumer): number | undefined {
  const record = consumer.peek();
  if (record === QUEUE_NONE) return undefined;
  const value = words[record];
  expect([words[record + 1], words[record + 2]]).toEqual([value + 1, value + 2]);
  consumer.release();
  return value;
}

type Program = (words: Int32Array, context: ThreadContext) => void;

const producer: Program = (words, { note }) => {
  const end = createBoundedQueue(words, OPTIONS).producer(0);
  for (let value = 1; value <= 4; value++) if (send(words, end, value)) note(value);
};

const consumer: Program = (words, { note }) => {
  const end = createBoundedQueue(words, OPTIONS).consumer(0);
  for (let turn = 0; turn < 4; turn++) note(receive(words, end) ?? 0);
};

const scenario = (put: Program, take: Program): Scenario => ({
  wordCount: WORDS,
  threads: [put, take],
  // SPSC-QUEUE-2: the first look at the other's word is plain.
  mayRace: (word) => word < RECORDS,
  check({ words, notes, died }) {
    const got = notes[1].filter((value) => value !== 0);
    const rest: number[] = [];
    const heir = createBoundedQueue(words, OPTIONS).consumer(0);
    for (let value = receive(words, heir); value; value = receive(words, heir)) rest.push(value);
    // A consumer that died had perhaps released a record and not noted it.
    const seen = died[1] ? notes[0] : [...got, ...rest].slice(0, notes[0].length);
    expect(seen).toEqual(notes[0]);
  },
});

const hasty: Program = (words, { note }) => {
  const tail = 16;
  if (words[tail] > 0) note(words[RECORDS]);
};
const careless: Program = (words, context) =>
  producer(withoutWrites(words, (word) => word === RECORDS + 2), context);

describe('an spsc queue under every interleaving (ACTORS-P1)', { timeout: 60_000 }, () => {
  it('QUEUE-1, -3, SPSC-QUEUE-1, -2, -3: keeps order, whoever dies', () => {
    const { schedules } = explore(scenario(producer, consumer), { preemptions: 2, deaths: 1 });
    expect(schedules).toBeGreaterThan(1_000);
  });

  it('catches a consumer that reads records on the word of the plain look (SPSC-QUEUE-2)', () => {
    expect(() => explore(scenario(producer, hasty))).toThrow(/threads 0 and 1 race for word 32/);
  });

  it('catches a record whose last word is not written', () => {
    expect(() => explore(scenario(careless, consumer))).toThrow(/expected \[ 2, \+0 \]/);
  });
});

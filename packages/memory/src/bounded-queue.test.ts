import { describe, expect, it } from 'vitest';
import {
  boundedQueueWords, createQueueConsumer, createQueueProducer, QUEUE_NONE,
} from './bounded-queue.js';
import type { QueueConsumer, QueueProducer } from './bounded-queue.js';
import { explore } from './testing/index.js';

const LAYOUT = { word: 0, capacity: 2, recordWords: 3 };
const WORDS = boundedQueueWords(LAYOUT);

function send(words: Int32Array, producer: QueueProducer, value: number): boolean {
  const record = producer.reserve();
  if (record === QUEUE_NONE) return false;
  for (let word = 0; word < LAYOUT.recordWords; word++) words[record + word] = value + word;
  producer.commit();
  return true;
}

function receive(words: Int32Array, consumer: QueueConsumer): number | undefined {
  const record = consumer.peek();
  if (record === QUEUE_NONE) return undefined;
  const value = words[record];
  expect([words[record + 1], words[record + 2]]).toEqual([value + 1, value + 2]);
  consumer.release();
  return value;
}

describe('a bounded queue', () => {
  it('BOUNDED-QUEUE-1: passes records in order, over many rounds', () => {
    const words = new Int32Array(WORDS);
    const [producer, consumer] = [
      createQueueProducer(words, LAYOUT), createQueueConsumer(words, LAYOUT),
    ];
    for (let value = 10; value < 100; value += 10) {
      expect(send(words, producer, value)).toBe(true);
      expect(send(words, producer, value + 5)).toBe(true);
      expect(receive(words, consumer)).toBe(value);
      expect(receive(words, consumer)).toBe(value + 5);
    }
  });

  it('BOUNDED-QUEUE-3: is full at its capacity and empty at first', () => {
    const words = new Int32Array(WORDS);
    const [producer, consumer] = [
      createQueueProducer(words, LAYOUT), createQueueConsumer(words, LAYOUT),
    ];
    expect(receive(words, consumer)).toBe(undefined);
    expect([1, 2, 3].map((value) => send(words, producer, value))).toEqual([true, true, false]);
    expect(receive(words, consumer)).toBe(1);
    expect(send(words, producer, 3)).toBe(true);
  });

  it('BOUNDED-QUEUE-4: a new end goes on where the last one stopped', () => {
    const words = new Int32Array(WORDS);
    send(words, createQueueProducer(words, LAYOUT), 1);
    createQueueProducer(words, LAYOUT).reserve();
    send(words, createQueueProducer(words, LAYOUT), 2);
    createQueueConsumer(words, LAYOUT).peek();
    const consumer = createQueueConsumer(words, LAYOUT);
    expect([receive(words, consumer), receive(words, consumer)]).toEqual([1, 2]);
  });

  it.each([
    [{ capacity: 3, recordWords: 1 }, "a bounded queue's capacity is 3, must be a power of two"],
    [{ capacity: 2, recordWords: 0 }, "a bounded queue's recordWords is 0, must be an integer"],
  ])('refuses %o', (layout, message) => {
    const make = (): unknown => createQueueProducer(new Int32Array(64), { word: 0, ...layout });
    expect(make).toThrow(expect.objectContaining({ code: 'MEMORY_OPTION_INVALID' }));
    expect(make).toThrow(message);
  });

  it('BOUNDED-QUEUE-1, -2: keeps order under every interleaving', { timeout: 60_000 }, () => {
    const { schedules } = explore({
      wordCount: WORDS,
      threads: [
        (words, { note }) => {
          const producer = createQueueProducer(words, LAYOUT);
          for (let value = 1; value <= 4; value++) if (send(words, producer, value)) note(value);
        },
        (words, { note }) => {
          const consumer = createQueueConsumer(words, LAYOUT);
          for (let turn = 0; turn < 4; turn++) note(receive(words, consumer) ?? 0);
        },
      ],
      check({ words, notes, died }) {
        const got = notes[1].filter((value) => value !== 0);
        const rest: number[] = [];
        const consumer = createQueueConsumer(words, LAYOUT);
        for (let value = receive(words, consumer); value; value = receive(words, consumer)) {
          rest.push(value);
        }
        // A consumer that died had perhaps released a record and not noted it.
        const seen = died[1] ? notes[0] : [...got, ...rest].slice(0, notes[0].length);
        expect(seen).toEqual(notes[0]);
      },
    }, { preemptions: 2, deaths: 1 });
    expect(schedules).toBeGreaterThan(1_000);
  });
});

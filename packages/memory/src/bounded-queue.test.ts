import { describe, expect, it } from 'vitest';
import {
  BOUNDED_QUEUE_CAPACITY_MAX, BOUNDED_QUEUE_ENDS_MAX, boundedQueueDefaults, boundedQueueWords,
  createBoundedQueue, resolveBoundedQueueOptions,
} from './bounded-queue.js';
import type { BoundedQueueOptions } from './bounded-queue.js';

type Refusal = [options: BoundedQueueOptions, code: string, message: string];

describe('the options of a bounded queue', () => {
  it('have defaults', () => {
    expect(resolveBoundedQueueOptions({})).toEqual(boundedQueueDefaults);
    expect(boundedQueueWords({})).toBe(32 + 256 * 16);
  });

  it.each([
    [{ capacity: 3 }, 'MEMORY_OPTION_INVALID', 'capacity is 3, must be a power of two from 1'],
    [{ capacity: 0 }, 'MEMORY_OPTION_INVALID', 'capacity is 0'],
    [{ capacity: 2 * BOUNDED_QUEUE_CAPACITY_MAX }, 'MEMORY_LIMIT', 'the limit is 16777216'],
    [{ recordWords: 0 }, 'MEMORY_OPTION_INVALID', 'recordWords is 0, must be an integer from 1'],
    [{ word: 8 }, 'MEMORY_OPTION_INVALID', 'word is 8, must be a multiple of 16'],
    [{ kind: 'mpmc', producers: 0 }, 'MEMORY_OPTION_INVALID', 'producers is 0'],
    [{ producers: 2 }, 'MEMORY_OPTION_INVALID', 'producers is 2, must be 1 for the kind spsc'],
    [{ kind: 'mpsc', consumers: 2 }, 'MEMORY_OPTION_INVALID', 'consumers is 2, must be 1'],
    [{ kind: 'mpmc', consumers: 1 + BOUNDED_QUEUE_ENDS_MAX }, 'MEMORY_LIMIT', 'limit is 2048'],
  ] satisfies Refusal[])('%o is refused', (options, code, message) => {
    const resolve = (): unknown => resolveBoundedQueueOptions(options);
    expect(resolve).toThrow(expect.objectContaining({ code }));
    expect(resolve).toThrow(message);
  });

  it.each([
    [{ kind: 'many' }, "a bounded queue's kind is many, must be one of spsc,mpsc,mpmc"],
    [{ size: 5 }, "a bounded queue's options have no size"],
  ])('%o is refused', (options, message) => {
    expect(() => resolveBoundedQueueOptions(options as BoundedQueueOptions)).toThrow(message);
  });
});

describe('an end of a bounded queue', () => {
  it.each(['spsc', 'mpsc'] as const)('%s: refuses a release of what was not peeked', (kind) => {
    const options = { kind, capacity: 2, recordWords: 1 };
    const queue = createBoundedQueue(new Int32Array(boundedQueueWords(options)), options);
    expect(() => queue.consumer(0).release()).toThrow('a record was peeked');
  });

  it('refuses a commit of what was not reserved', () => {
    const options = { capacity: 1, recordWords: 1 };
    const queue = createBoundedQueue(new Int32Array(boundedQueueWords(options)), options);
    const producer = queue.producer(0);
    expect(producer.commit()).toBe(true);
    expect(() => producer.commit()).toThrow('a record is reserved');
  });

  it('goes on where its positions wrap', () => {
    for (const kind of ['spsc', 'mpmc'] as const) {
      const options = { kind, capacity: 1, recordWords: 1 };
      const words = new Int32Array(boundedQueueWords(options));
      words.fill(2 ** 31 - 2, 0, 1);
      words.fill(2 ** 31 - 2, 16, 17);
      // One cell: round 2^31 − 2 of 29 bits, above 2 bits of record.
      if (kind === 'mpmc') words[32] = (2 ** 31 - 2) << 2 & 0x7fffffff;
      const queue = createBoundedQueue(words, options);
      const [producer, consumer] = [queue.producer(0), queue.consumer(0)];
      for (let value = 1; value < 6; value++) {
        words[producer.reserve()] = value;
        expect([producer.commit(), producer.reserve()]).toEqual([true, -1]);
        expect(words[consumer.peek()]).toBe(value);
        consumer.release();
      }
      expect(words[16]).toBe(-(2 ** 31) + 3);
    }
  });
});

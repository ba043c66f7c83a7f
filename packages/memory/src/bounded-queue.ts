/**
 * A bounded queue of equal records in shared memory, from one producer thread to one consumer
 * thread. Records are written and read in place.
 *
 * Owns `head`, `tail` and the records between them. Positions count records for ever, modulo 2^32.
 *
 * BOUNDED-QUEUE-1: the consumer sees the records in the order of their commits, each once, whole.
 * BOUNDED-QUEUE-2: the producer writes `tail` and the record at `tail`; the consumer writes `head`
 * and reads the record at `head`. Each keeps the last value that it saw of the other's word and
 * looks again only when that says full or empty.
 * BOUNDED-QUEUE-3: at most `capacity` records are queued; `reserve` answers QUEUE_NONE instead of
 * waiting.
 * BOUNDED-QUEUE-4: a producer that ends before `commit` has queued nothing; a consumer that ends
 * before `release` leaves the record queued.
 */
import { MemoryError } from './errors.js';

/** What `reserve` answers when the queue is full, and `peek` when it is empty. */
export const QUEUE_NONE = -1;

const LINE_WORDS = 16;
const HEAD = 0;
const TAIL = LINE_WORDS;
const RECORDS = 2 * LINE_WORDS;

/** Where a queue lies. */
export interface BoundedQueueLayout {
  /** First of `boundedQueueWords(layout)` words, zero at the start, a multiple of 16. */
  readonly word: number;
  /** Number of records, a power of two from 1. */
  readonly capacity: number;
  readonly recordWords: number;
}

/** The producer's end. */
export interface QueueProducer {
  /** First word of a record to write, the same until `commit`; QUEUE_NONE if the queue is full. */
  reserve(): number;
  /** Queues the reserved record. */
  commit(): void;
}

/** The consumer's end. */
export interface QueueConsumer {
  /**
   * First word of the oldest record, the same until `release`; QUEUE_NONE if the queue is empty.
   */
  peek(): number;
  /** Removes the oldest record, whose words then belong to the producer. */
  release(): void;
}

/** Words that a queue takes. */
export function boundedQueueWords(layout: Omit<BoundedQueueLayout, 'word'>): number {
  return RECORDS + layout.capacity * layout.recordWords;
}

function checkQueue({ capacity, recordWords }: BoundedQueueLayout): void {
  if (!(capacity >= 1 && capacity <= 2 ** 30) || !Number.isInteger(Math.log2(capacity))) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `a bounded queue's capacity is ${capacity}, must be a power of two from 1 to 2^30`);
  }
  if (!Number.isSafeInteger(recordWords) || recordWords < 1) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `a bounded queue's recordWords is ${recordWords}, must be an integer from 1`);
  }
}

/** The producer's end; at most one thread has it. @throws MemoryError MEMORY_OPTION_INVALID. */
export function createQueueProducer(words: Int32Array, layout: BoundedQueueLayout): QueueProducer {
  checkQueue(layout);
  const { word, capacity, recordWords } = layout;
  let tail = Atomics.load(words, word + TAIL);
  let headSeen = Atomics.load(words, word + HEAD);
  return Object.freeze({
    reserve(): number {
      if (((tail - headSeen) | 0) >= capacity) {
        headSeen = Atomics.load(words, word + HEAD);
        if (((tail - headSeen) | 0) >= capacity) return QUEUE_NONE;
      }
      return word + RECORDS + (tail & (capacity - 1)) * recordWords;
    },
    commit(): void {
      tail = (tail + 1) | 0;
      Atomics.store(words, word + TAIL, tail);
    },
  });
}

/** The consumer's end; at most one thread has it. @throws MemoryError MEMORY_OPTION_INVALID. */
export function createQueueConsumer(words: Int32Array, layout: BoundedQueueLayout): QueueConsumer {
  checkQueue(layout);
  const { word, capacity, recordWords } = layout;
  let head = Atomics.load(words, word + HEAD);
  let tailSeen = Atomics.load(words, word + TAIL);
  return Object.freeze({
    peek(): number {
      if (head === tailSeen) {
        tailSeen = Atomics.load(words, word + TAIL);
        if (head === tailSeen) return QUEUE_NONE;
      }
      return word + RECORDS + (head & (capacity - 1)) * recordWords;
    },
    release(): void {
      head = (head + 1) | 0;
      Atomics.store(words, word + HEAD, head);
    },
  });
}

/**
 * Bounded queues of records for one or many producers and consumers (SPEC BoundedQueue).
 *
 * Owns the options and the choice between the two algorithms: spsc-queue.ts for one thread at each
 * end, exchange-queue.ts for more. Does not own the words, whose zeros are an empty queue.
 */
import type { BoundedQueue, QueueConsumer, QueueProducer } from './contract.js';
import { MemoryError } from './errors.js';
import {
  countExchange, exchangeQueueWords, openExchangeConsumer, openExchangeProducer,
} from './exchange-queue.js';
import {
  countSpsc, openSpscConsumer, openSpscProducer, spscQueueWords,
} from './spsc-queue.js';

/** Most records of one queue. */
export const BOUNDED_QUEUE_CAPACITY_MAX: number = 2 ** 24;

/** Most producers, and most consumers, of one queue. */
export const BOUNDED_QUEUE_ENDS_MAX: number = 2 ** 11;

/** How many threads put and take: single or multiple producer, single or multiple consumer. */
export type BoundedQueueKind = 'spsc' | 'mpsc' | 'mpmc';

/** A queue's place and kind. Plain data: another thread opens the same queue with a copy. */
export interface BoundedQueueOptions {
  /** First of `boundedQueueWords` words, zero at the start, a multiple of 16. @default 0 */
  readonly word?: number;
  /** @default 'spsc' */
  readonly kind?: BoundedQueueKind;
  /** Number of records, a power of two. @default 256 */
  readonly capacity?: number;
  /** Words of a record, from 1. @default 16 */
  readonly recordWords?: number;
  /** @default 1 */
  readonly producers?: number;
  /** @default 1 */
  readonly consumers?: number;
}

/** Defaults of `createBoundedQueue`. */
export const boundedQueueDefaults: Readonly<Required<BoundedQueueOptions>> = Object.freeze({
  word: 0, kind: 'spsc', capacity: 256, recordWords: 16, producers: 1, consumers: 1,
});

const ENDS_OF: Readonly<Record<BoundedQueueKind, readonly [producers: boolean, consumers: boolean]>>
  = Object.freeze({ spsc: [false, false], mpsc: [true, false], mpmc: [true, true] });

function invalid(what: string): MemoryError {
  return new MemoryError('MEMORY_OPTION_INVALID', `a bounded queue's ${what}`);
}

/** @throws MemoryError MEMORY_OPTION_INVALID or MEMORY_LIMIT, naming value and limit. */
export function resolveBoundedQueueOptions(
  options: BoundedQueueOptions,
): Readonly<Required<BoundedQueueOptions>> {
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(boundedQueueDefaults, key)) {
      throw invalid(`options have no ${key}; there are ${Object.keys(boundedQueueDefaults)}`);
    }
  }
  const resolved = Object.freeze({ ...boundedQueueDefaults, ...options });
  const { word, kind, capacity, recordWords } = resolved;
  if (!Object.hasOwn(ENDS_OF, kind)) {
    throw invalid(`kind is ${kind}, must be one of ${Object.keys(ENDS_OF)}`);
  }
  if (!Number.isSafeInteger(word) || word < 0 || word % 16 !== 0) {
    throw invalid(`word is ${word}, must be a multiple of 16`);
  }
  if (!(capacity >= 1) || !Number.isInteger(Math.log2(capacity))) {
    throw invalid(`capacity is ${capacity}, must be a power of two from 1`);
  }
  if (capacity > BOUNDED_QUEUE_CAPACITY_MAX) {
    throw new MemoryError('MEMORY_LIMIT', `a bounded queue's capacity is ${capacity}, the limit is `
      + `${BOUNDED_QUEUE_CAPACITY_MAX}`);
  }
  if (!Number.isSafeInteger(recordWords) || recordWords < 1) {
    throw invalid(`recordWords is ${recordWords}, must be an integer from 1`);
  }
  checkEnds('producers', resolved.producers, kind, ENDS_OF[kind][0]);
  checkEnds('consumers', resolved.consumers, kind, ENDS_OF[kind][1]);
  return resolved;
}

function checkEnds(name: string, count: number, kind: BoundedQueueKind, many: boolean): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw invalid(`${name} is ${count}, must be an integer from 1`);
  }
  if (!many && count !== 1) throw invalid(`${name} is ${count}, must be 1 for the kind ${kind}`);
  if (count > BOUNDED_QUEUE_ENDS_MAX) {
    throw new MemoryError('MEMORY_LIMIT',
      `a bounded queue's ${name} is ${count}, the limit is ${BOUNDED_QUEUE_ENDS_MAX}`);
  }
}

/** Words that a queue takes. @throws MemoryError as `resolveBoundedQueueOptions`. */
export function boundedQueueWords(options: BoundedQueueOptions): number {
  const layout = resolveBoundedQueueOptions(options);
  if (layout.kind === 'spsc') return spscQueueWords(layout.capacity, layout.recordWords);
  return exchangeQueueWords(layout);
}

/**
 * A queue over words; every thread opens it with the same options. An `mpmc` queue gives records in
 * the order of their commits to whichever consumer looks.
 * @throws MemoryError as `resolveBoundedQueueOptions`.
 */
export function createBoundedQueue(words: Int32Array, options: BoundedQueueOptions): BoundedQueue {
  const layout = resolveBoundedQueueOptions(options);
  const { word, kind, capacity, recordWords, producers, consumers } = layout;
  const single = kind === 'spsc';
  return Object.freeze({
    capacity, recordWords, producers, consumers,
    producer(index: number): QueueProducer {
      checkIndex('producer', index, producers);
      return single ? openSpscProducer(words, layout) : openExchangeProducer(words, layout, index);
    },
    consumer(index: number): QueueConsumer {
      checkIndex('consumer', index, consumers);
      return single ? openSpscConsumer(words, layout) : openExchangeConsumer(words, layout, index);
    },
    count: (): number => (single ? countSpsc(words, word) : countExchange(words, word)),
  });
}

function checkIndex(name: string, index: number, count: number): void {
  if (Number.isSafeInteger(index) && index >= 0 && index < count) return;
  throw new MemoryError('MEMORY_LIMIT',
    `${name} ${index} of a bounded queue, the limit is ${count - 1}`);
}

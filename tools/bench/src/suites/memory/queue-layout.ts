/**
 * What the threads of a queue sample share: the queues, the records, and the words by which the
 * main thread starts a round and hears of its end.
 */
import {
  attachRegion, boundedQueueWords, createIndexQueue, createRegion, indexQueueWords, planRegion,
} from '@ganglion/memory';
import type { BoundedQueueLayout, IndexQueue, Region } from '@ganglion/memory';

export type QueueKind = 'spsc' | 'mpsc' | 'mpmc';

/** Threads of each kind. */
export const QUEUE_THREADS = {
  spsc: { producers: 1, consumers: 1 },
  mpsc: { producers: 2, consumers: 1 },
  mpmc: { producers: 2, consumers: 2 },
} as const satisfies Record<QueueKind, { producers: number; consumers: number }>;

/** What one thread is asked to do in every round. */
export interface QueueTask {
  readonly kind: QueueKind;
  readonly role: 'producer' | 'consumer';
  /** Among the producers, or among the consumers. */
  readonly index: number;
  /** Records of all threads together. */
  readonly records: number;
  readonly buffer: SharedArrayBuffer;
}

/** Records that can be queued. */
export const CAPACITY = 1_024;
/** Words of a record: its producer, its sequence number, a word made of both, one to spare. */
const RECORD_WORDS = 4;
const BOUNDED = { capacity: CAPACITY, recordWords: RECORD_WORDS } as const;

const PLAN = planRegion([
  { name: 'control', count: 4, elementBytes: 64 },
  { name: 'results', count: 4, elementBytes: 64 },
  { name: 'bounded', count: boundedQueueWords(BOUNDED), elementBytes: 4 },
  { name: 'full', count: indexQueueWords(CAPACITY), elementBytes: 4 },
  { name: 'free', count: indexQueueWords(CAPACITY), elementBytes: 4 },
  { name: 'records', count: CAPACITY, elementBytes: 4 * RECORD_WORDS },
]);

type SectionName = keyof typeof PLAN.sections;

/** The round that tells the threads to end. */
export const LAST_ROUND = -1;

/** The shared words by name. */
export interface QueueMemory {
  readonly words: Int32Array;
  /** Rises with each round. */
  readonly round: number;
  /** Threads that have done the round. */
  readonly done: number;
  /** Never changes: a thread that finds nothing to do sleeps on it for a moment. */
  readonly rest: number;
  readonly bounded: BoundedQueueLayout;
  /** Indices of written records. */
  readonly full: IndexQueue;
  /** Indices of records to write. */
  readonly free: IndexQueue;
  /** First word of the record at an index. */
  record(index: number): number;
  /** Of consumer i: records at 2i, the sum of their sequence numbers at 2i + 1. */
  readonly results: Float64Array;
}

function memoryOf(region: Region<SectionName>): QueueMemory {
  const { words, plan: { sections } } = region;
  const { control, results, bounded, full, free, records } = sections;
  const { word, elementWords } = control;
  return {
    words,
    round: word,
    done: word + elementWords,
    rest: word + 2 * elementWords,
    bounded: { ...BOUNDED, word: bounded.word },
    full: createIndexQueue(words, { word: full.word, capacity: CAPACITY }),
    free: createIndexQueue(words, { word: free.word, capacity: CAPACITY }),
    record: (index) => records.word + index * RECORD_WORDS,
    results: new Float64Array(words.buffer, words.byteOffset + 4 * results.word, 2 * 4),
  };
}

/** The main thread's view, all records free. */
export function createQueueMemory(): QueueMemory & { readonly buffer: SharedArrayBuffer } {
  const region = createRegion(PLAN);
  const memory = memoryOf(region);
  for (let index = 0; index < CAPACITY; index++) memory.free.put(index);
  return { ...memory, buffer: region.buffer };
}

/** A thread's view. */
export const openQueueMemory = (buffer: SharedArrayBuffer): QueueMemory =>
  memoryOf(attachRegion(PLAN, buffer));

/**
 * What the threads of a queue sample share: the queue, and the words by which the main thread
 * starts a round and hears of its end.
 */
import {
  attachRegion, boundedQueueWords, createBoundedQueue, createRegion, planRegion,
} from '@ganglion/memory';
import type { BoundedQueue, BoundedQueueKind, Region, RegionPlan } from '@ganglion/memory';

/** Threads of each kind. */
export const QUEUE_THREADS = {
  spsc: { producers: 1, consumers: 1 },
  mpsc: { producers: 2, consumers: 1 },
  mpmc: { producers: 2, consumers: 2 },
} as const satisfies Record<BoundedQueueKind, { producers: number; consumers: number }>;

/** What one thread is asked to do in every round. */
export interface QueueTask {
  readonly kind: BoundedQueueKind;
  readonly role: 'producer' | 'consumer';
  /** Among the producers, or among the consumers. */
  readonly index: number;
  /** Records of all threads together. */
  readonly records: number;
  readonly buffer: SharedArrayBuffer;
}

/** A record: its producer, its sequence number, a word made of both, one to spare. */
const RECORDS = { capacity: 1_024, recordWords: 4 } as const;

type SectionName = 'control' | 'results' | 'queue';

function planOf(kind: BoundedQueueKind): RegionPlan<SectionName> {
  const words = boundedQueueWords({ kind, ...RECORDS, ...QUEUE_THREADS[kind] });
  return planRegion([
    { name: 'control', count: 4, elementBytes: 64 },
    { name: 'results', count: 4, elementBytes: 64 },
    { name: 'queue', count: words, elementBytes: 4 },
  ]);
}

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
  readonly queue: BoundedQueue;
  /** Of consumer i: records at 2i, the sum of their sequence numbers at 2i + 1. */
  readonly results: Float64Array;
}

function memoryOf(kind: BoundedQueueKind, region: Region<SectionName>): QueueMemory {
  const { words, plan: { sections } } = region;
  const { control, results, queue } = sections;
  const { word, elementWords } = control;
  return {
    words,
    round: word,
    done: word + elementWords,
    rest: word + 2 * elementWords,
    queue: createBoundedQueue(words, {
      word: queue.word, kind, ...RECORDS, ...QUEUE_THREADS[kind],
    }),
    results: new Float64Array(words.buffer, words.byteOffset + 4 * results.word, 2 * 4),
  };
}

/** The main thread's view of an empty queue. */
export function createQueueMemory(
  kind: BoundedQueueKind,
): QueueMemory & { readonly buffer: SharedArrayBuffer } {
  const region = createRegion(planOf(kind));
  return { ...memoryOf(kind, region), buffer: region.buffer };
}

/** A thread's view. */
export const openQueueMemory = (kind: BoundedQueueKind, buffer: SharedArrayBuffer): QueueMemory =>
  memoryOf(kind, attachRegion(planOf(kind), buffer));

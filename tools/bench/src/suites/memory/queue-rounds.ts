/**
 * What a thread of a queue sample does in one round. Every record carries its producer and its
 * sequence number and is checked by the consumer that takes it; a wrong one throws.
 */
import { QUEUE_NONE } from '@ganglion/memory';
import type { QueueConsumer, QueueProducer } from '@ganglion/memory';
import { QUEUE_THREADS } from './queue-layout.js';
import type { QueueMemory, QueueTask } from './queue-layout.js';

/** Tries before a thread that finds nothing to do leaves its processor to others for a moment. */
const TRIES = 1_000;
const REST_MS = 0.05;
const SEAL = 0x5bd1e995;

/** One round of one thread. */
export type Round = () => void;

/** The round of a task, to run again and again. */
export function openRound(task: QueueTask, memory: QueueMemory): Round {
  const { producers, consumers } = QUEUE_THREADS[task.kind];
  const { index, records } = task;
  if (task.role === 'producer') {
    const end = memory.queue.producer(index);
    return () => produce(memory, end, index, records / producers);
  }
  const end = memory.queue.consumer(index);
  return () => {
    const checker = createChecker(producers);
    consume(memory, end, records / consumers, checker);
    memory.results[2 * index] = checker.records();
    memory.results[2 * index + 1] = checker.sum();
  };
}

interface Checker {
  see(words: Int32Array, at: number): void;
  records(): number;
  sum(): number;
}

/** A consumer sees each producer's records in the order in which they were put. */
function createChecker(producers: number): Checker {
  const last = Array.from({ length: producers }, () => -1);
  let records = 0;
  let sum = 0;
  return {
    see(words, at) {
      const producer = words[at] ?? -1;
      const sequence = words[at + 1] ?? -1;
      const before = last[producer] ?? Infinity;
      if (!(sequence > before) || words[at + 2] !== (producer ^ sequence ^ SEAL)) {
        throw new Error(`record ${sequence} of producer ${producer} after ${before}, or torn`);
      }
      last[producer] = sequence;
      records += 1;
      sum += sequence;
    },
    records: () => records,
    sum: () => sum,
  };
}

function write(words: Int32Array, at: number, producer: number, sequence: number): void {
  words[at] = producer;
  words[at + 1] = sequence;
  words[at + 2] = producer ^ sequence ^ SEAL;
}

function produce(
  memory: QueueMemory, end: QueueProducer, producer: number, count: number,
): void {
  const { words } = memory;
  for (let sequence = 0; sequence < count; sequence++) {
    let at = end.reserve();
    for (let tries = 1; at === QUEUE_NONE; tries++) {
      pause(memory, tries);
      at = end.reserve();
    }
    write(words, at, producer, sequence);
    for (let tries = 1; !end.commit(); tries++) pause(memory, tries);
  }
}

function consume(
  memory: QueueMemory, end: QueueConsumer, count: number, checker: Checker,
): void {
  for (let taken = 0; taken < count; taken++) {
    let at = end.peek();
    for (let tries = 1; at === QUEUE_NONE; tries++) {
      pause(memory, tries);
      at = end.peek();
    }
    checker.see(memory.words, at);
    end.release();
  }
}

function pause({ words, rest }: QueueMemory, tries: number): void {
  if (tries % TRIES === 0) Atomics.wait(words, rest, 0, REST_MS);
}

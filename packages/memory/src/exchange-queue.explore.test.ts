/**
 * Queues of many ends under every interleaving (ACTORS-P1). Values are 1, 2 … of producer 0 and 11,
 * 12 … of producer 1. Checks use assert, which costs a tenth of expect: they run for each schedule.
 */
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { boundedQueueWords, createBoundedQueue } from './bounded-queue.js';
import { QUEUE_NONE } from './contract.js';
import type { BoundedQueue, QueueConsumer, QueueProducer } from './contract.js';
import { explore, isLinearizable, withoutWrites } from './testing/index.js';
import type {
  Call, Outcome, Scenario, SequentialModel, ThreadContext,
} from './testing/index.js';

const OPTIONS = {
  kind: 'mpmc', capacity: 2, recordWords: 1, producers: 2, consumers: 2,
} as const;
const WORDS = boundedQueueWords(OPTIONS);
const ENDS = 4;
const RECORD_COUNT = OPTIONS.capacity + ENDS;
const CELLS = 32;
const LINES = CELLS + 16;
const HOLDERS = LINES + 16 * ENDS;
const RECORDS = HOLDERS + 16;

const queueOver = (words: Int32Array): BoundedQueue => createBoundedQueue(words, OPTIONS);

function put(words: Int32Array, producer: QueueProducer, value: number): boolean {
  const record = producer.reserve();
  if (record === QUEUE_NONE) return false;
  words[record] = value;
  return producer.commit();
}

function take(words: Int32Array, consumer: QueueConsumer): number {
  const record = consumer.peek();
  if (record === QUEUE_NONE) return QUEUE_NONE;
  const value = words[record];
  consumer.release();
  return value;
}

type Program = (words: Int32Array, context: ThreadContext) => void;

const produce = (index: number, ...values: readonly number[]): Program =>
  (words, { note, call }) => {
    const producer = queueOver(words).producer(index);
    for (const value of values) {
      call('put', [value], () => {
        const queued = put(words, producer, value);
        if (queued) note(value);
        return queued;
      });
    }
  };

/** Notes what it takes before it releases it, and its negative after. */
const consume = (index: number, takes: number): Program => (words, { note, call }) => {
  const consumer = queueOver(words).consumer(index);
  for (let turn = 0; turn < takes; turn++) {
    call('take', [], () => {
      const record = consumer.peek();
      if (record === QUEUE_NONE) return QUEUE_NONE;
      const value = words[record];
      note(value);
      consumer.release();
      note(-value);
      return value;
    });
  }
};

const model: SequentialModel<readonly number[]> = (state, { name, args }) => {
  if (name === 'take') return { state: state.slice(1), result: state[0] ?? QUEUE_NONE };
  const room = state.length < OPTIONS.capacity;
  return { state: room ? [...state, args[0]] : state, result: room };
};

/** Takes everything, as calls after all others. */
function drain(words: Int32Array, calls: readonly Call[], index: number): Call[] {
  const end = Math.max(0, ...calls.map(({ from, to }) => (to === Infinity ? from : to))) + 1;
  const consumer = queueOver(words).consumer(index);
  const drained: Call[] = [];
  for (let result = 0; result !== QUEUE_NONE;) {
    result = take(words, consumer);
    const at = end + drained.length;
    drained.push({ thread: 9, name: 'take', args: [], from: at, to: at, result });
  }
  return drained;
}

/** EXCHANGE-QUEUE-1 over the words alone: the records of all cells and hands. */
function recordsOf(words: Int32Array): number[] {
  const cells = [0, 1].map((index) => (words[CELLS + index] & 7) ^ index);
  const hands = [0, 1, 2, 3].map((end) =>
    (words[LINES + 16 * end] >> 2) ^ (OPTIONS.capacity + end));
  return [...cells, ...hands].toSorted();
}

const ALL_RECORDS = Array.from({ length: RECORD_COUNT }, (_, record) => record);

/** Cells and hints are looked at by plain loads (EXCHANGE-QUEUE-3). */
const living = (word: number): boolean => word < LINES;
/** Intents and holders as well, by whoever follows a dead end (EXCHANGE-QUEUE-5). */
const recovering = (word: number): boolean => word < RECORDS;

function alive(threads: readonly Program[], setup?: Scenario['setup']): Scenario {
  return {
    wordCount: WORDS,
    threads,
    setup: setup ?? ((): void => undefined),
    mayRace: living,
    check({ words, calls }) {
      const start = setup === undefined ? [] : [5];
      assert.ok(isLinearizable([...calls, ...drain(words, calls, 1)], start, model));
      assert.deepEqual(recordsOf(words), ALL_RECORDS);
    },
  };
}

const one = (words: Int32Array): void => {
  put(words, queueOver(words).producer(0), 5);
};

describe('an exchange queue under every interleaving (ACTORS-P1)', { timeout: 60_000 }, () => {
  it('QUEUE-1, -2, EXCHANGE-QUEUE-1, -2, -3: two producers and two consumers', () => {
    const { schedules } = explore(
      alive([produce(0, 1), produce(1, 11), consume(0, 1), consume(1, 1)], one),
      { preemptions: 1 });
    expect(schedules).toBeGreaterThan(500);
  });

  it('QUEUE-1, EXCHANGE-QUEUE-2: two producers fill while a consumer empties', () => {
    const { schedules } = explore(
      alive([produce(0, 1, 2), produce(1, 11), consume(0, 2)]), { preemptions: 2 });
    expect(schedules).toBeGreaterThan(1_000);
  });

  it('QUEUE-1: two consumers compete for the same records', () => {
    const { schedules } = explore(
      alive([produce(0, 1, 2), consume(0, 2), consume(1, 1)], one), { preemptions: 2 });
    expect(schedules).toBeGreaterThan(1_000);
  });
});

/** What was taken, noted or not: each value once, or twice if its release is not known. */
function checkTaken(outcome: Outcome, committed: readonly number[], takers: readonly number[]):
number[] {
  const { words, notes, died } = outcome;
  // Opening the ends again settles what the dead were in.
  const queue = queueOver(words);
  for (const index of [0, 1]) queue.producer(index);
  const consumers = [queue.consumer(0), queue.consumer(1)];
  assert.deepEqual(recordsOf(words), ALL_RECORDS);
  const noted = takers.flatMap((taker) => notes[taker]);
  const held = consumers.map((consumer) => take(words, consumer));
  const rest = drain(words, [], 1).map(({ result }) => Number(result));
  const taken = [...noted, ...held, ...rest].filter((value) => value > 0);
  assert.deepEqual(committed.filter((value) => !taken.includes(value)), []);
  for (const value of taken) {
    const count = taken.filter((other) => other === value).length;
    const inDoubt = takers.some((taker) =>
      died[taker] && notes[taker].includes(value) && !notes[taker].includes(-value));
    assert.ok(count <= (inDoubt ? 2 : 1), `${value} was taken ${count} times`);
  }
  return taken;
}

/** A producer dies; its successor, on another thread, queues a further value meanwhile. */
function producerDies(hurt: (words: Int32Array) => Int32Array = (words) => words): Scenario {
  return {
    wordCount: WORDS,
    threads: [
      (words, context) => produce(0, 1, 2)(hurt(words), context),
      consume(0, 1),
      produce(1, 11),
    ],
    recover: (words, context, dead) => {
      if (dead === 0) produce(0, 4)(words, context);
    },
    mayRace: recovering,
    check(outcome) {
      const { notes } = outcome;
      const taken = checkTaken(outcome, [...notes[0], ...notes[2], ...notes[3]], [1]);
      const own = [...new Set(taken)].filter((value) => value < 10);
      assert.deepEqual(own, own.toSorted());
    },
  };
}

/** A consumer dies; its successor, on another thread, goes on meanwhile. */
function consumerDies(hurt: (words: Int32Array) => Int32Array = (words) => words): Scenario {
  return {
    wordCount: WORDS,
    setup: one,
    threads: [
      (words, context) => consume(0, 2)(hurt(words), context),
      produce(0, 1, 2),
      consume(1, 1),
    ],
    recover: (words, context, dead) => {
      if (dead === 0) consume(0, 1)(words, context);
    },
    mayRace: recovering,
    check(outcome) {
      checkTaken(outcome, [5, ...outcome.notes[1]], [0, 2, 3]);
    },
  };
}

/** A record that a producer gave comes back to it while the consumer is still in its exchange. */
function recordReturns(hurt: (words: Int32Array) => Int32Array): Scenario {
  return {
    ...producerDies(),
    setup(words) {
      put(words, queueOver(words).producer(0), 1);
      put(words, queueOver(words).producer(1), 11);
    },
    threads: [
      (words, context) => produce(0, 2, 3)(hurt(words), context),
      consume(0, 2),
      produce(1, 12),
    ],
    check(outcome) {
      checkTaken(outcome, [1, 11, ...outcome.notes[0], ...outcome.notes[2]], [1]);
    },
  };
}

describe('deaths in an exchange queue (ACTORS-P1)', { timeout: 60_000 }, () => {
  it('QUEUE-3, EXCHANGE-QUEUE-4, -5: a producer dies while the others go on', () => {
    const { schedules } = explore(producerDies(), { preemptions: 1, deaths: 1 });
    expect(schedules).toBeGreaterThan(5_000);
  });

  it('QUEUE-3, EXCHANGE-QUEUE-4, -5: a consumer dies while the others go on', () => {
    const { schedules } = explore(consumerDies(), { preemptions: 1, deaths: 1 });
    expect(schedules).toBeGreaterThan(5_000);
  });

  it('EXCHANGE-QUEUE-5: two of three die', () => {
    const { schedules } = explore(producerDies(), { preemptions: 0, deaths: 2 });
    expect(schedules).toBeGreaterThan(1_000);
  });

  it('EXCHANGE-QUEUE-4: a producer dies with a record that it had given before', () => {
    const { schedules } = explore(recordReturns((words) => words), { preemptions: 1, deaths: 1 });
    expect(schedules).toBeGreaterThan(5_000);
  });
});

const inLine = (end: number, offsets: readonly number[]) => (word: number): boolean =>
  offsets.includes(word - LINES - 16 * end);

/** Words on which producer 0 does not clear its intents. */
const unclean = (words: Int32Array): Int32Array =>
  withoutWrites(words, (word, value) => inLine(0, [3, 5])(word) && value === 0);
/** Words on which consumer 0 does not say that it has read a record. */
const silent = (words: Int32Array): Int32Array =>
  withoutWrites(words, (word, value) => inLine(2, [0])(word) && value % 2 === 0);

describe('seeded bugs', { timeout: 60_000 }, () => {
  it.each([
    ['writes no intent', (word: number): boolean => inLine(0, [2, 3, 4, 5])(word)],
    ['does not write its hand', (word: number): boolean => inLine(0, [0])(word)],
    ['does not mark its record',
      (word: number): boolean => word >= HOLDERS && word < RECORDS],
  ])('EXCHANGE-QUEUE-4: catches a producer that %s', (_name, drop) => {
    const hurt = (words: Int32Array): Int32Array => withoutWrites(words, drop);
    expect(() => explore(producerDies(hurt), { preemptions: 1, deaths: 1 }))
      .toThrow(/the check failed|race for word/);
  });

  it('EXCHANGE-QUEUE-4: catches a producer that does not clear the intent before', () => {
    expect(() => explore(recordReturns(unclean), { preemptions: 1, deaths: 1 }))
      .toThrow(/the check failed/);
  });

  it('QUEUE-1, EXCHANGE-QUEUE-4: catches a consumer that does not say what it has read', () => {
    expect(() => explore(consumerDies(silent), { preemptions: 0, deaths: 1 }))
      .toThrow(/the check failed/);
  });
});

/** Ganglion's side of memory/queue-*. Arguments: kind, records of one sample. */
import type { BoundedQueueKind } from '@ganglion/memory';
import { nodeThreads } from '@ganglion/runtime';
import type { Thread } from '@ganglion/runtime';
import { serveSamples } from '../../child/serve-samples.js';
import { createQueueMemory, LAST_ROUND, QUEUE_THREADS } from './queue-layout.js';
import type { QueueTask } from './queue-layout.js';

const WARMUPS = 3;
const ENTRY = new URL('./queue-thread.js', import.meta.url);

const [kindText, recordsText] = process.argv.slice(2);
const kind = kindText as BoundedQueueKind; // the suite gives one of the three
const records = Number(recordsText);
const { producers, consumers } = QUEUE_THREADS[kind];
const memory = createQueueMemory(kind);
const { words, round, done, results, buffer } = memory;

function start(role: QueueTask['role'], index: number): Thread {
  const data: QueueTask = { kind, role, index, records, buffer };
  return nodeThreads().start({ name: `${role} ${index}`, entry: ENTRY, data }, {
    onMessage: () => undefined,
    onError: (error) => {
      throw error; // ends this process, which the harness reports
    },
    onExit: () => undefined,
  });
}

for (let index = 0; index < producers; index++) start('producer', index);
for (let index = 0; index < consumers; index++) start('consumer', index);

/** One round of all threads. */
async function sample(): Promise<void> {
  results.fill(0);
  Atomics.store(words, done, 0);
  Atomics.add(words, round, 1);
  Atomics.notify(words, round);
  for (;;) {
    const seen = Atomics.load(words, done);
    if (seen === producers + consumers) return;
    await Atomics.waitAsync(words, done, seen).value;
  }
}

for (let i = 0; i < WARMUPS; i++) await sample();

await serveSamples({
  note: `Node ${process.version}, ${producers} + ${consumers} threads`,
  run: sample,
  judge: () => {
    let [taken, sum] = [0, 0];
    for (let i = 0; i < consumers; i++) {
      taken += results[2 * i] ?? 0;
      sum += results[2 * i + 1] ?? 0;
    }
    // Each producer numbers its records from 0.
    const each = records / producers;
    const expected = producers * ((each * (each - 1)) / 2);
    if (sum !== expected) return { refused: `the sum of what came is ${sum}, not ${expected}` };
    return { completed: taken, check: `sum ${sum}` };
  },
  stop: async () => {
    Atomics.store(words, round, LAST_ROUND);
    Atomics.notify(words, round);
  },
});

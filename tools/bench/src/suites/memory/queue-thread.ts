/** A thread of a queue sample: one round for each rise of the round word, until the last. */
import { ownThread } from '@ganglion/runtime';
import { LAST_ROUND, openQueueMemory } from './queue-layout.js';
import type { QueueTask } from './queue-layout.js';
import { openRound } from './queue-rounds.js';

const task = ownThread().data as QueueTask;
const memory = openQueueMemory(task.kind, task.buffer);
const run = openRound(task, memory);
const { words } = memory;
for (let seen = 0; ; seen += 1) {
  Atomics.wait(words, memory.round, seen);
  if (Atomics.load(words, memory.round) === LAST_ROUND) break;
  run();
  Atomics.add(words, memory.done, 1);
  Atomics.notify(words, memory.done);
}

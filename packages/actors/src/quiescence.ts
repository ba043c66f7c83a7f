/**
 * Waits until no other thread is in the midst of what it was in: sending (SENDING-1) and exchanging
 * slots (SLOT-POOL-5). Both are short stretches without code of a user.
 */
import { ThreadBlock } from './layouts.js';
import type { ActorThread } from './thread.js';

const THREAD_WORDS = ThreadBlock.size / 4;
const { sendPasses, dead } = ThreadBlock.word;

/** @param pause lets time pass between two looks */
export async function quiescence(thread: ActorThread, pause: () => Promise<void>): Promise<void> {
  const { words, memory } = thread;
  const { threads } = memory.region.plan.sections;
  const counters: readonly ((other: number) => number)[] = [
    (other) => Atomics.load(words, threads.word + other * THREAD_WORDS + sendPasses),
    (other) => memory.slots.passes(other),
  ];
  const isDead = (other: number): boolean =>
    Atomics.load(words, threads.word + other * THREAD_WORDS + dead) !== 0;
  for (let other = 0; other < threads.count; other++) {
    if (other === thread.index) continue;
    for (const passes of counters) {
      const seen = passes(other);
      if ((seen & 1) === 0) continue;
      while (passes(other) === seen && !isDead(other)) await pause();
    }
  }
}

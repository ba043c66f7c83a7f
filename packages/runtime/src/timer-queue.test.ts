import { describe, expect, it } from 'vitest';

import { seededRandom } from './random.js';
import { TimerQueue } from './timer-queue.js';
import type { TimerEntry } from './timer-queue.js';

const nothing = (): void => undefined;

function drain(queue: TimerQueue): TimerEntry[] {
  const drained: TimerEntry[] = [];
  for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
    queue.remove(next);
    drained.push(next);
  }
  return drained;
}

describe('TimerQueue', () => {
  it('gives entries by due time, equal ones by insertion', () => {
    const queue = new TimerQueue(10);
    const [c, a1, a2, b] = [30, 10, 10, 20].map((dueMs) => queue.add(dueMs, nothing));
    expect(drain(queue)).toEqual([a1, a2, b, c]);
    expect(queue.size).toBe(0);
  });

  it('agrees with a sorted list under random adds and removes', () => {
    const random = seededRandom(42);
    const queue = new TimerQueue(1_000);
    let model: TimerEntry[] = [];
    for (let step = 0; step < 5_000; step += 1) {
      const victim = model[random.below(Math.max(model.length, 1))];
      if (victim !== undefined && random.below(5) < 2) {
        queue.remove(victim);
        model = model.filter((entry) => entry !== victim);
      } else if (model.length < 1_000) {
        model.push(queue.add(random.below(50), nothing));
      }
      expect(queue.size).toBe(model.length);
    }
    // Sorting is stable, and the model is in order of insertion.
    expect(drain(queue)).toEqual(model.toSorted((a, b) => a.dueMs - b.dueMs));
  });

  it('ignores the removal of what has left', () => {
    const queue = new TimerQueue(2);
    const entry = queue.add(1, nothing);
    const other = queue.add(2, nothing);
    queue.remove(entry);
    queue.remove(entry);
    expect(drain(queue)).toEqual([other]);
  });

  it('refuses one entry more than its capacity', () => {
    const queue = new TimerQueue(2);
    const entry = queue.add(1, nothing);
    queue.add(1, nothing);
    expect(() => queue.add(1, nothing)).toThrow(expect.objectContaining({
      code: 'RUNTIME_TIMERS_FULL', message: '2 timers are pending, the limit is 2',
    }));
    queue.remove(entry);
    expect(queue.add(1, nothing).dueMs).toBe(1);
  });
});

/** A scheduler: actors of one behaviour run before all others, but not for ever. */
import { scheduler } from '@ganglion/actors';
import type { ActorQueue } from '@ganglion/actors';
import { Line } from './line.js';
import { Alarm } from './plant.js';

/** Urgent actors that run in a row while others wait: nobody waits for ever (SCHEDULING-2). */
const URGENT_MAX = 16;

class TwoLines implements ActorQueue {
  readonly #urgent = new Line();
  readonly #others = new Line();
  readonly #isUrgent: (index: number) => boolean;
  #inRow = 0;

  constructor(isUrgent: (index: number) => boolean) {
    this.#isUrgent = isUrgent;
  }

  push(index: number): void {
    (this.#isUrgent(index) ? this.#urgent : this.#others).push(index);
  }

  pushFirst(index: number): void {
    this.push(index);
  }

  pop(): number {
    const othersNow = this.#inRow >= URGENT_MAX && this.#others.size > 0;
    if (this.#urgent.size > 0 && !othersNow) {
      this.#inRow += 1;
      return this.#urgent.takeFirst();
    }
    this.#inRow = 0;
    return this.#others.takeFirst();
  }

  popLast(): number {
    return this.#others.takeLast() || this.#urgent.takeLast();
  }
}

export const AlarmsFirst = scheduler(import.meta.url, 'AlarmsFirst', ({ behaviourOf }) =>
  new TwoLines((index) => {
    const { module, name } = behaviourOf(index);
    return name === Alarm.name && module === Alarm.module;
  }));

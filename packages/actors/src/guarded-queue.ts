/**
 * The queue of a scheduler from outside, as a worker uses it. Private to the worker and lost with
 * its thread: a successor pushes its actors anew.
 *
 * GUARD-1: the queue inside is pushed no actor that waits in it (an actor may have ended and
 *   another come at its index while the index waited), and `size` is what was pushed and not taken.
 * GUARD-2 (SCHEDULING-1): a queue that returns what does not wait, returns 0 while something waits,
 *   or throws, is replaced by the built-in one, which gets everything that waits.
 * GUARD-3 (SCHEDULING-2): so is one that passes an actor over. Every taking looks at one index, in
 *   a circle, so that somebody who was lost is found though the others never stop.
 */
import type { ActorQueue, ActorScheduler, SchedulerComponents } from './contract/scheduling.js';
import { PASSED_OVER_EACH, PASSED_OVER_MAX } from './contract/scheduling.js';
import { textOf } from './errors.js';
import { RunQueue } from './run-queue.js';
import type { WorkerQueue } from './run-queue.js';

const METHODS = ['push', 'pushFirst', 'pop', 'popLast'] as const;

/** See the file's header. */
export class GuardedQueue implements WorkerQueue {
  #queue: ActorQueue;
  /** By index: 1 = waits. */
  readonly #waits: Uint8Array;
  #size = 0;
  /** By index: how often something had been taken when it was pushed, in 32 bits. */
  readonly #pushedAt: Int32Array;
  #taken = 0;
  #looksAt = 0;
  #passedOverMax = PASSED_OVER_MAX;
  readonly #name: string;
  readonly #onReplaced: (text: string) => void;
  onFirst: (() => void) | undefined = undefined;

  /** @param onReplaced told once, in one sentence, if the queue broke its contract */
  constructor(
    { name, create }: ActorScheduler,
    components: SchedulerComponents,
    onReplaced: (text: string) => void,
  ) {
    this.#name = name;
    this.#onReplaced = onReplaced;
    this.#waits = new Uint8Array(components.capacity);
    this.#pushedAt = new Int32Array(components.capacity);
    this.#queue = new RunQueue(2);
    try {
      const queue = create(components);
      for (const method of METHODS)
        if (typeof queue[method] !== 'function') throw new TypeError(`its queue has no ${method}`);
      this.#queue = queue;
    } catch (error) {
      this.#replace(`create failed: ${textOf(error)}`);
    }
  }

  get size(): number {
    return this.#size;
  }

  push(index: number): void {
    if (!this.#enter(index)) return;
    try {
      this.#queue.push(index);
    } catch (error) {
      this.#replace(`push threw: ${textOf(error)}`);
    }
  }

  pushFirst(index: number): void {
    if (!this.#enter(index)) return;
    try {
      this.#queue.pushFirst(index);
    } catch (error) {
      this.#replace(`pushFirst threw: ${textOf(error)}`);
    }
  }

  pop(): number {
    return this.#take('pop');
  }

  popLast(): number {
    return this.#take('popLast');
  }

  #enter(index: number): boolean {
    if (this.#waits[index] === 1) return false;
    if (this.onFirst !== undefined && this.#size === 0) this.onFirst();
    this.#waits[index] = 1;
    this.#pushedAt[index] = this.#taken;
    this.#size += 1;
    return true;
  }

  #take(method: 'pop' | 'popLast'): number {
    if (this.#size === 0) return 0;
    let index: number;
    try {
      index = this.#queue[method]();
    } catch (error) {
      return this.#replace(`${method} threw: ${textOf(error)}`)[method]();
    }
    if (this.#waits[index] !== 1) {
      const told = index === 0 ? `0 while ${this.#size} wait` : `${index}, which does not wait`;
      return this.#replace(`${method} returned ${told}`)[method]();
    }
    this.#waits[index] = 0;
    this.#size -= 1;
    this.#taken = (this.#taken + 1) | 0;
    this.#look();
    return index;
  }

  #look(): void {
    this.#looksAt = (this.#looksAt + 1) % this.#waits.length;
    if (this.#waits[this.#looksAt] === 0) return;
    const passed = (this.#taken - this.#pushedAt[this.#looksAt]) >>> 0;
    if (passed > this.#passedOverMax + PASSED_OVER_EACH * this.#size)
      this.#replace(`an actor was passed over ${passed} times`);
  }

  #replace(cause: string): this {
    const builtIn = new RunQueue(this.#waits.length);
    for (const [index, waits] of this.#waits.entries()) {
      if (waits === 0) continue;
      builtIn.push(index);
      this.#pushedAt[index] = this.#taken;
    }
    this.#queue = builtIn;
    this.#passedOverMax = Infinity;
    this.#onReplaced(`scheduler ${this.#name}: ${cause}; the built-in one goes on`);
    return this;
  }
}

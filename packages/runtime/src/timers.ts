/**
 * Node's timers: one queue in order of due times behind one `setTimeout`, because Node's own timers
 * may fire a millisecond early, out of order across different delays, and at once beyond 2^31 ms.
 *
 * Invariants: (1) a call runs only when the clock has reached its due time; (2) while a call waits,
 * one `setTimeout` is armed for the first, which keeps the process alive.
 */
import assert from 'node:assert/strict';

import type { Clock, Timer, Timers } from './contract.js';
import { overlay, requireInteger } from './options.js';
import { TimerQueue } from './timer-queue.js';

/** How Node's timers are bounded. */
export interface TimersOptions {
  /**
   * Calls that may wait at once; one more is refused with RUNTIME_TIMERS_FULL.
   * @default 1048576
   */
  readonly pendingMax?: number;
}

/** Defaults of `TimersOptions`. */
export const timersDefaults: Required<TimersOptions> = Object.freeze({ pendingMax: 1_048_576 });

/** @throws RuntimeError RUNTIME_OPTION_INVALID */
export function resolveTimersOptions(options: TimersOptions): Required<TimersOptions> {
  const resolved = overlay('timers', timersDefaults, options);
  requireInteger('pendingMax', resolved.pendingMax, { min: 1, max: 2 ** 26 });
  return resolved;
}

const SET_TIMEOUT_MAX_MS = 2 ** 31 - 1;

class NodeTimers implements Timers {
  readonly #clock: Clock;
  readonly #queue: TimerQueue;
  #armed: NodeJS.Timeout | undefined;
  #armedForMs = Infinity;

  constructor(clock: Clock, options: Required<TimersOptions>) {
    this.#clock = clock;
    this.#queue = new TimerQueue(options.pendingMax);
  }

  after(delayMs: number, fire: () => void): Timer {
    assert(delayMs >= 0 && delayMs < Infinity, `delayMs is ${delayMs}, must be 0 or more`);
    const entry = this.#queue.add(this.#clock.monotonicMs() + delayMs, fire);
    this.#arm();
    return {
      cancel: () => {
        this.#queue.remove(entry);
        if (this.#queue.size === 0) this.#disarm();
      },
    };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  #disarm(): void {
    clearTimeout(this.#armed);
    this.#armed = undefined;
    this.#armedForMs = Infinity;
  }

  #arm(): void {
    const first = this.#queue.peek();
    if (first === undefined || first.dueMs >= this.#armedForMs) return;
    clearTimeout(this.#armed);
    this.#armedForMs = first.dueMs;
    const delayMs = Math.ceil(first.dueMs - this.#clock.monotonicMs());
    const bounded = Math.min(Math.max(delayMs, 1), SET_TIMEOUT_MAX_MS);
    this.#armed = setTimeout(() => this.#run(), bounded);
  }

  #run(): void {
    this.#disarm();
    const nowMs = this.#clock.monotonicMs();
    try {
      for (let next = this.#queue.peek(); next !== undefined; next = this.#queue.peek()) {
        if (next.dueMs > nowMs) return;
        this.#queue.remove(next);
        next.fire();
      }
    } finally {
      // Also after a call that threw: the others must still come.
      this.#arm();
    }
  }
}

/** Timers of the calling thread, measured by `clock`. */
export function nodeTimers(clock: Clock, options: TimersOptions = {}): Timers {
  return new NodeTimers(clock, resolveTimersOptions(options));
}

/** Time that stands still until it is told to pass. */
import assert from 'node:assert/strict';
import { setImmediate as afterPromises } from 'node:timers/promises';

import type { Clock, Timers } from '../contract.js';
import { TimerQueue } from '../timer-queue.js';

const PENDING_MAX = 1_048_576;

/** A clock and its timers, moved by the test. */
export interface VirtualTime {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Calls that wait. */
  readonly pending: number;
  /** When the next of them is due, or undefined. */
  readonly nextDueMs: number | undefined;
  /**
   * Lets `ms` pass: makes every call that falls due, in order, with the clock at its due time, also
   * those scheduled on the way. Promise reactions run after it has returned.
   */
  advance(ms: number): void;
  /** The same, but lets promise reactions run before the first call and after each. */
  run(ms: number): Promise<void>;
}

/** How virtual time starts. */
export interface VirtualTimeOptions {
  /**
   * Wall-clock time at the origin, in milliseconds since the Unix epoch.
   * @default 0
   */
  readonly wallOriginMs?: number;
}

/** Virtual time at 0 ms. */
export function virtualTime({ wallOriginMs = 0 }: VirtualTimeOptions = {}): VirtualTime {
  const queue = new TimerQueue(PENDING_MAX);
  let nowMs = 0;

  /** Makes the next call that is due by `untilMs`; tells whether there was one. */
  function fireNext(untilMs: number): boolean {
    const next = queue.peek();
    if (next === undefined || next.dueMs > untilMs) return false;
    queue.remove(next);
    nowMs = next.dueMs;
    next.fire();
    return true;
  }

  function targetAfter(ms: number): number {
    assert(ms >= 0 && ms < Infinity, `ms is ${ms}, must be 0 or more`);
    return nowMs + ms;
  }

  const timers: Timers = {
    after: (delayMs, fire) => {
      const entry = queue.add(targetAfter(delayMs), fire);
      return { cancel: () => queue.remove(entry) };
    },
    sleep: (delayMs) => new Promise((resolve) => {
      queue.add(targetAfter(delayMs), resolve);
    }),
  };
  return {
    clock: { monotonicMs: () => nowMs, wallMs: () => wallOriginMs + nowMs },
    timers,
    get pending() {
      return queue.size;
    },
    get nextDueMs() {
      return queue.peek()?.dueMs;
    },
    advance: (ms) => {
      const untilMs = targetAfter(ms);
      while (fireNext(untilMs));
      nowMs = untilMs;
    },
    run: async (ms) => {
      const untilMs = targetAfter(ms);
      await afterPromises();
      while (fireNext(untilMs)) await afterPromises();
      nowMs = untilMs;
    },
  };
}

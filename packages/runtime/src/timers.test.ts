import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { nodeClock } from './clock.js';
import type { Clock, Timers } from './contract.js';
import { nodeTimers } from './timers.js';

/** Node's `setTimeout` under a faked clock that starts at a fraction of a millisecond. */
function fakeTime(): { clock: Clock; timers: Timers; pass: (ms: number) => void } {
  let nowMs = 0.7;
  const clock: Clock = { monotonicMs: () => nowMs, wallMs: () => 0 };
  return {
    clock,
    timers: nodeTimers(clock),
    pass: (ms) => {
      for (let step = 0; step < ms; step += 1) {
        nowMs += 1;
        vi.advanceTimersByTime(1);
      }
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('nodeTimers', () => {
  it('TIMERS-1: calls only when the delay has passed', () => {
    const { timers, pass, clock } = fakeTime();
    const times: number[] = [];
    timers.after(5.5, () => times.push(clock.monotonicMs()));
    pass(5);
    expect(times).toEqual([]);
    pass(1);
    expect(times).toEqual([6.7]);
  });

  it('TIMERS-1: an early setTimeout of the platform is not passed on', () => {
    const { timers, pass, clock } = fakeTime();
    const times: number[] = [];
    timers.after(10, () => times.push(clock.monotonicMs()));
    vi.advanceTimersByTime(10);
    expect(times).toEqual([]);
    pass(10);
    expect(times).toEqual([10.7]);
  });

  it('TIMERS-2: calls come by due time, equal ones in order of scheduling', () => {
    const { timers, pass } = fakeTime();
    const order: string[] = [];
    for (const [name, delayMs] of [['c', 9], ['a', 3], ['b', 3], ['d', 20]] as const) {
      timers.after(delayMs, () => order.push(name));
    }
    pass(10);
    expect(order).toEqual(['a', 'b', 'c']);
    pass(10);
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it('TIMERS-3: a call that throws does not keep the others from coming', () => {
    const { timers, pass } = fakeTime();
    const order: string[] = [];
    timers.after(1, () => {
      throw new Error('mine');
    });
    timers.after(1, () => order.push('next'));
    expect(() => pass(1)).toThrow('mine');
    pass(1);
    expect(order).toEqual(['next']);
  });

  it('cancel is exact, also from a call of the same time, and twice', () => {
    const { timers, pass } = fakeTime();
    const order: string[] = [];
    const victim = timers.after(5, () => order.push('victim'));
    const other = timers.after(2, () => order.push('other'));
    timers.after(2, () => {
      victim.cancel();
      other.cancel();
    });
    pass(10);
    expect(order).toEqual(['other']);
    victim.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves nothing armed when the last call was cancelled', () => {
    const { timers } = fakeTime();
    const timer = timers.after(5, () => undefined);
    expect(vi.getTimerCount()).toBe(1);
    timer.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes delays beyond those of setTimeout', () => {
    const { timers } = fakeTime();
    const armed = vi.spyOn(globalThis, 'setTimeout');
    let called = 0;
    timers.after(2 ** 40, () => {
      called += 1;
    });
    vi.advanceTimersByTime(1_000);
    expect([called, vi.getTimerCount()]).toEqual([0, 1]);
    expect(armed).toHaveBeenCalledTimes(1);
    armed.mockRestore();
  });

  it('sleep resolves after its delay', async () => {
    const { timers, pass } = fakeTime();
    let woke = false;
    const sleeping = timers.sleep(3).then(() => {
      woke = true;
    });
    pass(2);
    await Promise.resolve();
    expect(woke).toBe(false);
    pass(1);
    await sleeping;
    expect(woke).toBe(true);
  });

  it.each([-1, Number.NaN, Infinity])('refuses the delay %d', (delayMs) => {
    const { timers } = fakeTime();
    expect(() => timers.after(delayMs, () => undefined)).toThrow(`delayMs is ${delayMs}`);
  });

  it('RUNTIME_TIMERS_FULL: refuses more pending calls than its limit', () => {
    const timers = nodeTimers(fakeTime().clock, { pendingMax: 1 });
    timers.after(1, () => undefined);
    expect(() => timers.after(1, () => undefined))
      .toThrow(expect.objectContaining({ code: 'RUNTIME_TIMERS_FULL' }));
  });

  it('RUNTIME_OPTION_INVALID: refuses limits out of range and unknown options', () => {
    expect(() => nodeTimers(nodeClock(), { pendingMax: 0 }))
      .toThrow('pendingMax is 0, must be an integer 1 to 67108864');
    expect(() => nodeTimers(nodeClock(), { pending: 1 } as object))
      .toThrow(expect.objectContaining({
        code: 'RUNTIME_OPTION_INVALID',
        message: 'timers: unknown option pending; known are pendingMax',
      }));
  });
});

describe('nodeClock', () => {
  it('does not go back and counts in milliseconds', () => {
    const clock = nodeClock();
    let last = clock.monotonicMs();
    for (let count = 0; count < 1_000; count += 1) {
      const now = clock.monotonicMs();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    const beforeMs = Number(process.hrtime.bigint()) / 1e6;
    const between = clock.monotonicMs();
    const afterMs = Number(process.hrtime.bigint()) / 1e6;
    // A clock's origin is exact to the time between its two readings.
    expect(between).toBeGreaterThan(beforeMs - 1);
    expect(between).toBeLessThan(afterMs + 1);
  });

  it('has the calendar of the machine', () => {
    const before = Date.now();
    const wallMs = nodeClock().wallMs();
    expect(wallMs).toBeGreaterThanOrEqual(before);
    expect(wallMs).toBeLessThanOrEqual(Date.now());
  });
});

import { describe, expect, it } from 'vitest';

import { virtualTime } from './virtual-time.js';

describe('virtualTime', () => {
  it('stands still until it is advanced', () => {
    const { clock, advance } = virtualTime({ wallOriginMs: 1_000 });
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([0, 1_000]);
    advance(2.5);
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([2.5, 1_002.5]);
  });

  it('TIMERS-2: makes calls in order, each at its due time', () => {
    const { clock, timers, advance } = virtualTime();
    const calls: [string, number][] = [];
    const call = (name: string) => () => void calls.push([name, clock.monotonicMs()]);
    timers.after(30, call('c'));
    timers.after(10, call('a'));
    timers.after(10, call('b'));
    advance(29);
    expect(calls).toEqual([['a', 10], ['b', 10]]);
    advance(1);
    expect(calls.at(-1)).toEqual(['c', 30]);
  });

  it('makes calls that were scheduled on the way', () => {
    const virtual = virtualTime();
    const times: number[] = [];
    const tick = (): void => {
      times.push(virtual.clock.monotonicMs());
      virtual.timers.after(10, tick);
    };
    virtual.timers.after(10, tick);
    virtual.advance(35);
    expect(times).toEqual([10, 20, 30]);
    expect(virtual.pending).toBe(1);
  });

  it('tells when the next call is due', () => {
    const virtual = virtualTime();
    expect(virtual.nextDueMs).toBe(undefined);
    virtual.timers.after(30, () => undefined);
    const soon = virtual.timers.after(10, () => undefined);
    expect(virtual.nextDueMs).toBe(10);
    soon.cancel();
    expect(virtual.nextDueMs).toBe(30);
  });

  it('cancel is exact', () => {
    const virtual = virtualTime();
    let calls = 0;
    const timer = virtual.timers.after(1, () => {
      calls += 1;
    });
    timer.cancel();
    virtual.advance(5);
    expect([calls, virtual.pending]).toEqual([0, 0]);
  });

  it('run lets promise reactions happen between calls', async () => {
    const virtual = virtualTime();
    const times: number[] = [];
    const loop = async (): Promise<void> => {
      for (let count = 0; count < 3; count += 1) {
        await virtual.timers.sleep(10);
        times.push(virtual.clock.monotonicMs());
      }
    };
    const looping = loop();
    await virtual.run(100);
    await looping;
    expect(times).toEqual([10, 20, 30]);
    expect(virtual.clock.monotonicMs()).toBe(100);
  });

  it.each([-1, Number.NaN])('refuses to pass %d ms', (ms) => {
    expect(() => virtualTime().advance(ms)).toThrow(`ms is ${ms}`);
    expect(() => virtualTime().timers.after(ms, () => undefined)).toThrow(`ms is ${ms}`);
  });
});

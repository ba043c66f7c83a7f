import { describe, expect, it } from 'vitest';
import { PacedClock } from './paced-clock.js';

/** A thread whose clock counts its readings; each takes it `passMs` on. */
function paced(passMs: number) {
  const seen = { readings: 0, passMs, stampedUs: 0 };
  let nowMs = 1_000;
  const monotonicMs = (): number => {
    seen.readings += 1;
    return (nowMs += seen.passMs);
  };
  const stamp = { setTime: (us: number) => { seen.stampedUs = us; } };
  const thread = { clock: { monotonicMs }, mail: { stamp }, coarseMs: 0 };
  return { seen, thread, clock: new PacedClock(thread) };
}

describe('the clock of a loop', () => {
  it('ACTORS-T3: is looked at every 16 passes at most while they are short', () => {
    const { seen, clock } = paced(0.01);
    clock.look();
    for (let pass = 0; pass < 1_000; pass++) clock.pass();
    expect(seen.readings).toBeGreaterThan(1_000 / 16);
    expect(seen.readings).toBeLessThan(1_000 / 16 + 10);
  });

  it('PACE-1: is looked at after every pass once passes are long', () => {
    const { seen, clock } = paced(0.01);
    clock.look();
    for (let pass = 0; pass < 100; pass++) clock.pass();
    seen.passMs = 0.3;
    for (let pass = 0; pass < 16; pass++) clock.pass();
    const before = seen.readings;
    for (let pass = 0; pass < 50; pass++) clock.pass();
    expect(seen.readings - before).toBe(50);
  });

  it('ACTORS-T3: its time is the thread\'s coarse time until the loop is left', () => {
    const { seen, thread, clock } = paced(0.01);
    const nowMs = clock.look();
    expect([thread.coarseMs, seen.stampedUs]).toEqual([nowMs, Math.floor(nowMs * 1_000)]);
    clock.leave();
    expect(thread.coarseMs).toBe(0);
    const before = seen.readings;
    clock.pass();
    expect(seen.readings).toBe(before + 1);
  });
});

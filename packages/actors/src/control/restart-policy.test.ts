import { describe, expect, test } from 'vitest';
import { exponential } from '../supervisor-spec.js';
import { callsForRestart, decideRestart, RecentTimes } from './restart-policy.js';
import type { RestartPolicy } from './restart-policy.js';

const MIDDLE = 0.5;

/** What a supervisor decides for one child that fails at these times. */
function decisions(
  policy: RestartPolicy,
  timesMs: readonly number[],
  draw = MIDDLE,
): (number | string)[] {
  const history = { restarts: new RecentTimes(), failures: new RecentTimes() };
  return timesMs.map((nowMs) => {
    const decision = decideRestart(policy, history, nowMs, draw);
    return decision.kind === 'giveUp' ? 'giveUp' : decision.delayMs;
  });
}

describe('decideRestart', () => {
  test('OTP: intensity 2 in 3,600 s gives up at the third exit', () => {
    const policy: RestartPolicy = { maxRestarts: 2, withinMs: 3_600_000, backoff: 'none' };
    expect(decisions(policy, [0, 1, 2])).toEqual([0, 0, 'giveUp']);
  });

  test('OTP: intensity 1 in 1 s is never reached by exits 2,100 ms apart', () => {
    const policy: RestartPolicy = { maxRestarts: 1, withinMs: 1_000, backoff: 'none' };
    expect(decisions(policy, [0, 2_100, 4_200, 6_300])).toEqual([0, 0, 0, 0]);
    expect(decisions(policy, [0, 2_100, 2_900])).toEqual([0, 0, 'giveUp']);
  });

  test('OTP: intensity 0 gives up at the first exit', () => {
    expect(decisions({ maxRestarts: 0, withinMs: 1_000, backoff: 'none' }, [5])).toEqual([
      'giveUp',
    ]);
  });

  test('ACTORS-V1: the first restart is at once, then 10 ms doubling to 1 s', () => {
    const policy: RestartPolicy = {
      maxRestarts: 10,
      withinMs: 60_000,
      backoff: exponential({ fromMs: 10, toMs: 1_000 }),
    };
    const timesMs = Array.from({ length: 11 }, (_, n) => n);
    expect(decisions(policy, timesMs)).toEqual([
      0,
      10,
      20,
      40,
      80,
      160,
      320,
      640,
      1_000,
      1_000,
      'giveUp',
    ]);
  });

  test('ACTORS-V1: jitter is 20 % to either side of the delay', () => {
    const policy: RestartPolicy = {
      maxRestarts: 9,
      withinMs: 60_000,
      backoff: exponential({ fromMs: 100, toMs: 1_000 }),
    };
    expect(decisions(policy, [0, 1], 0)[1]).toBeCloseTo(80);
    expect(decisions(policy, [0, 1], 1)[1]).toBeCloseTo(120);
  });

  test('ACTORS-V1: a window without failure resets the delay', () => {
    const policy: RestartPolicy = {
      maxRestarts: 9,
      withinMs: 1_000,
      backoff: exponential({ fromMs: 10, toMs: 100 }),
    };
    expect(decisions(policy, [0, 1, 2, 2_000, 2_001])).toEqual([0, 10, 20, 0, 10]);
  });

  test('restarts of all children count together, delays go by the child', () => {
    const policy: RestartPolicy = {
      maxRestarts: 2,
      withinMs: 1_000,
      backoff: exponential({ fromMs: 10, toMs: 100 }),
    };
    const restarts = new RecentTimes();
    const failures = [new RecentTimes(), new RecentTimes()] as const;
    const decide = (child: 0 | 1, nowMs: number): object =>
      decideRestart(policy, { restarts, failures: failures[child] }, nowMs, MIDDLE);
    expect(decide(0, 0)).toEqual({ kind: 'restart', delayMs: 0 });
    expect(decide(1, 1)).toEqual({ kind: 'restart', delayMs: 0 });
    expect(decide(1, 2)).toEqual({ kind: 'giveUp' });
    expect(decide(1, 1_500)).toEqual({ kind: 'restart', delayMs: 0 });
  });
});

test('RecentTimes forgets what is before the window, and counts the rest', () => {
  const times = new RecentTimes();
  const counts = [0, 1, 2, 10, 11, 12, 13, 30].map((nowMs) => times.add(nowMs, 10));
  expect(counts).toEqual([1, 2, 3, 4, 4, 4, 4, 1]);
});

test('OTP: permanent restarts always, transient after abnormal exits, temporary never', () => {
  const reasons = ['normal', 'shutdown', 'killed', 'crashed', 'workerLost'] as const;
  expect(reasons.map((reason) => callsForRestart('permanent', reason))).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(reasons.map((reason) => callsForRestart('transient', reason))).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
  expect(reasons.map((reason) => callsForRestart('temporary', reason))).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

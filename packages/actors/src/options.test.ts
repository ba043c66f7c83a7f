import { describe, expect, test } from 'vitest';
import { actorSystemDefaults, describeEvent, resolveActorSystemOptions } from './options.js';
import type { ActorSystemOptions } from './contract/system.js';

const MACHINE = { workers: 4, seed: 7 };

describe('resolveActorSystemOptions', () => {
  test('defaults are SPEC figures', () => {
    expect(resolveActorSystemOptions({}, MACHINE)).toEqual({ ...actorSystemDefaults, ...MACHINE });
    const { maxActors, slots, mailboxCapacity, turnReportMs, turnLimitMs, askTimeoutMs } =
      actorSystemDefaults;
    expect([maxActors, slots, mailboxCapacity]).toEqual([1_000_000, 262_144, 256]);
    expect([turnReportMs, turnLimitMs, askTimeoutMs]).toEqual([20, 5_000, 5_000]);
  });

  test('undefined is not given', () => {
    expect(
      resolveActorSystemOptions({ workers: undefined } as ActorSystemOptions, MACHINE).workers,
    ).toBe(4);
  });

  const refusals: readonly (readonly [text: string, options: object])[] = [
    ['an actor system has no option threads', { threads: 2 }],
    ['workers is 0; it must be an integer from 1 to 1024', { workers: 0 }],
    ['workers is 1025; it must be an integer from 1 to 1024', { workers: 1_025 }],
    ['workers is 1.5', { workers: 1.5 }],
    ['maxActors is 1000001', { maxActors: 1_000_001 }],
    ['mailboxCapacity is 257; it must be an integer from 2 to 256', { mailboxCapacity: 257 }],
    ['names is 0; it must be an integer from 1 to 65536', { names: 0 }],
    ['timers is 262144; it must be an integer from 1 to 262143', { timers: 262_144 }],
    ['slots is 255', { slots: 255 }],
    ['slots is 1023; 2 workers need at least 1024', { workers: 2, slots: 1_023 }],
    ['heapMiB is 8; 100 workers need at least 102', { heapMiB: 8, workers: 100 }],
    ['checks is all; it must be one of development, off', { checks: 'all' }],
    ['cpus is [0]; it must be an array of 2 integers from 0, one for each worker',
      { workers: 2, cpus: [0] }],
    ['cpus is [0,-1]; it must be', { workers: 2, cpus: [0, -1] }],
    ['cpus is "0,1"; it must be', { workers: 2, cpus: '0,1' }],
    ['turnReportMs is 6000; it must be at most turnLimitMs, 5000', { turnReportMs: 6_000 }],
  ];
  test.each(refusals)('ACTORS_OPTION_INVALID: %s', (text, options) => {
    expect(() => resolveActorSystemOptions(options, MACHINE)).toThrow(
      expect.objectContaining({
        code: 'ACTORS_OPTION_INVALID',
        message: expect.stringContaining(text),
      }),
    );
  });
});

test('events are one line for people, or none', () => {
  const exit = { kind: 'exit', actor: 'Counter#1', text: '' } as const;
  expect(describeEvent({ ...exit, reason: 'normal' })).toBeUndefined();
  expect(describeEvent({ ...exit, reason: 'crashed', text: 'boom' })).toBe(
    'Counter#1 exited (crashed: boom)',
  );
  const restart = {
    kind: 'restart',
    child: 'Model/a',
    reason: 'killed',
    text: '',
    restarts: 2,
  } as const;
  expect(describeEvent({ ...restart, delayMs: 0 })).toBe('Model/a exited (killed), restart 2');
  expect(describeEvent({ ...restart, delayMs: 10.4 })).toBe(
    'Model/a exited (killed), restart 2 in 10 ms',
  );
  expect(describeEvent({ kind: 'escalation', supervisor: 'Model', text: 'why' })).toBe(
    'Model gave up: why',
  );
  expect(describeEvent({ kind: 'longTurn', worker: 1, actor: 'A#2', ms: 33 })).toBe(
    'A#2 on worker 1 has been in one turn for 33 ms',
  );
  expect(describeEvent({ kind: 'workerLost', worker: 1, text: 'why' })).toBe(
    'worker 1 was lost: why',
  );
});

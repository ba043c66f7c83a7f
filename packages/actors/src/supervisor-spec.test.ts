import { describe, expect, test } from 'vitest';
import { actor } from './behaviour.js';
import { child, exponential, supervisor, supervisorDefaults, template } from './supervisor-spec.js';
import type { ChildSpec, GroupOptions } from './contract/supervision.js';

const Idle = actor('file:///idle.js', 'Idle', { state: {}, messages: {}, receive: {} });
const Named = actor('file:///named.js', 'Named', {
  init: (_self, name: string) => name,
  messages: {},
  receive: {},
});

const SIMPLE = { strategy: 'simpleOneForOne' as const };
const SIGNIFICANT = { significant: true, restart: 'transient' as const };
const significant = child('s', Idle, undefined, SIGNIFICANT);

function many(count: number): readonly ChildSpec[] {
  return Array.from({ length: count }, (_, n) => child(`c${n}`, Idle));
}

describe('supervisor', () => {
  test('defaults are SPEC figures', () => {
    const backoff = { fromMs: 10, toMs: 1_000, jitter: 0.2 };
    expect(supervisorDefaults).toEqual({
      strategy: 'oneForOne',
      maxRestarts: 10,
      withinMs: 60_000,
      backoff,
      autoShutdown: 'never',
    });
    expect(supervisor({ children: [] })).toEqual({ ...supervisorDefaults, children: [] });
  });

  const refusals: readonly (readonly [text: string, options: object])[] = [
    ['supervisor has no option intensity', { children: [], intensity: 3 }],
    ['maxRestarts is -1', { children: [], maxRestarts: -1 }],
    ['withinMs is 0', { children: [], withinMs: 0 }],
    ['two children are named a', { children: [child('a', Idle), child('a', Idle)] }],
    ['strategy is oneForTwo', { children: [], strategy: 'oneForTwo' }],
    ['autoShutdown is always', { children: [], autoShutdown: 'always' }],
    ['simpleOneForOne are a list; they must be a template', { ...SIMPLE, children: [] }],
    ['oneForAll are a template', { children: template(Idle), strategy: 'oneForAll' }],
    ['4097 children; at most 4096', { children: many(4_097) }],
    ['child s is significant; autoShutdown', { children: [significant] }],
    ['template Idle is significant', { ...SIMPLE, children: template(Idle, SIGNIFICANT) }],
  ];
  test.each(refusals)('ACTORS_OPTION_INVALID: %s', (text, options) => {
    expect(() => supervisor(options as GroupOptions)).toThrow(
      expect.objectContaining({
        code: 'ACTORS_OPTION_INVALID',
        message: expect.stringContaining(text),
      }),
    );
  });

  test('ACTORS-V1: refuses a back-off that cannot exhaust maxRestarts within the window', () => {
    const backoff = exponential({ fromMs: 100, toMs: 10_000 });
    expect(() => supervisor({ children: [], backoff, withinMs: 1_000 })).toThrow(
      'would never give up',
    );
    expect(supervisor({ children: [], backoff, maxRestarts: 3, withinMs: 1_000 }).maxRestarts).toBe(
      3,
    );
  });

  test('the children of simpleOneForOne are a template', () => {
    const spec = supervisor({ ...SIMPLE, children: template(Named, { restart: 'temporary' }) });
    expect(spec.children).toEqual({
      behaviour: Named,
      restart: 'temporary',
      shutdownMs: 5_000,
      startTimeoutMs: 60_000,
      significant: false,
      worker: undefined,
    });
    // @ts-expect-error a template is no list
    expect(() => supervisor({ children: template(Named) })).toThrow('must be a list');
    // @ts-expect-error and a list no template
    expect(() => supervisor({ ...SIMPLE, children: [child('a', Idle)] })).toThrow('a template');
  });
});

describe('child', () => {
  test('keeps behaviour, arguments and choices', () => {
    expect(child('n', Named, 'ada', { restart: 'transient', worker: 1 })).toEqual({
      id: 'n',
      subject: { kind: 'actor', behaviour: Named, args: 'ada' },
      restart: 'transient',
      shutdownMs: 5_000,
      startTimeoutMs: 60_000,
      significant: false,
      worker: 1,
    });
    // @ts-expect-error the argument of init is a string
    child('n', Named, 1);
    // @ts-expect-error and it is needed
    child('n', Named);
  });

  test('nests supervisors', () => {
    const spec = supervisor({ children: [child('idle', Idle)] });
    expect(child('group', spec, { restart: 'temporary' })).toEqual({
      id: 'group',
      subject: { kind: 'supervisor', spec },
      restart: 'temporary',
      shutdownMs: Infinity,
      startTimeoutMs: Infinity,
      significant: false,
    });
    // @ts-expect-error OTP: a supervisor has all the time that its subtree needs
    expect(() => child('group', spec, { shutdownMs: 5 })).toThrow(
      'child group has no option shutdownMs',
    );
  });

  test('OTP: a significant child is transient or temporary', () => {
    expect(() => child('a', Idle, undefined, { significant: true })).toThrow(
      'child a is significant and permanent',
    );
    expect(significant.significant).toBe(true);
    const spec = supervisor({ autoShutdown: 'anySignificant', children: [significant] });
    expect(spec.autoShutdown).toBe('anySignificant');
  });

  test.each(['', 'a/b', 'a b', 'x'.repeat(65)])('refuses the id "%s"', (id) => {
    expect(() => child(id, Idle)).toThrow('cannot name a child');
  });

  test('refuses unknown and wrong options', () => {
    expect(() => child('a', Idle, undefined, { restarts: 'permanent' } as never)).toThrow(
      'child a has no option restarts',
    );
    expect(() => child('a', Idle, undefined, { restart: 'always' as never })).toThrow(
      'restart is always',
    );
    expect(() => child('a', Idle, undefined, { shutdownMs: -1 })).toThrow('shutdownMs is -1');
    const slow = child('a', Idle, undefined, { shutdownMs: Infinity });
    expect(slow.shutdownMs).toBe(Infinity);
    expect(() => child('a', Idle, undefined, { startTimeoutMs: 0 })).toThrow(
      'startTimeoutMs is 0; it must be above 0 and at most 86400000, or Infinity',
    );
    const patient = child('a', Idle, undefined, { startTimeoutMs: Infinity });
    expect(patient.startTimeoutMs).toBe(Infinity);
  });

  test('refuses a back-off that falls', () => {
    expect(() => exponential({ fromMs: 10, toMs: 5 })).toThrow('backoff is from 10 to 5 ms');
    expect(() => exponential({ fromMs: 10, toMs: 50, jitter: 1 })).toThrow('jitter is 1');
  });
});

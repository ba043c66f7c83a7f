/**
 * The rules of OTP's `supervisor`, in our words, each as a transcript under virtual time: what
 * happens to a tree, and what its interpreter does then. Departures from OTP are in supervision.ts.
 */
import { describe, expect, test } from 'vitest';
import type { ExitReason } from '../contract/behaviour.js';
import { actorChild, fakeActor, FakeActors, group, startedTree } from '../fixtures/fake-actors.js';
import type { PlannedChild, SupervisorPlan } from '../protocol.js';
import { childDefaults } from '../supervisor-spec.js';
import type { SupervisorNode } from './supervisor-node.js';

interface Rule {
  readonly rule: string;
  readonly plan: Partial<SupervisorPlan>;
  /** See `play`. */
  readonly steps: readonly string[];
  /** What the interpreter did, with the steps that made actors exit. */
  readonly log: readonly string[];
}

const abc = [actorChild('a'), actorChild('b'), actorChild('c')];
const oneForAll = { strategy: 'oneForAll' as const };
const restForOne = { strategy: 'restForOne' as const };
const simple = { strategy: 'simpleOneForOne' as const, template: childDefaults };
const transient = { restart: 'transient' as const };
const temporary = { restart: 'temporary' as const };
const signal = { ...transient, significant: true };
const anySignificant = { autoShutdown: 'anySignificant' as const };
const allSignificant = { autoShutdown: 'allSignificant' as const };

const strategies: readonly Rule[] = [
  {
    rule: 'oneForAll: the others are stopped in reverse, and all are started in order',
    plan: { ...oneForAll, children: abc },
    steps: ['b crashed'],
    log: [
      'b crashed', 'shutdown c', 'c shutdown', 'shutdown a', 'a shutdown',
      'restart a', 'restart b', 'restart c',
    ],
  },
  {
    rule: 'restForOne: those started after it are stopped in reverse; it and they start in order',
    plan: { ...restForOne, children: [...abc, actorChild('d')] },
    steps: ['b crashed'],
    log: [
      'b crashed', 'shutdown d', 'd shutdown', 'shutdown c', 'c shutdown',
      'restart b', 'restart c', 'restart d',
    ],
  },
  {
    rule: 'a group starts one after the other, each when the init before has completed',
    plan: { ...oneForAll, children: abc },
    steps: ['hold a', 'b crashed', 'which', 'start a'],
    log: [
      'b crashed', 'shutdown c', 'c shutdown', 'shutdown a', 'a shutdown', 'restart a',
      'a starting, b restarting, c restarting',
      'restart b', 'restart c',
    ],
  },
  {
    rule: 'a temporary sibling that a group restart ends is gone',
    plan: { ...oneForAll, children: [actorChild('a'), actorChild('b', temporary)] },
    steps: ['a crashed', 'which'],
    log: ['a crashed', 'shutdown b', 'b shutdown', 'release b', 'restart a', 'a running'],
  },
  {
    rule: 'a transient sibling that had ended normally is started with its group, as another actor',
    plan: { ...oneForAll, children: [actorChild('a'), actorChild('b', transient)] },
    steps: ['b normal', 'which', 'a crashed', 'which'],
    log: [
      'b normal', 'release b', 'a running, b down', 'a crashed', 'restart a', 'place b',
      'a running, b running',
    ],
  },
  {
    rule: 'a child that terminateChild stopped is started with its group',
    plan: { ...restForOne, children: abc },
    steps: ['terminateChild c', 'b crashed'],
    log: [
      'shutdown c', 'c shutdown', 'terminateChild c: ok', 'b crashed', 'restart b', 'restart c',
    ],
  },
  {
    rule: 'a group restart counts once',
    plan: { ...oneForAll, maxRestarts: 1, children: abc.slice(0, 2) },
    steps: ['a crashed', 'b crashed'],
    log: [
      'a crashed', 'shutdown b', 'b shutdown', 'restart a', 'restart b',
      'b crashed', 'escalation', 'shutdown a', 'a shutdown', 'release b', 'release a',
    ],
  },
  {
    rule: 'oneForAll: a start that fails counts, and all are started again from the first',
    plan: { ...oneForAll, maxRestarts: 2, children: abc },
    steps: ['break b', 'a crashed'],
    log: [
      'a crashed', 'shutdown c', 'c shutdown', 'shutdown b', 'b shutdown', 'restart a', 'restart b',
      'shutdown a', 'a shutdown', 'restart a', 'restart b',
      'escalation', 'shutdown a', 'a shutdown', 'release c', 'release b', 'release a',
    ],
  },
  {
    rule: 'restForOne: a start that fails counts, and is tried again from that child on',
    plan: { ...restForOne, maxRestarts: 2, children: abc },
    steps: ['break b', 'a crashed'],
    log: [
      'a crashed', 'shutdown c', 'c shutdown', 'shutdown b', 'b shutdown', 'restart a', 'restart b',
      'restart b',
      'escalation', 'shutdown a', 'a shutdown', 'release c', 'release b', 'release a',
    ],
  },
  {
    rule: 'a sibling that dies while its group is stopped is no failure (SUPERVISION-4)',
    plan: { ...oneForAll, maxRestarts: 1, children: abc },
    steps: ['deaf c', 'b crashed', 'a crashed', 'c crashed'],
    log: [
      'b crashed', 'shutdown c', 'a crashed', 'c crashed', 'restart a', 'restart b', 'restart c',
    ],
  },
  {
    rule: 'a nested supervisor is stopped and started with its group, children and all',
    plan: { ...oneForAll, children: [actorChild('a'), group('g', { children: abc.slice(1) })] },
    steps: ['a crashed'],
    log: [
      'a crashed', 'shutdown c', 'c shutdown', 'shutdown b', 'b shutdown',
      'restart a', 'restart b', 'restart c',
    ],
  },
];

const takeovers: readonly Rule[] = [
  {
    rule: 'SUPERVISION-5: an elder that dies while the younger start takes over',
    plan: { ...restForOne, children: abc },
    steps: ['hold c', 'b crashed', 'a crashed', 'release c', 'which'],
    log: [
      'b crashed', 'shutdown c', 'c shutdown', 'restart b', 'restart c',
      'a crashed', 'shutdown c', 'c shutdown', 'shutdown b', 'b shutdown',
      'restart a', 'restart b', 'restart c', 'a running, b running, c starting',
    ],
  },
  {
    rule: 'SUPERVISION-5: an elder that dies in the moment in which a start completes takes over',
    plan: { ...restForOne, children: abc },
    steps: ['hold b', 'b crashed', 'release b', 'start b & a crashed'],
    log: [
      'b crashed', 'shutdown c', 'c shutdown', 'restart b',
      'a crashed', 'shutdown b', 'b shutdown', 'restart a', 'restart b', 'restart c',
    ],
  },
  {
    rule: 'SUPERVISION-5: an elder that dies while the younger stop takes over',
    plan: { ...restForOne, children: abc },
    steps: ['deaf c', 'b crashed', 'a crashed', 'c killed'],
    log: [
      'b crashed', 'shutdown c', 'a crashed', 'c killed', 'restart a', 'restart b', 'restart c',
    ],
  },
  {
    rule: 'SUPERVISION-5: a takeover waits for the longest back-off',
    plan: {
      ...restForOne,
      backoff: { fromMs: 100, toMs: 1_000, jitter: 0 },
      children: abc.slice(0, 2),
    },
    steps: ['b crashed', 'b crashed', 'wait 50', 'a crashed', 'wait 49', 'which', 'wait 1'],
    log: [
      'b crashed', 'restart b', 'b crashed', 'a crashed', 'a restarting, b restarting',
      'restart a', 'restart b',
    ],
  },
  {
    rule: 'ACTORS-V1: a group is stopped at once and started when the back-off is over',
    plan: {
      ...oneForAll,
      backoff: { fromMs: 10, toMs: 1_000, jitter: 0 },
      children: abc.slice(0, 2),
    },
    steps: ['a crashed', 'a crashed', 'wait 9', 'which', 'wait 1'],
    log: [
      'a crashed', 'shutdown b', 'b shutdown', 'restart a', 'restart b',
      'a crashed', 'shutdown b', 'b shutdown', 'a restarting, b restarting',
      'restart a', 'restart b',
    ],
  },
  {
    rule: 'a stop ends the back-off of a group',
    plan: {
      ...oneForAll,
      backoff: { fromMs: 10, toMs: 1_000, jitter: 0 },
      children: abc.slice(0, 1),
    },
    steps: ['a crashed', 'a crashed', 'stop', 'wait 5000'],
    log: ['a crashed', 'restart a', 'a crashed', 'stopped'],
  },
  {
    rule: 'a stop in the midst of a group restart stops what runs',
    plan: { ...oneForAll, children: abc },
    steps: ['hold b', 'a crashed', 'stop'],
    log: [
      'a crashed', 'shutdown c', 'c shutdown', 'shutdown b', 'b shutdown', 'restart a', 'restart b',
      'shutdown b', 'b shutdown', 'shutdown a', 'a shutdown', 'stopped',
    ],
  },
];

const types: readonly Rule[] = [
  {
    rule: 'a transient supervisor that gave up exits with shutdown, and is not restarted',
    plan: {
      children: [
        group('g', { maxRestarts: 0, backoff: 'none', children: abc.slice(0, 1) }, transient),
        actorChild('z'),
      ],
    },
    steps: ['a crashed', 'which'],
    log: ['a crashed', 'escalation', 'release a', 'g down, z running'],
  },
  {
    rule: 'a temporary supervisor that gave up is gone',
    plan: {
      children: [
        group('g', { maxRestarts: 0, backoff: 'none', children: abc.slice(0, 1) }, temporary),
        actorChild('z'),
      ],
    },
    steps: ['a crashed', 'which'],
    log: ['a crashed', 'escalation', 'release a', 'z running'],
  },
  {
    rule: 'a child that crashes as soon as it has started is restarted, also if that fails',
    plan: { maxRestarts: 3, children: abc.slice(0, 1) },
    steps: ['brief a', 'a crashed'],
    log: [
      'a crashed', 'restart a', 'a crashed', 'restart a', 'restart a', 'escalation', 'release a',
    ],
  },
  {
    rule: 'shutdownMs Infinity waits for ever, 0 kills at once, a supervisor is never killed',
    plan: {
      children: [
        actorChild('slow', { shutdownMs: Infinity }),
        group('g', { children: [actorChild('inner', { shutdownMs: 600_000 })] }),
        actorChild('brutal', { shutdownMs: 0 }),
      ],
    },
    steps: ['deaf slow', 'deaf inner', 'stop', 'wait 599999', 'inner normal', 'wait 9999999'],
    log: ['kill brutal', 'brutal killed', 'shutdown inner', 'inner normal', 'shutdown slow'],
  },
  {
    rule: 'a listed temporary child that ended is back when its supervisor is restarted',
    plan: {
      children: [
        group('g', {
          maxRestarts: 0,
          backoff: 'none',
          children: [actorChild('n', temporary), actorChild('p')],
        }),
      ],
    },
    steps: ['n crashed', 'which', 'p crashed'],
    log: [
      'n crashed', 'release n', 'g running',
      'p crashed', 'escalation', 'place n', 'restart p',
    ],
  },
];

const simpleOneForOne: readonly Rule[] = [
  {
    rule: 'simpleOneForOne: starts without children; each is started by a call',
    plan: simple,
    steps: ['which', 'startInstance', 'startInstance', 'which'],
    log: [
      '', 'place 1', 'startInstance: 1', 'place 2', 'startInstance: 2', '1 running, 2 running',
    ],
  },
  {
    rule: 'simpleOneForOne: only the child that exited is restarted',
    plan: simple,
    steps: ['startInstance', 'startInstance', '1 crashed'],
    log: [
      'place 1', 'startInstance: 1', 'place 2', 'startInstance: 2', '1 crashed', 'restart 1',
    ],
  },
  {
    rule: 'simpleOneForOne: restarts of all children count together',
    plan: { ...simple, maxRestarts: 1 },
    steps: ['startInstance', 'startInstance', 'clear', '1 crashed', '2 crashed'],
    log: [
      '1 crashed', 'restart 1', '2 crashed', 'escalation', 'shutdown 1', '1 shutdown',
      'release 1', 'release 2',
    ],
  },
  {
    rule: 'simpleOneForOne: a child that ends or is terminated is gone, whatever its type',
    plan: { ...simple, template: { ...childDefaults, restart: 'transient' } },
    steps: ['startInstance', 'startInstance', '1 normal', 'terminateChild 2', 'which'],
    log: [
      'place 1', 'startInstance: 1', 'place 2', 'startInstance: 2', '1 normal', 'release 1',
      'shutdown 2', '2 shutdown', 'release 2', 'terminateChild 2: ok', '',
    ],
  },
  {
    rule: 'simpleOneForOne: a child that does not start is not kept',
    plan: simple,
    steps: ['break 1', 'startInstance', 'which'],
    log: ['place 1', 'release 1', 'startInstance: ACTORS_START_FAILED', ''],
  },
  {
    rule: 'simpleOneForOne: one start does not wait for another',
    plan: simple,
    steps: ['hold 1', 'startInstance', 'startInstance', 'start 1'],
    log: ['place 1', 'place 2', 'startInstance: 2', 'startInstance: 1'],
  },
  {
    rule: 'simpleOneForOne: all children are stopped at once, without order',
    plan: simple,
    steps: ['startInstance', 'startInstance', 'clear', 'stop'],
    log: ['shutdown 1', 'shutdown 2', '1 shutdown', '2 shutdown', 'release 1', 'release 2',
      'stopped'],
  },
  {
    rule: 'simpleOneForOne: has no restartChild, deleteChild, or startChild with a specification',
    plan: simple,
    steps: ['restartChild 1', 'deleteChild 1', 'startChild x'],
    log: [
      'restartChild 1: ACTORS_OPTION_INVALID', 'deleteChild 1: ACTORS_OPTION_INVALID',
      'startChild x: ACTORS_OPTION_INVALID',
    ],
  },
];

const calls: readonly Rule[] = [
  {
    rule: 'startChild: adds a child behind the others',
    plan: { ...restForOne, children: abc.slice(0, 1) },
    steps: ['startChild x', 'a crashed'],
    log: [
      'place x', 'startChild x: x', 'a crashed', 'shutdown x', 'x shutdown', 'restart a',
      'restart x',
    ],
  },
  {
    rule: 'startChild: the next starts when the init before has completed',
    plan: { children: [] },
    steps: ['hold x', 'startChild x', 'startChild y', 'start x'],
    log: ['place x', 'place y', 'startChild x: x', 'startChild y: y'],
  },
  {
    rule: 'startChild: an id is used once, by a child that runs or by one that is down',
    plan: { children: abc.slice(0, 1) },
    steps: ['startChild a', 'terminateChild a', 'startChild a'],
    log: [
      'startChild a: ACTORS_CHILD_PRESENT', 'shutdown a', 'a shutdown', 'terminateChild a: ok',
      'startChild a: ACTORS_CHILD_PRESENT',
    ],
  },
  {
    rule: 'startChild: a child that does not start is not kept',
    plan: { children: [] },
    steps: ['break x', 'startChild x', 'which'],
    log: ['place x', 'release x', 'startChild x: ACTORS_START_FAILED', ''],
  },
  {
    rule: 'children that were added are lost when their supervisor is restarted',
    plan: { children: [group('g', { ...oneForAll, maxRestarts: 0, children: abc.slice(0, 1) })] },
    steps: ['startChild g/x', 'a crashed'],
    log: [
      'place x', 'startChild g/x: x', 'a crashed', 'escalation', 'shutdown x', 'x shutdown',
      'release x', 'restart a',
    ],
  },
  {
    rule: 'children that were deleted are back when their supervisor is restarted',
    plan: { children: [group('g', { maxRestarts: 0, children: abc.slice(0, 2) })] },
    steps: ['terminateChild g/a', 'deleteChild g/a', 'b crashed'],
    log: [
      'shutdown a', 'a shutdown', 'terminateChild g/a: ok', 'release a', 'deleteChild g/a: ok',
      'b crashed', 'escalation', 'place a', 'restart b',
    ],
  },
  {
    rule: 'terminateChild: the child is kept and not restarted; again it does nothing',
    plan: { maxRestarts: 0, children: abc.slice(0, 1) },
    steps: ['terminateChild a', 'terminateChild a', 'which', 'terminateChild x'],
    log: [
      'shutdown a', 'a shutdown', 'terminateChild a: ok', 'terminateChild a: ok', 'a down',
      'terminateChild x: ACTORS_CHILD_UNKNOWN',
    ],
  },
  {
    rule: 'terminateChild: a temporary child is forgotten',
    plan: { children: [actorChild('n', temporary)] },
    steps: ['terminateChild n', 'which'],
    log: ['shutdown n', 'n shutdown', 'release n', 'terminateChild n: ok', ''],
  },
  {
    rule: 'terminateChild: ends the back-off of a child',
    plan: { backoff: { fromMs: 10, toMs: 1_000, jitter: 0 }, children: abc.slice(0, 1) },
    steps: ['a crashed', 'a crashed', 'which', 'terminateChild a', 'wait 5000', 'which'],
    log: [
      'a crashed', 'restart a', 'a crashed', 'a restarting', 'terminateChild a: ok', 'a down',
    ],
  },
  {
    rule: 'terminateChild: ends a restart that is under way',
    plan: { children: abc.slice(0, 1) },
    steps: ['hold a', 'a crashed', 'which', 'terminateChild a', 'which'],
    log: [
      'a crashed', 'restart a', 'a starting', 'shutdown a', 'a shutdown', 'terminateChild a: ok',
      'a down',
    ],
  },
  {
    rule: 'restartChild: starts a child that is down, the same actor',
    plan: { children: abc.slice(0, 1) },
    steps: ['terminateChild a', 'restartChild a', 'which'],
    log: [
      'shutdown a', 'a shutdown', 'terminateChild a: ok', 'restart a', 'restartChild a: a',
      'a running',
    ],
  },
  {
    rule: 'restartChild, deleteChild: not of a child that runs, is being restarted, or is unknown',
    plan: { backoff: { fromMs: 10, toMs: 1_000, jitter: 0 }, children: abc.slice(0, 1) },
    steps: [
      'restartChild a', 'deleteChild a', 'a crashed', 'a crashed',
      'restartChild a', 'deleteChild a', 'restartChild x', 'deleteChild x',
    ],
    log: [
      'restartChild a: ACTORS_CHILD_RUNNING', 'deleteChild a: ACTORS_CHILD_RUNNING',
      'a crashed', 'restart a', 'a crashed',
      'restartChild a: ACTORS_CHILD_RUNNING', 'deleteChild a: ACTORS_CHILD_RUNNING',
      'restartChild x: ACTORS_CHILD_UNKNOWN', 'deleteChild x: ACTORS_CHILD_UNKNOWN',
    ],
  },
  {
    rule: 'restartChild: a child that does not start stays down',
    plan: { maxRestarts: 0, children: abc.slice(0, 1) },
    steps: ['terminateChild a', 'break a', 'restartChild a', 'which'],
    log: [
      'shutdown a', 'a shutdown', 'terminateChild a: ok', 'restart a',
      'restartChild a: ACTORS_START_FAILED', 'a down',
    ],
  },
  {
    rule: 'restartChild: a transient child that ended normally is started as another actor',
    plan: { children: [actorChild('t', transient)] },
    steps: ['t normal', 'restartChild t'],
    log: ['t normal', 'release t', 'place t', 'restartChild t: t'],
  },
  {
    rule: 'deleteChild: ends the child for good; its id is free',
    plan: { children: abc.slice(0, 1) },
    steps: ['terminateChild a', 'deleteChild a', 'which', 'startChild a'],
    log: [
      'shutdown a', 'a shutdown', 'terminateChild a: ok', 'release a', 'deleteChild a: ok', '',
      'place a', 'startChild a: a',
    ],
  },
  {
    rule: 'calls wait while a group is restarted',
    plan: { ...oneForAll, children: abc.slice(0, 2) },
    steps: ['hold a', 'b crashed', 'terminateChild b', 'startChild x', 'start a'],
    log: [
      'b crashed', 'shutdown a', 'a shutdown', 'restart a', 'restart b',
      'shutdown b', 'b shutdown', 'place x', 'terminateChild b: ok', 'startChild x: x',
    ],
  },
  {
    rule: 'startChild: a group restart meanwhile starts the new child again',
    plan: { ...oneForAll, children: abc.slice(0, 1) },
    steps: ['hold x', 'startChild x', 'a crashed', 'start x'],
    log: [
      'place x', 'a crashed', 'shutdown x', 'x shutdown', 'restart a', 'restart x',
      'startChild x: x',
    ],
  },
  {
    rule: 'a supervisor that is down takes no calls, and calls that wait end',
    plan: { ...oneForAll, children: [actorChild('a')] },
    steps: ['hold x', 'startChild x', 'startChild y', 'stop', 'startChild z'],
    log: [
      'place x', 'shutdown x', 'x shutdown', 'shutdown a', 'a shutdown', 'release x', 'stopped',
      'startChild x: ACTORS_START_FAILED', 'startChild y: ACTORS_SUPERVISOR_DOWN',
      'startChild z: ACTORS_SUPERVISOR_DOWN',
    ],
  },
];

const nested = (plan: Partial<SupervisorPlan>): Partial<SupervisorPlan> => ({
  children: [group('g', { backoff: 'none', ...plan })],
});

const supervisorsAsChildren: readonly Rule[] = [
  {
    rule: 'a supervisor that is restarted counts from nothing',
    plan: nested({ maxRestarts: 1, children: abc.slice(0, 1) }),
    steps: ['a crashed', 'a crashed', 'a crashed', 'which'],
    log: [
      'a crashed', 'restart a', 'a crashed', 'escalation', 'restart a', 'a crashed', 'restart a',
      'g running',
    ],
  },
  {
    rule: 'a supervisor that was terminated and started gives up as before',
    plan: nested({ maxRestarts: 0, children: abc.slice(0, 1) }),
    steps: ['terminateChild g', 'restartChild g', 'a crashed', 'which'],
    log: [
      'shutdown a', 'a shutdown', 'terminateChild g: ok', 'restart a', 'restartChild g: g',
      'a crashed', 'escalation', 'restart a', 'g running',
    ],
  },
  {
    rule: 'a supervisor that is terminated while it gives up stays down',
    plan: nested({ maxRestarts: 0, children: abc.slice(0, 2) }),
    steps: ['deaf b', 'a crashed', 'terminateChild g', 'b killed', 'which'],
    log: ['a crashed', 'escalation', 'shutdown b', 'b killed', 'terminateChild g: ok', 'g down'],
  },
  {
    rule: 'a supervisor that gives up while its group is stopped is stopped, and counts no more',
    plan: {
      ...oneForAll,
      maxRestarts: 1,
      children: [actorChild('a'), group('g', { maxRestarts: 0, children: abc.slice(1) })],
    },
    steps: ['deaf c', 'b crashed', 'a crashed', 'c killed', 'which'],
    log: [
      'b crashed', 'escalation', 'shutdown c', 'a crashed', 'c killed',
      'restart a', 'restart b', 'restart c', 'a running, g running',
    ],
  },
];

const automaticShutdown: readonly Rule[] = [
  {
    rule: 'anySignificant: the first significant child that ends by itself ends the supervisor',
    plan: { ...anySignificant, children: [actorChild('a'), actorChild('s', signal)] },
    steps: ['s normal'],
    log: ['s normal', 'release s', 'shutdown a', 'a shutdown', 'release a'],
  },
  {
    rule: 'allSignificant: the last one does',
    plan: {
      ...allSignificant,
      children: [actorChild('a'), actorChild('s', signal), actorChild('t', signal)],
    },
    steps: ['t shutdown', 'which', 's normal'],
    log: [
      't shutdown', 'release t', 'a running, s running, t down',
      's normal', 'release s', 'shutdown a', 'a shutdown', 'release a',
    ],
  },
  {
    rule: 'never: ends of children end nothing',
    plan: { children: [actorChild('s', { ...transient }), actorChild('a')] },
    steps: ['s normal', 'which'],
    log: ['s normal', 'release s', 's down, a running'],
  },
  {
    rule: 'a significant transient child that crashes is restarted; a temporary one has ended',
    plan: {
      ...anySignificant,
      children: [actorChild('s', signal), actorChild('n', { ...temporary, significant: true })],
    },
    steps: ['s crashed', 'n crashed'],
    log: [
      's crashed', 'restart s', 'n crashed', 'release n', 'shutdown s', 's shutdown', 'release s',
    ],
  },
  {
    rule: 'a significant child that is being restarted has not ended',
    plan: {
      ...allSignificant,
      backoff: { fromMs: 10, toMs: 1_000, jitter: 0 },
      children: [actorChild('s', signal), actorChild('t', signal)],
    },
    steps: ['s crashed', 's crashed', 't normal', 'which'],
    log: [
      's crashed', 'restart s', 's crashed', 't normal', 'release t', 's restarting, t down',
    ],
  },
  {
    rule: 'what the supervisor itself ends does not end it: terminateChild',
    plan: { ...anySignificant, children: [actorChild('a'), actorChild('s', signal)] },
    steps: ['terminateChild s', 'which'],
    log: ['shutdown s', 's shutdown', 'terminateChild s: ok', 'a running, s down'],
  },
  {
    rule: 'what the supervisor itself ends does not end it: a group restart',
    plan: {
      ...oneForAll,
      ...anySignificant,
      children: [actorChild('a'), actorChild('n', { ...temporary, significant: true })],
    },
    steps: ['a crashed', 'which'],
    log: ['a crashed', 'shutdown n', 'n shutdown', 'release n', 'restart a', 'a running'],
  },
  {
    rule: 'a supervisor that ends so exits with shutdown: a permanent one is restarted',
    plan: {
      children: [group('g', { ...anySignificant, children: [actorChild('s', signal)] })],
    },
    steps: ['s normal', 'which'],
    log: ['s normal', 'release s', 'place s', 'g running'],
  },
  {
    rule: 'a significant supervisor passes it on to its own',
    plan: {
      ...anySignificant,
      children: [
        actorChild('a'),
        group('g', { ...anySignificant, children: [actorChild('s', signal)] }, signal),
      ],
    },
    steps: ['s normal'],
    log: ['s normal', 'release s', 'shutdown a', 'a shutdown', 'release a'],
  },
  {
    rule: 'a significant child that ends while the others start ends the supervisor after that',
    plan: {
      children: [
        group('g', { ...anySignificant, children: [actorChild('s', signal), ...abc] }, transient),
      ],
    },
    steps: [
      'terminateChild g', 'clear', 'hold a', 'restartChild g', 's normal', 'start a', 'which',
    ],
    log: [
      'restart s', 'restart a', 's normal', 'release s', 'restart b', 'restart c',
      'shutdown c', 'c shutdown', 'shutdown b', 'b shutdown', 'shutdown a', 'restartChild g: g',
      'a shutdown', 'release c', 'release b', 'release a', 'g down',
    ],
  },
  {
    rule: 'simpleOneForOne: instances can be significant',
    plan: { ...simple, ...allSignificant, template: { ...childDefaults, ...signal } },
    steps: ['startInstance', 'startInstance', 'clear', '1 normal', 'which', '2 normal'],
    log: ['1 normal', 'release 1', '2 running', '2 normal', 'release 2'],
  },
  {
    rule: 'startChild: no significant child without automatic shutdown',
    plan: { children: [] },
    steps: ['startChild x significant'],
    log: ['startChild x significant: ACTORS_OPTION_INVALID'],
  },
];

/** The supervisor that a path such as `g/x` names a child of, and the child's id. */
function split(tree: SupervisorNode, path: string): readonly [SupervisorNode, string] {
  const [first, second] = path.split('/');
  if (second === undefined) return [tree, path];
  return [tree.children.get(first ?? '') as SupervisorNode, second];
}

function call(tree: SupervisorNode, words: readonly string[]): Promise<readonly { id: string }[]> {
  const [kind, path = '', option] = words;
  const [supervisor, id] = split(tree, path);
  const child: PlannedChild = actorChild(id, option === undefined ? {} : signal);
  switch (kind) {
    case 'startChild':
      return supervisor.commands.run({ kind, child });
    case 'startInstance':
      return supervisor.commands.run({ kind, actor: fakeActor });
    case 'terminateChild':
      return supervisor.commands.run({ kind, child: id });
    case 'restartChild':
    case 'deleteChild':
      return supervisor.commands.run({ kind, id });
    default:
      throw new RangeError(`no step is called ${kind}`);
  }
}

/**
 * One step: `x crashed` (or another reason) ends an actor; `hold`, `break`, `deaf`, `brief` and
 * `release x` say how it behaves from now on, `start x` completes a held init; `wait 10` lets time
 * pass; `which` logs the children, `clear` empties the log; the others are calls, which log their
 * result. What `&` joins happens in one moment.
 */
function play(actors: FakeActors, tree: SupervisorNode, step: string): void {
  const words = step.split(' ');
  const [verb = '', id = ''] = words;
  const { log } = actors;
  if (verb === 'hold') actors.held.add(id);
  else if (verb === 'break') actors.broken.add(id);
  else if (verb === 'deaf') actors.deaf.add(id);
  else if (verb === 'brief') actors.brief.add(id);
  else if (verb === 'release') actors.held.delete(id);
  else if (verb === 'start') actors.start(id);
  else if (verb === 'clear') log.length = 0;
  else if (verb === 'stop') void tree.stop().then(() => log.push('stopped'));
  else if (verb === 'which') {
    void tree.commands.run({ kind: 'whichChildren' }).then((children) => {
      log.push(children.map((child) => `${child.id} ${child.state}`).join(', '));
    });
  } else if (/Child|Instance/.test(verb)) {
    call(tree, words).then(
      ([started]) => log.push(`${step}: ${started?.id ?? 'ok'}`),
      ({ code }: { readonly code: string }) => log.push(`${step}: ${code}`),
    );
  } else if (verb !== 'wait') actors.exit(verb, id as ExitReason);
}

async function transcript({ plan, steps }: Rule): Promise<readonly string[]> {
  const actors = new FakeActors();
  const tree = await startedTree(actors, plan);
  for (const step of steps) {
    for (const one of step.split(' & ')) play(actors, tree, one);
    await actors.time.run(step.startsWith('wait ') ? Number(step.slice(5)) : 0);
  }
  return actors.log;
}

describe.each([
  ['strategies', strategies],
  ['SUPERVISION-5', takeovers],
  ['types and times', types],
  ['simpleOneForOne', simpleOneForOne],
  ['calls', calls],
  ['supervisors as children', supervisorsAsChildren],
  ['automatic shutdown', automaticShutdown],
] as const)('OTP: %s', (_part, rules) => {
  test.each(rules)('$rule', async (rule) => {
    expect(await transcript(rule)).toEqual(rule.log);
  });
});

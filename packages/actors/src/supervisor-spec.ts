/** Makes and checks specifications of supervisors; control/ interprets them. */
import type { AnyBehaviour } from './contract/behaviour.js';
import type {
  ActorChildSpec,
  AutoShutdown,
  Backoff,
  ChildArguments,
  ChildOptions,
  ChildPolicy,
  ChildSpec,
  ChildTemplate,
  GroupOptions,
  GroupSpec,
  RestartType,
  SimpleOptions,
  SimpleSpec,
  Strategy,
  SupervisorChildOptions,
  SupervisorChildSpec,
  SupervisorOptions,
  SupervisorPolicy,
  SupervisorSpec,
} from './contract/supervision.js';
import { ActorsError } from './errors.js';
import { MAX_RESTARTS, MAX_SYSTEM_ACTORS, RESTART_WINDOW_MS } from './limits.js';

/** Defaults of ChildOptions that do not depend on the system. */
export const childDefaults: ChildPolicy = Object.freeze({
  restart: 'permanent',
  shutdownMs: 5_000,
  startTimeoutMs: 60_000,
  significant: false,
});

/** Children of one supervisor that lists them. */
export const CHILDREN_MAX: number = MAX_SYSTEM_ACTORS;

/** OTP: a supervisor is given all the time that its subtree needs. */
const NESTED_TIMES = Object.freeze({ shutdownMs: Infinity, startTimeoutMs: Infinity });
const STRATEGIES: readonly Strategy[] = ['oneForOne', 'oneForAll', 'restForOne', 'simpleOneForOne'];
const RESTART_TYPES: readonly RestartType[] = ['permanent', 'transient', 'temporary'];
const AUTO_SHUTDOWNS: readonly AutoShutdown[] = ['never', 'anySignificant', 'allSignificant'];
const JITTER = 0.2;
const DELAY_MAX_MS = 3_600_000;
const SHUTDOWN_MAX_MS = 24 * 3_600_000;
const ID = /^[^/\s]{1,64}$/;

/** Doubling delays. @throws ActorsError ACTORS_OPTION_INVALID */
export function exponential(options: {
  readonly fromMs: number;
  readonly toMs: number;
  readonly jitter?: number;
}): Backoff {
  const { fromMs, toMs, jitter = JITTER } = options;
  if (!(fromMs > 0 && fromMs <= toMs && toMs <= DELAY_MAX_MS)) {
    throw invalid(
      `backoff is from ${fromMs} to ${toMs} ms; ` +
        `it must rise from above 0 to at most ${DELAY_MAX_MS}`,
    );
  }
  if (!(jitter >= 0 && jitter < 1))
    throw invalid(`jitter is ${jitter}; it must be from 0 to below 1`);
  return Object.freeze({ fromMs, toMs, jitter });
}

/** Defaults of SupervisorOptions. */
export const supervisorDefaults: Required<SupervisorPolicy> & { readonly strategy: 'oneForOne' } =
  Object.freeze({
    strategy: 'oneForOne',
    maxRestarts: MAX_RESTARTS,
    withinMs: RESTART_WINDOW_MS,
    backoff: exponential({ fromMs: 10, toMs: 1_000 }),
    autoShutdown: 'never',
  });

/**
 * A supervisor's specification.
 * @throws ActorsError ACTORS_OPTION_INVALID
 */
export function supervisor<B extends AnyBehaviour>(options: SimpleOptions<B>): SimpleSpec<B>;
export function supervisor<const C extends readonly ChildSpec[]>(
  options: GroupOptions<C>,
): GroupSpec<C>;
export function supervisor(options: SupervisorOptions): SupervisorSpec {
  for (const key of Object.keys(options)) {
    if (key !== 'children' && !Object.hasOwn(supervisorDefaults, key))
      throw invalid(`supervisor has no option ${key}`);
  }
  const spec = Object.freeze({ ...supervisorDefaults, ...options }) as SupervisorSpec;
  oneOf('strategy', spec.strategy, STRATEGIES);
  oneOf('autoShutdown', spec.autoShutdown, AUTO_SHUTDOWNS);
  if (!Number.isInteger(spec.maxRestarts) || spec.maxRestarts < 0 || spec.maxRestarts > 1_000_000) {
    throw invalid(`maxRestarts is ${spec.maxRestarts}; it must be an integer from 0 to 1000000`);
  }
  if (!(spec.withinMs > 0 && spec.withinMs <= SHUTDOWN_MAX_MS)) {
    throw invalid(
      `withinMs is ${spec.withinMs}; it must be above 0 and at most ${SHUTDOWN_MAX_MS}`,
    );
  }
  const slowestMs = slowestExhaustionMs(spec);
  if (slowestMs >= spec.withinMs) {
    throw invalid(
      `backoff takes up to ${slowestMs} ms for ${spec.maxRestarts + 1} failures, ` +
        `withinMs is ${spec.withinMs}: ` +
        'the supervisor would never give up',
    );
  }
  checkChildren(spec);
  return spec;
}

function checkChildren(spec: SupervisorSpec): void {
  const listed = Array.isArray(spec.children);
  if (listed === (spec.strategy === 'simpleOneForOne')) {
    throw invalid(
      `children of strategy ${spec.strategy} are ` +
        (listed ? 'a list; they must be a template' : 'a template; they must be a list'),
    );
  }
  if (spec.strategy === 'simpleOneForOne') {
    checkSignificance(`template ${spec.children.behaviour.name}`, spec.children, spec.autoShutdown);
    return;
  }
  const { children, autoShutdown } = spec;
  if (children.length > CHILDREN_MAX)
    throw invalid(`${children.length} children; at most ${CHILDREN_MAX}`);
  const ids = new Set<string>();
  for (const one of children) {
    if (ids.has(one.id)) throw invalid(`two children are named ${one.id}`);
    ids.add(one.id);
    checkSignificance(`child ${one.id}`, one, autoShutdown);
  }
}

/** @throws ActorsError ACTORS_OPTION_INVALID for what cannot be a part of a path */
export function checkName(name: string, what: 'a child' | 'a tree'): void {
  if (ID.test(name)) return;
  throw invalid(`"${name}" cannot name ${what}; 1 to 64 characters without / and white space`);
}

/** @throws ActorsError ACTORS_OPTION_INVALID for a significant child without automatic shutdown */
export function checkSignificance(
  subject: string,
  policy: Pick<ChildPolicy, 'significant'>,
  autoShutdown: AutoShutdown,
): void {
  if (!policy.significant || autoShutdown !== 'never') return;
  throw invalid(
    `${subject} is significant; autoShutdown of its supervisor is never, ` +
      'and must be anySignificant or allSignificant',
  );
}

function oneOf(name: string, given: string, known: readonly string[]): void {
  if (!known.includes(given))
    throw invalid(`${name} is ${given}; it must be one of ${known.join(', ')}`);
}

/** The longest that maxRestarts + 1 failures without pause can take because of the back-off. */
function slowestExhaustionMs({ backoff, maxRestarts }: SupervisorSpec): number {
  if (backoff === 'none') return 0;
  let sumMs = 0;
  let delayMs = backoff.fromMs;
  for (let restart = 2; restart <= maxRestarts; restart++) {
    if (delayMs >= backoff.toMs) {
      sumMs += (maxRestarts - restart + 1) * backoff.toMs;
      break;
    }
    sumMs += delayMs;
    delayMs = Math.min(backoff.toMs, delayMs * 2);
  }
  return Math.ceil(sumMs * (1 + backoff.jitter));
}

/**
 * A child of a supervisor. `id` is unique among its siblings. @throws ActorsError
 * ACTORS_OPTION_INVALID
 */
export function child<const I extends string, S extends SupervisorSpec>(
  id: I,
  spec: S,
  options?: SupervisorChildOptions,
): SupervisorChildSpec<I, S>;
export function child<const I extends string, B extends AnyBehaviour>(
  id: I,
  behaviour: B,
  ...rest: ChildArguments<B>
): ActorChildSpec<I, B>;
export function child(
  id: string,
  first: SupervisorSpec | AnyBehaviour,
  second?: unknown,
  third?: ChildOptions,
): ChildSpec {
  checkName(id, 'a child');
  if ('children' in first) {
    const { restart, significant, ...rest } = (second ?? {}) as ChildOptions;
    const policy = policyOf(`child ${id}`, { restart, significant, ...NESTED_TIMES }, rest);
    const subject = { kind: 'supervisor' as const, spec: first };
    return Object.freeze({ id, subject, ...policy });
  }
  const subject = { kind: 'actor' as const, behaviour: first, args: second };
  const { worker, ...given } = third ?? {};
  return Object.freeze({ id, subject, ...policyOf(`child ${id}`, given), worker });
}

/**
 * What all children of a simpleOneForOne supervisor have in common; each is started by a call with
 * its own arguments. @throws ActorsError ACTORS_OPTION_INVALID
 */
export function template<B extends AnyBehaviour>(
  behaviour: B,
  options: ChildOptions = {},
): ChildTemplate<B> {
  const { worker, ...given } = options;
  return Object.freeze({ behaviour, ...policyOf(`template ${behaviour.name}`, given), worker });
}

function policyOf(
  subject: string,
  options: Omit<ChildOptions, 'worker'>,
  unknownOptions: object = {},
): ChildPolicy {
  const {
    restart = childDefaults.restart,
    shutdownMs = childDefaults.shutdownMs,
    startTimeoutMs = childDefaults.startTimeoutMs,
    significant = childDefaults.significant,
    ...rest
  } = options;
  const [unknown] = Object.keys({ ...rest, ...unknownOptions });
  if (unknown !== undefined) throw invalid(`${subject} has no option ${unknown}`);
  oneOf(`${subject}: restart`, restart, RESTART_TYPES);
  checkTime(`${subject}: shutdownMs`, shutdownMs, 'from 0');
  checkTime(`${subject}: startTimeoutMs`, startTimeoutMs, 'above 0');
  if (significant && restart === 'permanent') {
    throw invalid(
      `${subject} is significant and permanent; a significant child must be transient or temporary`,
    );
  }
  return { restart, shutdownMs, startTimeoutMs, significant };
}

function checkTime(name: string, ms: number, from: 'from 0' | 'above 0'): void {
  const known = ms === Infinity || ms <= SHUTDOWN_MAX_MS;
  if ((from === 'from 0' ? ms >= 0 : ms > 0) && known) return;
  throw invalid(`${name} is ${ms}; it must be ${from} and at most ${SHUTDOWN_MAX_MS}, or Infinity`);
}

function invalid(text: string): ActorsError {
  return new ActorsError('ACTORS_OPTION_INVALID', text);
}

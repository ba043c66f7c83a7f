/** Makes and checks specifications of supervisors; control/ interprets them. */
import type { AnyBehaviour } from './contract/behaviour.js';
import type {
  Backoff,
  ChildArguments,
  ChildOptions,
  ChildSpec,
  SupervisorOptions,
  SupervisorSpec,
} from './contract/supervision.js';
import { ActorsError } from './errors.js';
import { MAX_RESTARTS, MAX_SYSTEM_ACTORS, RESTART_WINDOW_MS } from './limits.js';

/** Defaults of ChildOptions that do not depend on the system. */
export const childDefaults: Required<Omit<ChildOptions, 'worker'>> = Object.freeze({
  restart: 'permanent',
  shutdownMs: 5_000,
  startTimeoutMs: 60_000,
});

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
export const supervisorDefaults: Omit<SupervisorSpec, 'children'> = Object.freeze({
  strategy: 'oneForOne',
  maxRestarts: MAX_RESTARTS,
  withinMs: RESTART_WINDOW_MS,
  backoff: exponential({ fromMs: 10, toMs: 1_000 }),
});

/**
 * A supervisor's specification.
 * @throws ActorsError ACTORS_OPTION_INVALID, ACTORS_NOT_SUPPORTED for a strategy that is not built
 */
export function supervisor(options: SupervisorOptions): SupervisorSpec {
  for (const key of Object.keys(options)) {
    if (key !== 'children' && !Object.hasOwn(supervisorDefaults, key))
      throw invalid(`supervisor has no option ${key}`);
  }
  const spec: SupervisorSpec = Object.freeze({ ...supervisorDefaults, ...options });
  if (spec.strategy !== 'oneForOne') {
    throw new ActorsError('ACTORS_NOT_SUPPORTED', `strategy ${spec.strategy}; oneForOne is built`);
  }
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
  checkChildren(spec.children);
  return spec;
}

function checkChildren(children: readonly ChildSpec[]): void {
  if (children.length > MAX_SYSTEM_ACTORS)
    throw invalid(`${children.length} children; at most ${MAX_SYSTEM_ACTORS}`);
  const ids = new Set<string>();
  for (const { id } of children) {
    if (ids.has(id)) throw invalid(`two children are named ${id}`);
    ids.add(id);
  }
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
export function child(
  id: string,
  spec: SupervisorSpec,
  options?: Omit<ChildOptions, 'worker' | 'shutdownMs' | 'startTimeoutMs'>,
): ChildSpec;
export function child<B extends AnyBehaviour>(
  id: string,
  behaviour: B,
  ...rest: ChildArguments<B>
): ChildSpec;
export function child(
  id: string,
  first: SupervisorSpec | AnyBehaviour,
  second?: unknown,
  third?: ChildOptions,
): ChildSpec {
  if (!ID.test(id))
    throw invalid(`"${id}" cannot name a child; 1 to 64 characters without / and white space`);
  const nested = 'children' in first;
  const options = ((nested ? second : third) ?? {}) as ChildOptions;
  const {
    restart = childDefaults.restart,
    shutdownMs = childDefaults.shutdownMs,
    startTimeoutMs = childDefaults.startTimeoutMs,
    worker,
    ...rest
  } = options;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(`child ${id} has no option ${unknown}`);
  if (!['permanent', 'transient', 'temporary'].includes(restart)) {
    throw invalid(
      `child ${id}: restart is ${restart}; it must be permanent, transient or temporary`,
    );
  }
  if (!(shutdownMs >= 0 && shutdownMs <= SHUTDOWN_MAX_MS)) {
    throw invalid(
      `child ${id}: shutdownMs is ${shutdownMs}; it must be from 0 to ${SHUTDOWN_MAX_MS}`,
    );
  }
  const startKnown = startTimeoutMs === Infinity || startTimeoutMs <= SHUTDOWN_MAX_MS;
  if (!(startTimeoutMs > 0 && startKnown)) {
    throw invalid(
      `child ${id}: startTimeoutMs is ${startTimeoutMs}; ` +
        `it must be above 0 and at most ${SHUTDOWN_MAX_MS}, or Infinity`,
    );
  }
  const subject = nested
    ? { kind: 'supervisor' as const, spec: first }
    : { kind: 'actor' as const, behaviour: first, args: second };
  return Object.freeze({ id, subject, restart, shutdownMs, startTimeoutMs, worker });
}

function invalid(text: string): ActorsError {
  return new ActorsError('ACTORS_OPTION_INVALID', text);
}

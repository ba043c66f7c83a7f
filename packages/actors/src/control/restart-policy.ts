/**
 * The restart decision: a function of the policy, the times of earlier restarts, the time, and a
 * random number (ACTORS-V1).
 */
import type { ExitReason } from '../contract/behaviour.js';
import type { Backoff, RestartType } from '../contract/supervision.js';

/** What decides. */
export interface RestartPolicy {
  readonly maxRestarts: number;
  readonly withinMs: number;
  readonly backoff: Backoff | 'none';
}

/** Times within the last while. Counting one more costs a constant time on average. */
export class RecentTimes {
  #timesMs: number[] = [];
  #first = 0;

  /** Adds the present time, forgets those before the window, and returns how many are left. */
  add(nowMs: number, windowMs: number): number {
    const times = this.#timesMs;
    while (this.#first < times.length && nowMs - (times[this.#first] ?? 0) > windowMs)
      this.#first += 1;
    if (this.#first * 2 > times.length) {
      this.#timesMs = times.slice(this.#first);
      this.#first = 0;
    }
    return this.#timesMs.push(nowMs) - this.#first;
  }
}

/** What was: the supervisor's restarts, and the failures of the child. */
export interface RestartHistory {
  /** Undefined for an exit that was counted with another (ACTORS-W2). */
  readonly restarts: RecentTimes | undefined;
  readonly failures: RecentTimes;
}

/** What to do after an exit that calls for a restart. */
export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number }
  | { readonly kind: 'giveUp' };

/** True if an exit for this reason is followed by a restart (OTP's restart types). */
export function callsForRestart(type: RestartType, reason: ExitReason): boolean {
  if (type === 'permanent') return true;
  return type === 'transient' && reason !== 'normal' && reason !== 'shutdown';
}

/**
 * Decides on one restart. The attempt counts now, whatever the delay.
 * @param history is changed
 * @param draw a random number in [0, 1)
 */
export function decideRestart(
  policy: RestartPolicy,
  { restarts, failures }: RestartHistory,
  nowMs: number,
  draw: number,
): RestartDecision {
  const count = restarts?.add(nowMs, policy.withinMs) ?? 0;
  if (count > policy.maxRestarts) return { kind: 'giveUp' };
  const attempt = failures.add(nowMs, policy.withinMs);
  return { kind: 'restart', delayMs: delayOf(policy.backoff, attempt, draw) };
}

function delayOf(backoff: Backoff | 'none', attempt: number, draw: number): number {
  if (backoff === 'none' || attempt <= 1) return 0;
  const delayMs = Math.min(backoff.toMs, backoff.fromMs * 2 ** (attempt - 2));
  return delayMs * (1 + backoff.jitter * (2 * draw - 1));
}

/**
 * The restart decision: a pure function of the policy, the times of earlier restarts, and the time
 * (ACTORS-V1).
 */
import type { ExitReason } from '../contract/behaviour.js';
import type { Backoff, RestartType } from '../contract/supervision.js';

/** What decides. */
export interface RestartPolicy {
  readonly maxRestarts: number;
  readonly withinMs: number;
  readonly backoff: Backoff | 'none';
}

/**
 * Times of the supervisor's restarts and of the child's failures within the window, oldest first.
 */
export interface RestartHistory {
  readonly restartsMs: readonly number[];
  readonly failuresMs: readonly number[];
}

/** What to do after an exit that calls for a restart. */
export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly history: RestartHistory }
  | { readonly kind: 'giveUp' };

/** True if an exit for this reason is followed by a restart (OTP's restart types). */
export function callsForRestart(type: RestartType, reason: ExitReason): boolean {
  if (type === 'permanent') return true;
  return type === 'transient' && reason !== 'normal' && reason !== 'shutdown';
}

/**
 * Decides on one restart. The attempt counts now, whatever the delay.
 * @param draw a random number in [0, 1)
 */
export function decideRestart(
  policy: RestartPolicy,
  history: RestartHistory,
  nowMs: number,
  draw: number,
): RestartDecision {
  const recent = (times: readonly number[]): readonly number[] =>
    times.filter((time) => nowMs - time <= policy.withinMs);
  const restartsMs = [...recent(history.restartsMs), nowMs];
  if (restartsMs.length > policy.maxRestarts) return { kind: 'giveUp' };
  const failuresMs = [...recent(history.failuresMs), nowMs];
  const delayMs = delayOf(policy.backoff, failuresMs.length, draw);
  return { kind: 'restart', delayMs, history: { restartsMs, failuresMs } };
}

function delayOf(backoff: Backoff | 'none', attempt: number, draw: number): number {
  if (backoff === 'none' || attempt <= 1) return 0;
  const delayMs = Math.min(backoff.toMs, backoff.fromMs * 2 ** (attempt - 2));
  return delayMs * (1 + backoff.jitter * (2 * draw - 1));
}

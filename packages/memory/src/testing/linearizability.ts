/**
 * Whether the calls of a schedule could have happened one after another (Herlihy and Wing, 1990),
 * by trying.
 *
 * LINEARIZABLE-1: an order exists in which each call takes effect between its first and last
 * access, with the result that the model gives. A call whose thread died inside may have taken
 * effect or not, with any result.
 */
import type { Call } from './explorer.js';

/**
 * What the calls should have done: answers a call and changes the state. States are values; do not
 * change them.
 */
export type SequentialModel<S> = (state: S, call: Call) => {
  readonly state: S;
  readonly result: number | boolean | undefined;
};

/** Tries all orders; meant for up to about eight calls. */
export function isLinearizable<S>(
  calls: readonly Call[], initial: S, model: SequentialModel<S>,
): boolean {
  const unfinished = calls.filter((call) => call.to !== Infinity);
  if (unfinished.length === 0) return true;
  const limit = Math.min(...unfinished.map((call) => call.to));
  for (const call of calls) {
    // What began after another had ended cannot come before it.
    if (call.from > limit) continue;
    const { state, result } = model(initial, call);
    if (call.to !== Infinity && result !== call.result) continue;
    if (isLinearizable(calls.filter((other) => other !== call), state, model)) return true;
  }
  return false;
}

/**
 * Tells of restarts, and of the returns of actors that were killed on purpose. A restart is told by
 * the control thread, a return is seen in shared memory: two roads with no order between them.
 *
 * RETURNS-1: the return to an incarnation is told after the restart that led to it.
 * RETURNS-2: a return that is seen is told, also if its restart never is: WATCH_LIMIT_MS after the
 *   kill at the latest, or at the end of the run.
 */
import type { Clock, Timers } from '@ganglion/runtime/contract';

import type { RestartReport, RunObserver } from '../contract.js';

/** An actor as its memory shows it: 1 after its first start, one more after each later one. */
export interface Incarnated {
  readonly incarnation: number;
}

/** What returns are watched with. */
export interface ReturnsParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly observer: RunObserver;
}

const WATCH_EVERY_MS = 0.5;
/** How long a killed actor is watched. */
export const WATCH_LIMIT_MS = 10_000;

/** See the file's header. */
export class Returns {
  readonly #parts: ReturnsParts;
  /** By path: restarts told that led, or lead, to one more start of what is below it. */
  readonly #restarts = new Map<string, number>();
  #ended = false;

  constructor(parts: ReturnsParts) {
    this.#parts = parts;
  }

  /** A supervisor restarts a child. */
  restarted(report: RestartReport): void {
    const { child, reason } = report;
    this.#parts.observer.onEvent({ kind: 'restart', report });
    // What was restarted then had not come back: one more attempt at the same incarnation.
    if (reason === 'startFailed') return;
    this.#restarts.set(child, (this.#restarts.get(child) ?? 0) + 1);
  }

  /**
   * Resolves when the return of the actor at `child` has been told, or when it did not come back.
   * @param before the incarnation that was killed.
   */
  async watch(child: string, actor: Incarnated, before: number): Promise<void> {
    const { clock, timers, observer } = this.#parts;
    const killedMs = clock.monotonicMs();
    let back: { readonly incarnation: number; readonly downMs: number } | undefined;
    for (;;) {
      const elapsedMs = clock.monotonicMs() - killedMs;
      const { incarnation } = actor;
      if (back === undefined && incarnation > before) back = { incarnation, downMs: elapsedMs };
      const isOver = this.#ended || elapsedMs >= WATCH_LIMIT_MS;
      if (back !== undefined && (isOver || this.#isTold(child, back.incarnation))) {
        observer.onEvent({ kind: 'back', child, ...back });
        return;
      }
      if (isOver) return;
      await timers.sleep(WATCH_EVERY_MS);
    }
  }

  /** The run has ended: watches end, and leave no timer that would keep the process alive. */
  end(): void {
    this.#ended = true;
  }

  /** RETURNS-1: each start after the first follows a restart of the actor or of one above it. */
  #isTold(child: string, incarnation: number): boolean {
    let restarts = 0;
    for (let path = child; path !== ''; path = path.slice(0, Math.max(path.lastIndexOf('/'), 0))) {
      restarts += this.#restarts.get(path) ?? 0;
    }
    return restarts >= incarnation - 1;
  }
}

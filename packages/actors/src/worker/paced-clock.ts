/**
 * The clock of a worker's loop: looked at only every few passes while passes are short, because a
 * look costs as much as a short turn (ACTORS-T3).
 *
 * PACE-1: after a pass, or some, of more than LOOK_MS in all, every pass has a look again.
 */
import type { Clock } from '@ganglion/runtime/contract';
import type { Stamp } from '../stamp.js';

const LOOK_MS = 0.2;
const PASSES_PER_LOOK_MAX = 16;
const MICROSECONDS = 1_000;

/** What of a thread the clock reads and sets. */
export interface PacedThread {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly mail: { readonly stamp: Pick<Stamp, 'setTime'> };
  coarseMs: number;
}

/** See the file's header. */
export class PacedClock {
  private readonly thread: PacedThread;
  private lookedMs = 0;
  private passesPerLook = 1;
  private untilLook = 1;

  constructor(thread: PacedThread) {
    this.thread = thread;
  }

  /** A pass has ended. Returns the time of the last look. */
  pass(): number {
    this.untilLook -= 1;
    if (this.untilLook > 0) return this.lookedMs;
    const beforeMs = this.lookedMs;
    const nowMs = this.look();
    if (nowMs - beforeMs > LOOK_MS) this.passesPerLook = 1;
    else this.passesPerLook = Math.min(PASSES_PER_LOOK_MAX, this.passesPerLook * 2);
    this.untilLook = this.passesPerLook;
    return nowMs;
  }

  /** The time now, which is the thread's coarse time until the next look. */
  look(): number {
    const nowMs = this.thread.clock.monotonicMs();
    this.lookedMs = nowMs;
    this.thread.coarseMs = nowMs;
    this.thread.mail.stamp.setTime(Math.floor(nowMs * MICROSECONDS));
    return nowMs;
  }

  /** The loop lets libuv run: what runs then finds no coarse time, but the clock. */
  leave(): void {
    this.thread.coarseMs = 0;
    this.untilLook = 1;
  }
}

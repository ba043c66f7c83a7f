/**
 * Finds long turns by looking at the workers' turn words, not at clocks in turns (ACTORS-T3). Looks
 * every SAMPLE_MS while a worker runs turns, less often while none does.
 *
 * WATCHDOG-1: a worker's sequence rises by 1 at both ends of a turn and by 2 at every pass of its
 *   loop. So one that is awake and stands still is in code of a user: a turn, an init, or what
 *   follows an await.
 * WATCHDOG-2: promises go on while a worker sleeps, so one that sleeps is woken every turnLimitMs,
 *   and must then pass its loop.
 */
import type { Clock, Timer, Timers } from '@ganglion/runtime/contract';
import { ThreadBlock } from '../layouts.js';
import type { TurnTimes } from '../turn-times.js';

const SAMPLE_MS = 10;
const IDLE_SAMPLE_MS = 80;
const THREAD_WORDS = ThreadBlock.size / 4;
const SEQUENCE = ThreadBlock.word.turnSequence;
const SLEEPING = ThreadBlock.word.sleeping;
const ACTOR = ThreadBlock.word.turnActor;

/** What the watchdog needs. */
export interface WatchdogParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly words: Int32Array;
  /** Word of the first worker's thread block. */
  readonly threads: number;
  readonly workers: number;
  readonly turnReportMs: number;
  readonly turnLimitMs: number;
  /** Is told what every look finds. */
  readonly turns: Pick<TurnTimes, 'seen' | 'spent'>;
  /** The actor's index is 0 if the worker is not in a turn. */
  readonly onLongTurn: (worker: number, actorIndex: number, ms: number) => void;
  readonly onStuck: (worker: number) => void;
  readonly wake: (worker: number) => void;
}

interface Seen {
  sequence: number;
  /** When it was first seen awake at this sequence, or last seen asleep. */
  sinceMs: number;
  /** When it came to this sequence, or was last woken. */
  wokenMs: number;
  asleep: boolean;
  reported: boolean;
  ended: boolean;
}

/** See the file's header. */
export class Watchdog {
  readonly #parts: WatchdogParts;
  readonly #seen: (Seen | undefined)[] = [];
  readonly #paused = new Set<number>();
  #timer: Timer | undefined;
  #delayMs = SAMPLE_MS;
  #lookedMs: number | undefined;

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = this.#parts.timers.after(this.#delayMs, () => {
      this.#delayMs = this.sample() ? SAMPLE_MS : Math.min(IDLE_SAMPLE_MS, this.#delayMs * 2);
      this.start();
    });
  }

  /** Looks at a worker no more, until `resume`. */
  pause(worker: number): void {
    this.#paused.add(worker);
  }

  resume(worker: number): void {
    this.#paused.delete(worker);
    this.#seen[worker] = undefined;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Looks once. True if a worker has run a turn since the last look, or is in one. */
  sample(): boolean {
    const { clock, words, threads, workers, turns } = this.#parts;
    const nowMs = clock.monotonicMs();
    const sinceLookMs = nowMs - (this.#lookedMs ?? nowMs);
    this.#lookedMs = nowMs;
    let active = false;
    for (let worker = 0; worker < workers; worker++) {
      if (this.#paused.has(worker)) continue;
      const at = threads + worker * THREAD_WORDS;
      const sequence = Atomics.load(words, at + SEQUENCE);
      const inTurn = (sequence & 1) !== 0;
      if (inTurn) turns.spent(Atomics.load(words, at + ACTOR), sinceLookMs);
      const seen = this.#seen[worker];
      if (seen === undefined || seen.sequence !== sequence) {
        this.#seen[worker] = {
          sequence,
          sinceMs: nowMs,
          wokenMs: nowMs,
          asleep: false,
          reported: false,
          ended: false,
        };
        turns.seen(worker, sequence, nowMs);
        active = true;
        continue;
      }
      if (!inTurn && Atomics.load(words, at + SLEEPING) !== 0) {
        this.#asleep(worker, seen, nowMs);
        continue;
      }
      active = true;
      if (seen.asleep) {
        seen.asleep = false;
        seen.sinceMs = nowMs;
      }
      this.#standing(worker, seen, nowMs, inTurn ? Atomics.load(words, at + ACTOR) : 0);
    }
    return active;
  }

  #asleep(worker: number, seen: Seen, nowMs: number): void {
    seen.asleep = true;
    seen.sinceMs = nowMs;
    if (nowMs - seen.wokenMs < this.#parts.turnLimitMs) return;
    seen.wokenMs = nowMs;
    this.#parts.wake(worker);
  }

  #standing(worker: number, seen: Seen, nowMs: number, actor: number): void {
    const { turnReportMs, turnLimitMs, onLongTurn, onStuck } = this.#parts;
    const ms = nowMs - seen.sinceMs;
    if (ms >= turnReportMs && !seen.reported) {
      seen.reported = true;
      onLongTurn(worker, actor, Math.round(ms));
    }
    if (ms >= turnLimitMs && !seen.ended) {
      seen.ended = true;
      onStuck(worker);
    }
  }
}

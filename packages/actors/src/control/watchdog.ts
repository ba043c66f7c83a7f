/**
 * Finds long turns by looking at the workers' turn words, not at clocks in turns (ACTORS-T3). Looks
 * every SAMPLE_MS while a worker runs turns, less often while none does.
 */
import type { Clock, Timer, Timers } from '@ganglion/runtime/contract';
import { ThreadBlock } from '../layouts.js';

const SAMPLE_MS = 10;
const IDLE_SAMPLE_MS = 80;
const THREAD_WORDS = ThreadBlock.size / 4;
const SEQUENCE = ThreadBlock.word.turnSequence;
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
  readonly onLongTurn: (worker: number, actorIndex: number, ms: number) => void;
  readonly onStuck: (worker: number) => void;
}

interface Seen {
  sequence: number;
  sinceMs: number;
  reported: boolean;
  ended: boolean;
}

/** See the file's header. */
export class Watchdog {
  readonly #parts: WatchdogParts;
  readonly #seen: Seen[] = [];
  #timer: Timer | undefined;
  #delayMs = SAMPLE_MS;

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = this.#parts.timers.after(this.#delayMs, () => {
      this.#delayMs = this.sample() ? SAMPLE_MS : Math.min(IDLE_SAMPLE_MS, this.#delayMs * 2);
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Looks once. True if a worker has run a turn since the last look, or is in one. */
  sample(): boolean {
    const { clock, words, threads, workers, turnReportMs, turnLimitMs, onLongTurn, onStuck } =
      this.#parts;
    const nowMs = clock.monotonicMs();
    let active = false;
    for (let worker = 0; worker < workers; worker++) {
      const at = threads + worker * THREAD_WORDS;
      const sequence = Atomics.load(words, at + SEQUENCE);
      const seen = this.#seen[worker];
      if (seen === undefined || seen.sequence !== sequence) {
        this.#seen[worker] = { sequence, sinceMs: nowMs, reported: false, ended: false };
        active = true;
        continue;
      }
      if ((sequence & 1) === 0) continue;
      active = true;
      const ms = nowMs - seen.sinceMs;
      if (ms >= turnReportMs && !seen.reported) {
        seen.reported = true;
        onLongTurn(worker, Atomics.load(words, at + ACTOR), Math.round(ms));
      }
      if (ms >= turnLimitMs && !seen.ended) {
        seen.ended = true;
        onStuck(worker);
      }
    }
    return active;
  }
}

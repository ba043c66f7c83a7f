/**
 * How long actors have been in turns, as the control thread's watchdog finds it by sampling
 * (ACTORS-T3): no turn reads a clock or writes anything for it.
 *
 * TURN-TIMES-1: only the control thread writes. Readers on other threads get a picture that may be
 *   a moment old.
 * TURN-TIMES-2: what is known of an actor goes with its id, so the next actor of the same index
 *   begins at 0. It outlives restarts and the deaths of workers.
 */
import { indexOfId } from './actor-id.js';
import { ActorBlock, ThreadBlock, TurnSample, TurnTime } from './layouts.js';
import type { SystemMemory } from './memory.js';
import { FIRST_WORKER_THREAD } from './phases.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const THREAD_WORDS = ThreadBlock.size / 4;
const TIME_WORDS = TurnTime.size / 4;
const SAMPLE_WORDS = TurnSample.size / 4;

/** See the file's header. */
export class TurnTimes {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #times: number;
  readonly #samples: number;
  readonly #actors: number;
  readonly #workers: number;

  constructor({ region }: SystemMemory) {
    const { turnTimes, turnSamples, actors, threads } = region.plan.sections;
    this.#words = region.words;
    this.#doubles = region.doubles;
    this.#times = turnTimes.word;
    this.#samples = turnSamples.word;
    this.#actors = actors.word;
    this.#workers = threads.word + FIRST_WORKER_THREAD * THREAD_WORDS;
  }

  /** A worker was first seen at a sequence; odd = in a turn. */
  seen(worker: number, sequence: number, atMs: number): void {
    const at = this.#samples + worker * SAMPLE_WORDS;
    this.#doubles[(at + TurnSample.offset.sinceMs / 4) >> 1] = atMs;
    Atomics.store(this.#words, at + TurnSample.word.sequence, sequence);
  }

  /** An actor was in a turn when it was looked at. */
  spent(index: number, ms: number): void {
    if (index === 0) return;
    const words = this.#words;
    const at = this.#times + index * TIME_WORDS;
    const low = Atomics.load(words, this.#actors + index * BLOCK_WORDS + ActorBlock.word.idLow);
    const high = Atomics.load(words, this.#actors + index * BLOCK_WORDS + ActorBlock.word.idHigh);
    const sum = (at + TurnTime.offset.ms / 4) >> 1;
    if (words[at + TurnTime.word.idLow] !== low || words[at + TurnTime.word.idHigh] !== high) {
      this.#doubles[sum] = 0;
      Atomics.store(words, at + TurnTime.word.idHigh, high);
      Atomics.store(words, at + TurnTime.word.idLow, low);
    }
    this.#doubles[sum] = (this.#doubles[sum] ?? 0) + ms;
  }

  /** Milliseconds that an actor has spent in turns, as far as samples found it there. */
  of(low: number, high: number): number {
    const words = this.#words;
    const at = this.#times + indexOfId(low) * TIME_WORDS;
    const isSame =
      Atomics.load(words, at + TurnTime.word.idLow) === low &&
      Atomics.load(words, at + TurnTime.word.idHigh) === high;
    return isSame ? (this.#doubles[(at + TurnTime.offset.ms / 4) >> 1] ?? 0) : 0;
  }

  /**
   * The turn that a worker is in, and since when, or undefined. A turn that no sample has found yet
   * began just now.
   */
  present(
    worker: number,
    nowMs: number,
  ): { readonly actor: number; readonly ms: number } | undefined {
    const words = this.#words;
    const thread = this.#workers + worker * THREAD_WORDS;
    const sequence = Atomics.load(words, thread + ThreadBlock.word.turnSequence);
    if ((sequence & 1) === 0) return undefined;
    const at = this.#samples + worker * SAMPLE_WORDS;
    const isSeen = Atomics.load(words, at + TurnSample.word.sequence) === sequence;
    const sinceMs = this.#doubles[(at + TurnSample.offset.sinceMs / 4) >> 1] ?? nowMs;
    return {
      actor: Atomics.load(words, thread + ThreadBlock.word.turnActor),
      ms: isSeen ? Math.max(0, nowMs - sinceMs) : 0,
    };
  }
}

/**
 * The commands of one machine that can still be read: a bounded window of the sequence, and those
 * who wait for its next command. It is kept in memory only.
 *
 * Invariants: (1) the retained commands have consecutive indices, the last of them `length`; (2)
 * the window never holds more than its limits; (3) nobody waits once it is ended.
 */
import type { Committed } from '../contract.js';
import { DistributionError } from '../errors.js';

/** Limits of the window. */
export interface HistoryLimits {
  readonly retainedMax: number;
  readonly retainedBytesMax: number;
}

/** A bounded sequence of commands with any number of readers. */
export class History {
  readonly #limits: HistoryLimits;
  #commands: Committed[] = [];
  #dropped = 0;
  #bytes = 0;
  #length = 0;
  #ended = false;
  #waiting: (() => void)[] = [];

  constructor(limits: HistoryLimits) {
    this.#limits = limits;
  }

  /** Index of the last command; 0 if there was none. */
  get length(): number {
    return this.#length;
  }

  /** Appends a copy and returns its index. */
  append(bytes: Uint8Array): number {
    this.#length += 1;
    const command = Uint8Array.from(bytes);
    this.#commands.push({ index: this.#length, command });
    this.#bytes += command.length;
    while (this.#retained > this.#limits.retainedMax
      || this.#bytes > this.#limits.retainedBytesMax) this.#drop();
    this.#wake();
    return this.#length;
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** @throws DistributionError DISTRIBUTION_COMPACTED at a command that was dropped. */
  async *readFrom(from: number): AsyncGenerator<Committed, void> {
    for (let index = from; ; index += 1) {
      while (index > this.#length) {
        if (this.#ended) return;
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      yield this.#at(index);
    }
  }

  get #retained(): number {
    return this.#commands.length - this.#dropped;
  }

  #at(index: number): Committed {
    const firstIndex = this.#length - this.#retained + 1;
    const committed = this.#commands[this.#dropped + index - firstIndex];
    if (index < firstIndex || committed === undefined) {
      const message = `command ${index} is no longer retained, the oldest is ${firstIndex}`;
      throw new DistributionError('DISTRIBUTION_COMPACTED', message);
    }
    return committed;
  }

  /** Forgets the oldest command; the array is shortened once half of it is forgotten. */
  #drop(): void {
    const oldest = this.#commands[this.#dropped] as Committed; // the window is over a limit ≥ 1
    this.#bytes -= oldest.command.length;
    this.#dropped += 1;
    if (this.#dropped * 2 < this.#commands.length) return;
    this.#commands = this.#commands.slice(this.#dropped);
    this.#dropped = 0;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}

/** What a stepped system is stepped by. */

/** A thread of the system, or a port between two: what moves by itself. */
export interface SteppedEnd {
  readonly name: string;
  /** True if something waits for it. */
  readonly hasWork: boolean;
  /** Does the least that the real one could do before another goes on. */
  step(): void;
}

/** Rate and remaining time of a run, from when steps were taken. */

/** Time that the rate looks back over. */
const WINDOW_MS = 5_000;

/** Time after which a remaining time is told. */
const STEADY_MS = 1_000;

interface Mark {
  readonly atMs: number;
  readonly step: number;
}

/** Steps per second over the last seconds. */
export class StepRate {
  readonly #marks: Mark[] = [];

  mark(step: number, atMs: number): void {
    this.#marks.push({ step, atMs });
    while ((this.#marks[1]?.atMs ?? atMs) < atMs - WINDOW_MS) this.#marks.shift();
  }

  /** True once the rate says something of what is to come: start-up is no measure of it. */
  get isSteady(): boolean {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    return first !== undefined && last !== undefined && last.atMs - first.atMs >= STEADY_MS;
  }

  /** 0 until two marks at different times are known. */
  get stepsPerSecond(): number {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return ((last.step - first.step) * 1_000) / (last.atMs - first.atMs);
  }
}

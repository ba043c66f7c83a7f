import type { ElementFunction, Expression } from '../contract.js';

/**
 * How the strip executor (KERNELS-K7) computes an expression: which place every number lies in
 * while one strip of elements is computed.
 *
 * Places are numbered: the expression's inputs, then its outs, then registers. A register holds one
 * number of every element of the strip.
 *
 * SCHEDULE-1: the first registers hold the constants and are never written.
 * SCHEDULE-2: a register is written again once nothing reads what it holds; a step may write what
 *   it reads, for it reads an element before it writes that.
 * SCHEDULE-3: every out is written, and written before it is read.
 */

/** A function of elements, or `copy`, which delivers a number that lies elsewhere already. */
export type StripFunction = ElementFunction | 'copy';

/** target = function(of). */
export interface StripStep {
  readonly function: StripFunction;
  /** Place of an out or a register. */
  readonly target: number;
  readonly of: readonly number[];
}

export interface MapSchedule {
  /** Values of the registers that hold constants, in their order. */
  readonly constants: readonly number[];
  /** All registers, those of constants included. */
  readonly registers: number;
  readonly steps: readonly StripStep[];
}

/** @param expression checked. */
export function scheduleMap(expression: Expression): MapSchedule {
  return new Scheduling(expression).schedule();
}

class Scheduling {
  readonly #expression: Expression;
  readonly #places: number[] = [];
  readonly #lastReads: readonly number[];
  readonly #free: number[] = [];
  readonly #constants: number[] = [];
  readonly #steps: StripStep[] = [];
  readonly #base: number;
  #registers = 0;

  constructor(expression: Expression) {
    this.#expression = expression;
    this.#base = expression.inputs + expression.results.length;
    this.#lastReads = lastReads(expression);
  }

  schedule(): MapSchedule {
    const { steps } = this.#expression;
    steps.forEach((step, number) => {
      if (step.kind === 'input') this.#places[number] = step.index;
      if (step.kind !== 'constant') return;
      this.#places[number] = this.#base + this.#constants.push(step.value) - 1;
    });
    this.#registers = this.#constants.length;
    steps.forEach((step, number) => {
      if (step.kind === 'input' || step.kind === 'constant') return;
      const of = step.of.map((read) => this.#placeOf(read));
      for (const read of new Set(step.of)) this.#release(read, number);
      const target = this.#takePlace(number);
      this.#places[number] = target;
      this.#steps.push({ function: step.kind, target, of });
      this.#release(number, number);
    });
    this.#expression.results.forEach((number, index) => {
      const target = this.#expression.inputs + index;
      const place = this.#placeOf(number);
      if (place !== target) this.#steps.push({ function: 'copy', target, of: [place] });
    });
    return { constants: this.#constants, registers: this.#registers, steps: this.#steps };
  }

  #placeOf(number: number): number {
    return this.#places[number] as number; // steps read earlier numbers
  }

  /** Its out where the number is a result, else a register. */
  #takePlace(number: number): number {
    const result = this.#expression.results.indexOf(number);
    if (result >= 0) return this.#expression.inputs + result;
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#registers += 1;
    return this.#base + this.#registers - 1;
  }

  /** Frees the register of `number` if no step after `now` reads it. */
  #release(number: number, now: number): void {
    const place = this.#placeOf(number);
    const isRegister = place >= this.#base + this.#constants.length;
    if (isRegister && (this.#lastReads[number] ?? 0) <= now) this.#free.push(place);
  }
}

/** For each number the last step that reads it. */
function lastReads({ steps }: Expression): readonly number[] {
  const last: number[] = [];
  steps.forEach((step, number) => {
    if (step.kind === 'input' || step.kind === 'constant') return;
    for (const read of step.of) last[read] = number;
  });
  return last;
}

/**
 * Mean losses of a run by lines of a fixed number of steps, whatever pieces the steps come in.
 *
 * LINES-1: which steps end a line, and its loss, follow from the losses of the steps alone: they
 *   are the same for any number of workers, after restarts and in a resumed run (NUMERICS-N4).
 */

/** Steps since the last line that ended, and the sum of their losses in order. */
export interface OpenLine {
  readonly steps: number;
  readonly lossSum: number;
}

const LINE_STEPS = 10;
/** Lines grow with the run: the longest has fewer than 50,000, and one for each epoch. */
const LINES_OF_A_LENGTH = 10_000;

/** Whether a line ends with `step`: every tenth, later every hundredth …, and each epoch's last. */
export function endsLine(step: number, stepsPerEpoch: number): boolean {
  let length = LINE_STEPS;
  while (step >= length * LINES_OF_A_LENGTH) length *= 10;
  return step % length === 0 || step % stepsPerEpoch === 0;
}

/** See the file's header. */
export class LossLines {
  readonly #stepsPerEpoch: number;
  #open: OpenLine;

  /** @param open what the run before left. */
  constructor(stepsPerEpoch: number, open: OpenLine = { steps: 0, lossSum: 0 }) {
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#open = open;
  }

  get open(): OpenLine {
    return this.#open;
  }

  /** Adds the next step; returns the mean loss of the line if one ends with it. */
  add(step: number, loss: number): number | undefined {
    const steps = this.#open.steps + 1;
    const lossSum = this.#open.lossSum + loss;
    const ends = endsLine(step, this.#stepsPerEpoch);
    this.#open = ends ? { steps: 0, lossSum: 0 } : { steps, lossSum };
    return ends ? lossSum / steps : undefined;
  }
}

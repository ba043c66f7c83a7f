/**
 * A generator handler between its first step and its end. Its activation holds the actor: the
 * actor's mail waits, others run. It is lost with its worker, as any handler is that has not ended.
 *
 * STEPS-1 (ACTORS-S3): every step runs in a turn of the actor. A `yield` costs one reduction and
 *   `yield n` costs n; when those of the turn are spent, the next step is in a later turn, behind
 *   the actors that wait by then. What costs more than was left is not carried over.
 * STEPS-2: an asynchronous generator takes one step in a turn: the next when what it awaits, and
 *   what it yields, has settled.
 * STEPS-3: an exit closes it: a synchronous one runs its `finally` before the exit goes on, an
 *   asynchronous one that awaits at its next yield, without effect on the actor (LIVES-4). A
 *   `finally` that yields is left there. After `killed` it takes no further step.
 */
import { ActorsError, textOf } from '../errors.js';
import { isThenable } from '../generated/turns.js';
import type { HandlerGenerator } from '../generated/turns.js';

/** Told what becomes of a handler. */
export interface StepListener {
  /** It goes on in a later turn. */
  readonly again: () => void;
  readonly returned: () => void;
  readonly threw: (error: unknown) => void;
}

interface Step {
  readonly done?: boolean;
  readonly value?: unknown;
}

/** See the file's header. */
export class HandlerSteps {
  readonly #generator: HandlerGenerator;
  readonly #listener: StepListener;
  /** False while a step has not settled, and after the end. */
  #waits = true;
  #ended = false;

  constructor(generator: HandlerGenerator, listener: StepListener) {
    this.#generator = generator;
    this.#listener = listener;
  }

  /** Goes on for so many reductions, if it waits for a turn. Within one of its actor. */
  run(reductions: number): void {
    if (!this.#waits) return;
    this.#waits = false;
    let left = reductions;
    while (left > 0) {
      const cost = this.#step();
      if (cost === undefined) return;
      left -= cost;
    }
    this.#again();
  }

  /** Ends it from outside. Returns the text of what its `finally` threw, or ''. */
  close(runsFinally: boolean): string {
    this.#waits = false;
    this.#ended = true;
    if (!runsFinally) return '';
    try {
      const closing = this.#generator.return();
      if (isThenable(closing)) Promise.resolve(closing).catch(() => undefined);
      return '';
    } catch (error) {
      return `its handler threw when it was closed: ${textOf(error)}`;
    }
  }

  /** Runs to the next yield and returns what that costs, or undefined if it does not go on now. */
  #step(): number | undefined {
    let cost: number;
    try {
      const step = this.#generator.next();
      if (isThenable(step)) {
        Promise.resolve(step).then(
          (settled) => this.#settled(settled as Step),
          (error: unknown) => this.#threw(error),
        );
        return undefined;
      }
      cost = costOf(step as Step);
    } catch (error) {
      this.#threw(error);
      return undefined;
    }
    if (cost > 0) return cost;
    this.#returned();
    return undefined;
  }

  #settled(step: Step): void {
    if (this.#ended) return;
    let cost: number;
    try {
      cost = costOf(step);
    } catch (error) {
      this.#threw(error);
      return;
    }
    if (cost > 0) this.#again();
    else this.#returned();
  }

  #returned(): void {
    this.#ended = true;
    this.#listener.returned();
  }

  #again(): void {
    this.#waits = true;
    this.#listener.again();
  }

  #threw(error: unknown): void {
    if (this.#ended) return;
    this.close(true);
    this.#listener.threw(error);
  }
}

/** The reductions of a yield; 0 at the end. @throws ActorsError ACTORS_YIELD_INVALID */
function costOf({ done, value }: Step): number {
  if (done === true) return 0;
  if (value === undefined) return 1;
  if (typeof value === 'number' && value >= 1) return value;
  const given = isThenable(value) ? 'a promise' : `${typeof value} ${textOf(value)}`;
  throw new ActorsError(
    'ACTORS_YIELD_INVALID',
    `a generator handler yielded ${given}: it must yield nothing, or reductions from 1 ` +
      '(an async generator may await)',
  );
}

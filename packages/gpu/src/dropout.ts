import { GpuError } from './errors.js';
import { element, expression } from './expression.js';
import type { Tape, Tensor, UniformOptions } from './tensor.js';

export interface DropoutOptions extends UniformOptions {
  /** The share of elements that become 0; from 0, below 1. */
  readonly rate: number;
}

/**
 * Each element of `a` (B,…) is 0 with the chance `rate`, else divided by 1 − rate (Srivastava and
 * others 2014). What becomes 0 is a function of `draws` (NUMERICS-N5), as `uniform` of a tape says.
 */
export function dropout(tape: Tape, a: Tensor, draws: Tensor, options: DropoutOptions): Tensor {
  const { rate } = options;
  if (!(rate >= 0 && rate < 1)) {
    throw new GpuError('GPU_OPTION_INVALID', `dropout: rate ${rate} is no number from 0, below 1`);
  }
  const chances = tape.uniform(draws, a.shape.slice(1), options);
  const scale = 1 / (1 - rate);
  const kept = expression((x, u) => element.pick(rate, u, 0, element.multiply(x, scale)));
  return tape.map(kept, [a, chances])[0] as Tensor; // one result
}

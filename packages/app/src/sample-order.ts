/**
 * Which samples a step trains on: a pure function of seed and step (NUMERICS-N5), so a run is
 * resumed at any step without replaying those before.
 *
 * ORDER-1: within one epoch no sample comes twice.
 */
import { counterRandom } from '@ganglion/gpu';

/** First coordinate of the random numbers, so that no two uses share one. */
export const RandomStream: { readonly weights: 0; readonly epoch: 1; readonly heldOut: 2 } =
  Object.freeze({ weights: 0, epoch: 1, heldOut: 2 });

/** What an order is over. */
export interface SampleOrderOptions {
  readonly seed: number;
  /** Samples that are trained on: indices below this. */
  readonly training: number;
  readonly batch: number;
}

/** Orders samples; keeps the permutation of the epoch it was last asked for. */
export class SampleOrder {
  readonly #options: SampleOrderOptions;
  readonly #stepsPerEpoch: number;
  #epoch = -1;
  #permutation: Uint32Array = new Uint32Array(0);

  constructor(options: SampleOrderOptions) {
    this.#options = options;
    this.#stepsPerEpoch = Math.floor(options.training / options.batch);
  }

  /** Indices of the samples of step `step`, counted from 0. Valid until the next call. */
  samplesOf(step: number): Uint32Array {
    const { seed, training, batch } = this.#options;
    const epoch = Math.floor(step / this.#stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#permutation = permutation(training, seed, RandomStream.epoch, epoch);
      this.#epoch = epoch;
    }
    const first = (step % this.#stepsPerEpoch) * batch;
    return this.#permutation.subarray(first, first + batch);
  }
}

/** Indices 0 … count − 1 in random order (Fisher and Yates), named by a seed and coordinates. */
export function permutation(
  count: number,
  seed: number,
  stream: number,
  substream: number,
): Uint32Array {
  const indices = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const random = counterRandom(seed, stream, substream, last);
    const chosen = Math.floor((random / 2 ** 32) * (last + 1));
    const held = indices[last] ?? 0;
    indices[last] = indices[chosen] ?? 0;
    indices[chosen] = held;
  }
  return indices;
}

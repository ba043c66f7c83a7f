/**
 * Optimiser steps in plain TypeScript: every element alone, in the order of operations that the
 * contract states. Shapes were validated; `as number` stands where an index is in range.
 */

const f = Math.fround;

export interface SgdVectors {
  readonly parameter: Float32Array;
  readonly gradient: Float32Array;
  readonly velocity: Float32Array;
  /** learningRate, momentum, weightDecay, 0. */
  readonly hyper: Float32Array;
  readonly nextParameter: Float32Array;
  readonly nextVelocity: Float32Array;
}

export function sgdStep(vectors: SgdVectors, count: number): void {
  const { parameter, gradient, velocity, nextParameter, nextVelocity } = vectors;
  const [learningRate = 0, momentum = 0, weightDecay = 0] = vectors.hyper;
  for (let i = 0; i < count; i += 1) {
    const p = parameter[i] as number;
    const carried = f(f(momentum * (velocity[i] as number)) + (gradient[i] as number));
    const v = f(carried + f(weightDecay * p));
    nextVelocity[i] = v;
    nextParameter[i] = p - f(learningRate * v);
  }
}

export interface AdamwVectors {
  readonly parameter: Float32Array;
  readonly gradient: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** learningRate, beta1, beta2, epsilon, weightDecay, 1/(1−beta1^t), 1/√(1−beta2^t), 0. */
  readonly hyper: Float32Array;
  readonly nextParameter: Float32Array;
  readonly nextFirst: Float32Array;
  readonly nextSecond: Float32Array;
}

export function adamwStep(vectors: AdamwVectors, count: number): void {
  const { parameter, gradient, first, second } = vectors;
  const { nextParameter, nextFirst, nextSecond } = vectors;
  const [learningRate = 0, beta1 = 0, beta2 = 0, epsilon = 0, weightDecay = 0] = vectors.hyper;
  const firstCorrection = vectors.hyper[5] as number; // validated: eight elements
  const secondCorrection = vectors.hyper[6] as number;
  const rest1 = f(1 - beta1);
  const rest2 = f(1 - beta2);
  const decay = f(learningRate * weightDecay);
  for (let i = 0; i < count; i += 1) {
    const p = parameter[i] as number;
    const g = gradient[i] as number;
    const m = f(f(beta1 * (first[i] as number)) + f(rest1 * g));
    const v = f(f(beta2 * (second[i] as number)) + f(f(rest2 * g) * g));
    const root = f(f(f(Math.sqrt(v)) * secondCorrection) + epsilon);
    const step = f(f(m * firstCorrection) / root);
    nextFirst[i] = m;
    nextSecond[i] = v;
    nextParameter[i] = f(p - f(decay * p)) - f(learningRate * step);
  }
}

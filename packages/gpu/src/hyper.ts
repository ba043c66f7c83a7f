import { GpuError } from './errors.js';

/**
 * The numbers of an optimiser step as the vectors that `sgd` and `adamw` read: pure functions of
 * the options and the step, computed in f64 and rounded once to f32.
 */

export interface SgdOptions {
  /** Above 0. */
  readonly learningRate: number;
  /** In [0, 1). @default 0 */
  readonly momentum?: number;
  /** From 0; added to the gradient. @default 0 */
  readonly weightDecay?: number;
}

export const sgdDefaults: Readonly<Required<SgdOptions>> = Object.freeze({
  learningRate: 0.1,
  momentum: 0,
  weightDecay: 0,
});

export interface AdamwOptions {
  /** Above 0. */
  readonly learningRate: number;
  /** In [0, 1). @default 0.9 */
  readonly beta1?: number;
  /** In [0, 1). @default 0.999 */
  readonly beta2?: number;
  /** Above 0. @default 1e-8 */
  readonly epsilon?: number;
  /** From 0; decoupled from the gradient. @default 0.01 */
  readonly weightDecay?: number;
}

/** The values of Loshchilov and Hutter 2019, as PyTorch has them. */
export const adamwDefaults: Readonly<Required<AdamwOptions>> = Object.freeze({
  learningRate: 0.001,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
});

type Range = readonly [text: string, holds: (value: number) => boolean];

const POSITIVE: Range = ['a number above 0', (value) => value > 0];
const FROM_ZERO: Range = ['a number from 0', (value) => value >= 0];
const BELOW_ONE: Range = ['in [0, 1)', (value) => value >= 0 && value < 1];

/** @throws GpuError GPU_OPTION_INVALID naming the option, its value and the limit. */
export function resolveSgdOptions(options: SgdOptions): Required<SgdOptions> {
  return resolve('sgd', options, sgdDefaults, {
    learningRate: POSITIVE,
    momentum: BELOW_ONE,
    weightDecay: FROM_ZERO,
  });
}

/** @throws GpuError GPU_OPTION_INVALID naming the option, its value and the limit. */
export function resolveAdamwOptions(options: AdamwOptions): Required<AdamwOptions> {
  return resolve('adamw', options, adamwDefaults, {
    learningRate: POSITIVE,
    beta1: BELOW_ONE,
    beta2: BELOW_ONE,
    epsilon: POSITIVE,
    weightDecay: FROM_ZERO,
  });
}

/** learningRate, momentum, weightDecay, 0. */
export function sgdHyper(options: Required<SgdOptions>): Float32Array {
  return Float32Array.of(options.learningRate, options.momentum, options.weightDecay, 0);
}

/**
 * learningRate, beta1, beta2, epsilon, weightDecay, 1/(1−beta1^t), 1/√(1−beta2^t), 0 for step t,
 * counted from 1. The powers are products in ascending order of squaring: `Math.pow` is left to the
 * implementation.
 * @throws GpuError GPU_OPTION_INVALID
 */
export function adamwHyper(options: Required<AdamwOptions>, step: number): Float32Array {
  if (!Number.isSafeInteger(step) || step < 1) {
    throw new GpuError('GPU_OPTION_INVALID', `step ${step} is no integer from 1`);
  }
  const { learningRate, beta1, beta2, epsilon, weightDecay } = options;
  const first = 1 / (1 - power(beta1, step));
  const second = 1 / Math.sqrt(1 - power(beta2, step));
  return Float32Array.of(learningRate, beta1, beta2, epsilon, weightDecay, first, second, 0);
}

function power(value: number, exponent: number): number {
  let result = 1;
  let square = value;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

function resolve<T extends object>(
  what: string,
  options: T,
  defaults: Readonly<Required<T>>,
  ranges: Readonly<Record<keyof T, Range>>,
): Required<T> {
  for (const key of Object.keys(options)) {
    if (key in defaults) continue;
    const known = Object.keys(defaults).join(', ');
    throw new GpuError('GPU_OPTION_INVALID', `${what} has no option ${key}; it has ${known}`);
  }
  const resolved: Required<T> = { ...defaults, ...options };
  for (const key of Object.keys(ranges) as (keyof T & string)[]) {
    const [text, holds] = ranges[key];
    const value: unknown = resolved[key];
    if (typeof value === 'number' && Number.isFinite(value) && holds(value)) continue;
    throw new GpuError('GPU_OPTION_INVALID', `${what}: ${key} ${String(value)} is not ${text}`);
  }
  return resolved;
}

import { expect, test } from 'vitest';
import {
  adamwDefaults,
  adamwHyper,
  resolveAdamwOptions,
  resolveSgdOptions,
  sgdHyper,
} from './hyper.js';

const NESTEROV: object = { nesterov: true };

test('defaults fill what is not given', () => {
  expect(resolveSgdOptions({ learningRate: 0.5 })).toEqual({
    learningRate: 0.5,
    momentum: 0,
    weightDecay: 0,
  });
  expect(resolveAdamwOptions({ learningRate: 0.5, beta2: 0.95 })).toEqual({
    ...adamwDefaults,
    learningRate: 0.5,
    beta2: 0.95,
  });
});

test('vectors are rounded once, in the order of the contract', () => {
  const f = Math.fround;
  const sgd = resolveSgdOptions({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 });
  expect([...sgdHyper(sgd)]).toEqual([f(0.1), f(0.9), f(0.01), 0]);
  const adamw = resolveAdamwOptions({ learningRate: 0.001 });
  expect([...adamwHyper(adamw, 3)]).toEqual([
    f(0.001), f(0.9), f(0.999), f(1e-8), f(0.01),
    f(1 / (1 - 0.9 * (0.9 * 0.9))), f(1 / Math.sqrt(1 - 0.999 * (0.999 * 0.999))), 0,
  ]);
  expect(adamwHyper(adamw, 1_000_000)[5]).toBe(1);
});

test.each([
  [() => resolveSgdOptions({ learningRate: 0 }), 'sgd: learningRate 0 is not a number above 0'],
  [
    () => resolveSgdOptions({ learningRate: NaN }),
    'sgd: learningRate NaN is not a number above 0',
  ],
  [
    () => resolveSgdOptions({ learningRate: 1, momentum: 1 }),
    'sgd: momentum 1 is not in [0, 1)',
  ],
  [
    () => resolveSgdOptions({ learningRate: 1, weightDecay: -1 }),
    'sgd: weightDecay -1 is not a number from 0',
  ],
  [
    () => resolveSgdOptions({ learningRate: 1, ...NESTEROV }),
    'sgd has no option nesterov; it has learningRate, momentum, weightDecay',
  ],
  [
    () => resolveAdamwOptions({ learningRate: 1, beta1: 1.5 }),
    'adamw: beta1 1.5 is not in [0, 1)',
  ],
  [
    () => resolveAdamwOptions({ learningRate: 1, epsilon: 0 }),
    'adamw: epsilon 0 is not a number above 0',
  ],
  [() => adamwHyper(adamwDefaults, 0), 'step 0 is no integer from 1'],
])('%# is refused in one sentence', (run, message) => {
  expect(run).toThrow(expect.objectContaining({ code: 'GPU_OPTION_INVALID', message }));
});

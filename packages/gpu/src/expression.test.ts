import { describe, expect, test } from 'vitest';
import { derive } from './derivative.js';
import type { Term } from './expression.js';
import { element, expression, MAX_EXPRESSION_STEPS } from './expression.js';

const { add, exp, multiply, pick, relu } = element;

function chain(length: number): (x: Term) => Term {
  return (x) => {
    let term = x;
    for (let n = 0; n < length; n += 1) term = add(term, x);
    return term;
  };
}

describe('KERNELS-K3: an expression', () => {
  test('is plain data, traced once, equal terms as one number', () => {
    const traced = expression((x, y) => {
      const sum = add(x, y);
      return [multiply(sum, add(x, y)), multiply(0.5, sum)];
    });
    expect(traced).toEqual({
      inputs: 2,
      steps: [
        { kind: 'input', index: 0 },
        { kind: 'input', index: 1 },
        { kind: 'add', of: [0, 1] },
        { kind: 'multiply', of: [2, 2] },
        { kind: 'constant', value: 0.5 },
        { kind: 'multiply', of: [4, 2] },
      ],
      results: [3, 5],
    });
    expect(JSON.parse(JSON.stringify(traced))).toEqual(traced);
  });

  test('has constants of f32, one zero, and none that is not finite', () => {
    const traced = expression((x) => add(add(x, 0.1), -0));
    expect(traced.steps.filter(({ kind }) => kind === 'constant')).toEqual([
      { kind: 'constant', value: Math.fround(0.1) }, { kind: 'constant', value: 0 },
    ]);
    for (const bad of [Infinity, NaN, 1e39]) {
      expect(() => expression((x) => add(x, bad))).toThrow(
        `constant ${bad} of an expression is not finite`,
      );
    }
  });

  test('refuses what is over its limits, in one sentence', () => {
    expect(expression(chain(MAX_EXPRESSION_STEPS - 1)).steps).toHaveLength(MAX_EXPRESSION_STEPS);
    expect(() => expression(chain(MAX_EXPRESSION_STEPS + 20))).toThrow(
      'an expression of a chain of more than 256 steps',
    );
    expect(() => expression(() => 1)).toThrow('an expression of 0 inputs');
    expect(() => expression((_x) => [])).toThrow('an expression without a result');
    expect(() => expression((x) => [x, x, x, x, x, x, x, x])).toThrow(
      'an expression of 1 inputs and 8 results, together they are at most 8',
    );
  });
});

describe('ARCHITECTURE G5: the derivative of an expression', () => {
  test('reads the result instead of computing it again, and no input in vain', () => {
    const { passed, derivatives } = derive(expression((x) => exp(x)), [0]);
    expect(passed).toEqual([]);
    expect(derivatives).toEqual([{
      inputs: [0],
      reads: ['out', 'upstream'],
      expression: {
        inputs: 2,
        steps: [
          { kind: 'input', index: 1 }, { kind: 'input', index: 0 },
          { kind: 'multiply', of: [0, 1] },
        ],
        results: [2],
      },
    }]);
  });

  test('passes on a gradient that does not change, and none to what pick compares', () => {
    expect(derive(expression((x, y) => add(x, y)), [0, 1])).toEqual({
      passed: [0, 1], derivatives: [],
    });
    expect(derive(expression((x, y) => pick(x, 0, y, 1)), [0])).toEqual({
      passed: [], derivatives: [],
    });
    expect(derive(expression((x) => relu(x)), [0]).derivatives[0]?.reads).toEqual([
      'out', 'upstream',
    ]);
  });

  test('is cut where one map has not enough buffers, and refused where that is no help', () => {
    const five = expression((a, b, c, d, e) =>
      multiply(multiply(multiply(a, b), multiply(c, d)), e));
    const { derivatives } = derive(five, [0, 1, 2, 3, 4]);
    expect(derivatives.length).toBeGreaterThan(1);
    expect(derivatives.flatMap(({ inputs }) => inputs)).toEqual([0, 1, 2, 3, 4]);
    for (const { expression: { inputs, results } } of derivatives) {
      expect(inputs + results.length).toBeLessThanOrEqual(8);
    }
    const seven = expression((a, b, c, d, e, f, g) =>
      exp(exp(multiply(add(multiply(a, b), multiply(c, d)), multiply(multiply(e, f), g)))));
    expect(() => derive(seven, [0])).toThrow(
      'the gradient of a map is an expression of 9 inputs and 1 results',
    );
  });
});

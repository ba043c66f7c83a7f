import { expect, test } from 'vitest';
import { counterUniform } from './counter-random.js';
import { element, expression } from './expression.js';
import { createTape } from './tape.js';
import type { Tape, Tensor } from './tensor.js';
import { runOracle } from './testing/index.js';

const MULTIPLY = expression((a, b) => element.multiply(a, b));

function random(seed: number): readonly number[] {
  return Array.from({ length: 16 }, (_, i) => 2 * counterUniform(seed, i) - 1);
}

/** The gradient by w of x·w times a factor of it, whose numbers are an input if `given`. */
function gradientOf(
  factorOf: (tape: Tape, product: Tensor) => Tensor,
  given?: readonly number[],
): readonly number[] {
  const tape = createTape();
  const [x, w, factor] = [tape.input([4, 4]), tape.parameter([4, 4]), tape.input([4, 4])];
  const labels = tape.input([4], 'i32');
  const product = tape.matmul(x, w);
  const other = given === undefined ? factorOf(tape, product) : factor;
  const logits = tape.map(MULTIPLY, [product, other])[0] as Tensor; // one result
  const { losses } = tape.softmaxCrossEntropy(logits, labels, { scale: 1 });
  const [gradient] = tape.gradients({ losses, of: [w], edges: [0, 4] });
  const { id } = tape.output(gradient as Tensor);
  const inputs = new Map([
    [x.id, random(1)], [w.id, random(2)], [factor.id, given ?? []], [labels.id, [0, 1, 2, 3]],
  ]);
  return [...(runOracle(tape.program(), inputs).get(id) ?? [])];
}

/** tanh(x·w) of the same numbers. */
function tanhs(): readonly number[] {
  const tape = createTape();
  const [x, w] = [tape.input([4, 4]), tape.input([4, 4])];
  const { id } = tape.output(tanhOf(tape, tape.matmul(x, w)));
  return [...(runOracle(tape.program(), new Map([[x.id, random(1)], [w.id, random(2)]])).get(id) ??
    [])];
}

function tanhOf(tape: Tape, a: Tensor): Tensor {
  return tape.map(expression((x) => element.tanh(x)), [a])[0] as Tensor; // one result
}

const FACTORS: readonly [string, (tape: Tape, product: Tensor) => Tensor][] = [
  ['detach of the result', (tape, product) => tape.detach(tanhOf(tape, product))],
  ['detach of the operand', (tape, product) => tanhOf(tape, tape.detach(product))],
  [
    'a part of what was detached',
    (tape, product) => tape.part(tape.detach(tanhOf(tape, product)), 0, [4, 4]),
  ],
  ['noGrad', (tape, product) => tape.noGrad(() => tanhOf(tape, product))],
  [
    'noGrad in noGrad',
    (tape, product) => tape.noGrad(() => tanhOf(tape, tape.noGrad(() => product))),
  ],
];

test.each(FACTORS)('%s counts as numbers given', (_, factorOf) => {
  const expected = gradientOf(tanhOf, tanhs());
  const found = gradientOf(factorOf);
  found.forEach((x, i) => expect(x).toBeCloseTo(expected[i] ?? NaN, 12));
  const through = gradientOf(tanhOf);
  expect(Math.abs((through[0] ?? 0) - (expected[0] ?? 0))).toBeGreaterThan(1e-3);
});

test('after noGrad has returned or thrown, gradients go through again', () => {
  const through = gradientOf(tanhOf);
  const after = gradientOf((tape, product) => {
    expect(() => tape.noGrad(() => tape.matmul(product, tape.input([3, 3])))).toThrow('4 is not 3');
    return tanhOf(tape, product);
  });
  expect(after).toEqual(through);
});

test('a parameter that is only behind detach is one that the losses do not depend on', () => {
  const tape = createTape();
  const [x, w] = [tape.input([4, 4]), tape.parameter([4, 4])];
  const logits = tape.detach(tape.matmul(x, w));
  const { losses } = tape.softmaxCrossEntropy(logits, tape.input([4], 'i32'), { scale: 1 });
  expect(() => tape.gradients({ losses, of: [w], edges: [0, 4] })).toThrow(
    'the losses do not depend on parameter 1',
  );
});

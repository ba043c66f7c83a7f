import { describe, expect, test } from 'vitest';
import { counterUniform } from './counter-random.js';
import { element, expression } from './expression.js';
import type { Operation, OperationDefinition } from './operation.js';
import { defineOperation } from './operation.js';
import { createTape } from './tape.js';
import type { Tape, Tensor } from './tensor.js';
import { runOracle } from './testing/index.js';

const EDGES = [0, 1, 4, 4, 6];
const TANH = expression((x) => element.tanh(x));
const TANH_GRADIENT = expression((g, y) =>
  element.multiply(g, element.subtract(1, element.multiply(y, y))));

function random(seed: number, length: number): readonly number[] {
  return Array.from({ length }, (_, i) => 2 * counterUniform(seed, i) - 1);
}

function one(tape: Tape, of: ReturnType<typeof expression>, ...inputs: Tensor[]): Tensor {
  return tape.map(of, inputs)[0] as Tensor; // one result
}

/** x (6, 3, 5) by w (5, 4): rows over two axes, so that a sample has three. */
function linear(tape: Tape, x: Tensor, w: Tensor): Tensor {
  return tape.matmul(x, w);
}

const ownLinear = defineOperation({
  name: 'ownLinear',
  forward: linear,
  backward: (tape, { upstream, edges }, x, w) => [
    tape.matmul(upstream, w, { transposeB: true }),
    tape.shardMatmul(x, upstream, edges(18)),
  ],
});

const ownTanh = defineOperation({
  name: 'ownTanh',
  forward: (tape, a) => one(tape, TANH, a),
  backward: (tape, { upstream, result }) => [one(tape, TANH_GRADIENT, upstream, result)],
});

/** Gradients of two layers by both weights, per shard or summed. */
function gradients(
  product: Operation,
  activation: Operation,
  sum = false,
): readonly (readonly number[])[] {
  const tape = createTape();
  const x = tape.input([6, 3, 5]);
  const weights = [tape.parameter([5, 4]), tape.parameter([4, 2])] as const;
  const hidden = activation(tape, product(tape, x, weights[0]));
  const logits = product(tape, hidden, weights[1]);
  const labels = tape.input([6, 3], 'i32');
  const { losses } = tape.softmaxCrossEntropy(logits, labels, { scale: 1 });
  const found = tape.gradients({ losses, of: weights, edges: EDGES, sum });
  const ids = found.map((tensor) => tape.output(tensor).id);
  const values = runOracle(tape.program(), new Map([
    [x.id, random(1, 90)], [weights[0].id, random(2, 20)], [weights[1].id, random(3, 8)],
    [labels.id, Array.from({ length: 18 }, (_, i) => i % 2)],
  ]));
  return ids.map((id) => Array.from(values.get(id) ?? []));
}

const tanh: Operation = (tape, a) => one(tape, TANH, a);
const identity: Operation = (_, a) => a;
const builtIn = [linear as Operation, tanh] as const;

describe('KERNELS-A1: defineOperation', () => {
  test.each([false, true])('gives the gradients that it records, summed: %s', (sum) => {
    const expected = gradients(...builtIn, sum);
    const found = gradients(ownLinear, ownTanh, sum);
    expect(found.map(({ length }) => length)).toEqual(sum ? [20, 8] : [80, 32]);
    found.flat().forEach((x, i) => expect(x).toBeCloseTo(expected.flat()[i] ?? Number.NaN, 12));
  });

  test('its rule stands in for those of the operations inside', () => {
    const twice: OperationDefinition = {
      name: 'twice',
      forward: (tape, a) => ownTanh(tape, a),
      backward: (tape, { upstream }) => [tape.add(upstream, upstream)],
    };
    const straight: OperationDefinition = {
      name: 'straight',
      // No gradient goes through whole numbers, or through what is detached.
      forward: (tape, a) => tape.cast(tape.cast(tape.detach(a), 'i32'), 'f32'),
      backward: (_, { upstream }) => [upstream],
    };
    const [, last] = gradients(builtIn[0], identity);
    const [first, second] = gradients(builtIn[0], defineOperation(straight));
    expect(first?.some((x) => x !== 0)).toBe(true);
    expect(second).not.toEqual(last);
    const [doubled] = gradients(builtIn[0], defineOperation(twice));
    const plain: OperationDefinition = { ...twice, backward: (_, { upstream }) => [upstream] };
    const [once] = gradients(builtIn[0], defineOperation(plain));
    doubled?.forEach((x, i) => expect(x).toBeCloseTo(2 * (once?.[i] ?? Number.NaN), 12));
  });

  test('an input without a gradient leaves what is behind it alone', () => {
    const constant = defineOperation({
      name: 'constant',
      forward: (tape, a) => one(tape, TANH, a),
      backward: () => [undefined],
    });
    expect(() => gradients(builtIn[0], constant)).toThrow('do not depend on parameter');
  });
});

function wrong(name: string, backward: OperationDefinition['backward']): Operation {
  return defineOperation({ name, forward: (tape, a) => tanh(tape, a), backward });
}

describe('refusals', () => {
  test('gradients of the wrong number or shape, by name', () => {
    expect(() => gradients(builtIn[0], wrong('none', () => []))).toThrow(
      'none: 0 gradients of 1 inputs',
    );
    const flat = wrong('flat', (tape, { upstream }) => [tape.part(upstream, 0, [6, 12])]);
    expect(() => gradients(builtIn[0], flat)).toThrow(
      'flat: the gradient by input 0 is (6, 12), needed is (6, 3, 4)',
    );
    const whole = defineOperation({
      name: 'whole',
      forward: linear,
      backward: (_, __, ___, w) => [undefined, w],
    });
    expect(() => gradients(whole, builtIn[1])).toThrow(
      'whole: the gradient by input 1 is (4, 2), needed is (4, 4, 2)',
    );
  });

  test('a result that was there before, or losses or values inside that are read outside', () => {
    const tape = createTape();
    const [x, w] = [tape.input([4, 4]), tape.parameter([4, 4])];
    const labels = tape.input([4], 'i32');
    const idle = defineOperation({
      name: 'idle', forward: (_, a) => a, backward: () => [],
    });
    expect(() => idle(tape, x)).toThrow(
      'idle: its result is of none of the operations it recorded',
    );
    const leaked: Tensor[] = [];
    const leaks = defineOperation({
      name: 'leaks',
      forward: (on, a) => {
        leaked.push(on.matmul(x, a));
        return on.relu(leaked[0] as Tensor);
      },
      backward: (_, { upstream }) => [upstream],
    });
    const logits = tape.add(leaks(tape, w), leaked[0] as Tensor);
    const { losses } = tape.softmaxCrossEntropy(logits, labels, { scale: 1 });
    expect(() => tape.gradients({ losses, of: [w], edges: [0, 4] })).toThrow(
      'leaks has no gradient rule for a value inside it that is read outside',
    );
    const inside = defineOperation({
      name: 'inside',
      forward: (on, a) =>
        on.softmaxCrossEntropy(on.matmul(x, a), labels, { scale: 1 }).losses,
      backward: () => [undefined],
    });
    const own = inside(tape, w);
    expect(() => tape.gradients({ losses: own, of: [w], edges: [0, 4] })).toThrow(
      'inside has no gradient rule for losses inside it',
    );
  });

  test('KERNELS-A1: gradients of gradients', () => {
    const tape = createTape();
    const [x, w] = [tape.input([4, 4]), tape.parameter([4, 4])];
    const labels = tape.input([4], 'i32');
    const { gradient } = tape.softmaxCrossEntropy(tape.matmul(x, w), labels, { scale: 1 });
    const { losses } = tape.softmaxCrossEntropy(gradient, labels, { scale: 1 });
    expect(() => tape.gradients({ losses, of: [w], edges: [0, 4] })).toThrow(
      expect.objectContaining({
        code: 'GPU_NOT_SUPPORTED',
        message: 'softmaxCrossEntropy has no gradient rule for a result beside its first',
      }),
    );
    const again = tape.softmaxCrossEntropy(tape.matmul(x, w), labels, { scale: 1 });
    const [first] = tape.gradients({ losses: again.losses, of: [w], edges: [0, 4], sum: true });
    const second = tape.softmaxCrossEntropy(tape.add(first as Tensor, x), labels, { scale: 1 });
    expect(() => tape.gradients({ losses: second.losses, of: [w], edges: [0, 4] })).toThrow(
      expect.objectContaining({ code: 'GPU_NOT_SUPPORTED' }),
    );
  });
});

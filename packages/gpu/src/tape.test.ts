import { expect, test } from 'vitest';
import { createTape } from './tape.js';
import type { Tape } from './tensor.js';

test('a tape records what was called, with shapes worked out', () => {
  const tape = createTape();
  const x = tape.input([3, 4]);
  const w = tape.parameter([2, 4]);
  const y = tape.matmul(x, w, { transposeB: true, activation: 'relu' });
  const best = tape.output(tape.argmax(y));
  expect([y.shape, best.shape, best.dtype]).toEqual([[3, 2], [3], 'i32']);
  expect(tape.program()).toEqual({
    values: [
      { shape: [3, 4], dtype: 'f32', role: 'input' },
      { shape: [2, 4], dtype: 'f32', role: 'parameter' },
      { shape: [3, 2], dtype: 'f32', role: 'temporary' },
      { shape: [3], dtype: 'i32', role: 'output' },
    ],
    ops: [
      {
        kind: 'matmul', a: 0, b: 1, out: 2, transposeA: false, transposeB: true,
        activation: 'relu',
      },
      { kind: 'argmax', a: 2, out: 3 },
    ],
  });
});

test('a program is plain data', () => {
  const tape = createTape();
  tape.output(tape.relu(tape.input([2])));
  const program = tape.program();
  expect(JSON.parse(JSON.stringify(program))).toEqual(program);
  expect(structuredClone(program)).toEqual(program);
});

test('a part of a part is a part of the whole, and becomes an output with it', () => {
  const tape = createTape();
  const whole = tape.relu(tape.input([4, 3]));
  const inner = tape.part(tape.part(whole, 3, [3, 3]), 3, [2, 3]);
  tape.output(tape.relu(inner));
  tape.output(whole);
  expect(tape.program().values[inner.id]).toEqual({
    shape: [2, 3], dtype: 'f32', role: 'output', part: { of: whole.id, offset: 6 },
  });
});

const refusals: readonly [string, (tape: Tape) => unknown, string, string][] = [
  [
    'inner sizes that differ',
    (tape) => tape.matmul(tape.input([2, 3]), tape.input([4, 5])),
    'GPU_SHAPE_MISMATCH',
    'matmul: (2, 3) · (4, 5): 3 is not 4',
  ],
  [
    'a bias of another length',
    (tape) => tape.matmul(tape.input([2, 3]), tape.input([3, 5]), { bias: tape.input([4]) }),
    'GPU_SHAPE_MISMATCH',
    'matmul: bias is (4), needed is (5)',
  ],
  [
    'batches of other sizes',
    (tape) => tape.batchMatmul(tape.input([2, 4, 3]), tape.input([3, 3, 5])),
    'GPU_SHAPE_MISMATCH',
    'batchMatmul: leading axes of (2, 4, 3) and (3, 3, 5)',
  ],
  [
    'a batch of products whose inner sizes differ',
    (tape) => tape.batchMatmul(tape.input([2, 4, 3]), tape.input([2, 3, 5]), { transposeB: true }),
    'GPU_SHAPE_MISMATCH',
    'batchMatmul: (4, 3) · (5, 3): 3 is not 5',
  ],
  [
    'a gradient of softmax in another shape',
    (tape) => tape.softmaxGradient(tape.input([2, 4]), tape.input([2, 5]), { log: false }),
    'GPU_SHAPE_MISMATCH',
    'softmaxGradient: gradient is (2, 4), needed is (2, 5)',
  ],
  [
    'a vector in a product',
    (tape) => tape.matmul(tape.input([3]), tape.input([3, 5])),
    'GPU_SHAPE_MISMATCH',
    'matmul: a is (3), it has two dimensions or more',
  ],
  [
    'a sum of unequal shapes',
    (tape) => tape.add(tape.input([3]), tape.input([2, 1, 2])),
    'GPU_SHAPE_MISMATCH',
    'map: (3) and (2, 1, 2) do not fit each other: aligned at the last axis, sizes are equal or 1',
  ],
  [
    'labels that are f32',
    (tape) => tape.softmaxCrossEntropy(tape.input([3, 2]), tape.input([3]), { scale: 1 }),
    'GPU_DTYPE_MISMATCH',
    'softmaxCrossEntropy: labels is f32, needed is i32',
  ],
  [
    'a part past the end',
    (tape) => tape.part(tape.input([3, 2]), 5, [2]),
    'GPU_SHAPE_MISMATCH',
    'part: elements 5 to 7 of (3, 2)',
  ],
  [
    'nine dimensions',
    (tape) => tape.input([1, 1, 1, 1, 1, 1, 1, 1, 1]),
    'GPU_SHAPE_MISMATCH',
    'input: (1, 1, 1, 1, 1, 1, 1, 1, 1) has 9 dimensions, the limit is 8',
  ],
  [
    'too many elements',
    (tape) => tape.parameter([2 ** 15, 2 ** 15]),
    'GPU_SHAPE_MISMATCH',
    'parameter: shape (32768, 32768) has more than 1073741823 elements',
  ],
  [
    'a tensor of another tape',
    (tape) => tape.relu(createTape().input([1])),
    'GPU_PROGRAM_INVALID',
    'map: input 0: a tensor of another tape',
  ],
  [
    'an input as output',
    (tape) => tape.output(tape.input([1])),
    'GPU_PROGRAM_INVALID',
    'value 0 is an input, it cannot be an output',
  ],
  [
    'a part as output',
    (tape) => tape.output(tape.part(tape.relu(tape.input([2])), 0, [1])),
    'GPU_PROGRAM_INVALID',
    'value 2 is a part, it cannot be an output',
  ],
];

test.each(refusals)('%s: refused in one sentence', (_, record, code, message) => {
  expect(() => record(createTape())).toThrow(expect.objectContaining({ code, message }));
});

import { expect, test } from 'vitest';
import type { Shape } from './contract.js';
import type { SegmentBuilder } from './segment.js';
import { recordSegment } from './segment.js';
import type { Tensor } from './tensor.js';

const linear = recordSegment({
  inputShape: [4],
  build: (builder, x) => {
    const weight = builder.parameter('weight', [3, 4]);
    const bias = builder.parameter('bias', [3]);
    return builder.relu(builder.add(builder.matmul(x, weight, { transposeB: true }), bias));
  },
});

test('NUMERICS-N8: a segment is plain data that knows no batch size', () => {
  expect(linear.inputShape).toEqual([4]);
  expect(linear.outputShape).toEqual([3]);
  expect(linear.parameters.map(({ name, shape }) => [name, shape])).toEqual([
    ['weight', [3, 4]],
    ['bias', [3]],
  ]);
  expect(linear.ops.map(({ kind }) => kind)).toEqual(['matmul', 'map', 'map']);
  expect(structuredClone(linear)).toEqual(linear);
  expect(JSON.parse(JSON.stringify(linear))).toEqual(linear);
});

type Build = (builder: SegmentBuilder, x: Tensor) => Tensor;

const refusals: readonly [string, Shape, Build, string, RegExp][] = [
  ['a name twice', [2], (builder, x) => {
    builder.parameter('w', [2, 2]);
    return builder.matmul(x, builder.parameter('w', [2, 2]));
  }, 'GPU_PROGRAM_INVALID', /^segment parameter name "w" is taken$/],
  ['the input as output', [2], (_, x) => x, 'GPU_PROGRAM_INVALID', /^segment output \(1, 2\)/],
  ['a parameter as output', [2], (builder) => builder.parameter('w', [2, 2]),
    'GPU_PROGRAM_INVALID', /^segment output \(2, 2\)/],
  ['a batch that a parameter gives another axis', [2],
    (builder, x) => builder.add(x, builder.parameter('w', [1, 1, 2])),
    'GPU_NOT_SUPPORTED', /^map in a segment: the batch is not the first axis of its result$/],
  ['a map of parameters alone', [2],
    (builder) => builder.relu(builder.parameter('w', [1, 2])),
    'GPU_NOT_SUPPORTED', /^map in a segment: no input has the batch$/],
  ['a computed right factor', [1], (builder, x) => builder.matmul(x, builder.relu(x)),
    'GPU_NOT_SUPPORTED', /^matmul in a segment: a computed value in the place of a parameter$/],
  ['shapes that do not fit', [2],
    (builder, x) => builder.matmul(x, builder.parameter('w', [3, 2])),
    'GPU_SHAPE_MISMATCH', /^matmul: \(1, 2\) · \(3, 2\)/],
  ['a negative size', [-2], (builder, x) => builder.relu(x), 'GPU_SHAPE_MISMATCH', /-2/],
];

test.each(refusals)('%s: refused in one sentence', (_, inputShape, build, code, message) => {
  expect(() => recordSegment({ inputShape, build })).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

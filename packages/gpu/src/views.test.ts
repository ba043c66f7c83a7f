import { expect, test } from 'vitest';
import { createTape } from './tape.js';
import type { Tape, Tensor } from './tensor.js';
import { runOracle } from './testing/index.js';
import { concat, pad, reshape, slice, transpose } from './views.js';

type Build = (tape: Tape, a: Tensor) => Tensor;

/** Two samples of (2, 3): 0 to 5 and 10 to 15. */
const SAMPLES = [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15];

function run(build: Build): { shape: readonly number[]; elements: readonly number[] } {
  const tape = createTape();
  const a = tape.input([2, 2, 3]);
  const out = tape.output(build(tape, a));
  const values = runOracle(tape.program(), new Map([[a.id, SAMPLES]]));
  return { shape: out.shape, elements: [...(values.get(out.id) ?? [])] };
}

test.each<[string, Build, readonly number[], readonly number[]]>([
  ['reshape', (tape, a) => reshape(tape, a, [3, 2]), [2, 3, 2], SAMPLES],
  [
    'transpose', (tape, a) => transpose(tape, a, [2, 1]), [2, 3, 2],
    [0, 3, 1, 4, 2, 5, 10, 13, 11, 14, 12, 15],
  ],
  [
    'slice', (tape, a) => slice(tape, a, { axis: 2, from: 0, to: 3, step: 2 }), [2, 2, 2],
    [0, 2, 3, 5, 10, 12, 13, 15],
  ],
  ['slice of nothing', (tape, a) => slice(tape, a, { axis: 1, from: 2, to: 2 }), [2, 0, 3], []],
  [
    'pad', (tape, a) => pad(tape, slice(tape, a, { axis: 1, from: 1, to: 2 }), [
      { axis: 1, before: 0, after: 1 }, { axis: 2, before: 1, after: 0 },
    ]), [2, 2, 4], [0, 3, 4, 5, 0, 0, 0, 0, 0, 13, 14, 15, 0, 0, 0, 0],
  ],
  [
    'concat', (tape, a) => concat(tape, [a, slice(tape, a, { axis: 2, from: 2, to: 3 })], 2),
    [2, 2, 4], [0, 1, 2, 2, 3, 4, 5, 5, 10, 11, 12, 12, 13, 14, 15, 15],
  ],
])('%s', (_, build, shape, elements) => {
  expect(run(build)).toEqual({ shape, elements });
});

test.each<[string, Build, string]>([
  [
    'an axis named twice', (tape, a) => transpose(tape, a, [1, 1]),
    'transpose of (2, 2, 3): order (1, 1) is not each axis from 1 once',
  ],
  [
    'an index past the end', (tape, a) => slice(tape, a, { axis: 1, from: 1, to: 3 }),
    'slice of (2, 2, 3): indices from 1 to 3 by 1 of axis 1',
  ],
  [
    'a step of 0', (tape, a) => slice(tape, a, { axis: 1, from: 0, to: 1, step: 0 }),
    'slice of (2, 2, 3): indices from 0 to 1 by 0 of axis 1',
  ],
  [
    'the batch', (tape, a) => slice(tape, a, { axis: 0, from: 0, to: 1 }),
    'slice of (2, 2, 3): axis 0 is none from 1',
  ],
  [
    'a negative margin', (tape, a) => pad(tape, a, [{ axis: 2, before: -1, after: 0 }]),
    'pad of (2, 2, 3): -1 before and 0 after axis 2',
  ],
  [
    'other sizes side by side',
    (tape, a) => concat(tape, [a, slice(tape, a, { axis: 1, from: 0, to: 1 })], 2),
    'concat of (2, 2, 3) and (2, 1, 3): axes other than 2 are alike',
  ],
  ['nothing side by side', (tape) => concat(tape, [], 1), 'concat of no tensors'],
  [
    'another number of elements', (tape, a) => reshape(tape, a, [4, 2]),
    'view: a view of (6) elements in (4, 2)',
  ],
  [
    'elements outside', (tape, a) => tape.view(a, { offset: 1, sizes: [6], strides: [1] }),
    'view of (2, 2, 3): elements 1 to 6 of 6',
  ],
  [
    'sizes without strides', (tape, a) => tape.view(a, { offset: 1, sizes: [2], strides: [] }),
    'view of (2, 2, 3): 1 sizes and 0 strides, they are as many and below 8',
  ],
  [
    'half a stride', (tape, a) => tape.view(a, { offset: 0, sizes: [2], strides: [0.5] }),
    'view of (2, 2, 3): offset 0 and strides (0.5) are no integers up to 1073741823',
  ],
  [
    'a gradient that does not fit',
    (tape, a) => tape.viewGradient(a, { offset: 0, sizes: [5], strides: [1] }, [6]),
    'viewGradient: a view of (5) elements in (2, 3)',
  ],
])('%s is refused', (_, build, message) => {
  const tape = createTape();
  expect(() => build(tape, tape.input([2, 2, 3]))).toThrow(
    expect.objectContaining({ code: 'GPU_SHAPE_MISMATCH', message }),
  );
});

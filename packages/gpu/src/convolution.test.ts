import { expect, test } from 'vitest';
import type { WindowOptions } from './convolution.js';
import { averagePool2d, conv2d, maxPool2d } from './convolution.js';
import { counterUniform } from './counter-random.js';
import { createTape } from './tape.js';
import type { Tape, Tensor } from './tensor.js';
import { runOracle } from './testing/index.js';

const SHAPE = [2, 7, 6, 3] as const;
const [BATCH, HEIGHT, WIDTH, CHANNELS] = SHAPE;
const FILTERS = 4;

function random(seed: number, length: number): readonly number[] {
  return Array.from({ length }, (_, i) => Math.fround(2 * counterUniform(seed, i) - 1));
}

const image = random(1, BATCH * HEIGHT * WIDTH * CHANNELS);

/** An element of the image; 0 outside of it. */
function pixel(b: number, row: number, column: number, channel: number): number {
  if (row < 0 || row >= HEIGHT || column < 0 || column >= WIDTH) return 0;
  return image[((b * HEIGHT + row) * WIDTH + column) * CHANNELS + channel] ?? NaN;
}

const CASES: readonly WindowOptions[] = [
  { size: [1, 1] },
  { size: [3, 3] },
  { size: [3, 2], stride: [2, 1] },
  { size: [5, 5], padding: [2, 2] },
  { size: [2, 3], stride: [3, 2], padding: [0, 1] },
  { size: [7, 6] },
];

/** `each` of every window, called with the row and column of its first element. */
function overWindows(
  { size, stride = [1, 1], padding = [0, 0] }: WindowOptions,
  each: (b: number, row: number, column: number) => readonly number[],
): { readonly shape: readonly number[]; readonly elements: readonly number[] } {
  const rows = Math.floor((HEIGHT + 2 * padding[0] - size[0]) / stride[0]) + 1;
  const columns = Math.floor((WIDTH + 2 * padding[1] - size[1]) / stride[1]) + 1;
  const elements: number[] = [];
  let depth = 0;
  for (let b = 0; b < BATCH; b += 1) {
    for (let r = 0; r < rows; r += 1) {
      for (let c = 0; c < columns; c += 1) {
        const found = each(b, r * stride[0] - padding[0], c * stride[1] - padding[1]);
        depth = found.length;
        elements.push(...found);
      }
    }
  }
  return { shape: [BATCH, rows, columns, depth], elements };
}

/** Of each channel, the elements of a window. */
function inWindow(size: readonly [number, number], at: readonly [number, number, number]) {
  return Array.from({ length: CHANNELS }, (_, channel) =>
    Array.from({ length: size[0] * size[1] }, (__, i) => {
      const [row, column] = [Math.floor(i / size[1]), i % size[1]];
      return pixel(at[0], at[1] + row, at[2] + column, channel);
    }));
}

test.each(CASES)('conv2d of %o', (options) => {
  const [height, width] = options.size;
  const depth = height * width * CHANNELS;
  const [weights, shifts] = [random(2, depth * FILTERS), random(3, FILTERS)];
  const tape = createTape();
  const x = tape.input(SHAPE);
  const [filter, bias] = [tape.input([depth, FILTERS]), tape.input([FILTERS])];
  const out = tape.output(conv2d(tape, x, filter, { ...options, bias }));
  const inputs = new Map([[x.id, image], [filter.id, weights], [bias.id, shifts]]);
  const found = runOracle(tape.program(), inputs).get(out.id) ?? [];
  const expected = overWindows(options, (b, row, column) =>
    Array.from({ length: FILTERS }, (_, n) => {
      let sum = 0;
      for (let i = 0; i < height; i += 1) {
        for (let j = 0; j < width; j += 1) {
          for (let c = 0; c < CHANNELS; c += 1) {
            const weight = weights[((i * width + j) * CHANNELS + c) * FILTERS + n] ?? NaN;
            sum += pixel(b, row + i, column + j, c) * weight;
          }
        }
      }
      return sum + (shifts[n] ?? NaN);
    }));
  expect(out.shape).toEqual(expected.shape);
  expected.elements.forEach((x_, i) => expect(found[i]).toBeCloseTo(x_, 10));
});

test.each(CASES.filter(({ padding }) => padding === undefined))('pools of %o', (options) => {
  const pools = [
    [maxPool2d, (xs: readonly number[]) => Math.max(...xs)],
    [averagePool2d, (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length],
  ] as const;
  for (const [pool, of] of pools) {
    const tape = createTape();
    const x = tape.input(SHAPE);
    const out = tape.output(pool(tape, x, options));
    const found = runOracle(tape.program(), new Map([[x.id, image]])).get(out.id) ?? [];
    const expected = overWindows(options, (b, row, column) =>
      inWindow(options.size, [b, row, column]).map(of));
    expect(out.shape).toEqual(expected.shape);
    expected.elements.forEach((y, i) => expect(found[i]).toBeCloseTo(y, 12));
  }
});

test.each<[string, (tape: Tape, x: Tensor) => Tensor, string]>([
  [
    'no image', (tape) => conv2d(tape, tape.input([2, 3]), tape.input([9, 1]), { size: [3, 3] }),
    'conv2d: the image is (2, 3), it is (batch, rows, columns, channels)',
  ],
  [
    'a window that does not fit', (tape, x) => maxPool2d(tape, x, { size: [8, 1] }),
    'maxPool2d: windows of (8, 1) do not fit (2, 7, 6, 3) with padding (0, 0)',
  ],
  [
    'a window of nothing', (tape, x) => averagePool2d(tape, x, { size: [0, 1] }),
    'averagePool2d: size (0, 1) and stride (1, 1) are integers from 1, padding (0, 0) is from 0',
  ],
  [
    'a filter of other windows',
    (tape, x) => conv2d(tape, x, tape.input([9, 4]), { size: [3, 3] }),
    'matmul: (40, 27) · (9, 4): 27 is not 9',
  ],
])('%s is refused', (_, build, message) => {
  const tape = createTape();
  expect(() => build(tape, tape.input(SHAPE))).toThrow(
    expect.objectContaining({ code: 'GPU_SHAPE_MISMATCH', message }),
  );
});

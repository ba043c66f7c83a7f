import { expect, test } from 'vitest';
import { mix } from '../../child/elements.js';
import { ERROR_LIMIT, fillElements, verifyProduct } from './verify.js';

const N = 24;
const SQUARE = { m: N, n: N };

function matrices(): { a: Float32Array; b: Float32Array; c: Float32Array } {
  const [a, b, c] = [new Float32Array(N * N), new Float32Array(N * N), new Float32Array(N * N)];
  fillElements(a, 1);
  fillElements(b, 2);
  for (let i = 0; i < N * N; i++) {
    let sum = 0;
    for (let k = 0; k < N; k++) sum += a[i - (i % N) + k] * b[k * N + (i % N)];
    c[i] = sum;
  }
  return { a, b, c };
}

test('inputs are in [-1, 1) and differ by seed', () => {
  const { a, b } = matrices();
  expect(a.every((x) => x >= -1 && x < 1)).toBe(true);
  expect(a.filter((x, i) => x === b[i]).length).toBe(0);
});

test('the hash is the one that the peers compute', () => {
  const mixed = [mix(1, 0), mix(1, 1), mix(2, 123_456)];
  expect(mixed).toEqual([782_447_033, 717_183_737, 2_864_748_577]);
});

test('a right product passes, and its rounding is seen', () => {
  const { a, b, c } = matrices();
  const { error } = verifyProduct(a, b, c, SQUARE);
  expect(error).toBeGreaterThan(0);
  expect(error).toBeLessThan(1e-7);
});

test('one wrong column, or NaN where nothing was computed, is refused', () => {
  const { a, b, c } = matrices();
  const wrong = c.map((x, i) => (i % N === mix(4, 0) % N ? x * 1.001 : x));
  expect(verifyProduct(a, b, wrong, SQUARE).error).toBeGreaterThan(ERROR_LIMIT);
  expect(verifyProduct(a, b, c.fill(Number.NaN), SQUARE).error).toBeNaN();
});

import { expect, test } from 'vitest';
import { erfF32, expF32, logF32, tanhF32 } from './elementary.js';

/** Distance in units of the last place that the f32 next to `reference` has. */
function ulps(found: number, reference: number): number {
  if (Object.is(found, Math.fround(reference))) return 0;
  const exponent = Math.max(-149, Math.floor(Math.log2(Math.abs(reference))) - 23);
  return Math.abs(found - reference) / 2 ** exponent;
}

function largest(count: number, input: (i: number) => number, of: (x: number) => number): number {
  let most = 0;
  for (let i = 0; i < count; i += 1) most = Math.max(most, of(Math.fround(input(i))));
  return most;
}

const COUNT = 2 ** 16;

const expError = (x: number): number => ulps(expF32(x), Math.exp(x));
const logError = (x: number): number => ulps(logF32(x), Math.log(x));

test('NUMERICS-N2: exp is within 2 ulp of e^x from subnormal results to the largest', () => {
  expect(largest(COUNT, (i) => -103.9 + (192.6 * i) / COUNT, expError)).toBeLessThan(2);
  expect(largest(COUNT, (i) => -1 + (2 * i) / COUNT, expError)).toBeLessThan(2);
});

test('NUMERICS-N2: log is within 2 ulp of ln x over all exponents and around 1', () => {
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  const anyFloat = (i: number): number => {
    bits[0] = 1 + i * 32_603;
    return float[0] ?? 0;
  };
  expect(largest(COUNT, anyFloat, logError)).toBeLessThan(2);
  expect(largest(COUNT, (i) => 0.5 + (1.5 * i) / COUNT, logError)).toBeLessThan(2);
});

/** Taylor's series and the complement's continued fraction, in f64. */
function erf(x: number): number {
  if (x < 0) return -erf(-x);
  if (x > 3) {
    let fraction = x;
    for (let n = 80; n > 0; n -= 1) fraction = x + n / 2 / fraction;
    return 1 - Math.exp(-x * x) / fraction / Math.sqrt(Math.PI);
  }
  let [term, sum] = [x, x];
  for (let n = 1; n < 90; n += 1) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 * sum) / Math.sqrt(Math.PI);
}

const tanhError = (x: number): number => ulps(tanhF32(x), Math.tanh(x));
const erfError = (x: number): number => ulps(erfF32(x), erf(x));

test('NUMERICS-N2: tanh and erf are within 2 ulp, also of tiny numbers', () => {
  for (const error of [tanhError, erfError]) {
    expect(largest(COUNT, (i) => -11 + (22 * i) / COUNT, error)).toBeLessThan(2);
    expect(largest(COUNT, (i) => (2 * i) / COUNT, error)).toBeLessThan(2);
    expect(largest(600, (i) => 2 ** (-i / 5), error)).toBeLessThan(2);
  }
});

test('NUMERICS-N2: all return f32 values', () => {
  for (let i = 0; i < 1_000; i += 1) {
    const x = Math.fround(i / 77 - 6);
    const found = [expF32(x), logF32(Math.fround(i / 77)), tanhF32(x), erfF32(x)];
    expect(found.every((y) => Object.is(y, Math.fround(y)))).toBe(true);
  }
});

test('NUMERICS-N2: bits of some results, on every machine', () => {
  const found = [expF32(1), expF32(-2.5), expF32(50), logF32(3), logF32(Math.fround(0.1))];
  expect([...new Uint32Array(Float32Array.from(found).buffer)]).toEqual([
    0x402df854, 0x3da81c2e, 0x638c881f, 0x3f8c9f54, 0xc0135d8e,
  ]);
});

test.each([
  [expF32, 0, 1],
  [expF32, -0, 1],
  [expF32, Infinity, Infinity],
  [expF32, -Infinity, 0],
  [expF32, 89, Infinity],
  [expF32, -105, 0],
  [expF32, NaN, NaN],
  [logF32, 1, 0],
  [logF32, 0, -Infinity],
  [logF32, -0, -Infinity],
  [logF32, -1, NaN],
  [logF32, Infinity, Infinity],
  [logF32, NaN, NaN],
  [tanhF32, 0, 0],
  [tanhF32, -0, -0],
  [tanhF32, Infinity, 1],
  [tanhF32, -Infinity, -1],
  [tanhF32, NaN, NaN],
  [erfF32, 0, 0],
  [erfF32, -0, -0],
  [erfF32, Infinity, 1],
  [erfF32, -Infinity, -1],
  [erfF32, NaN, NaN],
])('%o(%d) is %d', (of, x, expected) => {
  expect(of(x)).toBe(expected);
});

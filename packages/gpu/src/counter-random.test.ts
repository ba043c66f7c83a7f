import { expect, test } from 'vitest';
import { counterNormal, counterRandom, counterUniform, philox4x32 } from './counter-random.js';

const ONES = 0xffffffff;

/** Known answers of Philox 4x32-10 from the authors' Random123 distribution. */
test.each([
  [[0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
  [[ONES, ONES, ONES, ONES], [ONES, ONES], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const)('NUMERICS-N5: Philox of counter %o', (counter, key, expected) => {
  expect(philox4x32(counter, key)).toEqual(expected);
});

test('NUMERICS-N5: a number is a function of the seed and every coordinate', () => {
  const found = new Set<number>();
  for (const seed of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    for (const at of [[1], [0, 1], [0, 0, 1], [0, 0, 0, 1], [0, 0, 0, ONES]]) {
      found.add(counterRandom(seed, ...at));
      expect(counterRandom(seed, ...at)).toBe(counterRandom(seed, ...at));
    }
  }
  expect(found.size).toBe(20);
  expect(counterRandom(0)).toBe(0x6627e8d5);
  expect(counterRandom(7, 3)).toBe(counterRandom(7, 3, 0, 0, 0));
});

test('NUMERICS-N5: uniforms fill [0, 1) evenly, in multiples of 2^-24', () => {
  const counts = Array.from({ length: 16 }, () => 0);
  for (let i = 0; i < 16_384; i += 1) {
    const x = counterUniform(42, 1, i);
    expect(x * 2 ** 24).toBe(Math.floor(x * 2 ** 24));
    const bin = Math.floor(x * 16);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const chiSquared = counts.reduce((sum, count) => sum + (count - 1_024) ** 2 / 1_024, 0);
  expect(counts).toHaveLength(16);
  expect(chiSquared).toBeLessThan(37.7); // 99.9 % of 15 degrees of freedom
});

test('NUMERICS-N5: normals have mean 0, variance 1 and the tails of a normal', () => {
  const count = 16_384;
  const xs = Array.from({ length: count }, (_, i) => counterNormal(9, 0, i));
  const mean = xs.reduce((sum, x) => sum + x, 0) / count;
  const variance = xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  const beyond2 = xs.filter((x) => Math.abs(x) > 2).length / count;
  expect(Math.abs(beyond2 - 0.0455)).toBeLessThan(0.006);
  expect(Math.max(...xs)).toBeGreaterThan(3);
  expect(xs.every((x) => Object.is(x, Math.fround(x)))).toBe(true);
});

test.each([
  [() => counterRandom(-1), 'seed -1 is no integer from 0 to 2^53 − 1'],
  [() => counterRandom(0.5), 'seed 0.5 is no integer from 0 to 2^53 − 1'],
  [() => counterRandom(1, 2 ** 32), 'coordinate 4294967296 is no integer below 2^32'],
  [() => counterRandom(1, 1, 2, 3, 4, 5), '5 coordinates, the limit is 4'],
  [() => counterNormal(1, 1, 2, 3, 4), '4 coordinates, the limit is 3'],
])('%# is refused in one sentence', (run, message) => {
  expect(run).toThrow(expect.objectContaining({ code: 'GPU_OPTION_INVALID', message }));
});

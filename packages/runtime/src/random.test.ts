import { describe, expect, it } from 'vitest';

import { fnv1a64, seededRandom, splitmix64, xoshiro128 } from './random.js';

function take<T>(count: number, next: () => T): T[] {
  return Array.from({ length: count }, next);
}

describe('generators', () => {
  it('splitmix64 gives the published outputs of seed 1234567', () => {
    const stream = splitmix64(1_234_567n);
    expect(take(5, () => stream.next().value)).toEqual([
      6457827717110365317n, 3203168211198807973n, 9817491932198370423n, 4593380528125082431n,
      16408922859458223821n,
    ]);
  });

  it('xoshiro128** gives the outputs of the reference for two states', () => {
    expect(take(4, xoshiro128([1, 2, 3, 4]))).toEqual([11_520, 0, 5_927_040, 70_819_200]);
    const other = xoshiro128([0x964d4a0c, 0xd40ab895, 0xad7fdecb, 0x3006f0f0]);
    expect(take(4, other)).toEqual([0xf1391922, 0x6fe53806, 0xa5be2840, 0xf510ee70]);
  });

  it('xoshiro128** refuses the state that it cannot leave', () => {
    expect(() => xoshiro128([0, 0, 0, 0])).toThrow('the state has a bit set');
  });

  it('FNV-1a gives the published hashes', () => {
    expect(fnv1a64('')).toBe(0xcbf29ce484222325n);
    expect(fnv1a64('a')).toBe(0xaf63dc4c8601ec8cn);
    expect(fnv1a64('foobar')).toBe(0x85944171f73967e8n);
  });
});

describe('seededRandom', () => {
  it('repeats with its seed and differs from other seeds', () => {
    const first = take(8, seededRandom(7).u32);
    expect(take(8, seededRandom(7).u32)).toEqual(first);
    expect(take(8, seededRandom(7n).u32)).toEqual(first);
    expect(take(8, seededRandom(8).u32)).not.toEqual(first);
  });

  it('is xoshiro128** seeded by splitmix64', () => {
    const words = splitmix64(1_234_567n);
    const halves = [words.next().value, words.next().value]
      .flatMap((word) => [Number(word & 0xffffffffn), Number(word >> 32n)]);
    const [a = 0, b = 0, c = 0, d = 0] = halves;
    expect(take(4, seededRandom(1_234_567).u32)).toEqual(take(4, xoshiro128([a, b, c, d])));
  });

  it('forks streams that depend on seed and label alone', () => {
    const used = seededRandom(7);
    take(100, used.u32);
    const fresh = seededRandom(7);
    const expected = take(8, fresh.fork('data').u32);
    expect(take(8, used.fork('data').u32)).toEqual(expected);
    expect(take(8, used.fork('init').u32)).not.toEqual(expected);
    expect(take(8, seededRandom(8).fork('data').u32)).not.toEqual(expected);
    const ab = take(4, fresh.fork('a').fork('b').u32);
    expect(take(4, fresh.fork('b').fork('a').u32)).not.toEqual(ab);
  });

  it('forking does not move the parent', () => {
    const [parent, twin] = [seededRandom(3), seededRandom(3)];
    parent.fork('child').u32();
    expect(take(4, parent.u32)).toEqual(take(4, twin.u32));
  });

  it('gives floats of [0, 1) that are u32 / 2^32', () => {
    const [floats, words] = [seededRandom(5), seededRandom(5)];
    for (let count = 0; count < 1_000; count += 1) {
      const float = floats.float();
      expect(float).toBe(words.u32() / 2 ** 32);
      expect(float >= 0 && float < 1).toBe(true);
    }
  });

  it('spreads below(bound) evenly', () => {
    const random = seededRandom(11);
    const counts = new Array<number>(6).fill(0);
    for (let count = 0; count < 60_000; count += 1) {
      const face = random.below(6);
      counts[face] = (counts[face] ?? 0) + 1;
    }
    // Five standard deviations of 60,000 throws at 1/6: 456.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(456);
  });

  it('below rejects what would make small results more frequent', () => {
    // With bound 3·2^30 a quarter of the words must be thrown away.
    const [random, words] = [seededRandom(13), seededRandom(13)];
    const bound = 3 * 2 ** 30;
    const accepted = take(400, words.u32).filter((word) => word >= 2 ** 32 - bound);
    const drawn = take(accepted.length, () => random.below(bound));
    expect(drawn).toEqual(accepted.map((word) => word % bound));
    expect(accepted.length).toBeLessThan(350);
  });

  it.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('below refuses the bound %d', (bound) => {
    expect(() => seededRandom(1).below(bound)).toThrow(`bound is ${bound}`);
  });

  it('below takes the bounds at the edges', () => {
    const [random, words] = [seededRandom(2), seededRandom(2)];
    expect(random.below(1)).toBe(0);
    words.u32();
    expect(random.below(2 ** 32)).toBe(words.u32());
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN, -1n, 2n ** 64n])('refuses the seed %s', (seed) => {
    expect(() => seededRandom(seed)).toThrow(`seed is ${seed}`);
  });
});

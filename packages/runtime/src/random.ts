/**
 * Seeded randomness: xoshiro128** (Blackman and Vigna, 2018), its state filled by splitmix64. Forks
 * hash the parent's seed with a label, so that a stream depends on no other stream's use.
 */
import assert from 'node:assert/strict';

import type { Random } from './contract.js';

const MASK_64 = (1n << 64n) - 1n;
const TWO_32 = 2 ** 32;
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** The splitmix64 stream of `seed`. */
export function* splitmix64(seed: bigint): Generator<bigint, never> {
  let state = seed & MASK_64;
  for (;;) {
    state = (state + 0x9e3779b97f4a7c15n) & MASK_64;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
    yield z ^ (z >> 31n);
  }
}

/** FNV-1a of 64 bits over the label's UTF-8 bytes. */
export function fnv1a64(label: string): bigint {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(label)) {
    hash = ((hash ^ BigInt(byte)) * FNV_PRIME) & MASK_64;
  }
  return hash;
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count));
}

/** xoshiro128** from a given state of four 32-bit words, not all 0. Returns the next u32. */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [s0, s1, s2, s3] = state;
  assert((s0 | s1 | s2 | s3) !== 0, 'the state has a bit set');
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotateLeft(s3, 11);
    return result;
  };
}

class SeededRandom implements Random {
  readonly #seed: bigint;
  readonly u32: () => number;

  constructor(seed: bigint) {
    this.#seed = seed;
    const words = splitmix64(seed);
    const [a, b] = [words.next().value, words.next().value];
    this.u32 = xoshiro128([
      Number(a & 0xffffffffn) | 0, Number(a >> 32n) | 0,
      Number(b & 0xffffffffn) | 0, Number(b >> 32n) | 0,
    ]);
  }

  float(): number {
    return this.u32() / TWO_32;
  }

  below(bound: number): number {
    assert(Number.isInteger(bound), `bound is ${bound}, must be an integer`);
    assert(bound > 0 && bound <= TWO_32, `bound is ${bound}, must be 1 to 2^32`);
    // The lowest 2^32 mod bound values would make the small results more frequent.
    const rejectedBelow = TWO_32 % bound;
    let value = this.u32();
    while (value < rejectedBelow) value = this.u32();
    return value % bound;
  }

  fork(label: string): Random {
    const { value } = splitmix64(this.#seed ^ fnv1a64(label)).next();
    return new SeededRandom(value);
  }
}

/**
 * The stream of a seed, an integer of 64 bits; a number must be a safe integer ≥ 0.
 * @throws AssertionError for any other seed.
 */
export function seededRandom(seed: number | bigint): Random {
  const valid = typeof seed === 'bigint' ? seed <= MASK_64 : Number.isSafeInteger(seed);
  assert(valid && seed >= 0, `seed is ${seed}, must be an integer 0 to 2^64-1`);
  return new SeededRandom(BigInt(seed));
}

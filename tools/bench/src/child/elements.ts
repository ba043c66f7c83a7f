/**
 * Inputs of the suites as pure functions of their index, so that every contestant works on the same
 * numbers: peers/gemm_peer.h and peers/pytorch/mlp.py compute them too.
 */

/** 32 well-mixed bits of (seed, index). */
export function mix(seed: number, index: number): number {
  let h = Math.imul(index, 2_654_435_761) + Math.imul(seed, 2_246_822_519);
  h = Math.imul(h ^ (h >>> 15), 2_246_822_519);
  h = Math.imul(h ^ (h >>> 13), 3_266_489_917);
  return (h ^ (h >>> 16)) >>> 0;
}

/** In [0, 1), a multiple of 2^-24. */
export function unit(seed: number, index: number): number {
  return (mix(seed, index) >>> 8) / 16_777_216;
}

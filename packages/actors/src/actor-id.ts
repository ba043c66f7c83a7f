/**
 * ActorIds as two 32-bit words (ACTORS-I1): low = index 20 + generation 12, high = generation 16 +
 * node 16.
 */
import type { ActorId } from './contract/ref.js';

const INDEX_BITS = 20;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
const GENERATION_LOW_BITS = 12;
const GENERATION_LOW_MASK = (1 << GENERATION_LOW_BITS) - 1;

/** The index of an id's low word. */
export function indexOfId(low: number): number {
  return low & INDEX_MASK;
}

/** The generation of an id. */
export function generationOfId(low: number, high: number): number {
  return ((high & 0xffff) << GENERATION_LOW_BITS) | (low >>> INDEX_BITS);
}

/** The low word, as a signed 32-bit number. */
export function idLow(index: number, generation: number): number {
  return index | ((generation & GENERATION_LOW_MASK) << INDEX_BITS);
}

/** The high word, as a signed 32-bit number. */
export function idHigh(generation: number, node: number): number {
  return (generation >>> GENERATION_LOW_BITS) | (node << 16);
}

/** The id for people. */
export function actorId(low: number, high: number): ActorId {
  return { node: high >>> 16, index: indexOfId(low), generation: generationOfId(low, high) };
}

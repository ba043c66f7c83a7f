import { expect, test } from 'vitest';
import { actorId, generationOfId, idHigh, idLow, indexOfId } from './actor-id.js';
import { GENERATION_BITS, MAX_ACTORS, MAX_SYSTEM_ACTORS } from './limits.js';

test('ACTORS-I1: node 16, index 20 and generation 28 bits survive the two words', () => {
  for (const node of [0, 1, 65_535]) {
    for (const index of [1, MAX_ACTORS + MAX_SYSTEM_ACTORS]) {
      for (const generation of [0, 1, 4_095, 4_096, 2 ** GENERATION_BITS - 1]) {
        const low = idLow(index, generation);
        const high = idHigh(generation, node);
        expect(actorId(low, high)).toEqual({ node, index, generation });
        expect([indexOfId(low), generationOfId(low, high)]).toEqual([index, generation]);
      }
    }
  }
});

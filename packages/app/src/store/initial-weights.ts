/** Weights that a run begins with: a pure function of seed and place (NUMERICS-N5). */
import { counterUniform } from '@ganglion/gpu';

import type { NetworkParameter } from '../definition/network.js';
import { RandomStream } from '../sample-order.js';
import type { Store } from './store.js';

/** Fills the committed parameters; the state stays zero. */
export function fillInitialWeights(
  store: Store,
  parameters: readonly NetworkParameter[],
  seed: number,
): void {
  const { parameters: blocks } = store.generationOf(store.committed);
  for (const [index, { initialiser }] of parameters.entries()) {
    const block = blocks[index];
    if (block === undefined || initialiser.kind === 'zeros') continue;
    const values = store.f32(block);
    for (let element = 0; element < values.length; element += 1) {
      const uniform = counterUniform(seed, RandomStream.weights, index, element);
      values[element] = (2 * uniform - 1) * initialiser.bound;
    }
  }
}

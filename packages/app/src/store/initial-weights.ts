/** Weights that a run begins with: a pure function of seed and place (NUMERICS-N5). */
import { counterNormal, counterUniform } from '@ganglion/gpu';

import type { Initialiser } from '../definition/layers.js';
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
      values[element] = initialValue(initialiser, [seed, RandomStream.weights, index, element]);
    }
  }
}

type Place = readonly [seed: number, stream: number, parameter: number, element: number];

function initialValue(initialiser: Initialiser, place: Place): number {
  switch (initialiser.kind) {
    case 'uniform':
      return (2 * counterUniform(...place) - 1) * initialiser.bound;
    case 'normal':
      return counterNormal(...place) * initialiser.deviation;
    case 'ones':
      return 1;
    case 'zeros':
      return 0;
  }
}

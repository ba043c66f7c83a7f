import { element, expression } from '@ganglion/gpu';
import type { SegmentBuilder, Tensor } from '@ganglion/gpu';

import type { Layer } from '../definition/layers.js';

/** Functions of every number of a sample, or of its rows. */

const GELU = expression((x) => element.gelu(x));
const SILU = expression((x) => element.silu(x));
const TANH = expression((x) => element.tanh(x));

function activation(kind: string, of: typeof GELU): Layer {
  return Object.freeze({
    kind,
    description: {},
    parameters: [],
    build: (builder: SegmentBuilder, input: Tensor): Tensor =>
      builder.map(of, [input])[0] as Tensor, // one result
  });
}

/** max(x, 0). */
export function relu(): Layer {
  return Object.freeze({
    kind: 'relu',
    description: {},
    parameters: [],
    build: (builder: SegmentBuilder, input: Tensor): Tensor => builder.relu(input),
  });
}

/** x/2 · (1 + erf(x / √2)). */
export function gelu(): Layer {
  return activation('gelu', GELU);
}

/** x / (1 + e^−x). */
export function silu(): Layer {
  return activation('silu', SILU);
}

/** Shares of each row of a sample, which add up to 1: e^x / Σ e^x; or their logarithms. */
export function softmax({ log = false }: { readonly log?: boolean } = {}): Layer {
  return Object.freeze({
    kind: 'softmax',
    description: { log },
    parameters: [],
    build: (builder: SegmentBuilder, input: Tensor): Tensor => builder.softmax(input, { log }),
  });
}

export function tanh(): Layer {
  return activation('tanh', TANH);
}

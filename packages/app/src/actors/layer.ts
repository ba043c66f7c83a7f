/**
 * A layer of the model as an actor: it contributes the layer's segment whenever it is asked, and
 * says how its weights stand. It holds no weights: its death loses nothing (KERNELS-M4).
 */
import { actor, reply, value } from '@ganglion/actors';
import type { Behaviour, ReplyKind, ValueKind } from '@ganglion/actors';
import type { Segment } from '@ganglion/gpu';

import { loadDefinition } from '../definition/load-definition.js';
import { recordLayerAt } from '../definition/network.js';
import type { LayerInput } from '../definition/network.js';
import type { StoreBlocks } from '../store/memory-plan.js';
import { Store } from '../store/store.js';

/** What a layer actor is started with. */
export interface LayerArguments {
  /** URL of the training script. */
  readonly module: string;
  readonly index: number;
  /** Of one sample. */
  readonly input: LayerInput;
  readonly blocks: StoreBlocks;
  /** Indices of its parameters in the store. */
  readonly parameters: readonly number[];
}

/** How a layer stands. */
export interface LayerStatistics {
  /** Root mean square of each of its committed parameters. */
  readonly rms: readonly number[];
  /** Times that this incarnation has contributed its segment. */
  readonly contributed: number;
}

interface LayerState extends LayerArguments {
  readonly segment: Segment;
  contributed: number;
}

/** What a layer actor is asked. */
export type LayerMessages = {
  readonly segment: ReplyKind<Record<never, never>, ValueKind<Segment>>;
  readonly statistics: ReplyKind<Record<never, never>, ValueKind<LayerStatistics>>;
};

const messages: LayerMessages = {
  segment: reply(value<Segment>()),
  statistics: reply(value<LayerStatistics>()),
};

export const LayerActor: Behaviour<LayerMessages, LayerArguments> =
  actor(import.meta.url, 'LayerActor', {
    init: async (_self, args: LayerArguments): Promise<LayerState> => {
      const { model } = await loadDefinition(args.module);
      const segment = recordLayerAt(model(), args.index, args.input);
      return { ...args, segment, contributed: 0 };
    },
    messages,
    receive: {
      segment: (self, message) => {
        self.state.contributed += 1;
        message.reply(self.state.segment);
      },
      statistics: (self, message) => {
        const { blocks, parameters, contributed } = self.state;
        const store = Store.attach(self.arenas, blocks);
        message.reply({ rms: rootMeanSquares(store, parameters), contributed });
      },
    },
  });

function rootMeanSquares(store: Store, indices: readonly number[]): readonly number[] {
  const { parameters } = store.generationOf(store.committed);
  return indices.map((index) => {
    const block = parameters[index];
    if (block === undefined) throw new RangeError(`the store has no parameter ${index}`);
    const values = store.f32(block);
    let sum = 0;
    for (const weight of values) sum += weight * weight;
    return Math.sqrt(sum / values.length);
  });
}

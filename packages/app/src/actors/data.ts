/** The actors under the Data supervisor: one loads the samples, one lays out batches. */
import { actor, reply, u32, value } from '@ganglion/actors';
import type { Behaviour, ReplyKind, ScalarKind, ValueKind } from '@ganglion/actors';

import { loadDefinition } from '../definition/load-definition.js';
import { AppError } from '../errors.js';
import { labelsPerSample } from '../labels.js';
import { SampleOrder } from '../sample-order.js';
import { fillBatch } from '../store/batch.js';
import { dataMemory } from '../store/data-memory.js';
import type { StoreBlocks } from '../store/memory-plan.js';
import { Store } from '../store/store.js';
import { orFailure } from './failure.js';
import type { Failure } from './failure.js';

/** What both are started with. */
export interface DataArguments {
  /** URL of the training script. */
  readonly module: string;
  readonly blocks: StoreBlocks;
}

/** What was loaded, or why not. */
export type LoadAnswer = { readonly count: number } | Failure;

/** What the dataset actor is asked. */
export type DatasetMessages = {
  readonly load: ReplyKind<Record<never, never>, ValueKind<LoadAnswer>>;
};

const datasetMessages: DatasetMessages = { load: reply(value<LoadAnswer>()) };

/** Loads the definition's data into the store. Loading again gives the same bytes. */
export const DatasetActor: Behaviour<DatasetMessages, DataArguments> =
  actor(import.meta.url, 'DatasetActor', {
    init: (_self, args: DataArguments) => args,
    messages: datasetMessages,
    receive: {
      load: async (self, message) => {
        const { module, blocks } = self.state;
        const store = Store.attach(self.arenas, blocks);
        message.reply(await orFailure(() => loadInto(store, module)));
      },
    },
  });

async function loadInto(store: Store, module: string): Promise<{ readonly count: number }> {
  const { data } = await loadDefinition(module);
  const memory = dataMemory(store);
  memory.labels.fill(-1);
  await data.load(memory, { module });
  const wrong = memory.labels.findIndex((label) => label < 0 || label >= data.classes);
  if (wrong === -1) return { count: data.count };
  const sample = Math.floor(wrong / labelsPerSample(data));
  const message = `sample ${sample} has the label ${memory.labels[wrong]}, it must be from 0 to ` +
    `${data.classes - 1}`;
  throw new AppError('APP_DATA_INVALID', message);
}

/** What the loader actor is asked. */
export type LoaderMessages = {
  /** Fills the buffer of a step, counted from 0, and answers the step. */
  readonly batch: ReplyKind<{ readonly step: ScalarKind }, ScalarKind>;
};

const loaderMessages: LoaderMessages = { batch: reply({ step: u32 }, u32) };

/** Lays out the batch of any step; its only state is a permutation that it can make again. */
export const LoaderActor: Behaviour<LoaderMessages, DataArguments> =
  actor(import.meta.url, 'LoaderActor', {
    init: async (self, { module, blocks }: DataArguments) => {
      const { seed, batch, data } = await loadDefinition(module);
      const order = new SampleOrder({ seed, batch, training: data.count - data.heldOut });
      return { store: Store.attach(self.arenas, blocks), order };
    },
    messages: loaderMessages,
    receive: {
      batch: (self, message) => {
        fillBatch(self.state.store, self.state.order, message.step);
        message.reply(message.step);
      },
    },
  });

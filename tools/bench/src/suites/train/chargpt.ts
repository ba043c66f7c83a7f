/**
 * The training script of train/chargpt: nanoGPT's setting for a CPU. Model, batch, optimiser and
 * data are those of peers/pytorch/chargpt.py. `?steps=N` of the module's URL is the steps of one
 * pass over the data; `&size=small` is a model that plain TypeScript trains in a second.
 */
import { adamW, crossEntropy, defineTraining, gpt } from '@ganglion/app';
import type { Dataset } from '@ganglion/app/contract';
import { mix } from '../../child/elements.js';

const VOCABULARY = 89;
const BATCH = 12;
const { searchParams } = new URL(import.meta.url);
const isSmall = searchParams.get('size') === 'small';
const CONTEXT = isSmall ? 16 : 64;
const SIZES = isSmall ? { layers: 1, heads: 2, size: 32 } : { layers: 4, heads: 4, size: 128 };
const rows = BATCH * Number(searchParams.get('steps'));

/** Every third token from the one before, but one in ten is drawn at random. */
function token(at: number): number {
  return mix(5, at) % 10 === 0 ? mix(6, at) % VOCABULARY : (3 * at) % VOCABULARY;
}

const data: Dataset = {
  description: { kind: 'bench-chargpt', rows },
  sampleShape: [CONTEXT],
  elements: 'i32',
  labelShape: [CONTEXT],
  classes: VOCABULARY,
  count: rows,
  heldOut: 0,
  load({ indices, labels }) {
    for (let at = 0; at < rows * CONTEXT; at++) {
      indices[at] = token(at);
      labels[at] = token(at + 1);
    }
    return Promise.resolve();
  },
};

export const training = defineTraining({
  model: () => gpt({ vocabulary: VOCABULARY, context: CONTEXT, ...SIZES }),
  loss: crossEntropy(),
  optimizer: adamW({ learningRate: 1e-3, weightDecay: 0.01 }),
  data,
  batch: BATCH,
  epochs: 1,
});

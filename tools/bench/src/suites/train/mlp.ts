/**
 * The training script of train/mlp. Layers, batch, optimiser and data are those of
 * peers/pytorch/mlp.py. `?steps=N` of the module's URL is the steps of one pass over the data.
 */
import { adamW, crossEntropy, defineTraining, linear, relu, sequential } from '@ganglion/app';
import type { Dataset } from '@ganglion/app/contract';
import { mix, unit } from '../../child/elements.js';

const FEATURES = 784;
const CLASSES = 10;
const BATCH = 128;
const rows = BATCH * Number(new URL(import.meta.url).searchParams.get('steps'));

/**
 * Each sample is the mean of its class's centre and noise; the label of one in ten is drawn at
 * random, so that the loss stays above 0 and the gradients among ordinary numbers.
 */
const data: Dataset = {
  description: { kind: 'bench-mlp', rows },
  sampleShape: [FEATURES],
  classes: CLASSES,
  count: rows,
  heldOut: 0,
  load({ samples, labels }) {
    const centres = Float32Array.from({ length: CLASSES * FEATURES }, (_, i) => unit(1, i));
    for (let row = 0; row < rows; row++) {
      const group = row % CLASSES;
      labels[row] = mix(3, row) % 10 === 0 ? mix(4, row) % CLASSES : group;
      for (let feature = 0; feature < FEATURES; feature++) {
        const at = row * FEATURES + feature;
        samples[at] = Math.fround(centres[group * FEATURES + feature] + unit(2, at)) / 2;
      }
    }
    return Promise.resolve();
  },
};

export const training = defineTraining({
  model: () => sequential(
    linear(FEATURES, 512), relu(), linear(512, 256), relu(), linear(256, CLASSES),
  ),
  loss: crossEntropy(),
  optimizer: adamW({ learningRate: 1e-3, weightDecay: 0.01 }),
  data,
  batch: BATCH,
  epochs: 1,
});

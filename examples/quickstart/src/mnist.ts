/** A training script: what is trained, on what, and how. */
import { adamW, crossEntropy, defineTraining, linear, relu, sequential } from '@ganglion/app';
import { mnist } from '@ganglion/app/datasets';
import type { TrainingDefinition } from '@ganglion/app';

export const training: TrainingDefinition = defineTraining({
  model: () => sequential(linear(784, 128), relu(), linear(128, 10)),
  loss: crossEntropy(),
  optimizer: adamW({ learningRate: 3e-3, weightDecay: 0.1 }),
  data: mnist({ heldOut: 2_000 }),
  batch: 64,
  epochs: 8,
});

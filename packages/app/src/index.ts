// Training scripts
export {
  BATCH_MAX, defineTraining, EPOCHS_MAX, stepsPerEpoch, trainingDefaults,
} from './definition/definition.js';
export type { TrainingDefinition, TrainingOptions } from './definition/definition.js';
export { MAX_LAYERS, sequential } from './definition/layers.js';
export { gelu, relu, silu, softmax, tanh } from './layers/activations.js';
export { causalAttention } from './layers/attention.js';
export type { AttentionLayerOptions } from './layers/attention.js';
export { embedding } from './layers/embedding.js';
export type { EmbeddingOptions } from './layers/embedding.js';
export { gpt } from './layers/gpt.js';
export type { GptOptions } from './layers/gpt.js';
export { averagePool2d, conv2d, flatten, maxPool2d, reshape } from './layers/image.js';
export type { ConvolutionLayerOptions, Pair, PoolOptions } from './layers/image.js';
export { linear, unembedding } from './layers/linear.js';
export type { LinearOptions } from './layers/linear.js';
export { layerNorm, rmsNorm } from './layers/normalization.js';
export type { NormOptions } from './layers/normalization.js';
export { residual } from './layers/residual.js';
export type { Initialiser, Layer, Model, ParameterDefinition } from './definition/layers.js';
export { adamW, crossEntropy, sgd } from './definition/optimizers.js';
export type { Loss, Optimizer } from './definition/optimizers.js';

// Runs
export { train } from './trainer/train.js';
export type { HeldOut, TrainResult } from './trainer/train.js';
export { resolveTrainOptions, trainDefaults } from './trainer/options.js';
export type { PlannedKill, ResolvedTrainOptions, TrainOptions } from './trainer/options.js';
export type { DeviceName } from './trainer/choose-device.js';

// Checkpoints
export {
  decodeSafetensors, encodeSafetensors, HEADER_BYTES_MAX,
} from './checkpoint/safetensors.js';
export type { NamedTensor, SafetensorsFile, SafetensorsType } from './checkpoint/safetensors.js';

// Errors and seams
export { AppError } from './errors.js';
export type { AppErrorCode } from './errors.js';
export type {
  Dataset, DatasetContext, DatasetMemory, Plain, RestartReport, RunEvent, RunObserver, RunProgress,
  TrainSummary,
} from './contract.js';

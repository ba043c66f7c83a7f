/** Programs and gradients over swappable device backends. */

export { averagePool2d, conv2d, maxPool2d } from './convolution.js';
export type { ConvolutionOptions, ImageTape, WindowOptions } from './convolution.js';
export { counterNormal, counterRandom, counterUniform, MAX_COORDINATES } from './counter-random.js';
export { cpu } from './cpu/cpu.js';
export { cpuDefaults, resolveCpuOptions } from './cpu/options.js';
export type { CpuOptions, ResolvedCpuOptions } from './cpu/options.js';
export { dropout } from './dropout.js';
export type { DropoutOptions } from './dropout.js';
export { createEager } from './eager.js';
export type { Eager, EagerOf, EagerTensor } from './eager.js';
export { GpuError } from './errors.js';
export type { GpuErrorCode } from './errors.js';
export {
  element,
  expression,
  MAX_EXPRESSION_STEPS,
  MAX_EXPRESSION_VALUES,
} from './expression.js';
export type { ElementFunctions, Term, TermLike } from './expression.js';
export { fuseMaps } from './fuse-maps.js';
export {
  adamwDefaults,
  adamwHyper,
  resolveAdamwOptions,
  resolveSgdOptions,
  sgdDefaults,
  sgdHyper,
} from './hyper.js';
export type { AdamwOptions, SgdOptions } from './hyper.js';
export { defineOperation } from './operation.js';
export type { Operation, OperationDefinition, OperationGradient } from './operation.js';
export { hashProgram } from './program-hash.js';
export {
  additionsToRoot,
  additionsWithin,
  MAX_SHARDS,
  shardEdges,
  shardsOfWorker,
  subtreesOf,
} from './reduction-tree.js';
export type { TreeAddition, TreeNode } from './reduction-tree.js';
export { recordSegment } from './segment.js';
export type { ParameterNumbers } from './segment-replay.js';
export type { Segment, SegmentBuilder, SegmentParameter, SegmentRecording } from './segment.js';
export { backends } from './selection.js';
export type { BackendSet } from './selection.js';
export { byteLength, elementCount, MAX_ELEMENTS, MAX_RANK } from './shape.js';
export { linkForward, linkStage } from './stage.js';
export type { ForwardStage, GradientSum, Stage, StageLoss, StageOptions } from './stage.js';
export { createTape } from './tape.js';
export type { GradientRequest, MatmulOptions, Tape, Tensor, UniformOptions } from './tensor.js';
export { adamwProgram, sgdProgram } from './update.js';
export type { ParameterUpdate, Update, UpdateOptions } from './update.js';
export { MAX_PROGRAM_OPS, MAX_PROGRAM_VALUES, validateProgram } from './validate.js';
export type { View } from './view.js';
export { concat, pad, reshape, slice, transpose } from './views.js';
export type { PadOptions, SliceOptions, ViewTape } from './views.js';

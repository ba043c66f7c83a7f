import type { DType, Expression, Program, Shape, ValueId } from './contract.js';
import type { OperationDefinition } from './operation.js';
import type { View } from './view.js';

/** Symbolic tensors and what can be recorded with them. */

/** A value of one tape. Its memory is bound when the program is launched. */
export interface Tensor {
  readonly id: ValueId;
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface MatmulOptions {
  /** Added to each row of the product; of shape (N). @default undefined */
  readonly bias?: Tensor | undefined;
  /** @default 'none' */
  readonly activation?: 'none' | 'relu';
  /** @default false */
  readonly transposeA?: boolean;
  /** @default false */
  readonly transposeB?: boolean;
}

export interface NormalizeOptions {
  /** False for RMS norm, which leaves the mean. @default true */
  readonly centered?: boolean;
  /** Added to the variance; from 0. @default 1e-5 */
  readonly epsilon?: number;
}

export interface AttentionOptions {
  readonly heads: number;
  /** Of the scores before their exponential. @default 1 / √(numbers of a head) */
  readonly factor?: number;
}

export interface UniformOptions {
  /** An integer from 0 to 2^53 − 1. */
  readonly seed: number;
  /** Tells draws of one row apart, such as those of layers; below 2^32. @default 0 */
  readonly stream?: number;
}

export interface GradientRequest {
  /** The losses of a `softmaxCrossEntropy` of this tape. */
  readonly losses: Tensor;
  /** Parameters of this tape. */
  readonly of: readonly Tensor[];
  /** Shard edges over the rows of the batch, 0 … rows. */
  readonly edges: readonly number[];
  /**
   * Whether gradients are summed over the shards, in the order of the reduction tree. The number of
   * shards is a power of two then.
   * @default false
   */
  readonly sum?: boolean;
}

export interface Tape {
  input(shape: Shape, dtype?: DType): Tensor;
  parameter(shape: Shape): Tensor;
  /** As f32, of factors that are f32 or both bf16. */
  matmul(a: Tensor, b: Tensor, options?: MatmulOptions): Tensor;
  /** Products of the last two axes, for each index of the leading axes that both have. */
  batchMatmul(
    a: Tensor,
    b: Tensor,
    options?: Pick<MatmulOptions, 'transposeA' | 'transposeB'>,
  ): Tensor;
  /**
   * The results of an expression at every index of its inputs, which are broadcast to one shape:
   * aligned at the last axis, sizes are equal or 1.
   */
  map(expression: Expression, inputs: readonly Tensor[]): readonly Tensor[];
  /** `map` of a + b. */
  add(a: Tensor, b: Tensor): Tensor;
  /** `map` of a < 0 ? 0 : a. */
  relu(a: Tensor): Tensor;
  /** (S, …), or with `sum` the sum over the shards in the order of the reduction tree. */
  shardMatmul(a: Tensor, b: Tensor, edges: readonly number[], sum?: boolean): Tensor;
  shardColumnSum(a: Tensor, edges: readonly number[]): Tensor;
  argmax(a: Tensor): Tensor;
  /** Losses (…) and the gradient of their sum times `scale` by the logits (…,N). */
  softmaxCrossEntropy(
    logits: Tensor,
    labels: Tensor,
    options: { readonly scale: number },
  ): { readonly losses: Tensor; readonly gradient: Tensor };
  /** The sum or the largest element of each row of (…,N), as (…). */
  reduce(a: Tensor, how: 'sum' | 'max'): Tensor;
  /** Softmax of each row of (…,N), or its logarithm. */
  softmax(a: Tensor, options?: { readonly log?: boolean }): Tensor;
  /** The gradient of `softmax`, as `gradients` records it. */
  softmaxGradient(gradient: Tensor, output: Tensor, options: { readonly log: boolean }): Tensor;
  /** Rows of mean 0 and variance 1, before weights; `scale` is for its gradient. */
  normalize(
    a: Tensor,
    options?: NormalizeOptions,
  ): { readonly out: Tensor; readonly scale: Tensor };
  /** Rows of a table (V,N) by i32 indices (…), as (…,N). */
  gather(table: Tensor, indices: Tensor): Tensor;
  /** Causal self-attention of (B,T,3C), as (B,T,C); `logSum` is for its gradient. */
  attention(
    qkv: Tensor,
    options: AttentionOptions,
  ): { readonly out: Tensor; readonly logSum: Tensor };
  /** The gradients of the three above, as `gradients` records them. */
  normalizeGradient(
    gradient: Tensor,
    results: { readonly out: Tensor; readonly scale: Tensor; readonly centered: boolean },
  ): Tensor;
  shardScatter(
    gradient: Tensor,
    indices: Tensor,
    options: { readonly count: number; readonly edges: readonly number[] },
  ): Tensor;
  attentionGradient(
    gradient: Tensor,
    qkv: Tensor,
    results: { readonly out: Tensor; readonly logSum: Tensor } & Required<AttentionOptions>,
  ): Tensor;
  /**
   * Elements of each a[b] of (B,…) in another order, as (B, …shape); views.ts names the usual ones.
   * `shape` has as many elements as the view, whose sizes it is unless given.
   */
  view(a: Tensor, view: View, shape?: Shape): Tensor;
  /** The gradient of `view` of an `a` of (B, …shape): elements added where they were read. */
  viewGradient(gradient: Tensor, view: View, shape: Shape): Tensor;
  /**
   * Numbers of [0, 1) as (B, …shape), those of a row by its two numbers of `draws`, i32 (B, 2),
   * such as the step and the sample.
   */
  uniform(draws: Tensor, shape: Shape, options: UniformOptions): Tensor;
  /** The elements of `a` in another dtype; of the two, one is f32. */
  cast(a: Tensor, dtype: DType): Tensor;
  /** Elements of `whole` from `offset` on, as a tensor of `shape`; only for reading. */
  part(whole: Tensor, offset: number, shape: Shape): Tensor;
  /**
   * Records an operation of users; what `defineOperation` returns calls it.
   * @throws GpuError GPU_PROGRAM_INVALID where its result is none of its own operations'
   */
  apply(definition: OperationDefinition, inputs: readonly Tensor[]): Tensor;
  /** `a` as a number given: no gradient goes back through what is returned, which shares memory. */
  detach(a: Tensor): Tensor;
  /** What `record` records counts as given: no gradient goes back through it. Calls may nest. */
  noGrad<Result>(record: () => Result): Result;
  /**
   * Appends the operations that compute, for each tensor of `of`, its gradient per shard: of shape
   * (S, …shape), summed over nothing but the rows of a shard (NUMERICS-N3); or, with `sum`, of its
   * own shape.
   * @throws GpuError GPU_NOT_SUPPORTED where an operation on the way has no gradient rule.
   */
  gradients(request: GradientRequest): readonly Tensor[];
  /** Results are temporaries until they are marked; an output is bound at launch. */
  output(tensor: Tensor): Tensor;
  /** What was recorded so far. The tape may go on. */
  program(): Program;
}

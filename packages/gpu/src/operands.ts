import type { Op, ValueId } from './contract.js';

/**
 * Which values an operation reads and writes: the one place that knows the fields of every kind.
 */
export interface Operands {
  readonly reads: readonly ValueId[];
  readonly writes: readonly ValueId[];
}

/** Every kind of operation, in the order of the contract. */
export const OP_KINDS: readonly Op['kind'][] = Object.freeze([
  'matmul',
  'batchMatmul',
  'shardMatmul',
  'shardColumnSum',
  'map',
  'softmaxCrossEntropy',
  'argmax',
  'reduce',
  'softmax',
  'softmaxGradient',
  'normalize',
  'normalizeGradient',
  'gather',
  'shardScatter',
  'attention',
  'attentionGradient',
  'view',
  'viewGradient',
  'uniform',
  'cast',
  'sgd',
  'adamw',
] as const);

/** Operands in the order in which the operation's fields name them. */
export function operandsOf(op: Op): Operands {
  switch (op.kind) {
    case 'matmul': {
      const reads = op.bias === undefined ? [op.a, op.b] : [op.a, op.b, op.bias];
      return { reads, writes: [op.out] };
    }
    case 'batchMatmul':
    case 'shardMatmul':
      return { reads: [op.a, op.b], writes: [op.out] };
    case 'shardColumnSum':
    case 'argmax':
    case 'reduce':
    case 'softmax':
    case 'view':
    case 'cast':
      return { reads: [op.a], writes: [op.out] };
    case 'map':
      return { reads: op.inputs, writes: op.outs };
    case 'softmaxCrossEntropy':
      return { reads: [op.logits, op.labels], writes: [op.losses, op.gradient] };
    case 'softmaxGradient':
      return { reads: [op.gradient, op.output], writes: [op.out] };
    case 'normalize':
      return { reads: [op.a], writes: [op.out, op.scale] };
    case 'normalizeGradient':
      return { reads: [op.gradient, op.output, op.scale], writes: [op.out] };
    case 'gather':
      return { reads: [op.table, op.indices], writes: [op.out] };
    case 'shardScatter':
      return { reads: [op.gradient, op.indices], writes: [op.out] };
    case 'attention':
      return { reads: [op.qkv], writes: [op.out, op.logSum] };
    case 'attentionGradient':
      return { reads: [op.gradient, op.qkv, op.output, op.logSum], writes: [op.out] };
    case 'uniform':
      return { reads: [op.draws], writes: [op.out] };
    case 'viewGradient':
      return { reads: [op.gradient], writes: [op.out] };
    case 'sgd':
      return {
        reads: [op.parameter, op.gradient, op.velocity, op.hyper],
        writes: [op.nextParameter, op.nextVelocity],
      };
    case 'adamw':
      return {
        reads: [op.parameter, op.gradient, op.first, op.second, op.hyper],
        writes: [op.nextParameter, op.nextFirst, op.nextSecond],
      };
  }
}

import type { Program, ValueId } from './contract.js';
import { GpuError } from './errors.js';
import { fuseMaps } from './fuse-maps.js';
import { ADD } from './named-expressions.js';
import { ProgramBuilder } from './program-builder.js';
import type { TreeNode } from './reduction-tree.js';
import { additionsToRoot, nodeKey } from './reduction-tree.js';

/**
 * Update programs: what is left of the reduction tree, then one optimiser step into the other
 * generation (NUMERICS-N4, -N7). A program updates whole parameters or slices of them: it only sees
 * element counts, and every element is on its own, so slicing changes no bits.
 */

export interface UpdateOptions {
  /** Elements of each parameter, or of the slice of it that this program updates. */
  readonly sizes: readonly number[];
  readonly shards: number;
  /** The gradient sums that all workers deliver; they cover every shard exactly once. */
  readonly delivered: readonly TreeNode[];
}

/** The values of one parameter (or slice), all f32 of its size, to be bound at launch. */
export interface ParameterUpdate {
  readonly parameter: ValueId;
  /** One for each node of `delivered`, in its order. */
  readonly gradients: readonly ValueId[];
  /** Optimiser state of the committed generation: velocity, or first and second moments. */
  readonly state: readonly ValueId[];
  /** Outputs, in the generation that is not committed. */
  readonly nextParameter: ValueId;
  readonly nextState: readonly ValueId[];
}

export interface Update {
  readonly program: Program;
  /** Input: what `sgdHyper` or `adamwHyper` gives for the step. */
  readonly hyper: ValueId;
  /** In order of `sizes`. */
  readonly parameters: readonly ParameterUpdate[];
}

/** State: velocity. @throws GpuError GPU_OPTION_INVALID */
export function sgdProgram(options: UpdateOptions): Update {
  const builder = new ProgramBuilder();
  const hyper = builder.value([4], 'input');
  const parameters = options.sizes.map((size) => {
    const values = addValues(builder, options, size, 1);
    const gradient = sumToRoot(builder, options, values.gradients, size);
    const [velocity = -1] = values.state;
    const [nextVelocity = -1] = values.nextState;
    const { parameter, nextParameter } = values;
    const read = { parameter, gradient, velocity, hyper };
    builder.push({ kind: 'sgd', ...read, nextParameter, nextVelocity });
    return values;
  });
  return { program: fuseMaps(builder.build()), hyper, parameters };
}

/** State: first and second moments. @throws GpuError GPU_OPTION_INVALID */
export function adamwProgram(options: UpdateOptions): Update {
  const builder = new ProgramBuilder();
  const hyper = builder.value([8], 'input');
  const parameters = options.sizes.map((size) => {
    const values = addValues(builder, options, size, 2);
    const gradient = sumToRoot(builder, options, values.gradients, size);
    const [first = -1, second = -1] = values.state;
    const [nextFirst = -1, nextSecond = -1] = values.nextState;
    const { parameter, nextParameter } = values;
    const read = { parameter, gradient, first, second, hyper };
    builder.push({ kind: 'adamw', ...read, nextParameter, nextFirst, nextSecond });
    return values;
  });
  return { program: fuseMaps(builder.build()), hyper, parameters };
}

function addValues(
  builder: ProgramBuilder,
  options: UpdateOptions,
  size: number,
  states: number,
): ParameterUpdate {
  const shape = [size];
  const indices = Array.from({ length: states }, (_, index) => index);
  return {
    parameter: builder.value(shape, 'parameter'),
    gradients: options.delivered.map(() => builder.value(shape, 'input')),
    state: indices.map(() => builder.value(shape, 'parameter')),
    nextParameter: builder.value(shape, 'output'),
    nextState: indices.map(() => builder.value(shape, 'output')),
  };
}

function sumToRoot(
  builder: ProgramBuilder,
  { shards, delivered }: UpdateOptions,
  gradients: readonly ValueId[],
  size: number,
): ValueId {
  const sums = new Map<string, ValueId>();
  delivered.forEach((node, index) => sums.set(nodeKey(node), gradients[index] ?? -1));
  for (const { left, right, sum } of additionsToRoot(shards, delivered)) {
    const out = builder.value([size], 'temporary');
    const a = sums.get(nodeKey(left)) ?? -1; // operands come first
    const b = sums.get(nodeKey(right)) ?? -1;
    builder.push({ kind: 'map', expression: ADD, inputs: [a, b], outs: [out] });
    sums.set(nodeKey(sum), out);
  }
  const root = sums.get(nodeKey({ first: 0, count: shards }));
  if (root !== undefined) return root;
  throw new GpuError('GPU_OPTION_INVALID', `no gradient sum over all ${shards} shards`);
}

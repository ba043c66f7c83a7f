import { createAllocator, createHostArena } from '@ganglion/memory';
import { describe, expect, it, test } from 'vitest';
import type { Backend, ValueId } from './contract.js';
import { counterRandom, counterUniform } from './counter-random.js';
import { cpu } from './cpu/cpu.js';
import { adamwDefaults, adamwHyper, resolveSgdOptions, sgdHyper } from './hyper.js';
import type { TreeNode } from './reduction-tree.js';
import { nodeKey, shardEdges, shardsOfWorker, subtreesOf } from './reduction-tree.js';
import type { Segment } from './segment.js';
import { recordSegment } from './segment.js';
import { linkForward, linkStage } from './stage.js';
import type { Elements } from './testing/index.js';
import { runOnce } from './testing/index.js';
import type { Update, UpdateOptions } from './update.js';
import { adamwProgram, sgdProgram } from './update.js';

const arena = createHostArena({ id: 22, sizeBytes: 2 ** 22 });

function plain(): Backend {
  return cpu()({ arenas: [arena], allocator: createAllocator({ arena }) });
}

function linear(inputs: number, outputs: number): Segment {
  return recordSegment({
    inputShape: [inputs],
    build: (builder, x) => {
      const weight = builder.parameter('weight', [inputs, outputs]);
      return builder.matmul(x, weight, { bias: builder.parameter('bias', [outputs]) });
    },
  });
}

function relu(width: number): Segment {
  return recordSegment({ inputShape: [width], build: (builder, x) => builder.relu(x) });
}

const SEGMENTS: readonly Segment[] = [linear(12, 9), relu(9), linear(9, 5)];
const SIZES = [108, 9, 45, 5];

function reals(seed: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => 2 * counterUniform(seed, i) - 1);
}

interface State {
  readonly parameters: readonly Float32Array[];
  /** One list for each state of the optimiser. */
  readonly states: readonly (readonly Float32Array[])[];
}

interface Run {
  readonly batch: number;
  readonly shards: number;
  readonly workers: number;
  readonly optimiser: (options: UpdateOptions) => Update;
  readonly states: number;
  readonly hyper: (step: number) => Float32Array;
}

/** The gradient sums that every worker delivers for one step: [parameter][node]. */
function gradientSums(run: Run, state: State, step: number): Map<string, Elements>[] {
  const { batch, shards, workers } = run;
  const edges = shardEdges(batch, shards);
  const x = reals(100 + step, batch * 12);
  const labels = Array.from({ length: batch }, (_, row) => counterRandom(200 + step, row) % 5);
  const sums = SIZES.map(() => new Map<string, Elements>());
  for (let worker = 0; worker < workers; worker += 1) {
    const { first, end } = shardsOfWorker({ shards, workers, worker });
    if (first === end) continue;
    const [from = 0, to = 0] = [edges[first], edges[end]];
    const stage = linkStage({
      segments: SEGMENTS,
      loss: { kind: 'softmaxCrossEntropy', scale: 1 / batch },
      edges: edges.slice(first, end + 1).map((edge) => edge - from),
      firstShard: first,
    });
    const inputs = new Map<ValueId, ArrayLike<number>>([
      [stage.x, x.slice(from * 12, to * 12)],
      [stage.labels, labels.slice(from, to)],
    ]);
    stage.parameters.forEach((id, index) => inputs.set(id, state.parameters[index] ?? []));
    const outputs = runOnce(plain(), stage.program, inputs);
    stage.gradients.forEach((nodes, index) => {
      for (const node of nodes) {
        const whole = outputs.get(node.value) ?? new Float32Array(0);
        const sum = whole.slice(node.offset, node.offset + (SIZES[index] ?? 0));
        sums[index]?.set(nodeKey(node), sum);
      }
    });
  }
  return sums;
}

/** Trains on slices of the parameters, one for each worker, and returns all bits. */
function train(run: Run, steps: number): Uint32Array {
  const { shards, workers } = run;
  let state: State = {
    parameters: SIZES.map((size, index) => reals(index, size).map((x) => x / 4)),
    states: Array.from({ length: run.states }, () => SIZES.map((size) => new Float32Array(size))),
  };
  const delivered: TreeNode[] = Array.from({ length: workers }, (_, worker) =>
    shardsOfWorker({ shards, workers, worker }),
  ).flatMap(({ first, end }) => subtreesOf(first, end));
  for (let step = 1; step <= steps; step += 1) {
    const sums = gradientSums(run, state, step);
    const next: State = structuredClone(state);
    for (let worker = 0; worker < workers; worker += 1) {
      const cut = (size: number, at: number): number => Math.floor((size * at) / workers);
      const ranges = SIZES.map((size) => [cut(size, worker), cut(size, worker + 1)] as const);
      const sizes = ranges.map(([from, to]) => to - from);
      const update = run.optimiser({ sizes, shards, delivered });
      const inputs = new Map<ValueId, ArrayLike<number>>([[update.hyper, run.hyper(step)]]);
      const slice = (elements: ArrayLike<number> | undefined, index: number) =>
        Array.from(elements ?? []).slice(...(ranges[index] ?? [0, 0]));
      update.parameters.forEach((values, index) => {
        inputs.set(values.parameter, slice(state.parameters[index], index));
        values.state.forEach((id, at) => inputs.set(id, slice(state.states[at]?.[index], index)));
        values.gradients.forEach((id, at) => {
          const node = delivered[at];
          const sum = node === undefined ? undefined : sums[index]?.get(nodeKey(node));
          inputs.set(id, slice(sum, index));
        });
      });
      const outputs = runOnce(plain(), update.program, inputs);
      update.parameters.forEach((values, index) => {
        const from = ranges[index]?.[0] ?? 0;
        next.parameters[index]?.set(outputs.get(values.nextParameter) ?? [], from);
        values.nextState.forEach((id, at) => {
          next.states[at]?.[index]?.set(outputs.get(id) ?? [], from);
        });
      });
    }
    state = next;
  }
  const all = [...state.parameters, ...state.states.flat()];
  return new Uint32Array(Float32Array.from(all.flatMap((elements) => [...elements])).buffer);
}

const sgd = resolveSgdOptions({ learningRate: 0.5, momentum: 0.9, weightDecay: 0.01 });
const optimisers = {
  adamw: {
    optimiser: adamwProgram,
    states: 2,
    hyper: (step: number) => adamwHyper({ ...adamwDefaults, learningRate: 0.01 }, step),
  },
  sgd: { optimiser: sgdProgram, states: 1, hyper: () => sgdHyper(sgd) },
};

const splits = [
  { optimiser: 'adamw', batch: 22, shards: 4, workers: [1, 2, 3, 4, 5] },
  { optimiser: 'sgd', batch: 37, shards: 8, workers: [1, 2, 3, 5, 8] },
  { optimiser: 'sgd', batch: 3, shards: 4, workers: [1, 3] },
] as const;

describe('ARCHITECTURE P3: the bits of a run do not depend on the number of workers', () => {
  it.each(splits)('$optimiser, $batch samples in $shards shards', (split) => {
    const run = { ...split, ...optimisers[split.optimiser] };
    const found = split.workers.map((workers) => train({ ...run, workers }, 3));
    for (const bits of found) expect(bits).toEqual(found[0]);
    expect(found[0]).toHaveLength(SIZES.reduce((a, b) => a + b, 0) * (1 + run.states));
  });
});

test('another number of shards gives other bits, so the test above can fail', () => {
  const run = { batch: 22, workers: 1, ...optimisers.sgd };
  expect(train({ ...run, shards: 4 }, 1)).not.toEqual(train({ ...run, shards: 2 }, 1));
});

test('NUMERICS-N8: a relu that alone reads a product is fused into it, with the same bits', () => {
  const { program, parameters, logits, argmax, x } = linkForward({ segments: SEGMENTS, rows: 7 });
  expect(program.ops.map(({ kind }) => kind)).toEqual(['matmul', 'matmul', 'argmax']);
  expect(program.ops[0]).toMatchObject({ activation: 'relu' });
  const values = [reals(1, 84), ...SIZES.map((size, index) => reals(index + 2, size))];
  const ids = [x, ...parameters];
  const outputs = runOnce(plain(), program, new Map(ids.map((id, i) => [id, values[i] ?? []])));
  const split = (rows: ArrayLike<number>, at: number): ArrayLike<number> => {
    const { program: one, ...ends } = linkForward({ segments: [SEGMENTS[at] as Segment], rows: 7 });
    const inputs = new Map<ValueId, ArrayLike<number>>([[ends.x, rows]]);
    ends.parameters.forEach((id, i) => inputs.set(id, values[1 + at + i] ?? []));
    return runOnce(plain(), one, inputs).get(ends.logits) ?? [];
  };
  expect(outputs.get(logits)).toEqual(split(split(split(values[0] ?? [], 0), 1), 2));
  expect([...(outputs.get(argmax) ?? [])].every((label) => label >= 0 && label < 5)).toBe(true);
});

test('NUMERICS-N8: a relu is not fused into a product that something else reads', () => {
  const twice = recordSegment({
    inputShape: [3],
    build: (builder, x) => {
      const product = builder.matmul(x, builder.parameter('weight', [3, 3]));
      return builder.add(builder.relu(product), product);
    },
  });
  const { program, x, parameters, logits } = linkForward({ segments: [twice], rows: 1 });
  expect(program.ops.map(({ kind }) => kind)).toEqual(['matmul', 'map', 'argmax']);
  const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const inputs = new Map([[x, [-1, 2, -3]], [parameters[0] ?? -1, identity]]);
  expect([...(runOnce(plain(), program, inputs).get(logits) ?? [])]).toEqual([-1, 4, -3]);
});

/** [first, count, offset] of what each parameter's gradients are delivered as. */
function delivery(firstShard: number, shards: number): (readonly number[])[][] {
  const { gradients } = linkStage({
    segments: [linear(2, 3)],
    loss: { kind: 'softmaxCrossEntropy', scale: 1 },
    edges: Array.from({ length: shards + 1 }, (_, i) => i),
    firstShard,
  });
  return gradients.map((nodes) => nodes.map(({ first, count, offset }) => [first, count, offset]));
}

test('NUMERICS-N4: a stage delivers the sums of its subtrees, and leaves where it must', () => {
  expect(delivery(0, 4)).toEqual([[[0, 4, 0]], [[0, 4, 0]]]);
  expect(delivery(3, 1)).toEqual([[[3, 1, 0]], [[3, 1, 0]]]);
  expect(delivery(5, 3)).toEqual([[[5, 1, 0], [6, 2, 0]], [[5, 1, 0], [6, 2, 0]]]);
  expect(delivery(1, 4)).toEqual([
    [[1, 1, 0], [2, 2, 0], [4, 1, 18]],
    [[1, 1, 0], [2, 2, 0], [4, 1, 9]],
  ]);
});

test('segments that do not fit each other, or are none, are refused', () => {
  const shape = expect.objectContaining({
    code: 'GPU_SHAPE_MISMATCH',
    message: 'segment 1 takes (4) per sample, it is given (3)',
  });
  expect(() => linkForward({ segments: [linear(2, 3), linear(4, 1)], rows: 1 })).toThrow(shape);
  expect(() => linkForward({ segments: [], rows: 1 })).toThrow(
    expect.objectContaining({ code: 'GPU_OPTION_INVALID', message: 'a stage of no segment' }),
  );
});

import { createHostArena } from '@ganglion/memory';
import { describe, expect, it } from 'vitest';

import { clusters } from '../datasets/clusters.js';
import { defineTraining } from '../definition/definition.js';
import type { TrainingDefinition, TrainingOptions } from '../definition/definition.js';
import { sequential } from '../definition/layers.js';
import { adamW, crossEntropy, sgd } from '../definition/optimizers.js';
import { relu } from '../layers/activations.js';
import { linear } from '../layers/linear.js';
import { referenceRun } from '../testing/reference-run.js';
import type { StoreBlocks } from './memory-plan.js';
import { planRun } from './run-plan.js';
import { Store } from './store.js';

function define(options: Partial<TrainingOptions> = {}): TrainingDefinition {
  return defineTraining({
    model: () => sequential(linear(6, 9), relu(), linear(9, 3)),
    loss: crossEntropy(),
    optimizer: adamW({ learningRate: 0.01 }),
    data: clusters({ features: 6, classes: 3, count: 90, heldOut: 30 }),
    batch: 10,
    epochs: 2,
    ...options,
  });
}

function create(step: number): Store {
  const plan = planRun(define(), 2);
  return Store.create(createHostArena({ id: 0, sizeBytes: plan.sizeBytes }), plan.blocks, step);
}

function blocksOf(blocks: StoreBlocks): { offset: number; sizeBytes: number }[] {
  const found: { offset: number; sizeBytes: number }[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('offset' in value) found.push(value as { offset: number; sizeBytes: number });
    else for (const inner of Object.values(value)) walk(inner);
  };
  walk(blocks);
  return found;
}

describe('run plan', () => {
  it('PLAN-1: aligns blocks and keeps them apart', () => {
    const { blocks, sizeBytes } = planRun(define(), 3);
    const sorted = blocksOf(blocks).toSorted((a, b) => a.offset - b.offset);
    expect(sorted.length).toBeGreaterThan(30);
    let end = 0;
    for (const block of sorted) {
      expect(block.offset % 64).toBe(0);
      expect(block.offset).toBeGreaterThanOrEqual(end);
      end = block.offset + block.sizeBytes;
    }
    expect(end).toBeLessThanOrEqual(sizeBytes);
  });

  it('NUMERICS-N3: kernels beyond the number of shards idle', () => {
    expect(planRun(define({ shards: 2 }), 5).programs.length).toBe(2);
  });

  it('refuses a model that does not fit the data, naming both', () => {
    const wrong = define({ model: () => sequential(linear(5, 9), linear(9, 3)) });
    expect(() => planRun(wrong, 1)).toThrow(
      'layer linear-0: linear(5, 9) is given samples of shape (6), it takes (5)');
    const classes = define({ model: () => sequential(linear(6, 4)) });
    expect(() => planRun(classes, 1)).toThrow(/shape \(4\), the data have 3 classes/);
  });

  it('refuses a run over the limit of one arena', () => {
    const data = clusters({ features: 2 ** 20, classes: 2, count: 2 ** 12 });
    const large = define({ data, model: () => sequential(linear(2 ** 20, 2)) });
    expect(() => planRun(large, 1)).toThrow(/the limit is 4294967296/);
  });
});

describe('NUMERICS-N4: any number of kernels gives the same bits', () => {
  const cases: readonly (readonly [name: string, TrainingDefinition])[] = [
    ['4 uneven shards of 10, adamW', define()],
    ['8 shards of a batch of 5, some empty', define({ batch: 5, shards: 8 })],
    ['2 shards, sgd with momentum',
      define({ shards: 2, optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) })],
    ['1 shard', define({ shards: 1 })],
  ];
  it.each(cases)('%s', async (_, definition) => {
    const one = await referenceRun({ definition, kernels: 1, steps: 7 });
    for (const kernels of [2, 3, 4, 8]) {
      expect(await referenceRun({ definition, kernels, steps: 7 })).toEqual(one);
    }
    expect(one.losses[6]).toBeLessThan(one.losses[0] ?? 0);
  });

  it('the number of shards is part of the result and of the definition hash', async () => {
    const two = define({ shards: 2 });
    const four = define({ shards: 4 });
    expect(planRun(two, 1).definitionHash).not.toBe(planRun(four, 1).definitionHash);
    const hashes = await Promise.all([two, four].map(async (definition) =>
      (await referenceRun({ definition, kernels: 1, steps: 3 })).weightsHash));
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});

describe('NUMERICS-N7: commit', () => {
  it('flips only when every writer has stamped the step', () => {
    const store = create(4);
    store.stamp(0, 5);
    expect(() => store.commit(5)).toThrow('writer 1 stamped 4');
    expect(store.committed).toBe(4);
    store.stamp(1, 5);
    expect(store.commit(5)).toBe(true);
    expect(store.committed).toBe(5);
  });

  it('STORE-2: commits a step again without effect, and never an earlier or later one', () => {
    const store = create(4);
    for (const writer of [0, 1]) store.stamp(writer, 5);
    store.commit(5);
    expect(store.commit(5)).toBe(true);
    for (const writer of [0, 1]) store.stamp(writer, 7);
    expect(store.commit(7)).toBe(false);
    expect(store.committed).toBe(5);
  });

  it('is seen through another attachment of the same arena', () => {
    const plan = planRun(define(), 2);
    const arena = createHostArena({ id: 0, sizeBytes: plan.sizeBytes });
    expect(() => Store.attach([arena], plan.blocks)).toThrow('no commit record');
    const store = Store.create(arena, plan.blocks, 2);
    const other = Store.attach([arena], plan.blocks);
    for (const writer of [0, 1]) other.stamp(writer, 3);
    expect(other.commit(3)).toBe(true);
    expect(store.committed).toBe(3);
    expect(() => Store.attach([], plan.blocks)).toThrow('no arena 0');
  });
});

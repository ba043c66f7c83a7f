import { describe, expect, it } from 'vitest';

import { characters } from '../datasets/characters.js';
import { clusters } from '../datasets/clusters.js';
import { defineTraining } from '../definition/definition.js';
import type { TrainingDefinition } from '../definition/definition.js';
import type { Layer, Model } from '../definition/layers.js';
import { sequential } from '../definition/layers.js';
import { recordNetwork } from '../definition/network.js';
import type { Network } from '../definition/network.js';
import { adamW, crossEntropy } from '../definition/optimizers.js';
import { referenceRun } from '../testing/reference-run.js';
import { gelu, relu, silu, softmax, tanh } from './activations.js';
import { causalAttention } from './attention.js';
import { embedding } from './embedding.js';
import { gpt } from './gpt.js';
import { linear, unembedding } from './linear.js';
import { layerNorm, rmsNorm } from './normalization.js';
import { residual } from './residual.js';

const text = 'abcd'.repeat(60);

function overText(model: () => Model): TrainingDefinition {
  return defineTraining({
    model, loss: crossEntropy(), optimizer: adamW({ learningRate: 3e-2 }), batch: 8, epochs: 50,
    data: characters({ text, context: 6, stride: 3 }),
  });
}

function overNumbers(...layers: readonly Layer[]): TrainingDefinition {
  return defineTraining({
    model: () => sequential(...layers), loss: crossEntropy(), batch: 16, epochs: 90,
    optimizer: adamW({ learningRate: 3e-2 }),
    data: clusters({ features: 6, classes: 3, count: 320, heldOut: 100, spread: 0.5 }),
  });
}

function sizesOf({ parameters }: Network): Record<string, number> {
  return Object.fromEntries(parameters.map(({ name, size }) => [name, size]));
}

function smallGpt(): Model {
  return gpt({ vocabulary: 4, context: 6, layers: 1, heads: 2, size: 8 });
}

describe('layers', () => {
  it('a GPT of nanoGPT\'s CPU setting has its 807,168 weights, the table once', () => {
    const text89 = Array.from({ length: 89 }, (_, i) => String.fromCodePoint(33 + i)).join('');
    const network = recordNetwork({
      ...overText(() => gpt({ vocabulary: 89, context: 64, layers: 4, heads: 4, size: 128 })),
      data: characters({ text: text89, context: 64 }),
    });
    const total = network.parameters.reduce((sum, { size }) => sum + size, 0);
    expect(total).toBe(807_168);
    expect(network.names).toHaveLength(11);
    expect(network.shared.at(-1)).toEqual(network.shared[0]?.slice(0, 1));
    expect(network.parameters[2]?.name).toBe('1.0.scale');
  });

  it('each of them learns what one linear layer learns', async () => {
    const definition = overNumbers(
      linear(6, 16, { bias: false }), layerNorm(16), gelu(),
      residual(linear(16, 16), silu(), rmsNorm(16), tanh()), relu(),
      residual(linear(16, 4), softmax(), softmax({ log: true }), linear(4, 16)), linear(16, 3),
    );
    const { accuracy, losses } = await referenceRun({ definition, kernels: 1, steps: 120 });
    expect(accuracy).toBeGreaterThan(0.8);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    expect(sizesOf(recordNetwork(definition))).toMatchObject({
      '0.weight': 96, '1.scale': 16, '1.bias': 16, '3.0.weight': 256, '3.2.scale': 16,
    });
  });

  it('NUMERICS-N3: a GPT learns a text, with the same bits for any number of kernels', async () => {
    const definition = overText(smallGpt);
    const runs = await Promise.all([1, 2, 4].map((kernels) =>
      referenceRun({ definition, kernels, steps: 60 })));
    expect(new Set(runs.map(({ weightsHash }) => weightsHash)).size).toBe(1);
    const losses = runs[0]?.losses ?? [];
    expect(losses[0]).toBeCloseTo(Math.log(4), 1);
    expect(losses.at(-1)).toBeLessThan(0.1);
  });

  const table = embedding({ count: 4, size: 8 });

  it.each<[string, () => Model, string]>([
    ['samples of numbers for an embedding', () => sequential(linear(6, 6), table),
      'layer linear-0: matmul: a is i32, needed is f32'],
    ['an embedding of other tokens',
      () => sequential(embedding({ count: 4, size: 8, tokens: 5 }), linear(8, 4)),
      'layer embedding-0: embedding with 5 tokens is given samples of shape (6)'],
    ['a width that does not fit', () => sequential(table, linear(9, 4)),
      'linear-1: linear(9, 4) is given samples of shape (6, 8), it takes (9) as their last'],
    ['one row for all labels', () => sequential(table, linear(8, 5)),
      'the data have 4 classes: its last layer must give (6, 4)'],
    ['a residual sum of another width', () => sequential(table, residual(linear(8, 4))),
      'layer residual-1: map: (1, 6, 8) and (1, 6, 4) do not fit each other'],
    ['a table of another model',
      () => sequential(embedding({ count: 4, size: 8 }), unembedding(table)),
      'layer unembedding-1 shares table of a layer that is not before it in the model'],
  ])('%s: refused in one sentence', (_, model, message) => {
    const data = characters({ text, context: 6 });
    expect(() => recordNetwork({ ...overText(model), data })).toThrow(message);
  });

  it.each<[() => unknown, string]>([
    [() => causalAttention({ size: 10, heads: 3 }),
      'heads of causalAttention is 3, it must divide the size 10'],
    [() => embedding({ count: 0, size: 1 }),
      'count of embedding is 0, it must be an integer from 1'],
    [() => unembedding(relu()), 'unembedding of relu, it has no table'],
    [() => residual(), 'layers of residual is 0, it must be an integer from 1'],
    [() => layerNorm(4, { bias: true, eps: 1 } as object), 'layerNorm has no option eps'],
    [() => gpt({ vocabulary: 4, context: 6, layers: 0, heads: 2, size: 8 }),
      'layers of gpt is 0, it must be an integer from 1 to 64'],
  ])('%o is refused', (build, message) => {
    expect(build).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';

import { clusters } from '../datasets/clusters.js';
import { defineTraining } from '../definition/definition.js';
import type { TrainingDefinition } from '../definition/definition.js';
import type { Layer } from '../definition/layers.js';
import { sequential } from '../definition/layers.js';
import { recordNetwork } from '../definition/network.js';
import { adamW, crossEntropy } from '../definition/optimizers.js';
import { referenceRun } from '../testing/reference-run.js';
import { relu } from './activations.js';
import { averagePool2d, conv2d, flatten, maxPool2d, reshape } from './image.js';
import { linear } from './linear.js';

/** Samples of 36 numbers, which layers may take for images of 6 by 6. */
function over(...layers: readonly Layer[]): TrainingDefinition {
  return defineTraining({
    model: () => sequential(...layers), loss: crossEntropy(), batch: 16, epochs: 90,
    optimizer: adamW({ learningRate: 1e-2 }),
    data: clusters({ features: 36, classes: 3, count: 320, heldOut: 100, spread: 1 }),
  });
}

const NETWORK: readonly Layer[] = [
  reshape(6, 6, 1),
  conv2d(1, 8, { size: 3, padding: 1 }), relu(), maxPool2d({ size: 2 }),
  conv2d(8, 8, { size: [2, 3], stride: [1, 1], padding: [0, 1], bias: false }), relu(),
  averagePool2d({ size: [2, 1], stride: 1 }),
  flatten(), linear(24, 3),
];

describe('layers of images', () => {
  it('have the parameters of their windows', () => {
    const sizes = recordNetwork(over(...NETWORK)).parameters.map(({ name, size }) => [name, size]);
    expect(sizes).toEqual([
      ['1.weight', 72], ['1.bias', 8], ['4.weight', 384], ['8.weight', 72], ['8.bias', 3],
    ]);
  });

  it('NUMERICS-N3: learn, with the same bits for any number of kernels', async () => {
    const definition = over(...NETWORK);
    const runs = await Promise.all([1, 2, 4].map((kernels) =>
      referenceRun({ definition, kernels, steps: 80 })));
    expect(new Set(runs.map(({ weightsHash }) => weightsHash)).size).toBe(1);
    const [{ losses, accuracy }] = runs as [typeof runs[number]];
    expect(losses[0]).toBeCloseTo(Math.log(3), 0);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    expect(accuracy).toBeGreaterThan(0.8);
  });

  it.each<[string, readonly Layer[], string]>([
    ['samples that are no images', [conv2d(1, 2, { size: 3 })],
      'conv2d(1, 2) is given samples of shape (36), it takes (rows, columns, 1)'],
    ['other channels', [reshape(6, 3, 2), conv2d(1, 2, { size: 3 })],
      'conv2d(1, 2) is given samples of shape (6, 3, 2), it takes (rows, columns, 1)'],
    ['a pool of no image', [maxPool2d({ size: 2 })],
      'maxPool2d is given samples of shape (36), it takes (rows, columns, channels)'],
    ['windows that do not fit', [reshape(6, 6, 1), averagePool2d({ size: 7 })],
      'averagePool2d: windows of (7, 7) do not fit (1, 6, 6, 1) with padding (0, 0)'],
    ['another number of elements', [reshape(6, 5)],
      'reshape(6, 5) is given samples of shape (36), which have another number of elements'],
  ])('%s: refused in one sentence', (_, layers, message) => {
    expect(() => recordNetwork(over(...layers, flatten(), linear(36, 3)))).toThrow(message);
  });

  it.each<[() => unknown, string]>([
    [() => conv2d(0, 1, { size: 3 }), 'channels of conv2d is 0, it must be an integer from 1'],
    [() => conv2d(1, 1, { size: [3, 0] }), 'size of conv2d is 0, it must be an integer from 1'],
    [() => conv2d(1, 1, { size: 1, padding: -1 }), 'padding of conv2d is -1'],
    [() => conv2d(1, 1, { size: 1, dilation: 2 } as object as { size: 1 }),
      'conv2d has no option dilation; it has size, stride, padding, bias'],
    [() => maxPool2d({ size: 2, stride: 0 }), 'stride of maxPool2d is 0'],
    [() => reshape(2.5), 'a size of reshape is 2.5'],
  ])('%o is refused', (build, message) => {
    expect(build).toThrow(message);
  });
});

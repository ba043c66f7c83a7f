import { describe, expect, it } from 'vitest';

import { clusters } from '../datasets/clusters.js';
import { relu } from '../layers/activations.js';
import { linear } from '../layers/linear.js';
import { planRun } from '../store/run-plan.js';
import { defineTraining, stepsPerEpoch } from './definition.js';
import type { TrainingDefinition, TrainingOptions } from './definition.js';
import { sequential } from './layers.js';
import type { Layer, Model } from './layers.js';
import { loadDefinition } from './load-definition.js';
import { adamW, crossEntropy, sgd } from './optimizers.js';

const options: TrainingOptions = {
  model: () => sequential(linear(4, 3)),
  loss: crossEntropy(),
  optimizer: sgd({ learningRate: 0.1 }),
  data: clusters({ features: 4, classes: 3, count: 33, heldOut: 3 }),
  batch: 8,
  epochs: 2,
};

function define(changes: object = {}): TrainingDefinition {
  return defineTraining({ ...options, ...changes });
}

function wideModel(): Model {
  return sequential(linear(2 ** 20, 2));
}

function hash(changes: object = {}): string {
  return planRun(define(changes), 1).definitionHash;
}

describe('defineTraining', () => {
  it('sets the defaults of the rules', () => {
    expect(define()).toMatchObject({ shards: 4, seed: 1, kind: 'ganglion-training' });
    expect(stepsPerEpoch(define())).toBe(3);
  });

  it.each([
    [{ btach: 8 }, /^defineTraining has no option btach; it has model, loss/],
    [{ batch: 0 }, /^batch is 0, it must be an integer from 1 to 65536$/],
    [{ batch: 31 }, /^batch is 31, the data hold 30 training samples$/],
    [{ epochs: 1.5 }, /^epochs is 1.5, it must be an integer from 1 to 1000000$/],
    [{ shards: 3 }, /^shards is 3, it must be a power of two$/],
    [{ shards: 2_048 }, /^shards is 2048, it must be an integer from 1 to 1024$/],
    [{ seed: -1 }, /^seed is -1/],
    [{ loss: undefined }, /^defineTraining needs the option loss$/],
  ])('refuses %j', (changes, message) => {
    expect(() => define(changes)).toThrow(message);
  });

  it('refuses optimiser options with value and limit', () => {
    expect(() => adamW({ learningRate: -1 })).toThrow(/learningRate -1 is not a number above 0/);
    expect(() => sgd({ learningRate: 1, momentum: 1 })).toThrow(/momentum 1 is not in \[0, 1\)/);
  });

  it('refuses models without layers or of impossible sizes', () => {
    expect(() => sequential()).toThrow('layers of sequential is 0, it must be an integer from 1');
    expect(() => linear(0, 1)).toThrow('inputs of linear is 0, it must be an integer from 1');
  });
});

describe('the definition hash', () => {
  it('is the same for the same definition, and for other epochs', () => {
    expect(hash()).toBe(hash());
    expect(hash({ epochs: 9 })).toBe(hash());
    expect(hash()).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['batch', { batch: 7 }],
    ['seed', { seed: 2 }],
    ['shards', { shards: 2 }],
    ['optimiser', { optimizer: adamW({ learningRate: 0.1 }) }],
    ['learning rate', { optimizer: sgd({ learningRate: 0.2 }) }],
    ['model', { model: () => sequential(linear(4, 3), relu()) }],
    ['data', { data: clusters({ features: 4, classes: 3, count: 33, heldOut: 3, seed: 2 }) }],
    ['held-out samples', { data: clusters({ features: 4, classes: 3, count: 33, heldOut: 4 }) }],
  ])('changes with the %s', (_, changes) => {
    expect(hash(changes)).not.toBe(hash());
  });
});

describe('layers', () => {
  it('refuses a layer that uses other parameters than it declares', () => {
    const { build } = linear(4, 3);
    const liar: Layer = { kind: 'liar', description: {}, parameters: [], build };
    expect(() => planRun(define({ model: () => sequential(liar) }), 1)).toThrow(
      'layer liar-0 declares the parameters none and uses weight (4, 3), bias (3)');
  });

  it('APP_RUN_TOO_LARGE: refuses a run over the limit of an arena', () => {
    const data = clusters({ features: 2 ** 20, classes: 2, count: 2 ** 13 });
    expect(() => planRun(define({ data, model: wideModel }), 1)).toThrow(
      expect.objectContaining({ code: 'APP_RUN_TOO_LARGE' }));
  });

  it('loads the one definition that a module exports', async () => {
    const module = new URL('../fixtures/small.ts', import.meta.url).href;
    expect((await loadDefinition(module)).batch).toBe(34);
  });
});

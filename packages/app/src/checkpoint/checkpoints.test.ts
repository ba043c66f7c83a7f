import { single } from '@ganglion/distribution';
import { createHostArena } from '@ganglion/memory';
import { memoryStorage } from '@ganglion/runtime';
import type { Storage } from '@ganglion/runtime/contract';
import { describe, expect, it } from 'vitest';

import { clusters } from '../datasets/clusters.js';
import { defineTraining } from '../definition/definition.js';
import { sequential } from '../definition/layers.js';
import { adamW, crossEntropy } from '../definition/optimizers.js';
import { linear } from '../layers/linear.js';
import { fillInitialWeights } from '../store/initial-weights.js';
import { planRun } from '../store/run-plan.js';
import { stateNames } from '../store/run-programs.js';
import { Store } from '../store/store.js';
import { Checkpoints, readCheckpoint } from './checkpoints.js';
import type { CheckpointFacts } from './checkpoints.js';
import { decodeManifest, encodeManifest } from './manifest.js';
import { hashTensors, readState, writeState } from './state-tensors.js';
import type { StateNames } from './state-tensors.js';

const definition = defineTraining({
  model: () => sequential(linear(4, 3)),
  loss: crossEntropy(),
  optimizer: adamW({ learningRate: 0.01 }),
  data: clusters({ features: 4, classes: 3, count: 30 }),
  batch: 10,
  epochs: 1,
});

function createStore(step: number): { store: Store; names: StateNames } {
  const { blocks, sizeBytes, network } = planRun(definition, 1);
  const store = Store.create(createHostArena({ id: 0, sizeBytes }), blocks, step);
  fillInitialWeights(store, network.parameters, 1);
  const names = { parameters: network.parameters, states: stateNames(definition.optimizer) };
  return { store, names };
}

function facts(step: number): CheckpointFacts {
  const hash = 'a'.repeat(64);
  return {
    definitionHash: hash, step, stepsPerEpoch: 3, seed: 1, profile: 'plain-f32', weightsHash: hash,
    openSteps: 2, openLossSum: 1 / 3,
  };
}

async function writeOne(storage: Storage): Promise<void> {
  const { store, names } = createStore(3);
  const checkpoints = new Checkpoints(storage, single({ id: 'test' }));
  await checkpoints.write(readState(store, names), facts(3));
}

async function alter(
  storage: Storage,
  prefix: string,
  by: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  const [name = ''] = await storage.list(prefix);
  await storage.replace(name, by((await storage.read(name)) ?? new Uint8Array(0)));
}

describe('checkpoints', () => {
  it('brings back weights and optimiser state to the bit', async () => {
    const storage = memoryStorage();
    const { store, names } = createStore(3);
    store.f32(store.generationOf(3).states[1]?.[0] ?? store.blocks.hyper).fill(0.25);
    const checkpoints = new Checkpoints(storage, single({ id: 'test' }));
    const manifest = await checkpoints.write(readState(store, names), facts(3));
    const loaded = await readCheckpoint(storage, 'runs/x');
    expect(loaded?.manifest).toEqual(manifest);
    const other = createStore(3).store;
    other.f32(other.generationOf(3).parameters[0] ?? other.blocks.hyper).fill(9);
    writeState(other, names, loaded?.tensors ?? [], 'x');
    expect(readState(other, names)).toEqual(readState(store, names));
    expect(other.weightsHash()).toBe(store.weightsHash());
    expect(hashTensors(readState(store, names).slice(0, 2))).toBe(store.weightsHash());
  });

  it('names weights as other tools expect them', async () => {
    const { store, names } = createStore(0);
    expect(readState(store, names).map(({ name }) => name)).toEqual([
      '0.weight', '0.bias', 'optimizer.first.0.weight', 'optimizer.first.0.bias',
      'optimizer.second.0.weight', 'optimizer.second.0.bias',
    ]);
  });

  it('CHECKPOINT-2: the manifest follows the newest commit and older files go', async () => {
    const storage = memoryStorage();
    const { store, names } = createStore(3);
    const checkpoints = new Checkpoints(storage, single({ id: 'test' }));
    for (const step of [3, 6]) await checkpoints.write(readState(store, names), facts(step));
    expect(await storage.list('')).toEqual([
      'checkpoint/manifest.json', 'checkpoint/step-6.safetensors',
    ]);
    expect((await readCheckpoint(storage, 'x'))?.manifest.step).toBe(6);
  });

  it('says that there is none', async () => {
    expect(await readCheckpoint(memoryStorage(), 'x')).toBe(undefined);
  });

  it('refuses a file that is cut, changed or gone, naming it', async () => {
    const changes: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
      (bytes) => bytes.slice(0, -1),
      (bytes) => bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
      () => new Uint8Array(0),
    ];
    for (const by of changes) {
      const storage = memoryStorage();
      await writeOne(storage);
      await alter(storage, 'checkpoint/step-', by);
      await expect(readCheckpoint(storage, 'runs/x')).rejects.toThrow(
        /runs\/x\/checkpoint\/step-3.safetensors is corrupt: its SHA-256/);
    }
    const storage = memoryStorage();
    await writeOne(storage);
    await storage.remove('checkpoint/step-3.safetensors');
    await expect(readCheckpoint(storage, 'x')).rejects.toThrow(/the file is missing/);
  });

  it('refuses tensors of another model before it writes any', () => {
    const { store, names } = createStore(0);
    const tensors = readState(store, names);
    const [first, ...rest] = tensors;
    if (first === undefined) throw new Error('no tensor');
    const before = store.weightsHash();
    const write = (given: typeof tensors): (() => void) => () =>
      writeState(store, names, given, 'x');
    const zeros = { ...first, bytes: new Uint8Array(48) };
    expect(write([zeros, ...rest.slice(1)])).toThrow(/x is of another model: it has no tensor/);
    expect(write([zeros, ...rest.slice(0, -1), { ...first, name: 'y' }])).toThrow(/no tensor/);
    expect(write([zeros, ...rest, { ...first, name: 'y' }])).toThrow(/7 tensors, the run has 6/);
    expect(write([{ ...first, shape: [3, 4] }, ...rest])).toThrow(
      '0.weight is F32 (3, 4), the model needs F32 (4, 3)');
    expect(store.weightsHash()).toBe(before);
  });
});

describe('checkpoint manifest', () => {
  const sha256 = 'b'.repeat(64);
  const good = { format: 1, file: 'step-3.safetensors', sha256, ...facts(3) } as const;

  it('is read back', () => {
    expect(decodeManifest(encodeManifest(good), 'x')).toEqual(good);
    const diverged = { ...good, openLossSum: null };
    expect(decodeManifest(encodeManifest(diverged), 'x')).toEqual(diverged);
  });

  it.each([
    ['not JSON', '{', /x cannot be used: it is not JSON/],
    ['a list', '[]', /not a JSON object/],
    ['another format', JSON.stringify({ ...good, format: 2 }), /field format/],
    ['a path', JSON.stringify({ ...good, file: '../step-3.safetensors' }), /field file/],
    ['a short hash', JSON.stringify({ ...good, sha256: 'ab' }), /field sha256/],
    ['a negative step', JSON.stringify({ ...good, step: -1 }), /field step/],
    ['half a step', JSON.stringify({ ...good, openSteps: 0.5 }), /field openSteps/],
    ['a sum of text', JSON.stringify({ ...good, openLossSum: '1' }), /field openLossSum/],
    ['an unknown field', JSON.stringify({ ...good, more: 1 }), /unknown field more/],
    ['too much', ' '.repeat(65_537), /the limit is 65536/],
  ])('refuses %s', (_, text, message) => {
    expect(() => decodeManifest(new TextEncoder().encode(text), 'x')).toThrow(message);
  });
});

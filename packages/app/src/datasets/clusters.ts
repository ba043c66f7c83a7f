/** Made-up data for tests and benchmarks: points around one random centre per class. */
import { counterNormal } from '@ganglion/gpu';

import type { Dataset, DatasetMemory } from '../contract.js';
import { refuseUnknownKeys, requireInteger } from '../options.js';

/** What is made up. */
export interface ClustersOptions {
  /** Numbers of one sample, 1 to 1,048,576. */
  readonly features: number;
  /** 2 to 65,536. */
  readonly classes: number;
  /** All samples, 2 to 16,777,216. */
  readonly count: number;
  /** @default 0 */
  readonly heldOut?: number;
  /**
   * Standard deviation of a sample around its centre; centres have 1.
   * @default 0.5
   */
  readonly spread?: number;
  /** @default 1 */
  readonly seed?: number;
}

/** Defaults of `ClustersOptions`. */
export const clustersDefaults: Readonly<
  Required<Pick<ClustersOptions, 'heldOut' | 'spread' | 'seed'>>
> = Object.freeze({ heldOut: 0, spread: 0.5, seed: 1 });

const KEYS: readonly string[] = Object.freeze([
  'features', 'classes', 'count', ...Object.keys(clustersDefaults),
]);

/** Sample i is of class i mod `classes`. @throws AppError APP_OPTION_INVALID */
export function clusters(options: ClustersOptions): Dataset {
  refuseUnknownKeys('clusters', options, KEYS);
  const resolved = { ...clustersDefaults, ...options };
  const { features, classes, count, heldOut, spread, seed } = resolved;
  requireInteger('features', features, { min: 1, max: 2 ** 20 });
  requireInteger('classes', classes, { min: 2, max: 2 ** 16 });
  requireInteger('count', count, { min: 2, max: 2 ** 24 });
  requireInteger('heldOut', heldOut, { min: 0, max: count - 1 });
  requireInteger('seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER });
  return Object.freeze({
    description: { name: 'clusters', features, classes, spread, seed },
    sampleShape: [features],
    classes,
    count,
    heldOut,
    load: async (memory: DatasetMemory) => fill(memory, resolved),
  });
}

function fill({ samples, labels }: DatasetMemory, options: Required<ClustersOptions>): void {
  const { features, classes, count, spread, seed } = options;
  const centres = Float32Array.from({ length: classes * features }, (_, index) =>
    counterNormal(seed, 0, index));
  for (let sample = 0; sample < count; sample += 1) {
    const label = sample % classes;
    labels[sample] = label;
    for (let feature = 0; feature < features; feature += 1) {
      const centre = centres[label * features + feature] ?? 0;
      const at = sample * features + feature;
      samples[at] = centre + spread * counterNormal(seed, 1, sample, feature);
    }
  }
}

/** How many labels a sample has. */
import type { Dataset } from './contract.js';

/** 1 unless the dataset says otherwise. */
export function labelsPerSample({ labelShape = [] }: Pick<Dataset, 'labelShape'>): number {
  return labelShape.reduce((product, size) => product * size, 1);
}

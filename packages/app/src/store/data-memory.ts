import type { DatasetMemory } from '../contract.js';
import type { Store } from './store.js';

/** Where a dataset puts what it loads. */
export function dataMemory(store: Store): DatasetMemory {
  const { samples, labels } = store.blocks.data;
  return {
    samples: store.f32(samples), indices: store.i32(samples), labels: store.i32(labels),
  };
}

/** Fills batch buffers from the data in the store: a pure function of the step. */
import type { SampleOrder } from '../sample-order.js';
import type { Store } from './store.js';

/** Copies samples and labels of step `step`, counted from 0, into the buffer of that step. */
export function fillBatch(store: Store, order: SampleOrder, step: number): void {
  const { data, batches } = store.blocks;
  const { samples, labels } = batches[step % 2 === 0 ? 0 : 1];
  const chosen = order.samplesOf(step);
  const from = { samples: store.f32(data.samples), labels: store.i32(data.labels) };
  const to = { samples: store.f32(samples), labels: store.i32(labels) };
  const size = to.samples.length / chosen.length;
  for (const [row, sample] of chosen.entries()) {
    to.samples.set(from.samples.subarray(sample * size, (sample + 1) * size), row * size);
    to.labels[row] = from.labels[sample] ?? 0;
  }
}

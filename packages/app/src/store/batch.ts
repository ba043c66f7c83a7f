/** Fills batch buffers from the data in the store: a pure function of the step. */
import type { SampleOrder } from '../sample-order.js';
import type { Store } from './store.js';

/** Copies samples and labels of step `step`, counted from 0, into the buffer of that step. */
export function fillBatch(store: Store, order: SampleOrder, step: number): void {
  const { data, batches } = store.blocks;
  const { samples, labels } = batches[step % 2 === 0 ? 0 : 1];
  const chosen = order.samplesOf(step);
  // As words: samples may be f32 or i32.
  copyRows(store.i32(data.samples), store.i32(samples), chosen);
  copyRows(store.i32(data.labels), store.i32(labels), chosen);
}

function copyRows(from: Int32Array, to: Int32Array, chosen: ArrayLike<number>): void {
  const size = to.length / chosen.length;
  for (let row = 0; row < chosen.length; row += 1) {
    const sample = chosen[row] ?? 0;
    to.set(from.subarray(sample * size, (sample + 1) * size), row * size);
  }
}

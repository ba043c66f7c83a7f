import { describe, expect, it } from 'vitest';

import { permutation, SampleOrder } from './sample-order.js';

describe('sample order', () => {
  it('ORDER-1: takes each sample of an epoch at most once', () => {
    const order = new SampleOrder({ seed: 3, training: 103, batch: 10 });
    const seen = new Set<number>();
    for (let step = 0; step < 10; step += 1) for (const at of order.samplesOf(step)) seen.add(at);
    expect(seen.size).toBe(100);
    expect(Math.max(...seen)).toBeLessThan(103);
  });

  it('NUMERICS-N5: depends on the step alone, not on the steps asked for before', () => {
    const options = { seed: 3, training: 50, batch: 10 };
    const walked = new SampleOrder(options);
    for (let step = 0; step < 17; step += 1) walked.samplesOf(step);
    const jumped = new SampleOrder(options).samplesOf(17);
    expect([...jumped]).toEqual([...walked.samplesOf(17)]);
    expect([...new SampleOrder({ ...options, seed: 4 }).samplesOf(17)]).not.toEqual([...jumped]);
  });

  it('gives every epoch another order', () => {
    const order = new SampleOrder({ seed: 1, training: 20, batch: 20 });
    const first = [...order.samplesOf(0)];
    const second = [...order.samplesOf(1)];
    expect(second).not.toEqual(first);
    expect(second.toSorted((a, b) => a - b)).toEqual(first.toSorted((a, b) => a - b));
  });

  it('permutes by a fixed rule', () => {
    expect([...permutation(8, 1, 1, 0)].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...permutation(1, 1, 1, 0)]).toEqual([0]);
    expect([...permutation(0, 1, 1, 0)]).toEqual([]);
    expect([...permutation(100, 1, 1, 0)]).not.toEqual([...permutation(100, 1, 2, 0)]);
  });
});

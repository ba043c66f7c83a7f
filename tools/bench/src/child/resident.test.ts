import { expect, test } from 'vitest';
import { watchPeak } from './resident.js';

test('a peak that has passed is seen', () => {
  const peak = watchPeak();
  let block: Buffer | undefined = Buffer.alloc(64 * 1_024 * 1_024, 1);
  const held = block.length;
  block = undefined;
  expect(held).toBe(67_108_864);
  expect(peak()).toBeGreaterThan(60);
});

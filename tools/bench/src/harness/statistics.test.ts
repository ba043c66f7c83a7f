import { expect, test } from 'vitest';
import { spreadOf } from './statistics.js';

test.each([
  [[3], { median: 3, min: 3, max: 3 }],
  [[5, 1, 9], { median: 5, min: 1, max: 9 }],
  [[10, 2, 4, 100], { median: 7, min: 2, max: 100 }],
])('the spread of %j', (samples, spread) => {
  expect(spreadOf(samples)).toEqual(spread);
});

test('no samples have no spread', () => {
  expect(() => spreadOf([])).toThrow('got 0');
});

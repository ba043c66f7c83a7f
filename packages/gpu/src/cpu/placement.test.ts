import { expect, test } from 'vitest';
import type { Op, Program, ValueSpec } from '../contract.js';
import { addOp, reluOp } from '../testing/operations.js';
import { placeTemporaries } from './placement.js';

function temporary(count: number, part?: ValueSpec['part']): ValueSpec {
  const spec: ValueSpec = { shape: [count], dtype: 'f32', role: 'temporary' };
  return part === undefined ? spec : { ...spec, part };
}

const INPUT: ValueSpec = { shape: [16], dtype: 'f32', role: 'input' };
const OUTPUT: ValueSpec = { shape: [16], dtype: 'f32', role: 'output' };

const relu = (a: number, out: number): Op => reluOp(a, out);

test('PLACEMENT-1: a chain needs two places, never one', () => {
  const program: Program = {
    values: [INPUT, temporary(16), temporary(16), temporary(16), temporary(16), OUTPUT],
    ops: [relu(0, 1), relu(1, 2), relu(2, 3), relu(3, 4), relu(4, 5)],
  };
  const { sizeBytes, offsets } = placeTemporaries(program);
  expect([...offsets]).toEqual([[1, 0], [2, 64], [3, 0], [4, 64]]);
  expect(sizeBytes).toBe(128);
});

test('PLACEMENT-1: reading a part keeps the whole alive', () => {
  const program: Program = {
    values: [INPUT, temporary(32), temporary(16), temporary(16, { of: 1, offset: 16 }), OUTPUT],
    ops: [relu(0, 1), relu(0, 2), addOp(2, 3, 4)],
  };
  const { sizeBytes, offsets } = placeTemporaries(program);
  expect([...offsets]).toEqual([[1, 0], [2, 128]]);
  expect(sizeBytes).toBe(192);
});

test('PLACEMENT-2: places are multiples of 64 bytes, and a value of no elements takes none', () => {
  const program: Program = {
    values: [INPUT, temporary(1), temporary(0), temporary(17), OUTPUT],
    ops: [relu(0, 1), relu(0, 2), relu(0, 3), addOp(1, 3, 4), relu(2, 4)],
  };
  const { sizeBytes, offsets } = placeTemporaries(program);
  expect(sizeBytes).toBe(192);
  expect(offsets.get(1)).toBe(0);
  expect(offsets.get(3)).toBe(64);
});

test('a program without temporaries takes nothing', () => {
  const program: Program = { values: [INPUT, OUTPUT], ops: [relu(0, 1)] };
  expect(placeTemporaries(program)).toEqual({ sizeBytes: 0, offsets: new Map() });
});

import { expect, test } from 'vitest';
import type { Op, Program } from './contract.js';
import { hashProgram } from './program-hash.js';
import { reluOp } from './testing/operations.js';

const op: Op = reluOp(0, 1);
const program: Program = {
  values: [
    { shape: [2, 3], dtype: 'f32', role: 'input' },
    { shape: [2, 3], dtype: 'f32', role: 'output' },
  ],
  ops: [op],
};

test('the hash of a program is the same everywhere', () => {
  expect(hashProgram(program)).toBe(
    '7b7cdd825b5fa78713ed7e532027eedae688ff1bea456ef2b7ef2e2a84971701',
  );
});

test('key order and absent fields do not show in the hash, any content does', () => {
  const reordered = JSON.parse(
    '{"ops":[{"outs":[1],"inputs":[0],"kind":"map","expression":{"results":[1],"inputs":1,' +
      '"steps":[{"index":0,"kind":"input"},{"of":[0],"kind":"relu"}]}}],"values":[' +
      '{"role":"input","dtype":"f32","shape":[2,3]},' +
      '{"role":"output","shape":[2,3],"dtype":"f32"}]}',
  ) as Program;
  const absent = program.values.map((value) => ({ ...value, part: undefined })) as object;
  const hash = hashProgram(program);
  expect(hashProgram(reordered)).toBe(hash);
  expect(hashProgram({ ...program, values: absent as Program['values'] })).toBe(hash);
  expect(hashProgram({ ...program, ops: [op, op] })).not.toBe(hash);
  expect(hashProgram({ ...program, ops: [reluOp(1, 1)] })).not.toBe(hash);
  const [first, second] = program.values as [Program['values'][0], Program['values'][0]];
  expect(hashProgram({ ...program, values: [{ ...first, shape: [3, 2] }, second] })).not.toBe(hash);
});

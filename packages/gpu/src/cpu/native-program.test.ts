import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Program } from '../contract.js';
import { reluOp } from '../testing/operations.js';
import { bindValue, encodeProgram, NATIVE_FORMAT } from './native-program.js';

const header = readFileSync(
  new URL('../../../../native/core/cpu/program.h', import.meta.url),
  'utf8',
);

function constant(name: string): number {
  const found = new RegExp(`\\b${name} = (.+?)[;,} ]`).exec(header)?.[1];
  if (found === undefined) throw new Error(`program.h has no ${name}`);
  return found === '1' && header.includes(`${name} = 1 << 22;`) ? 1 << 22 : Number(found);
}

describe('NATIVE_FORMAT is the format of program.h', () => {
  test.each([
    ['kMagic', NATIVE_FORMAT.magic],
    ['kVersion', NATIVE_FORMAT.version],
    ['kHeaderWords', NATIVE_FORMAT.headerWords],
    ['kValueWords', NATIVE_FORMAT.valueWords],
    ['kMaxRank', NATIVE_FORMAT.maxRank],
    ['kUnbound', NATIVE_FORMAT.unbound],
    ['kPart', NATIVE_FORMAT.part],
    ['kMaxWords', NATIVE_FORMAT.maxWords],
    ['kF32', NATIVE_FORMAT.dtypes.f32],
    ['kI32', NATIVE_FORMAT.dtypes.i32],
    ['kU8', NATIVE_FORMAT.dtypes.u8],
    ['kBf16', NATIVE_FORMAT.dtypes.bf16],
    ['kF16', NATIVE_FORMAT.dtypes.f16],
    ['kBool', NATIVE_FORMAT.dtypes.bool],
    ['kTransposeA', NATIVE_FORMAT.matmulFlags.transposeA],
    ['kTransposeB', NATIVE_FORMAT.matmulFlags.transposeB],
    ['kRelu', NATIVE_FORMAT.matmulFlags.relu],
    ...Object.entries(NATIVE_FORMAT.ops),
    ...Object.entries(NATIVE_FORMAT.functions),
  ])('%s', (name, value) => {
    expect(constant(name)).toBe(value);
  });
});

const program: Program = {
  values: [
    { shape: [5, 3], dtype: 'f32', role: 'input' },
    { shape: [3, 2], dtype: 'f32', role: 'parameter' },
    { shape: [2], dtype: 'f32', role: 'parameter' },
    { shape: [5, 2], dtype: 'f32', role: 'output' },
    { shape: [2, 2], dtype: 'f32', role: 'output', part: { of: 3, offset: 6 } },
    { shape: [2, 2], dtype: 'f32', role: 'output' },
  ],
  ops: [
    {
      kind: 'matmul',
      a: 0,
      b: 1,
      out: 3,
      bias: 2,
      transposeA: false,
      transposeB: false,
      activation: 'relu',
    },
    reluOp(4, 5),
  ],
};

test('encodeProgram writes header, values and operations', () => {
  const words = Array.from(encodeProgram(program));
  const valuesEnd = 8 + 6 * 16;
  expect(words.slice(0, 8)).toEqual([0x47505247, 5, 6, 2, valuesEnd + 7 + 15, 0, 0, 0]);
  expect(words.slice(8, 24)).toEqual([-1, 0, 0, -1, 2, 0, 0, 0, 5, 3, 1, 1, 1, 1, 1, 1]);
  expect(words.slice(8 + 4 * 16, 8 + 4 * 16 + 5)).toEqual([-2, 24, 0, 3, 2]);
  expect(words.slice(valuesEnd)).toEqual([
    1, 7, 0, 1, 3, 2, 4,
    4, 15, 1, 1, 0, 0, 1, 4, 5, 11, 1, 0, 0, 0, 0,
  ]);
});

test('encodeProgram writes the scale of softmaxCrossEntropy as the bits of an f32', () => {
  const words = encodeProgram({
    values: [],
    ops: [
      { kind: 'softmaxCrossEntropy', logits: 0, labels: 1, losses: 2, gradient: 3, scale: 0.25 },
    ],
  });
  expect(Array.from(words.slice(8))).toEqual([5, 7, 0, 1, 2, 3, 0x3e800000]);
});

test('encodeProgram refuses more words than the addon takes', () => {
  const edges = [0, ...new Array<number>(65_536).fill(1)];
  const ops = Array.from({ length: 64 }, () => ({
    kind: 'shardColumnSum' as const,
    a: 0,
    out: 1,
    edges,
  }));
  expect(() => encodeProgram({ values: [], ops })).toThrow(
    'the program takes 4194696 words, native kernels take 4194304',
  );
});

test('bindValue keeps offsets from 2 GiB on as their 32 bits', () => {
  const words = encodeProgram(program);
  bindValue(words, 1, 3, 0x8000_0040);
  expect(words[24]).toBe(3);
  expect((words[25] as number) >>> 0).toBe(0x8000_0040);
});

import type { DType, Op } from '../contract.js';
import type { OperationCase } from './operation-cases.js';
import { input, output, single, value } from './operations.js';

/** Casts between f32 and every other dtype, products of bf16 factors, and random numbers. */

const OTHERS: readonly DType[] = ['bf16', 'f16', 'i32', 'u8', 'bool'];
const SHAPES: readonly (readonly number[])[] = [[], [0], [1], [3, 5], [1_025]];

const casts: readonly OperationCase[] = OTHERS.flatMap((dtype) =>
  SHAPES.flatMap((shape): OperationCase[] => {
    const of = shape.length === 0 ? 'one number' : shape.join('×');
    const op = { kind: 'cast', a: 0, out: 1 } as const;
    const exact = { filling: 'wide', tolerance: 0 } as const;
    return [
      {
        name: `cast of f32 to ${dtype}, ${of}`,
        program: single(op, value('input', shape), value('output', shape, dtype)),
        ...exact,
      },
      {
        name: `cast of ${dtype} to f32, ${of}`,
        program: single(op, value('input', shape, dtype), value('output', shape)),
        ...exact,
      },
    ];
  }));

const SIZES = [
  [0, 3, 2], [3, 0, 2], [3, 2, 0], [1, 1, 1], [1, 5, 3], [7, 9, 16], [17, 33, 7], [64, 48, 41],
] as const;

const products: readonly OperationCase[] = SIZES.flatMap(([m, n, k], index) =>
  ([[false, false], [true, false], [false, true], [true, true]] as const).flatMap(
    ([transposeA, transposeB]): OperationCase[] => {
      const activation = index % 2 === 0 ? 'relu' : 'none';
      const op: Op = { kind: 'matmul', a: 0, b: 1, out: 2, transposeA, transposeB, activation };
      const a = value('input', transposeA ? [k, m] : [m, k], 'bf16');
      const b = value('input', transposeB ? [n, k] : [k, n], 'bf16');
      const letters = `${transposeA ? 'ᵀ' : ''}·${transposeB ? 'ᵀ' : ''}`;
      return [
        {
          name: `matmul of bf16 ${m}×${n}×${k} ${letters} bias${index % 2 === 0 ? ' relu' : ''}`,
          program: single({ ...op, bias: 3 }, a, b, output(m, n), input(n)),
          filling: 'whole',
          tolerance: 0,
        },
        {
          name: `matmul of bf16 reals ${m}×${n}×${k} ${letters}`,
          program: single({ ...op, activation: 'none' }, a, b, output(m, n)),
          filling: 'real',
          tolerance: k * 2 ** -22,
        },
      ];
    }));

const uniforms: readonly OperationCase[] = [
  [0, 5], [3, 0], [2], [1, 1], [3, 7], [5, 33], [3, 2, 5], [2, 1_025], [9, 4_100],
].map((shape, index) => ({
  name: `uniform of ${shape.join('×')}`,
  program: single(
    {
      kind: 'uniform', draws: 0, out: 1, seed: Math.floor((2 ** 53 - 1) / (index + 1)),
      stream: 2 ** 32 - 1 - index,
    },
    value('input', [shape[0] ?? 0, 2], 'i32'),
    output(...shape),
  ),
  filling: 'wide',
  tolerance: 0,
}));

export const numberCases: readonly OperationCase[] = Object.freeze([
  ...casts,
  ...products,
  ...uniforms,
  {
    name: 'matmul of bf16 from parts, rows over two axes',
    program: {
      values: [
        value('input', [23], 'bf16'),
        { ...value('input', [2, 2, 3], 'bf16'), part: { of: 0, offset: 1 } },
        { ...value('input', [3, 3], 'bf16'), part: { of: 0, offset: 13 } },
        output(2, 2, 3),
        { ...value('input', [5], 'bf16'), part: { of: 0, offset: 17 } },
        output(5),
      ],
      ops: [
        {
          kind: 'matmul', a: 1, b: 2, out: 3, transposeA: false, transposeB: false,
          activation: 'none',
        },
        { kind: 'cast', a: 4, out: 5 },
      ],
    },
    filling: 'whole',
    tolerance: 0,
  },
]);

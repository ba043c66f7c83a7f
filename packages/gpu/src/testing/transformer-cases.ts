import type { OperationCase } from './operation-cases.js';
import { input, output, single, value } from './operations.js';

/** Operations of transformers over sizes with 0, 1, odd ones and larger ones, as data. */

const ROWS = [[0, 3], [1, 1], [3, 7], [2, 16], [5, 17], [4, 128], [2, 3, 33], [3, 0]] as const;

/** Sums of some hundred terms up to 1, and a scale that may be large where a row is nearly flat. */
const REAL = { filling: 'real', tolerance: 2 ** -17 } as const;

function normalizeCases(): OperationCase[] {
  return ROWS.flatMap((shape) => [true, false].flatMap((centered): OperationCase[] => {
    const rows = shape.slice(0, -1);
    const name = `of (${shape.join(', ')})${centered ? ' centered' : ''}`;
    return [
      {
        name: `normalize ${name}`,
        program: single(
          { kind: 'normalize', a: 0, out: 1, scale: 2, centered, epsilon: 0.125 },
          input(...shape), output(...shape), output(...rows),
        ),
        ...REAL,
      },
      {
        name: `normalizeGradient ${name}`,
        program: single(
          { kind: 'normalizeGradient', gradient: 0, output: 1, scale: 2, out: 3, centered },
          input(...shape), input(...shape), input(...rows), output(...shape),
        ),
        ...REAL,
      },
    ];
  }));
}

function softmaxCases(): OperationCase[] {
  return ROWS.flatMap((shape): OperationCase[] => {
    const name = `of (${shape.join(', ')})`;
    const reductions = (['sum', 'max'] as const).map((how): OperationCase => ({
      name: `reduce ${name}, ${how}`,
      program: single(
        { kind: 'reduce', a: 0, out: 1, how },
        input(...shape), output(...shape.slice(0, -1)),
      ),
      filling: 'whole',
      tolerance: 0,
    }));
    const softmaxes = [false, true].flatMap((log): OperationCase[] => [
      {
        name: `softmax ${name}${log ? ', logarithm' : ''}`,
        program: single({ kind: 'softmax', a: 0, out: 1, log }, input(...shape), output(...shape)),
        ...REAL,
      },
      {
        name: `softmaxGradient ${name}${log ? ', logarithm' : ''}`,
        program: single(
          { kind: 'softmaxGradient', gradient: 0, output: 1, out: 2, log },
          input(...shape), input(...shape), output(...shape),
        ),
        ...REAL,
      },
    ]);
    return [...reductions, ...softmaxes];
  });
}

const TABLES = [[[0], 3, 5], [[1], 1, 1], [[7], 4, 3], [[2, 9], 5, 16], [[40], 3, 33]] as const;

function tableCases(): OperationCase[] {
  return TABLES.flatMap(([shape, count, n]): OperationCase[] => {
    const rows = shape.reduce<number>((product, size) => product * size, 1);
    const edges = [0, Math.floor(rows / 3), Math.floor(rows / 3), rows];
    const name = `(${shape.join(', ')}) of (${count}, ${n})`;
    const exact = { filling: 'whole', tolerance: 0 } as const;
    return [
      {
        name: `gather ${name}`,
        program: single(
          { kind: 'gather', table: 0, indices: 1, out: 2 },
          input(count, n), value('input', shape, 'i32'), output(...shape, n),
        ),
        ...exact,
      },
      {
        name: `shardScatter ${name}`,
        program: single(
          { kind: 'shardScatter', gradient: 0, indices: 1, out: 2, edges },
          input(...shape, n), value('input', shape, 'i32'), output(3, count, n),
        ),
        ...exact,
      },
    ];
  });
}

/** batch, tokens, heads, numbers of a head. */
const ATTENTIONS = [
  [0, 3, 2, 4], [2, 0, 1, 4], [1, 1, 1, 1], [2, 3, 1, 5], [1, 17, 2, 8], [2, 9, 3, 3],
  [1, 70, 1, 40], [1, 5, 2, 0],
] as const;

function attentionCases(): OperationCase[] {
  return ATTENTIONS.flatMap(([batch, tokens, heads, size]): OperationCase[] => {
    const wide = heads * size;
    const narrow = [batch, tokens, wide] as const;
    const sums = [batch, heads, tokens] as const;
    const name = `${batch}×${tokens}, ${heads} heads of ${size}`;
    return [
      {
        name: `attention ${name}`,
        program: single(
          { kind: 'attention', qkv: 0, out: 1, logSum: 2, heads, factor: 0.75 },
          input(batch, tokens, 3 * wide), output(...narrow), output(...sums),
        ),
        ...REAL,
      },
      {
        name: `attentionGradient ${name}`,
        program: single(
          {
            kind: 'attentionGradient', gradient: 0, qkv: 1, output: 2, logSum: 3, out: 4, heads,
            factor: 0.75,
          },
          input(...narrow), input(batch, tokens, 3 * wide), input(...narrow), input(...sums),
          output(batch, tokens, 3 * wide),
        ),
        ...REAL,
      },
    ];
  });
}

export const transformerCases: readonly OperationCase[] = Object.freeze([
  ...normalizeCases(),
  ...softmaxCases(),
  ...tableCases(),
  ...attentionCases(),
]);

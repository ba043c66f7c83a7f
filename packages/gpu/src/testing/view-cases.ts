import type { OperationCase } from './operation-cases.js';
import { input, output, single } from './operations.js';

/** Views and their gradients: what of each sample is listed, by name. */

interface ViewCase {
  readonly name: string;
  readonly whole: readonly number[];
  readonly viewed: readonly number[];
  readonly offset: number;
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
}

const VIEWS: readonly ViewCase[] = [
  {
    name: 'all in another shape', whole: [4, 6], viewed: [3, 8], offset: 0, sizes: [24],
    strides: [1],
  },
  { name: 'one element', whole: [5], viewed: [], offset: 3, sizes: [], strides: [] },
  { name: 'nothing', whole: [5], viewed: [0, 2], offset: 9, sizes: [0, 2], strides: [7, 7] },
  { name: 'nothing of nothing', whole: [0], viewed: [0], offset: 0, sizes: [0], strides: [1] },
  {
    name: 'the transpose', whole: [17, 33], viewed: [33, 17], offset: 0, sizes: [33, 17],
    strides: [1, 33],
  },
  {
    name: 'every third backwards', whole: [100], viewed: [34], offset: 99, sizes: [34],
    strides: [-3],
  },
  {
    name: 'a block inside', whole: [9, 11, 2], viewed: [3, 4, 2], offset: 57, sizes: [3, 4, 2],
    strides: [22, 2, 1],
  },
  {
    name: 'windows of 3 by 3', whole: [9, 8, 5], viewed: [7, 6, 45], offset: 0,
    sizes: [7, 6, 3, 3, 5], strides: [40, 5, 40, 5, 1],
  },
  {
    name: 'one element many times', whole: [3], viewed: [41], offset: 2, sizes: [41], strides: [0],
  },
  {
    name: 'seven axes', whole: [128], viewed: [128], offset: 0, sizes: [2, 2, 2, 2, 2, 2, 2],
    strides: [1, 2, 4, 8, 16, 32, 64],
  },
];

export const viewCases: readonly OperationCase[] = VIEWS.flatMap(
  ({ name, whole, viewed, ...view }): OperationCase[] =>
    [0, 1, 3].flatMap((batch): OperationCase[] => [
      {
        name: `view of ${batch}: ${name}`,
        program: single(
          { kind: 'view', a: 0, out: 1, ...view }, input(batch, ...whole), output(batch, ...viewed),
        ),
        filling: 'real',
        tolerance: 0,
      },
      {
        name: `viewGradient of ${batch}: ${name}`,
        program: single(
          { kind: 'viewGradient', gradient: 0, out: 1, ...view },
          input(batch, ...viewed), output(batch, ...whole),
        ),
        filling: 'whole',
        tolerance: 0,
      },
    ]),
);

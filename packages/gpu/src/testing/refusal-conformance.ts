import { strict as assert } from 'node:assert';
import type { ElementStep, Expression, Op, Program, ValueSpec } from '../contract.js';
import type { GpuErrorCode } from '../errors.js';
import { GpuError } from '../errors.js';
import { addOp, reluOp } from './operations.js';
import type { BackendSubject, ConformanceCase } from './subject.js';

/** Programs that every backend refuses in `compile`, as data (BACKEND-4, -5, -6). */
export interface RefusedProgram {
  readonly name: string;
  readonly program: Program;
  readonly code: GpuErrorCode;
  readonly message: RegExp;
}

const f32 = (role: ValueSpec['role'], ...shape: readonly number[]): ValueSpec => ({
  role,
  shape,
  dtype: 'f32',
});
const i32 = (role: ValueSpec['role'], ...shape: readonly number[]): ValueSpec => ({
  role,
  shape,
  dtype: 'i32',
});

/** A good operation first, so that messages must name index 1. */
function second(op: Op, ...values: readonly ValueSpec[]): Program {
  const start = values.length;
  return {
    values: [...values, f32('input', 1), f32('output', 1)],
    ops: [reluOp(start, start + 1), op],
  };
}

const PRODUCT = { transposeA: false, transposeB: false, activation: 'none' } as const;
const LOSS: Op = {
  kind: 'softmaxCrossEntropy', logits: 0, labels: 1, losses: 2, gradient: 3, scale: 1,
};
const ADAMW: Op = {
  kind: 'adamw', parameter: 0, gradient: 0, first: 0, second: 0, hyper: 1, nextParameter: 2,
  nextFirst: 3, nextSecond: 4,
};
const MEDIAN: unknown = { kind: 'reduce', a: 0, out: 1, how: 'median' };
const UNKNOWN: unknown = { kind: 'convolution', a: 0, out: 1 };

function misshapen(name: string, message: RegExp, program: Program): RefusedProgram {
  return { name: `BACKEND-4: ${name}`, code: 'GPU_SHAPE_MISMATCH', message, program };
}

const SHAPES: readonly RefusedProgram[] = [
  misshapen('inner sizes differ', /operation 1 \(matmul\).*3 is not 4/, second(
    { kind: 'matmul', a: 0, b: 1, out: 2, ...PRODUCT },
    f32('input', 2, 3), f32('input', 4, 5), f32('output', 2, 5),
  )),
  misshapen('a transposed factor', /operation 1 \(matmul\).*2 is not 3/, second(
    { kind: 'matmul', a: 0, b: 1, out: 2, ...PRODUCT, transposeA: true },
    f32('input', 2, 3), f32('input', 3, 5), f32('output', 2, 5),
  )),
  misshapen('bias of another length', /operation 1 \(matmul\): bias is \(4\).*\(5\)/, second(
    { kind: 'matmul', a: 0, b: 1, out: 2, bias: 3, ...PRODUCT },
    f32('input', 2, 3), f32('input', 3, 5), f32('output', 2, 5), f32('input', 4),
  )),
  misshapen('result of another shape', /operation 1 \(matmul\): out is \(5, 2\)/, second(
    { kind: 'matmul', a: 0, b: 1, out: 2, ...PRODUCT },
    f32('input', 2, 3), f32('input', 3, 5), f32('output', 5, 2),
  )),
  misshapen('a vector in a product', /operation 1 \(matmul\): a is \(6\)/, second(
    { kind: 'matmul', a: 0, b: 1, out: 2, ...PRODUCT },
    f32('input', 6), f32('input', 3, 5), f32('output', 2, 5),
  )),
  ...[[1, 4], [0, 3], [0, 3, 2, 4], [0, 1.5, 4], [0], []].map((edges) =>
    misshapen(`edges ${edges.join(',')} of 4 rows`, /operation 1 \(shardColumnSum\): edges/, second(
      { kind: 'shardColumnSum', a: 0, out: 1, edges },
      f32('input', 4, 2), f32('output', Math.max(edges.length - 1, 0), 2),
    )),
  ),
  misshapen('rows of two factors differ', /operation 1 \(shardMatmul\)/, second(
    { kind: 'shardMatmul', a: 0, b: 1, out: 2, edges: [0, 4], sum: false },
    f32('input', 4, 2), f32('input', 5, 2), f32('output', 1, 2, 2),
  )),
  misshapen('leading axes of two factors differ', /operation 1 \(batchMatmul\): leading/, second(
    { kind: 'batchMatmul', a: 0, b: 1, out: 2, transposeA: false, transposeB: false },
    f32('input', 2, 4, 3), f32('input', 3, 3, 2), f32('output', 2, 4, 2),
  )),
  misshapen('a sum over shards of another shape', /operation 1 \(shardMatmul\)/, second(
    { kind: 'shardMatmul', a: 0, b: 1, out: 2, edges: [0, 2, 4], sum: true },
    f32('input', 4, 2), f32('input', 4, 2), f32('output', 1, 2, 2),
  )),
  misshapen('a map of shapes that do not fit', /\(map\): input 1 is \(4, 1\).*\(1, 4\)/, second(
    addOp(0, 1, 2),
    f32('input', 1, 4), f32('input', 4, 1), f32('output', 1, 4),
  )),
  misshapen('no class', /operation 1 \(softmaxCrossEntropy\)/, second(
    LOSS, f32('input', 2, 0), i32('input', 2), f32('output', 2), f32('output', 2, 0),
  )),
  misshapen('argmax of nothing', /operation 1 \(argmax\)/, second(
    { kind: 'argmax', a: 0, out: 1 }, f32('input', 2, 0), i32('output', 2),
  )),
  misshapen('heads that do not divide', /\(attention\): qkv is \(1, 2, 9\).*2 heads/, second(
    { kind: 'attention', qkv: 0, out: 1, logSum: 2, heads: 2, factor: 1 },
    f32('input', 1, 2, 9), f32('output', 1, 2, 3), f32('output', 1, 2, 2),
  )),
  misshapen('sums of another shape', /operation 1 \(attention\): logSum is \(1, 1, 2\)/, second(
    { kind: 'attention', qkv: 0, out: 1, logSum: 2, heads: 2, factor: 1 },
    f32('input', 1, 2, 6), f32('output', 1, 2, 2), f32('output', 1, 1, 2),
  )),
  misshapen('a scale for another row', /operation 1 \(normalize\): scale is \(3\).*\(2\)/, second(
    { kind: 'normalize', a: 0, out: 1, scale: 2, centered: true, epsilon: 0 },
    f32('input', 2, 4), f32('output', 2, 4), f32('output', 3),
  )),
  misshapen('a gathered row too long', /operation 1 \(gather\): out is \(2, 5\).*\(2, 4\)/, second(
    { kind: 'gather', table: 0, indices: 1, out: 2 },
    f32('input', 3, 4), i32('input', 2), f32('output', 2, 5),
  )),
  misshapen('edges of other rows', /operation 1 \(shardScatter\): edges/, second(
    { kind: 'shardScatter', gradient: 0, indices: 1, out: 2, edges: [0, 3] },
    f32('input', 2, 4), i32('input', 2), f32('output', 1, 5, 4),
  )),
  misshapen('a view past the end', /operation 1 \(view\): elements 1 to 6 of 6/, second(
    { kind: 'view', a: 0, out: 1, offset: 1, sizes: [6], strides: [1] },
    f32('input', 2, 6), f32('output', 2, 6),
  )),
  misshapen('a view of another batch', /\(view\): a view \(3, 6\) of \(2, 6\)/, second(
    { kind: 'view', a: 0, out: 1, offset: 0, sizes: [6], strides: [1] },
    f32('input', 2, 6), f32('output', 3, 6),
  )),
  misshapen('a view of more elements', /\(viewGradient\): a view of \(2, 2\)/, second(
    { kind: 'viewGradient', gradient: 0, out: 1, offset: 0, sizes: [2, 2], strides: [2, 1] },
    f32('input', 2, 3), f32('output', 2, 6),
  )),
  misshapen('sizes without strides', /\(view\): 1 sizes and 0 strides/, second(
    { kind: 'view', a: 0, out: 1, offset: 0, sizes: [6], strides: [] },
    f32('input', 2, 6), f32('output', 2, 6),
  )),
  misshapen('hyper-parameters of another length', /operation 1 \(adamw\): hyper is \(4\)/, second(
    ADAMW, f32('input', 3), f32('input', 4), f32('output', 3), f32('output', 3), f32('output', 3),
  )),
  misshapen('a negative size', /value 0: .*-2/, second(
    reluOp(0, 1), f32('input', -2), f32('output', -2),
  )),
  misshapen('a part past the end', /value 1: elements 3 to 6/, {
    values: [f32('input', 5), { ...f32('input', 3), part: { of: 0, offset: 3 } }, f32('output', 3)],
    ops: [reluOp(1, 2)],
  }),
];

const DTYPES: readonly RefusedProgram[] = [
  {
    name: 'BACKEND-4: labels that are f32',
    code: 'GPU_DTYPE_MISMATCH',
    message: /operation 1 \(softmaxCrossEntropy\): labels is f32, needed is i32/,
    program: second(
      LOSS, f32('input', 2, 3), f32('input', 2), f32('output', 2), f32('output', 2, 3),
    ),
  },
  {
    name: 'BACKEND-4: a sum of i32',
    code: 'GPU_DTYPE_MISMATCH',
    message: /operation 1 \(map\): input 0 is i32, needed is f32/,
    program: second(addOp(0, 0, 1), i32('input', 2), f32('output', 2)),
  },
];

const MALFORMED: readonly RefusedProgram[] = [
  {
    name: 'BACKEND-5: an operation that nobody knows',
    code: 'GPU_NOT_SUPPORTED',
    message: /operation 1 \(convolution\)/,
    program: second(UNKNOWN as Op, f32('input', 1), f32('output', 1)),
  },
  {
    name: 'BACKEND-6: a value that is not there',
    code: 'GPU_PROGRAM_INVALID',
    message: /operation 1 \(map\): no value 9/,
    program: second(reluOp(9, 0), f32('output', 1)),
  },
  {
    name: 'BACKEND-6: reading before writing',
    code: 'GPU_PROGRAM_INVALID',
    message: /operation 1 \(map\): reads value 0/,
    program: second(reluOp(0, 1), f32('temporary', 1), f32('output', 1)),
  },
  {
    name: 'BACKEND-6: writing an input',
    code: 'GPU_PROGRAM_INVALID',
    message: /operation 1 \(map\): writes value 1, which has role input/,
    program: second(reluOp(0, 1), f32('input', 1), f32('input', 1)),
  },
  {
    name: 'BACKEND-6: writing twice',
    code: 'GPU_PROGRAM_INVALID',
    message: /operation 1 \(map\): writes value 2 a second time/,
    program: second(reluOp(0, 2), f32('input', 1)),
  },
  {
    name: 'BACKEND-6: an output that nothing writes',
    code: 'GPU_PROGRAM_INVALID',
    message: /value 0: an output/,
    program: { values: [f32('output', 1)], ops: [] },
  },
  {
    name: 'BACKEND-6: a sum over shards that are no complete tree',
    code: 'GPU_PROGRAM_INVALID',
    message: /operation 1 \(shardMatmul\): a sum over 3 shards/,
    program: second(
      { kind: 'shardMatmul', a: 0, b: 1, out: 2, edges: [0, 1, 2, 4], sum: true },
      f32('input', 4, 2), f32('input', 4, 2), f32('output', 2, 2),
    ),
  },
  {
    name: 'BACKEND-6: an unknown reduction',
    code: 'GPU_PROGRAM_INVALID',
    message: /operation 1 \(reduce\): how is median, known are sum and max/,
    program: second(MEDIAN as Op, f32('input', 4, 2), f32('output', 4)),
  },
  {
    name: 'BACKEND-6: an epsilon below 0',
    code: 'GPU_PROGRAM_INVALID',
    message: /operation 1 \(normalize\): epsilon -1/,
    program: second(
      { kind: 'normalize', a: 0, out: 1, scale: 2, centered: true, epsilon: -1 },
      f32('input', 2, 4), f32('output', 2, 4), f32('output', 2),
    ),
  },
  {
    name: 'BACKEND-4: indices that are f32',
    code: 'GPU_DTYPE_MISMATCH',
    message: /operation 1 \(gather\): indices is f32, needed is i32/,
    program: second(
      { kind: 'gather', table: 0, indices: 1, out: 2 },
      f32('input', 3, 4), f32('input', 2), f32('output', 2, 4),
    ),
  },
  {
    name: 'BACKEND-6: a scale that is not finite',
    code: 'GPU_PROGRAM_INVALID',
    message: /operation 1 \(softmaxCrossEntropy\): scale NaN/,
    program: second(
      { ...LOSS, scale: Number.NaN },
      f32('input', 2, 3), i32('input', 2), f32('output', 2), f32('output', 2, 3),
    ),
  },
];

const PAIR: Expression = {
  inputs: 2,
  steps: [{ kind: 'input', index: 0 }, { kind: 'input', index: 1 }, { kind: 'add', of: [0, 1] }],
  results: [2],
};
const SIN: unknown = { kind: 'sin', of: [0] };

function malformed(name: string, message: RegExp, changes: Partial<Expression>): RefusedProgram {
  const expression = { ...PAIR, ...changes };
  const op: Op = { kind: 'map', expression, inputs: [0, 1], outs: [2] };
  return {
    name: `KERNELS-K3: ${name}`,
    code: 'GPU_PROGRAM_INVALID',
    message,
    program: second(op, f32('input', 3), f32('input', 3), f32('output', 3)),
  };
}

const EXPRESSIONS: readonly RefusedProgram[] = [
  malformed('a step that reads itself', /operation 1 \(map\): step 2: reads number 2/, {
    steps: [...PAIR.steps.slice(0, 2), { kind: 'add', of: [0, 2] }],
  }),
  malformed('an unknown function', /operation 1 \(map\): step 2: unknown function sin/, {
    steps: [...PAIR.steps.slice(0, 2), SIN as ElementStep],
  }),
  malformed('too few numbers', /operation 1 \(map\): step 2: add of 1 numbers, it takes 2/, {
    steps: [...PAIR.steps.slice(0, 2), { kind: 'add', of: [0] }],
  }),
  malformed('an unknown input', /operation 1 \(map\): step 1: input 2 of 2/, {
    steps: [{ kind: 'input', index: 0 }, { kind: 'input', index: 2 }, { kind: 'add', of: [0, 1] }],
  }),
  malformed('a constant that is not finite', /operation 1 \(map\): step 0: constant Infinity/, {
    steps: [{ kind: 'constant', value: Infinity }, ...PAIR.steps.slice(1)],
  }),
  malformed('a result that is no step', /operation 1 \(map\): result 3 of 3 steps/, {
    results: [3],
  }),
  malformed('more inputs than the operation', /operation 1 \(map\): 2 inputs and 1 outs/, {
    inputs: 3,
  }),
  malformed('too many buffers', /operation 1 \(map\): an expression of 2 inputs and 7 results/, {
    results: [2, 2, 2, 2, 2, 2, 2],
  }),
  malformed('too many steps', /operation 1 \(map\): an expression of 257 steps/, {
    steps: [...PAIR.steps, ...Array.from({ length: 254 }, (): ElementStep =>
      ({ kind: 'relu', of: [0] }))],
  }),
];

export const refusedPrograms: readonly RefusedProgram[] = Object.freeze([
  ...SHAPES,
  ...DTYPES,
  ...MALFORMED,
  ...EXPRESSIONS,
]);

export const refusalConformance: readonly ConformanceCase<BackendSubject>[] = refusedPrograms.map(
  ({ name, program, code, message }) => ({
    name,
    run: ({ backend, allocator }) => {
      const before = allocator.allocatedBytes;
      assert.throws(
        () => backend.compile(program),
        (error) => {
          assert.ok(error instanceof GpuError, String(error));
          assert.equal(error.code, code);
          assert.match(error.message, message);
          return true;
        },
      );
      assert.equal(allocator.allocatedBytes, before, 'nothing is allocated');
    },
  }),
);

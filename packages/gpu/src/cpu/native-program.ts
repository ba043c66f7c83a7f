import type { DType, Op, Program, ValueId } from '../contract.js';
import { GpuError } from '../errors.js';
import { ELEMENT_BYTES } from '../shape.js';
import type { View } from '../view.js';
import type { StripFunction } from './map-schedule.js';
import { scheduleMap } from './map-schedule.js';

/**
 * Writes programs in the encoding that the native addon runs (native/core/cpu/program.h, which says
 * what each word is). Owns the TypeScript side of that format and nothing else: memory is bound by
 * the caller, meaning is checked by validate.ts, and the addon checks every word again.
 *
 * NATIVE-PROGRAM-1: words are written once; a launch only rewrites the places of bound values.
 * NATIVE-PROGRAM-2: a part has no place of its own; it follows the value that it is a part of.
 */

interface NativeFormat {
  readonly magic: number;
  readonly version: number;
  readonly headerWords: number;
  readonly valueWords: number;
  readonly maxRank: number;
  readonly unbound: number;
  readonly part: number;
  readonly maxWords: number;
  readonly dtypes: Readonly<Record<DType, number>>;
  readonly matmulFlags: Readonly<Record<'transposeA' | 'transposeB' | 'relu', number>>;
  readonly ops: Readonly<Record<Op['kind'], number>>;
  readonly functions: Readonly<Record<StripFunction, number>>;
}

/** The numbers of the format. native-program.test.ts compares them with program.h. */
export const NATIVE_FORMAT: NativeFormat = Object.freeze({
  magic: 0x47505247,
  version: 5,
  headerWords: 8,
  valueWords: 16,
  maxRank: 8,
  unbound: -1,
  part: -2,
  maxWords: 1 << 22,
  dtypes: Object.freeze({ f32: 0, i32: 1, u8: 2, bf16: 3, f16: 4, bool: 5 }),
  matmulFlags: Object.freeze({ transposeA: 1, transposeB: 2, relu: 4 }),
  ops: Object.freeze({
    matmul: 1,
    shardMatmul: 2,
    shardColumnSum: 3,
    map: 4,
    softmaxCrossEntropy: 5,
    argmax: 6,
    sgd: 7,
    adamw: 8,
    normalize: 9,
    normalizeGradient: 10,
    gather: 11,
    shardScatter: 12,
    attention: 13,
    attentionGradient: 14,
    reduce: 15,
    softmax: 16,
    softmaxGradient: 17,
    batchMatmul: 18,
    view: 19,
    viewGradient: 20,
    cast: 21,
    uniform: 22,
  }),
  functions: Object.freeze({
    copy: 1,
    add: 2,
    subtract: 3,
    multiply: 4,
    divide: 5,
    squareRoot: 6,
    exp: 7,
    log: 8,
    tanh: 9,
    erf: 10,
    relu: 11,
    pick: 12,
  }),
});

/** Words of a value's record, counted from its start. */
const VALUE = { arena: 0, offset: 1, dtype: 2, of: 3, rank: 4, sizes: 8 } as const;

const NONE = -1;

/**
 * The words of a valid program, with every place unbound; `run(words, words.length)` runs them once
 * `bindValue` was called for each value that is not a part.
 * @throws GpuError GPU_NOT_SUPPORTED for a program of more words than the addon takes.
 */
export function encodeProgram(program: Program): Int32Array {
  const ops = program.ops.map(encodeOp);
  const valuesEnd =
    NATIVE_FORMAT.headerWords + program.values.length * NATIVE_FORMAT.valueWords;
  const length = ops.reduce((sum, op) => sum + op.length, valuesEnd);
  if (length > NATIVE_FORMAT.maxWords) {
    throw new GpuError(
      'GPU_NOT_SUPPORTED',
      `the program takes ${length} words, native kernels take ${NATIVE_FORMAT.maxWords}`,
    );
  }
  const words = new Int32Array(length);
  const { magic, version } = NATIVE_FORMAT;
  words.set([magic, version, program.values.length, program.ops.length, length]);
  program.values.forEach((_, id) => encodeValue(words, program, id));
  let at = valuesEnd;
  for (const op of ops) {
    words.set(op, at);
    at += op.length;
  }
  return words;
}

/**
 * Says where value `id` lies: byte `offset` of arena `arena`. The value's parts follow. Offsets are
 * below 2^32; the addon refuses a place outside its arena when it runs.
 */
export function bindValue(words: Int32Array, id: ValueId, arena: number, offset: number): void {
  const at = recordOf(id);
  words[at + VALUE.arena] = arena;
  words[at + VALUE.offset] = offset | 0;
}

function recordOf(id: ValueId): number {
  return NATIVE_FORMAT.headerWords + id * NATIVE_FORMAT.valueWords;
}

function encodeValue(words: Int32Array, program: Program, id: ValueId): void {
  const value = program.values[id];
  if (value === undefined) return;
  const at = recordOf(id);
  const { part, shape, dtype } = value;
  words[at + VALUE.arena] = part === undefined ? NATIVE_FORMAT.unbound : NATIVE_FORMAT.part;
  words[at + VALUE.offset] = part === undefined ? 0 : (part.offset * ELEMENT_BYTES[dtype]) | 0;
  words[at + VALUE.dtype] = NATIVE_FORMAT.dtypes[dtype];
  words[at + VALUE.of] = part === undefined ? NONE : part.of;
  words[at + VALUE.rank] = shape.length;
  words.fill(1, at + VALUE.sizes, at + VALUE.sizes + NATIVE_FORMAT.maxRank);
  words.set(shape, at + VALUE.sizes);
}

function encodeOp(op: Op): readonly number[] {
  const fields = fieldsOf(op);
  return [NATIVE_FORMAT.ops[op.kind], fields.length + 2, ...fields];
}

function fieldsOf(op: Op): readonly number[] {
  switch (op.kind) {
    case 'matmul': {
      const flags = matmulFlags(op.transposeA, op.transposeB, op.activation === 'relu');
      return [op.a, op.b, op.out, op.bias ?? NONE, flags];
    }
    case 'batchMatmul':
      return [op.a, op.b, op.out, matmulFlags(op.transposeA, op.transposeB, false)];
    case 'shardMatmul':
      return [op.a, op.b, op.out, Number(op.sum), op.edges.length, ...op.edges];
    case 'shardColumnSum':
      return [op.a, op.out, op.edges.length, ...op.edges];
    case 'map':
      return mapFields(op);
    case 'argmax':
    case 'cast':
      return [op.a, op.out];
    case 'softmaxCrossEntropy':
      return [op.logits, op.labels, op.losses, op.gradient, f32Bits(op.scale)];
    case 'reduce':
      return [op.a, op.out, Number(op.how === 'max')];
    case 'softmax':
      return [op.a, op.out, Number(op.log)];
    case 'softmaxGradient':
      return [op.gradient, op.output, op.out, Number(op.log)];
    case 'normalize':
      return [op.a, op.out, op.scale, Number(op.centered), f32Bits(op.epsilon)];
    case 'normalizeGradient':
      return [op.gradient, op.output, op.scale, op.out, Number(op.centered)];
    case 'gather':
      return [op.table, op.indices, op.out];
    case 'shardScatter':
      return [op.gradient, op.indices, op.out, op.edges.length, ...op.edges];
    case 'attention':
      return [op.qkv, op.out, op.logSum, op.heads, f32Bits(op.factor)];
    case 'attentionGradient':
      return [
        op.gradient, op.qkv, op.output, op.logSum, op.out, op.heads, f32Bits(op.factor),
      ];
    case 'view':
      return [op.a, op.out, ...viewFields(op)];
    case 'viewGradient':
      return [op.gradient, op.out, ...viewFields(op)];
    case 'uniform':
      return [op.draws, op.out, op.seed | 0, Math.floor(op.seed / 2 ** 32) | 0, op.stream | 0];
    case 'sgd':
      return [
        op.parameter,
        op.gradient,
        op.velocity,
        op.hyper,
        op.nextParameter,
        op.nextVelocity,
      ];
    case 'adamw':
      return [
        op.parameter,
        op.gradient,
        op.first,
        op.second,
        op.hyper,
        op.nextParameter,
        op.nextFirst,
        op.nextSecond,
      ];
  }
}

/** Places that a step may read; missing ones are written as 0. */
const STEP_READS = 4;

function mapFields({ expression, inputs, outs }: Op & { kind: 'map' }): readonly number[] {
  const { constants, registers, steps } = scheduleMap(expression);
  return [
    inputs.length, outs.length, constants.length, registers, steps.length,
    ...inputs, ...outs, ...constants.map(f32Bits),
    ...steps.flatMap(({ function: name, target, of }) => [
      NATIVE_FORMAT.functions[name], target,
      ...of, ...new Array<number>(STEP_READS - of.length).fill(0),
    ]),
  ];
}

/** Sizes and strides that a view's words have. */
const VIEW_AXES = 7;

function viewFields({ offset, sizes, strides }: View): readonly number[] {
  const missing = VIEW_AXES - sizes.length;
  const fill = (x: number): number[] => new Array<number>(missing).fill(x);
  return [offset, ...sizes, ...fill(1), ...strides, ...fill(0)];
}

function matmulFlags(transposeA: boolean, transposeB: boolean, relu: boolean): number {
  const { matmulFlags: flag } = NATIVE_FORMAT;
  return (
    (transposeA ? flag.transposeA : 0) | (transposeB ? flag.transposeB : 0) | (relu ? flag.relu : 0)
  );
}

function f32Bits(x: number): number {
  return new Int32Array(Float32Array.of(x).buffer)[0] as number; // one element, always there
}

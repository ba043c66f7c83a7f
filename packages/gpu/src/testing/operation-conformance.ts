import { strict as assert } from 'node:assert';
import type { DType, Op, Program, ValueId } from '../contract.js';
import { counterRandom, counterUniform } from '../counter-random.js';
import type { Filling, OperationCase } from './operation-cases.js';
import { operationCases } from './operation-cases.js';
import { runOracle } from './oracle/oracle.js';
import type { BackendSubject, ConformanceCase } from './subject.js';
import { runOnce } from './subject.js';

/** Every operation case against the oracle (KERNELS-K4). */
export const operationConformance: readonly ConformanceCase<BackendSubject>[] = operationCases.map(
  (operationCase, seed) => ({
    name: `KERNELS-K4: ${operationCase.name}`,
    requires: ({ backend: { capabilities } }) => {
      const { ops, values } = operationCase.program;
      return ops.every(({ kind }) => capabilities.ops.includes(kind)) &&
        values.every(({ dtype }) => capabilities.dtypes.includes(dtype));
    },
    run: ({ backend }) => {
      const { program } = operationCase;
      const inputs = caseInputs(operationCase, seed);
      const expected = runOracle(program, inputs);
      for (const [id, found] of runOnce(backend, program, inputs)) {
        const oracle = expected.get(id);
        assert.ok(oracle !== undefined);
        compare(`value ${id}`, found, oracle, operationCase.tolerance);
      }
    },
  }),
);

/** Fails at the first element outside the tolerance. NaN equals NaN, and −0 is not 0. */
export function compare(
  what: string,
  found: ArrayLike<number>,
  oracle: ArrayLike<number>,
  tolerance: number,
): void {
  assert.equal(found.length, oracle.length, `${what}: ${found.length} elements`);
  for (let i = 0; i < oracle.length; i += 1) {
    const x = found[i] ?? Number.NaN;
    const y = oracle[i] ?? Number.NaN;
    if (Object.is(x, y) || Object.is(x, Math.fround(y))) continue;
    const error = Math.abs(x - y);
    const message = `${what}[${i}] is ${x}, the oracle says ${y}: off by ${error}`;
    assert.ok(tolerance > 0 && error <= tolerance * (1 + Math.abs(y)), message);
  }
}

/** Inputs by id, f32 values; labels lie in range, and hyper-parameters have their usual sizes. */
export function caseInputs(
  operationCase: OperationCase,
  seed: number,
): Map<ValueId, ArrayLike<number>> {
  const { program, filling } = operationCase;
  const inputs = new Map<ValueId, ArrayLike<number>>();
  const [op] = program.ops;
  program.values.forEach(({ role, shape, dtype, part }, id) => {
    if (role === 'output' || role === 'temporary' || part !== undefined) return;
    const length = shape.reduce((product, size) => product * size, 1);
    inputs.set(id, Array.from({ length }, (_, index) =>
      special(program, op, id, seed, index) ?? element(filling, dtype, seed, id, index)));
  });
  return inputs;
}

/** A number that the dtype has. */
function element(
  filling: Filling,
  dtype: DType,
  seed: number,
  id: number,
  index: number,
): number {
  const drawn = counterRandom(seed, id, index);
  switch (dtype) {
    case 'u8':
      return drawn % 256;
    case 'bool':
      return drawn % 2;
    case 'i32':
      return filling === 'wide' ? drawn | 0 : (drawn % 7) - 3;
    case 'bf16':
    case 'f16':
      return filling === 'whole' ? (drawn % 7) - 3 : ((drawn % 255) - 127) / 64;
    case 'f32':
      if (filling === 'whole') return (drawn % 7) - 3;
      if (filling === 'wide') return wide(drawn, index);
      return Math.fround(2 * counterUniform(seed, id, index) - 1);
  }
}

/** Ends of ranges and of formats, ties, and what is not finite. */
const SPECIAL: readonly number[] = Object.freeze([
  0, -0, Number.NaN, Infinity, -Infinity, 2 ** -149, 2 ** -133, -(2 ** -25), 2 ** -24, 6.1e-5,
  65_519, 65_520, 3.3961e38, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 254.5,
  255.5, 256, -0.5, 0.5, 2 ** 31, -(2 ** 31), 2 ** 31 - 128, 16_777_217,
].map(Math.fround));

function wide(drawn: number, index: number): number {
  const end = SPECIAL[index];
  if (end !== undefined) return end;
  const exponent = (drawn % 64) - 32;
  return Math.fround((drawn / 2 ** 31 - 1) * 2 ** exponent);
}

function special(
  program: Program,
  op: Op | undefined,
  id: ValueId,
  seed: number,
  index: number,
): number | undefined {
  if (op?.kind === 'softmaxCrossEntropy' && id === op.labels) {
    const classes = program.values[op.logits]?.shape.at(-1) ?? 1;
    return counterRandom(seed, id, index) % classes;
  }
  if (op?.kind === 'attentionGradient' && id === op.logSum) {
    return Math.fround(8 + counterUniform(seed, id, index)); // so that no share is far above 1
  }
  if (op?.kind === 'gather' && id === op.indices) {
    return counterRandom(seed, id, index) % (program.values[op.table]?.shape[0] ?? 1);
  }
  if (op?.kind === 'shardScatter' && id === op.indices) {
    return counterRandom(seed, id, index) % (program.values[op.out]?.shape[1] ?? 1);
  }
  if (op?.kind === 'softmaxCrossEntropy') return Math.fround(40 * counterUniform(seed, index) - 20);
  if (op?.kind === 'adamw' && id === op.second) {
    return counterUniform(seed, id, index);
  }
  if (op?.kind === 'adamw' && id === op.hyper) {
    return Math.fround([0.001, 0.9, 0.999, 1e-8, 0.01, 1.5, 2.25, 0][index] ?? 0);
  }
  if (op?.kind === 'sgd' && id === op.hyper) {
    return Math.fround([0.125, 0.9, 0.01, 0][index] ?? 0);
  }
  return undefined;
}

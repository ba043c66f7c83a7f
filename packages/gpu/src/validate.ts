import type { BackendCapabilities, Op, Program, ValueId } from './contract.js';
import { GpuError } from './errors.js';
import { OpCheck, valueAt } from './op-check.js';
import { operandsOf } from './operands.js';
import { checkShape, elementCount } from './shape.js';

/**
 * Refuses a program that a backend must not run. Owns the rules of BACKEND-4, -5 and -6; allocates
 * nothing on the device, so a backend calls it first in `compile`.
 *
 * VALIDATE-1: after it returned, kernels may trust every id, shape, dtype and edge of the program;
 *   only the contents of memory (labels) are left to check at launch.
 */

/** Operations and values that one program may have. */
export const MAX_PROGRAM_OPS = 65_536;
export const MAX_PROGRAM_VALUES = 65_536;

type Supported = Pick<BackendCapabilities, 'dtypes' | 'ops'>;

/**
 * @throws GpuError GPU_SHAPE_MISMATCH, GPU_DTYPE_MISMATCH, GPU_NOT_SUPPORTED or
 *   GPU_PROGRAM_INVALID; the message names the operation's index and kind.
 */
export function validateProgram(program: Program, supported: Supported): void {
  checkCounts(program);
  program.values.forEach((_, id) => checkValue(program, id, supported));
  const written = new Set<ValueId>();
  program.ops.forEach((op, index) => {
    const where = `operation ${index} (${op.kind})`;
    if (!supported.ops.includes(op.kind)) {
      const known = supported.ops.join(', ');
      throw new GpuError(
        'GPU_NOT_SUPPORTED',
        `${where}: the backend runs ${known} and nothing else`,
      );
    }
    checkOrder(program, op, where, written);
    new OpCheck(program, where).check(op);
  });
  program.values.forEach((value, id) => {
    if (value.role !== 'output' || value.part !== undefined || written.has(id)) return;
    throw new GpuError('GPU_PROGRAM_INVALID', `value ${id}: an output that no operation writes`);
  });
}

function checkCounts(program: Program): void {
  for (const [what, count, limit] of [
    ['operations', program.ops.length, MAX_PROGRAM_OPS],
    ['values', program.values.length, MAX_PROGRAM_VALUES],
  ] as const) {
    if (count <= limit) continue;
    throw new GpuError(
      'GPU_PROGRAM_INVALID',
      `the program has ${count} ${what}, the limit is ${limit}`,
    );
  }
}

function checkValue(program: Program, id: ValueId, supported: Supported): void {
  const { shape, dtype, part, role } = valueAt(program, id, `value ${id}`);
  checkShape(shape, `value ${id}`);
  if (!supported.dtypes.includes(dtype)) {
    const known = supported.dtypes.join(', ');
    throw new GpuError('GPU_NOT_SUPPORTED', `value ${id}: ${dtype}, the backend has ${known}`);
  }
  if (part === undefined) return;
  const whole = valueAt(program, part.of, `value ${id}`);
  if (whole.part !== undefined || whole.dtype !== dtype || whole.role !== role) {
    throw new GpuError(
      'GPU_PROGRAM_INVALID',
      `value ${id}: a part has the dtype and role of value ${part.of}, which is no part itself`,
    );
  }
  const end = part.offset + elementCount(shape);
  if (!Number.isSafeInteger(part.offset) || part.offset < 0 || end > elementCount(whole.shape)) {
    throw new GpuError(
      'GPU_SHAPE_MISMATCH',
      `value ${id}: elements ${part.offset} to ${end} of value ${part.of}, which has ` +
        `${elementCount(whole.shape)}`,
    );
  }
}

/** BACKEND-6: known values, one writer each, written before read, no output aliasing an operand. */
function checkOrder(program: Program, op: Op, where: string, written: Set<ValueId>): void {
  const { reads, writes } = operandsOf(op);
  for (const id of reads) {
    const value = valueAt(program, id, where);
    const memory = value.part?.of ?? id;
    if (value.role === 'input' || value.role === 'parameter' || written.has(memory)) continue;
    throw new GpuError('GPU_PROGRAM_INVALID', `${where}: reads value ${id} before it is written`);
  }
  for (const id of writes) {
    const value = valueAt(program, id, where);
    if (value.part !== undefined) {
      throw new GpuError('GPU_PROGRAM_INVALID', `${where}: writes value ${id}, which is a part`);
    }
    if (value.role === 'input' || value.role === 'parameter') {
      throw new GpuError(
        'GPU_PROGRAM_INVALID',
        `${where}: writes value ${id}, which has role ${value.role}`,
      );
    }
    if (written.has(id)) {
      throw new GpuError('GPU_PROGRAM_INVALID', `${where}: writes value ${id} a second time`);
    }
    written.add(id);
  }
}

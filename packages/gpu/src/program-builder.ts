import type { DType, Op, Program, Shape, ValueId, ValueRole, ValueSpec } from './contract.js';
import { GpuError } from './errors.js';
import { OP_KINDS } from './operands.js';
import { DTYPES } from './shape.js';
import { validateProgram } from './validate.js';

/** Numbers the values of a program and collects its operations, in the order of the calls. */
export class ProgramBuilder {
  readonly #values: ValueSpec[] = [];
  readonly #ops: Op[] = [];

  get ops(): readonly Op[] {
    return this.#ops;
  }

  value(shape: Shape, role: ValueRole, dtype: DType = 'f32'): ValueId {
    return this.#values.push({ shape: [...shape], dtype, role }) - 1;
  }

  /** A value that is elements of `of` from `offset` on; it follows when `of` becomes an output. */
  part(of: ValueId, offset: number, shape: Shape): ValueId {
    const { dtype, role } = this.spec(of);
    return this.#values.push({ shape: [...shape], dtype, role, part: { of, offset } }) - 1;
  }

  push(op: Op): void {
    this.#ops.push(op);
  }

  /** @throws GpuError GPU_PROGRAM_INVALID for an unknown value. */
  spec(id: ValueId): ValueSpec {
    const spec = this.#values[id];
    if (spec !== undefined) return spec;
    throw new GpuError('GPU_PROGRAM_INVALID', `no value ${id}, there are ${this.#values.length}`);
  }

  /** Makes a temporary an output, with its parts. Marking an output again changes nothing. */
  markOutput(id: ValueId): void {
    const spec = this.spec(id);
    const written = spec.role === 'temporary' || spec.role === 'output';
    if (!written || spec.part !== undefined) {
      const unwritten = spec.role === 'parameter' ? 'a parameter' : 'an input';
      const what = spec.part === undefined ? unwritten : 'a part';
      throw new GpuError('GPU_PROGRAM_INVALID', `value ${id} is ${what}, it cannot be an output`);
    }
    this.#values.forEach((value, other) => {
      if (other !== id && value.part?.of !== id) return;
      this.#values[other] = { ...value, role: 'output' };
    });
  }

  /** What was recorded so far, validated against the whole contract. */
  build(): Program {
    const program = { values: [...this.#values], ops: [...this.#ops] };
    validateProgram(program, { dtypes: DTYPES, ops: OP_KINDS });
    return program;
  }
}

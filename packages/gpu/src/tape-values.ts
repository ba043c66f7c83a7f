import type { DType, Shape, ValueId } from './contract.js';
import { GpuError } from './errors.js';
import { checkDtype, mismatch } from './operand-check.js';
import type { ProgramBuilder } from './program-builder.js';
import { formatShape, sameShape } from './shape.js';
import type { Tensor } from './tensor.js';

/** The tensors of one tape: which they are, what operations ask of them, which count as given. */
export class TapeValues {
  readonly #builder: ProgramBuilder;
  readonly #tensors = new Map<ValueId, Tensor>();
  /** Values that no gradient goes through. */
  readonly #constants = new Set<ValueId>();
  /** Calls of `given` that have not returned. */
  #given = 0;

  constructor(builder: ProgramBuilder) {
    this.#builder = builder;
  }

  isConstant(id: ValueId): boolean {
    return this.#constants.has(id);
  }

  markConstant(id: ValueId): void {
    this.#constants.add(id);
  }

  /** What is made meanwhile counts as given. Calls may nest. */
  given<Result>(record: () => Result): Result {
    this.#given += 1;
    try {
      return record();
    } finally {
      this.#given -= 1;
    }
  }

  /** Of an operation that is about to be recorded. */
  result(shape: Shape, dtype: DType = 'f32'): Tensor {
    return this.tensor(this.#builder.value(shape, 'temporary', dtype));
  }

  tensor(id: ValueId): Tensor {
    const { shape, dtype } = this.#builder.spec(id);
    const tensor: Tensor = Object.freeze({ id, shape: Object.freeze([...shape]), dtype });
    this.#tensors.set(id, tensor);
    if (this.#given > 0) this.#constants.add(id);
    return tensor;
  }

  known(id: ValueId): Tensor {
    const tensor = this.#tensors.get(id);
    if (tensor !== undefined) return tensor;
    throw new GpuError('GPU_PROGRAM_INVALID', `value ${id} is not of this tape`);
  }

  own(what: string, tensor: Tensor): Tensor {
    if (this.#tensors.get(tensor.id) === tensor) return tensor;
    throw new GpuError('GPU_PROGRAM_INVALID', `${what}: a tensor of another tape`);
  }

  /** The shape of a tensor (…,N). */
  rows(what: string, tensor: Tensor, needed: DType = 'f32'): Shape {
    const { shape, dtype } = this.own(what, tensor);
    if (shape.length < 2) {
      return mismatch(`${what} is ${formatShape(shape)}, it has two dimensions or more`);
    }
    checkDtype(what, dtype, needed);
    return shape;
  }

  matrix(
    what: string,
    tensor: Tensor,
    transposed = false,
    needed: DType = 'f32',
  ): readonly [number, number] {
    const { shape, dtype } = this.own(what, tensor);
    const [rows, columns] = shape;
    if (shape.length !== 2 || rows === undefined || columns === undefined) {
      return mismatch(`${what} is ${formatShape(shape)}, a matrix has two dimensions`);
    }
    checkDtype(what, dtype, needed);
    return transposed ? [columns, rows] : [rows, columns];
  }

  expect(what: string, tensor: Tensor, shape: Shape, dtype: DType = 'f32'): void {
    if (!sameShape(this.own(what, tensor).shape, shape)) {
      mismatch(`${what} is ${formatShape(tensor.shape)}, needed is ${formatShape(shape)}`);
    }
    checkDtype(what, tensor.dtype, dtype);
  }
}

import type { Tape, Tensor } from './tensor.js';

/** Operations of users: what they record, with a gradient of their own. */

/** What `backward` is given. */
export interface OperationGradient {
  /** The gradient by the result, of its shape. */
  readonly upstream: Tensor;
  readonly result: Tensor;
  /** Shard edges over `rows` rows, of which each sample of the batch has as many. */
  edges(rows: number): readonly number[];
}

export interface OperationDefinition {
  /** For messages. */
  readonly name: string;
  /** Records the operation; returns a result of what it recorded, and keeps no other. */
  forward(tape: Tape, ...inputs: readonly Tensor[]): Tensor;
  /**
   * Records the gradients by the inputs, in their order: of the shape of an input whose rows are
   * those of the batch; of a parameter one for each shard, (S, …shape) (NUMERICS-N3); undefined
   * where none goes back. It is not asked where no parameter is behind the inputs.
   */
  backward(
    tape: Tape,
    gradient: OperationGradient,
    ...inputs: readonly Tensor[]
  ): readonly (Tensor | undefined)[];
}

/** Records an operation that was defined. Inputs are of the tape. */
export type Operation = (tape: Tape, ...inputs: readonly Tensor[]) => Tensor;

/**
 * An operation whose gradient is what `backward` records, not that of the operations in `forward`.
 * It is recorded on tapes; segments, which are plain data, cannot hold it.
 */
export function defineOperation(definition: OperationDefinition): Operation {
  return (tape, ...inputs) => tape.apply(definition, inputs);
}

/**
 * Thrown while a message or argument is taken apart, before user code runs: refs to behaviours not
 * yet imported.
 */
export class UnknownBehaviours extends Error {
  readonly indices: readonly number[];

  constructor(indices: readonly number[]) {
    super(`behaviours ${indices.join(', ')} are not imported on this thread`);
    this.indices = indices;
  }
}

/** Runs steps one after another. A step that fails does not keep the next from running. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `step` when all steps given before it have settled. */
  run<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

import type { MatmulCall, Program } from '../contract.js';
import type { Memory, Runner } from './runner.js';

/**
 * Products outside of any program: runners of one operation, kept by size so that a repeated
 * product only moves its operands.
 */

/** Sizes that are kept; the one that was made first gives way. */
export const PRODUCTS_KEPT = 64;

/** Sizes and transposes of one product. */
export type ProductSize = Omit<MatmulCall, 'a' | 'b' | 'out'>;

export class DirectProducts {
  readonly #kept = new Map<string, Runner>();
  readonly #createRunner: (program: Program) => Runner;

  constructor(createRunner: (program: Program) => Runner) {
    this.#createRunner = createRunner;
  }

  /** The sizes were checked, and fit the memories. */
  run(size: ProductSize, a: Memory, b: Memory, out: Memory): void {
    const runner = this.#runnerOf(size);
    runner.place(0, a, 0);
    runner.place(1, b, 0);
    runner.place(2, out, 0);
    runner.run();
  }

  #runnerOf(size: ProductSize): Runner {
    const key = `${size.m} ${size.n} ${size.k} ${size.transposeA} ${size.transposeB}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size === PRODUCTS_KEPT) this.#kept.delete(oldest);
    const runner = this.#createRunner(programOf(size));
    this.#kept.set(key, runner);
    return runner;
  }
}

function programOf({ m, n, k, transposeA, transposeB }: ProductSize): Program {
  return {
    values: [
      { shape: transposeA ? [k, m] : [m, k], dtype: 'f32', role: 'input' },
      { shape: transposeB ? [n, k] : [k, n], dtype: 'f32', role: 'input' },
      { shape: [m, n], dtype: 'f32', role: 'output' },
    ],
    ops: [{ kind: 'matmul', a: 0, b: 1, out: 2, transposeA, transposeB, activation: 'none' }],
  };
}

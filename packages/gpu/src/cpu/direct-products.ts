import type { MatmulCall, Program } from '../contract.js';
import { checkShape } from '../shape.js';
import type { Runner } from './runner.js';

/**
 * Products outside of any program: runners of one operation, kept by size so that a repeated
 * product only moves its operands.
 */

/** Sizes that are kept; the one that was made first gives way. */
export const PRODUCTS_KEPT = 64;

/** Sizes and transposes of one product. */
export type ProductSize = Omit<MatmulCall, 'a' | 'b' | 'out'>;

interface Kept {
  readonly size: ProductSize;
  readonly runner: Runner;
}

export class DirectProducts {
  readonly #kept = new Map<string, Runner>();
  readonly #createRunner: (program: Program) => Runner;
  /** The size of the product before, which most often comes again. */
  #last: Kept | undefined;

  constructor(createRunner: (program: Program) => Runner) {
    this.#createRunner = createRunner;
  }

  /** @throws GpuError GPU_SHAPE_MISMATCH for sizes that no matrix has. */
  runnerOf(size: ProductSize): Runner {
    const last = this.#last;
    if (last !== undefined && isSameSize(last.size, size)) return last.runner;
    const { m, n, k, transposeA, transposeB } = size;
    const runner = this.#find(size);
    this.#last = { size: { m, n, k, transposeA, transposeB }, runner };
    return runner;
  }

  #find(size: ProductSize): Runner {
    const key = `${size.m} ${size.n} ${size.k} ${size.transposeA} ${size.transposeB}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    checkShape([size.m, size.k], 'matmul: a');
    checkShape([size.k, size.n], 'matmul: b');
    checkShape([size.m, size.n], 'matmul: out');
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size === PRODUCTS_KEPT) this.#kept.delete(oldest);
    const runner = this.#createRunner(programOf(size));
    this.#kept.set(key, runner);
    return runner;
  }
}

function isSameSize(a: ProductSize, b: ProductSize): boolean {
  return a.m === b.m && a.n === b.n && a.k === b.k &&
    a.transposeA === b.transposeA && a.transposeB === b.transposeB;
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

import { createAllocator, createHostArena } from '@ganglion/memory';
import { describe, expect, it } from 'vitest';
import type { NativeKernels, Program } from '../contract.js';
import { counterUniform } from '../counter-random.js';
import { fuseMaps } from '../fuse-maps.js';
import type { Elements } from '../testing/index.js';
import { operationCases, runOnce } from '../testing/index.js';
import { randomInputs, randomMaps } from '../testing/random-maps.js';
import { cpu } from './cpu.js';

/**
 * The two numeric profiles of the cpu backend differ in products alone: all else is single f32
 * operations in one order, so plain TypeScript and every native level give the same bits.
 */

const arena = createHostArena({ id: 21, sizeBytes: 2 ** 24 });
const PRODUCTS: readonly string[] = [
  'matmul', 'batchMatmul', 'shardMatmul', 'attention', 'attentionGradient',
];
const cases = operationCases.filter(({ program }) =>
  program.ops.every(({ kind }) => !PRODUCTS.includes(kind)),
);

/** The kernels, or why there are none. */
async function loadKernels(): Promise<NativeKernels | string> {
  const specifier = '@ganglion/native';
  try {
    const module = (await import(specifier)) as { native: () => { kernels: NativeKernels } };
    return module.native().kernels;
  } catch (error) {
    return `native addon not loaded: ${String(error)}`;
  }
}

const found = await loadKernels();
const kernels = typeof found === 'string' ? undefined : found;
const best = kernels?.level;

/** Reals in [−4, 4); labels 0; what a square root takes is negative now and then, which is NaN. */
function inputsOf({ values }: Program): Map<number, number[]> {
  return new Map(
    values.flatMap(({ role, shape, dtype, part }, id): [number, number[]][] => {
      if (part !== undefined || (role !== 'input' && role !== 'parameter')) return [];
      const length = shape.reduce((product, size) => product * size, 1);
      const real = (_: unknown, i: number): number => 8 * counterUniform(id, i) - 4;
      return [[id, Array.from({ length }, dtype === 'i32' ? () => 0 : real)]];
    }),
  );
}

function bitsOf(
  program: Program,
  native: NativeKernels | undefined,
  inputs = inputsOf(program),
): [number, number[]][] {
  const components = { arenas: [arena], allocator: createAllocator({ arena }) };
  const backend = cpu({ kernels: native })(components);
  const outputs = runOnce(backend, program, inputs);
  backend.close();
  return [...outputs].map(([id, elements]) => [id, canonicalBits(elements)]);
}

/** NaN has many bit patterns and no level promises which. */
function canonicalBits(elements: Elements): number[] {
  const bits = Array.from(new Int32Array(elements.buffer));
  return bits.map((word, i) => (Number.isNaN(elements[i]) ? -1 : word));
}

const levels = kernels?.levels ?? ['native'];

describe.each(levels)('NUMERICS-N2: %s gives the bits of TypeScript', (level) => {
  it.for(cases)('$name', ({ program }, { skip }) => {
    if (typeof found === 'string') return skip(found);
    found.forceLevel(level);
    const native = bitsOf(program, found);
    found.forceLevel(best ?? level);
    expect(native).toEqual(bitsOf(program, undefined));
    expect(native.length).toBeGreaterThan(0);
  });

  it('random programs of maps', ({ skip }) => {
    if (typeof found === 'string') return skip(found);
    for (let seed = 1; seed <= 150; seed += 1) {
      const program = fuseMaps(randomMaps(seed));
      const inputs = randomInputs(program, seed);
      found.forceLevel(level);
      const native = bitsOf(program, found, inputs);
      found.forceLevel(best ?? level);
      expect(native, `seed ${seed}`).toEqual(bitsOf(program, undefined, inputs));
    }
  });
});

import { createAllocator, createHostArena } from '@ganglion/memory';
import { describe, expect, it } from 'vitest';
import type { DType, NativeKernels, Program } from '../contract.js';
import { counterRandom, counterUniform } from '../counter-random.js';
import { fuseMaps } from '../fuse-maps.js';
import type { Elements } from '../testing/index.js';
import { operationCases, runOnce } from '../testing/index.js';
import { randomInputs, randomMaps } from '../testing/random-maps.js';
import { cpu } from './cpu.js';

/**
 * The two numeric profiles of the cpu backend differ in products alone: all else is single f32
 * operations in one order, so plain TypeScript and every native level give the same bits. So do
 * products of bf16.
 */

const arena = createHostArena({ id: 21, sizeBytes: 2 ** 24 });
const PRODUCTS: readonly string[] = [
  'matmul', 'batchMatmul', 'shardMatmul', 'attention', 'attentionGradient',
];
const cases = operationCases.filter(({ program }) =>
  program.ops.every(({ kind }) => !PRODUCTS.includes(kind)) ||
  program.values.some(({ dtype }) => dtype === 'bf16'),
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

/** Of f32 reals in [−4, 4), so that what a square root takes is negative now and then; labels 0. */
function element(dtype: DType, id: number, i: number): number {
  const drawn = counterRandom(id, i, 1);
  const sign = drawn % 2 === 0 ? 1 : -1;
  switch (dtype) {
    case 'f32':
      return 8 * counterUniform(id, i) - 4;
    case 'i32':
      return 0;
    case 'u8':
      return drawn % 256;
    case 'bool':
      return drawn % 2;
    case 'f16':
      return (sign * (drawn % 1_024)) / 64;
    case 'bf16': // now and then so small that their products are subnormal
      return sign * (128 + (i % 128)) * 2 ** -(8 + (drawn % 5 === 0 ? 70 : drawn % 4));
  }
}

function inputsOf({ values }: Program): Map<number, number[]> {
  return new Map(
    values.flatMap(({ role, shape, dtype, part }, id): [number, number[]][] => {
      if (part !== undefined || (role !== 'input' && role !== 'parameter')) return [];
      const length = shape.reduce((product, size) => product * size, 1);
      return [[id, Array.from({ length }, (_, i) => element(dtype, id, i))]];
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

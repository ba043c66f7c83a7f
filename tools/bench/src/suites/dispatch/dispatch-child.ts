/**
 * Products of 4 × 4 matrices on the cpu backend, one call each. Arguments: `selected` (from a set
 * of backends, by name, for every product) or `direct`, and products of a sample. Every product
 * reads what the one before wrote, so that none can be left out.
 */
import { backends, cpu } from '@ganglion/gpu';
import type { Backend, MatmulCall } from '@ganglion/gpu/contract';
import { createAllocator, createHostArena } from '@ganglion/memory';
import { NativeError, tryNative } from '@ganglion/native';
import { serveSamples } from '../../child/serve-samples.js';

const N = 4;
const SIZE_BYTES = N * N * Float32Array.BYTES_PER_ELEMENT;
const ARENA_BYTES = 1_024 * 1_024;
const WARMUPS = 20_000;
/** A permutation of four places, whose fourth power is the identity. */
const CYCLE = [0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0] as const;
const START = Array.from({ length: N * N }, (_, index) => index);

const [way, countText] = process.argv.slice(2);
const count = Number(countText);
const arena = createHostArena({ id: 1, sizeBytes: ARENA_BYTES });
const components = { arenas: [arena], allocator: createAllocator({ arena }) };
const addon = tryNative();
const factory = addon instanceof NativeError ? cpu() : cpu({ kernels: addon.kernels });

function floats(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** Products on `backend`, each called through `matmulOf`. */
function runner(backend: Backend, matmulOf: () => (call: MatmulCall) => void) {
  const [even, odd, cycle] = [0, 1, 2].map(() => backend.allocate(SIZE_BYTES));
  if (even === undefined || odd === undefined || cycle === undefined) throw new Error('three');
  backend.write(cycle, floats(CYCLE));
  const shape = { b: cycle, m: N, n: N, k: N, transposeA: false, transposeB: false };
  const calls = [{ ...shape, a: even, out: odd }, { ...shape, a: odd, out: even }] as const;
  return {
    run(products: number): number {
      backend.write(even, floats(START));
      for (let i = 0; i < products; i += 1) matmulOf()(calls[i % 2 === 0 ? 0 : 1]);
      return products;
    },
    result(products: number): readonly number[] {
      const bytes = new Uint8Array(SIZE_BYTES);
      backend.read(products % 2 === 0 ? even : odd, bytes);
      return [...new Float32Array(bytes.buffer)];
    },
  };
}

/** Where column j of the start is after so many products. */
function expected(products: number): readonly number[] {
  const shift = products % N;
  return START.map((_, at) => (START[at - (at % N) + ((at % N) - shift + N) % N] ?? NaN));
}

const set = backends(factory)(components);
const alone = factory(components);
const direct = alone.matmul;
const selected = runner(set.selectBackend('cpu'), () => set.selectBackend('cpu').matmul);
const { run, result } = way === 'selected' ? selected : runner(alone, () => direct);
run(WARMUPS);

await serveSamples({
  note: `${alone.info.name}, ${way}`,
  prepare: () => undefined,
  run: () => Promise.resolve(run(count)),
  judge: (completed) => {
    const found = result(completed);
    const want = expected(completed);
    const check = `row ${found.slice(0, N).join(' ')}`;
    return found.every((x, at) => x === want[at])
      ? { completed, check }
      : { refused: `${check} after ${completed} products` };
  },
  stop: () => {
    set.close();
    alone.close();
    return Promise.resolve();
  },
});

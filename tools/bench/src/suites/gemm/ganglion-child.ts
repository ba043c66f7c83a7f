/**
 * Ganglion's side of the gemm suite: the cpu backend's `matmul`, with the native kernels where the
 * addon is built. Arguments: m, n, products of a sample, threads.
 */
import { backends, cpu } from '@ganglion/gpu';
import { blockBytes, createAllocator, createHostArena } from '@ganglion/memory';
import { NativeError, tryNative } from '@ganglion/native';
import { serveSamples } from '../../child/serve-samples.js';
import { ERROR_LIMIT, fillElements, verifyProduct } from './verify.js';

const [m = 0, n = 0, products = 0, threads = 1] = process.argv.slice(2).map(Number);
const WARMUP_FLOPS = 4e8;
const WARMUPS_MAX = 50;
const SPARE_BYTES = 16 * 1_024 * 1_024;

const counts = [m * n, n * n, m * n];
const sizes = counts.map((count) => count * Float32Array.BYTES_PER_ELEMENT);
const totalBytes = sizes.reduce((total, size) => total + size, SPARE_BYTES);
const arena = createHostArena({ id: 1, sizeBytes: totalBytes });
const allocator = createAllocator({ arena });
const addon = tryNative();
const factory = addon instanceof NativeError ? cpu() : cpu({ kernels: addon.kernels, threads });
const set = backends(factory)({ arenas: [arena], allocator });
const backend = set.selectBackend('cpu');

const blocks = sizes.map((size) => allocator.allocate(size));
const [a, b, out] = blocks.map((block) => backend.wrap(block));
const [aValues, bValues, outValues] = blocks.map((block, index) => {
  const bytes = blockBytes(arena, block);
  return new Float32Array(bytes.buffer, bytes.byteOffset, counts[index]);
});
if (
  a === undefined || b === undefined || out === undefined ||
  aValues === undefined || bValues === undefined || outValues === undefined
) throw new Error('three blocks were allocated');
fillElements(aValues, 1);
fillElements(bValues, 2);

const matmul = set.matmul('cpu');
const call = { a, b, out, m, n, k: n, transposeA: false, transposeB: false };
const warmups = Math.min(WARMUPS_MAX, Math.ceil(WARMUP_FLOPS / (2 * m * n ** 2)));
for (let i = 0; i < warmups; i++) matmul(call);

await serveSamples({
  note: `${backend.info.name}, threads ${threads}, profile ${backend.capabilities.numericProfile}`,
  prepare: () => {
    outValues.fill(Number.NaN); // what is checked was computed in the sample
  },
  run: () => {
    for (let i = 0; i < products; i++) matmul(call);
    backend.synchronize();
    return Promise.resolve(products);
  },
  judge: (completed) => {
    const { sum, error } = verifyProduct(aValues, bValues, outValues, { m, n });
    if (error <= ERROR_LIMIT) {
      return { completed, check: `sum ${sum.toFixed(3)} error ${error.toExponential(1)}` };
    }
    return { refused: `error ${error} against f64 is above ${ERROR_LIMIT}` };
  },
  stop: () => {
    set.close();
    return Promise.resolve();
  },
});

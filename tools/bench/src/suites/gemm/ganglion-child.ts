/**
 * Ganglion's side of the gemm suite: the cpu backend's `matmul`, with the native kernels where the
 * addon is built. Arguments: n, products of a sample.
 */
import { backends, cpu } from '@ganglion/gpu';
import { blockBytes, createAllocator, createHostArena } from '@ganglion/memory';
import { NativeError, tryNative } from '@ganglion/native';
import { serveSamples } from '../../child/serve-samples.js';
import { ERROR_LIMIT, fillElements, verifyProduct } from './verify.js';

const n = Number(process.argv[2]);
const products = Number(process.argv[3]);
const WARMUP_FLOPS = 4e8;
const WARMUPS_MAX = 50;
const SPARE_BYTES = 16 * 1_024 * 1_024;

const sizeBytes = n * n * Float32Array.BYTES_PER_ELEMENT;
const arena = createHostArena({ id: 1, sizeBytes: 3 * sizeBytes + SPARE_BYTES });
const allocator = createAllocator({ arena });
const addon = tryNative();
const factory = addon instanceof NativeError ? cpu() : cpu({ kernels: addon.kernels });
const set = backends(factory)({ arenas: [arena], allocator });
const backend = set.selectBackend('cpu');

const blocks = Array.from({ length: 3 }, () => allocator.allocate(sizeBytes));
const [a, b, out] = blocks.map((block) => backend.wrap(block));
const [aValues, bValues, outValues] = blocks.map((block) => {
  const bytes = blockBytes(arena, block);
  return new Float32Array(bytes.buffer, bytes.byteOffset, n * n);
});
if (
  a === undefined || b === undefined || out === undefined ||
  aValues === undefined || bValues === undefined || outValues === undefined
) throw new Error('three blocks were allocated');
fillElements(aValues, 1);
fillElements(bValues, 2);

const matmul = set.matmul('cpu');
const call = { a, b, out, m: n, n, k: n, transposeA: false, transposeB: false };
const warmups = Math.min(WARMUPS_MAX, Math.ceil(WARMUP_FLOPS / (2 * n ** 3)));
for (let i = 0; i < warmups; i++) matmul(call);

await serveSamples({
  note: `${backend.info.name}, profile ${backend.capabilities.numericProfile}`,
  prepare: () => {
    outValues.fill(Number.NaN); // what is checked was computed in the sample
  },
  run: () => {
    for (let i = 0; i < products; i++) matmul(call);
    backend.synchronize();
    return Promise.resolve(products);
  },
  judge: (completed) => {
    const { sum, error } = verifyProduct(aValues, bValues, outValues, n);
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

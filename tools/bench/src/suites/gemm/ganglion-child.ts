/**
 * Ganglion's side of the gemm suite: the cpu backend's `matmul`, or for bf16 a program of one
 * product, with the native kernels where the addon is built. Arguments: m, n, products of a sample,
 * dtype of the factors, threads.
 */
import { backends, cpu, createTape } from '@ganglion/gpu';
import { blockBytes, createAllocator, createHostArena } from '@ganglion/memory';
import type { Slot } from '@ganglion/gpu/contract';
import { NativeError, tryNative } from '@ganglion/native';
import { serveSamples } from '../../child/serve-samples.js';
import { ERROR_LIMIT, fillElements, verifyProduct } from './verify.js';

const [m = 0, n = 0, products = 0] = process.argv.slice(2, 5).map(Number);
const bf16 = process.argv[5] === 'bf16';
const threads = Number(process.argv[6]);
const WARMUP_FLOPS = 4e8;
const WARMUPS_MAX = 50;
const SPARE_BYTES = 16 * 1_024 * 1_024;

const counts = [m * n, n * n, m * n];
const sizes = counts.map((count) => count * Float32Array.BYTES_PER_ELEMENT);
const totalBytes = 2 * sizes.reduce((total, size) => total + size, SPARE_BYTES);
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
fillElements(aValues, 1, bf16);
fillElements(bValues, 2, bf16);

const product = bf16 ? bf16Product(a, b, out) : f32Product(a, b, out);
const warmups = Math.min(WARMUPS_MAX, Math.ceil(WARMUP_FLOPS / (2 * m * n ** 2)));
for (let i = 0; i < warmups; i++) product();

await serveSamples({
  note: `${backend.info.name}, threads ${threads}, profile ${backend.capabilities.numericProfile}`,
  prepare: () => {
    outValues.fill(Number.NaN); // what is checked was computed in the sample
  },
  run: () => {
    for (let i = 0; i < products; i++) product();
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

function f32Product(left: Slot, right: Slot, to: Slot): () => void {
  const matmul = set.matmul('cpu');
  const factors = { a: left, b: right, transposeA: false, transposeB: false };
  const call = { ...factors, out: to, m, n, k: n };
  return () => matmul(call);
}

/** Casts the factors once. */
function bf16Product(left: Slot, right: Slot, to: Slot): () => void {
  const tape = createTape();
  const halves = [[m, n], [n, n]].map((shape, i) => {
    const cast = createTape();
    const given = cast.input(shape);
    const half = cast.output(cast.cast(given, 'bf16'));
    const slot = backend.allocate(2 * (counts[i] ?? 0));
    const bindings: Slot[] = [];
    bindings[given.id] = i === 0 ? left : right;
    bindings[half.id] = slot;
    backend.launch(backend.compile(cast.program()), bindings);
    return { slot, tensor: tape.input(shape, 'bf16') };
  });
  const [x, y] = halves as [typeof halves[0], typeof halves[0]];
  const result = tape.output(tape.matmul(x.tensor, y.tensor));
  const executable = backend.compile(tape.program());
  const bindings: Slot[] = [];
  bindings[x.tensor.id] = x.slot;
  bindings[y.tensor.id] = y.slot;
  bindings[result.id] = to;
  return () => backend.launch(executable, bindings);
}

import { createAllocator, createHostArena } from '@ganglion/memory';
import { expect, test } from 'vitest';
import type { Backend, NativeKernels } from '../contract.js';
import { counterUniform } from '../counter-random.js';
import { cpu } from './cpu.js';
import { DirectProducts, PRODUCTS_KEPT } from './direct-products.js';
import type { CpuOptions } from './options.js';
import { resolveCpuOptions } from './options.js';
import { MAX_SLOTS } from './slots.js';

const arena = createHostArena({ id: 23, sizeBytes: 2 ** 20 });

function plain(): Backend<'cpu'> {
  return cpu()({ arenas: [arena], allocator: createAllocator({ arena, sizeBytes: 2 ** 20 }) });
}

test('cpu says what it is, without and with native kernels', () => {
  const { name, info, capabilities } = plain();
  expect(name).toBe('cpu');
  expect(cpu().backendName).toBe('cpu');
  expect(info).toEqual({
    backend: 'cpu', name: 'plain TypeScript', memoryBytes: 2 ** 20, driver: 'plain-f32',
  });
  expect(capabilities.numericProfile).toBe('plain-f32');
  const registered: number[] = [];
  const kernels: NativeKernels = {
    level: 'avx2', levels: ['avx2'], forceLevel: () => {}, setThreads: () => {}, run: () => {},
    registerArena: (id) => registered.push(id),
  };
  const native = cpu({ kernels })({ arenas: [arena], allocator: createAllocator({ arena }) });
  expect([native.info.name, native.info.driver]).toEqual(['native avx2', 'fma-f32']);
  expect(registered).toEqual([23]);
});

test('options that cpu does not have are refused', () => {
  expect(resolveCpuOptions()).toEqual({ kernels: undefined, threads: 1, oversubscribe: false });
  const options: object = { lanes: 4 };
  expect(() => cpu(options)).toThrow(
    expect.objectContaining({
      code: 'GPU_OPTION_INVALID',
      message: 'cpu has no option lanes; its options are kernels, threads, oversubscribe',
    }),
  );
});

function create(options: CpuOptions): Backend<'cpu'> {
  return cpu(options)({ arenas: [arena], allocator: createAllocator({ arena }) });
}

function invalid(message: string): unknown {
  return expect.objectContaining({ code: 'GPU_OPTION_INVALID', message });
}

test('threads are the kernels\' own, and refused without them or where they refuse', () => {
  const asked: unknown[] = [];
  const kernels: NativeKernels = {
    level: 'avx2', levels: ['avx2'], forceLevel: () => {}, registerArena: () => {}, run: () => {},
    setThreads: (threads, oversubscribe) => {
      if (threads > 3) throw new RangeError('3 at most');
      asked.push([threads, oversubscribe]);
    },
  };
  create({ kernels });
  create({ kernels, threads: 3, oversubscribe: true });
  expect(asked).toEqual([[1, false], [3, true]]);
  expect(() => create({ kernels, threads: 4 })).toThrow(invalid('cpu: 3 at most'));
  expect(() => create({ kernels, threads: 0 })).toThrow(
    invalid('threads is 0, it is an integer from 1'),
  );
  expect(() => create({ threads: 2 })).toThrow(
    invalid('threads is 2: without native kernels cpu computes on one thread'),
  );
});

test('blocks of unknown arenas, unaligned ones and ones past the end are refused', () => {
  const backend = plain();
  const block = { arena: 23, offset: 0, sizeBytes: 64, generation: 0 };
  expect(() => backend.wrap({ ...block, arena: 9 })).toThrow(
    expect.objectContaining({
      code: 'GPU_NOT_SUPPORTED',
      message: 'arena 9 is unknown, the backend has 23',
    }),
  );
  const pastEnd = { offset: 2 ** 20 - 32 };
  for (const wrong of [{ offset: 2 }, { offset: -4 }, pastEnd, { sizeBytes: -1 }]) {
    expect(() => backend.wrap({ ...block, ...wrong })).toThrow(
      expect.objectContaining({ code: 'GPU_OPTION_INVALID' }),
    );
  }
});

test('a full slot table throws, keeps no memory and works again after a free', () => {
  const allocator = createAllocator({ arena });
  const backend = cpu()({ arenas: [arena], allocator });
  const block = { arena: 23, offset: 0, sizeBytes: 4, generation: 0 };
  const last = Array.from({ length: MAX_SLOTS }, () => backend.wrap(block)).at(-1) ?? -1;
  expect(() => backend.allocate(4)).toThrow(
    expect.objectContaining({
      code: 'GPU_OUT_OF_MEMORY',
      message: 'all 65536 slots of the backend are in use',
    }),
  );
  expect(allocator.allocatedBytes).toBe(0);
  backend.free(last);
  expect(backend.allocate(4)).not.toBe(last);
});

test('direct products keep a bounded number of sizes', () => {
  let made = 0;
  const products = new DirectProducts(() => {
    made += 1;
    return { place: () => {}, run: () => {} };
  });
  const size = { m: 0, n: 1, k: 1, transposeA: false, transposeB: false };
  const runner = (m: number): unknown => {
    size.m = m; // one object, as a caller may keep it
    return products.runnerOf(size);
  };
  for (let m = 0; m < PRODUCTS_KEPT; m += 1) expect(runner(m)).toBe(runner(m));
  for (let m = 0; m < PRODUCTS_KEPT; m += 1) runner(m);
  expect(made).toBe(PRODUCTS_KEPT);
  runner(PRODUCTS_KEPT);
  runner(1);
  expect(made).toBe(PRODUCTS_KEPT + 1);
  runner(0);
  expect(made).toBe(PRODUCTS_KEPT + 2);
  expect(runner(2)).not.toBe(runner(3));
  for (const other of [{ n: 2 }, { k: 2 }, { transposeA: true }, { transposeB: true }]) {
    const before = products.runnerOf(size);
    expect(products.runnerOf({ ...size, ...other })).not.toBe(before);
  }
});

test('NUMERICS-N1: a plain product element is the chain of rounded products in ascending k', () => {
  const backend = plain();
  const k = 301;
  const a = Float32Array.from({ length: k }, (_, i) => counterUniform(1, i));
  const b = Float32Array.from({ length: k }, (_, i) => counterUniform(2, i));
  const [left, right] = [backend.allocate(4 * k), backend.allocate(4 * k)];
  const slots = { a: left, b: right, out: backend.allocate(4) };
  backend.write(slots.a, new Uint8Array(a.buffer));
  backend.write(slots.b, new Uint8Array(b.buffer));
  backend.matmul({ ...slots, m: 1, n: 1, k, transposeA: false, transposeB: false });
  const found = new Float32Array(1);
  backend.read(slots.out, new Uint8Array(found.buffer));
  const chain = a.reduce((sum, x, i) => Math.fround(sum + Math.fround(x * (b[i] ?? 0))), 0);
  const unrounded = a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
  expect(found[0]).toBe(chain);
  expect(found[0]).not.toBe(Math.fround(unrounded));
});

import { createAllocator, createHostArena } from '@ganglion/memory';
import { expect, expectTypeOf, test } from 'vitest';
import type { Backend, BackendFactory } from './contract.js';
import { GpuError } from './contract.js';
import { cpu } from './cpu/cpu.js';
import { backends } from './selection.js';

const arena = createHostArena({ id: 21, sizeBytes: 2 ** 16 });

function components(): Parameters<BackendFactory>[0] {
  return { arenas: [arena], allocator: createAllocator({ arena }) };
}

/** A backend as a package from outside would make it, with a member of its own. */
interface Mine extends Backend<'mine'> {
  readonly streams: number;
}

let made = 0;

/** Every member of the contract, passed on. */
function delegate(inner: Backend): Backend {
  return {
    name: inner.name,
    info: inner.info,
    capabilities: inner.capabilities,
    matmul: inner.matmul,
    allocate: (sizeBytes) => inner.allocate(sizeBytes),
    wrap: (block) => inner.wrap(block),
    free: (slot) => inner.free(slot),
    write: (slot, bytes, offset) => inner.write(slot, bytes, offset),
    read: (slot, into, offset) => inner.read(slot, into, offset),
    compile: (program) => inner.compile(program),
    launch: (executable, bindings) => inner.launch(executable, bindings),
    synchronize: () => inner.synchronize(),
    close: () => inner.close(),
  };
}

const mine = (): BackendFactory<'mine'> & ((...given: Parameters<BackendFactory>) => Mine) =>
  Object.assign(
    (given: Parameters<BackendFactory>[0]): Mine => {
      made += 1;
      return { ...delegate(cpu()(given)), name: 'mine', streams: 3 };
    },
    { backendName: 'mine' as const },
  );

const absent: BackendFactory<'absent'> = Object.assign(
  (): never => {
    throw new GpuError('GPU_NOT_SUPPORTED', 'no such device here');
  },
  { backendName: 'absent' as const },
);

test('KERNELS-D1: matmul(name) is the selected backend\'s own function', () => {
  const gpu = backends(cpu(), mine())(components());
  expect(gpu.names).toEqual(['cpu', 'mine']);
  expect(gpu.matmul('cpu')).toBe(gpu.selectBackend('cpu').matmul);
  expect(gpu.matmul('mine')).toBe(gpu.selectBackend('mine').matmul);
  expect(gpu.matmul('cpu')).not.toBe(gpu.matmul('mine'));
  expect(gpu.selectBackend('cpu')).toBe(gpu.selectBackend('cpu'));
  expect(gpu.selectBackend('auto')).toBe(gpu.selectBackend('cpu'));
  expect(gpu.selectBackend('mine').streams).toBe(3);
});

test('KERNELS-D1: names outside the tuple do not compile, members keep their types', () => {
  const gpu = backends(cpu(), mine())(components());
  expectTypeOf(gpu.selectBackend('mine')).toEqualTypeOf<Mine>();
  expectTypeOf(gpu.selectBackend('cpu')).toEqualTypeOf<Backend<'cpu'>>();
  expectTypeOf(gpu.selectBackend('auto')).toEqualTypeOf<Backend>();
  // @ts-expect-error: cuda is not in the tuple
  const unknown = (): unknown => gpu.selectBackend('cuda');
  // @ts-expect-error: cuda is not in the tuple
  const alsoUnknown = (): unknown => gpu.matmul('cuda');
  for (const select of [unknown, alsoUnknown]) {
    expect(select).toThrow(
      expect.objectContaining({
        code: 'GPU_BACKEND_UNKNOWN',
        message: 'no backend cuda, there are cpu, mine',
      }),
    );
  }
});

test('KERNELS-D1: only what is selected is made, and a set makes its own', () => {
  const before = made;
  const set = backends(cpu(), mine());
  const [one, two] = [set(components()), set(components())];
  expect(made).toBe(before);
  const [first, second] = [one.selectBackend('mine'), two.selectBackend('mine')];
  expect(made).toBe(before + 2);
  expect(first).not.toBe(second);
  one.close();
  one.close();
  expect(() => first.allocate(4)).toThrow(expect.objectContaining({ code: 'GPU_STALE_SLOT' }));
  expect(second.allocate(4)).toBeTypeOf('number');
});

test('auto takes the first that the machine has, and says why there is none', () => {
  expect(backends(absent, cpu())(components()).selectBackend('auto').name).toBe('cpu');
  const none = backends(absent)(components());
  expect(() => none.selectBackend('auto')).toThrow(
    expect.objectContaining({
      code: 'GPU_NOT_SUPPORTED',
      message: 'no backend runs here; absent: no such device here',
    }),
  );
  expect(() => none.selectBackend('absent')).toThrow('no such device here');
});

test('a tuple without or with equal names is refused', () => {
  expect(() => backends()).toThrow(
    expect.objectContaining({ code: 'GPU_OPTION_INVALID', message: 'backends() of no factory' }),
  );
  expect(() => backends(cpu(), cpu())).toThrow(
    expect.objectContaining({ message: 'backend name cpu is taken or reserved' }),
  );
});

import { createAllocator, createHostArena } from '@ganglion/memory';
import { describe, expect, it } from 'vitest';
import type { BackendFactory, NativeKernels } from '../contract.js';
import type { BackendSubject } from '../testing/index.js';
import { backendConformance } from '../testing/index.js';
import { cpu } from './cpu.js';

const arena = createHostArena({ id: 20, sizeBytes: 2 ** 24 });

/** A factory, or why there is none; each subject is a group of tests. */
type Subject = readonly [name: string, factory: BackendFactory | string];

/** One subject for every level that this machine runs. */
async function nativeSubjects(): Promise<readonly Subject[]> {
  const specifier = '@ganglion/native';
  try {
    const module = (await import(specifier)) as { native: () => { kernels: NativeKernels } };
    const { kernels } = module.native();
    return kernels.levels.map((level) => [
      `cpu on native kernels, ${level}`,
      Object.assign(
        (components: Parameters<BackendFactory>[0]) => {
          kernels.forceLevel(level);
          return cpu({ kernels })(components);
        },
        { backendName: 'cpu' },
      ),
    ]);
  } catch (error) {
    return [['cpu on native kernels', `native addon not loaded: ${String(error)}`]];
  }
}

const subjects: readonly Subject[] = [
  ['cpu in plain TypeScript', cpu()],
  ...(await nativeSubjects()),
];

describe.each(subjects)('%s', (_name, factory) => {
  it.for(backendConformance)('$name', ({ requires, run }, { skip }) => {
    if (typeof factory === 'string') return skip(factory);
    const allocator = createAllocator({ arena });
    const components = { arenas: [arena], allocator };
    const [backend, other] = [factory(components), factory(components)];
    const subject: BackendSubject = { backend, other, arena, allocator };
    skip(requires?.(subject) === false, 'capability not declared');
    expect(() => run(subject)).not.toThrow();
    backend.close();
    other.close();
    expect(allocator.allocatedBytes).toBe(0);
  });
});

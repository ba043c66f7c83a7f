import { describe, expect, it } from 'vitest';

import { RuntimeError } from './errors.js';
import { nodeRuntime } from './node-runtime.js';
import { seededRandom } from './random.js';

describe('nodeRuntime', () => {
  it('draws its randomness from the seed that it was given', () => {
    const runtime = nodeRuntime({ seed: 9 });
    expect(runtime.seed).toBe(9);
    expect(runtime.random.u32()).toBe(seededRandom(9).u32());
  });

  it('says which seed repeats a run that was given none', () => {
    const runtime = nodeRuntime();
    expect(seededRandom(runtime.seed).u32()).toBe(runtime.random.u32());
    expect(nodeRuntime().seed).not.toBe(runtime.seed);
  });

  it('measures its timers by its clock', async () => {
    const { clock, timers } = nodeRuntime({ seed: 1 });
    const before = clock.monotonicMs();
    await timers.sleep(1.5);
    expect(clock.monotonicMs() - before).toBeGreaterThanOrEqual(1.5);
  });

  it('RUNTIME_OPTION_INVALID: refuses an unknown option', () => {
    expect(() => nodeRuntime({ sed: 1 } as object)).toThrow(expect.objectContaining({
      code: 'RUNTIME_OPTION_INVALID', message: 'runtime: unknown option sed; known are seed',
    }));
  });
});

describe('RuntimeError', () => {
  it('is recognised across two copies of the package', () => {
    const brand = { [Symbol.for('@ganglion/runtime/RuntimeError')]: true };
    expect(Object.assign(new Error('of another copy'), brand)).toBeInstanceOf(RuntimeError);
    expect(new Error('other')).not.toBeInstanceOf(RuntimeError);
    expect(new RuntimeError('RUNTIME_LOG_OPEN', 'text', { cause: 1 })).toMatchObject({
      name: 'RuntimeError', code: 'RUNTIME_LOG_OPEN', message: 'text', cause: 1,
    });
  });
});

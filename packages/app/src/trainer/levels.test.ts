import { cpu } from '@ganglion/gpu';
import type { NativeKernels } from '@ganglion/gpu/contract';
import { createHostArena } from '@ganglion/memory';
import { beforeEach, expect, it } from 'vitest';

import { wideGpt } from '../fixtures/wide-gpt.js';
import { loadKernels } from '../native-kernels.js';
import { referenceRun } from '../testing/reference-run.js';

/** The hash of the weights over instruction sets, threads and parts of the work (NUMERICS). */

async function kernelsHere(): Promise<NativeKernels | Error> {
  try {
    return await loadKernels('@ganglion/native');
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const found = await kernelsHere();
beforeEach(({ skip }) => skip(found instanceof Error, String(found)));

it('NUMERICS-N6: one hash of each level, on 1, 2 and 3 threads, in 1, 2 and 4 parts', async () => {
  if (found instanceof Error) throw found;
  const hashes: string[] = [];
  const arena = createHostArena({ id: 0, sizeBytes: 2 ** 26 });
  for (const level of found.levels) {
    found.forceLevel(level);
    for (const threads of [1, 2, 3]) {
      const backend = cpu({ kernels: found, threads, oversubscribe: true });
      for (const kernels of [1, 2, 4]) {
        const run = await referenceRun({ definition: wideGpt, kernels, steps: 2, backend, arena });
        hashes.push(run.weightsHash);
      }
    }
  }
  expect(hashes.length).toBe(9 * found.levels.length);
  expect([...new Set(hashes)]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
}, 30_000);

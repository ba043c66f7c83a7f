/** Workers bound to CPUs by the addon, as the system sees it. */
import { platform } from 'node:process';
import { createActorSystem } from '../../packages/actors/dist/index.js';
import { NativeError, tryNative } from '../../native/dist/index.js';
import { expect, test } from 'vitest';

const addon = tryNative();
const isLinux = platform === 'linux';
const absent = addon instanceof NativeError ? addon.message : 'pinning is Linux only';

/** Of a list as 0-3,8. */
function firstAndLast(list) {
  const cpus = list.split(/[,-]/).map(Number);
  return [cpus[0], cpus.at(-1)];
}

test('each worker may run on its CPU only, the others where they could', async ({ skip }) => {
  skip(!isLinux || addon instanceof NativeError, absent);
  const { allowedCpus, Pinned, Where } = await import('./pinned.mjs');
  const before = allowedCpus();
  const cpus = firstAndLast(before);
  const system = await createActorSystem({ workers: 2, cpus }, { pinning: Pinned });
  try {
    for (const worker of [0, 1]) {
      const where = system.spawn(Where, undefined, { worker });
      expect(await where.ask.cpus()).toBe(String(cpus[worker]));
    }
    expect(allowedCpus()).toBe(before);
  } finally {
    await system.stop();
  }
});

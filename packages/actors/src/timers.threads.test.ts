/** Timers on real threads. */
import { createActorSystem } from '@ganglion/actors';
import { expect, test } from 'vitest';

// Worker threads load compiled modules, so the fixture comes from dist.
const { lease } = (await import(
  new URL('../dist/fixtures/lease.js', import.meta.url).href
)) as typeof import('./fixtures/lease.js');

test('the README example: a lease that was renewed in time', async () => {
  const system = await createActorSystem({ workers: 2, maxActors: 1_000, heapMiB: 16, seed: 1 });
  try {
    expect(await lease(system)).toBe(2);
  } finally {
    await system.stop();
  }
});

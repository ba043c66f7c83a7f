/** The static pools at their default sizes, to the last of each. */
import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createActorSystem, MESSAGE_SLOTS } from '@ganglion/actors';
import { expect, test } from 'vitest';

// Worker threads load compiled modules, so the fixtures come from dist.
const flood = new URL('../dist/fixtures/flood.js', import.meta.url).href;
const million = fileURLToPath(new URL('../dist/fixtures/million.js', import.meta.url));
const { Filler } = (await import(flood)) as typeof import('./fixtures/flood.js');

/** A pool's threads keep a few chunks of 64 each. */
const KEPT_MAX = 4_096;
const ROUNDS = 3;

test('ACTORS-I3: 1,000,000 actors live at once in 500 MB, and the next is refused', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [million]);
  const { residentMiB, ...rest } = JSON.parse(stdout) as Record<string, unknown>;
  expect(rest).toEqual({
    maxActors: 1_000_000, living: 1_000_000, code: 'ACTORS_ACTORS_EXHAUSTED', count: 7,
  });
  expect(residentMiB).toBeLessThan(500_000_000 / 2 ** 20);
});

test.each([
  ['its own worker', 0, /^ACTORS_SLOTS_EXHAUSTED$/],
  // This one takes and gives back while it is filled.
  ['another worker', 1, /^(?:ACTORS_SLOTS_EXHAUSTED)?$/],
])('ACTORS-O6: every slot goes to actors of %s, and comes back', async (_, worker, end) => {
  const events: unknown[] = [];
  const system = await createActorSystem({ workers: 2, onEvent: (event) => events.push(event) });
  try {
    const filler = system.spawn(Filler, undefined, { worker: 0 });
    for (let round = 0; round < ROUNDS; round++) {
      const filled = await filler.ask.flood({ worker }, { timeoutMs: 60_000 });
      expect(filled.lost).toBe(0);
      expect(filled.sent).toBeGreaterThan(MESSAGE_SLOTS - KEPT_MAX);
      expect(filled.code).toMatch(end);
    }
    await expect.poll(() => system.stats().slots.used, { timeout: 10_000 }).toBe(0);
  } finally {
    await system.stop();
  }
});

import { createActorSystem } from '@ganglion/actors';
import type { ActorSystem } from '@ganglion/actors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

type Fixtures = typeof import('./fixtures/last-words.js');

// Worker threads load compiled modules, so the fixtures come from dist.
const { Listener, Speaker } = (await import(
  new URL('../dist/fixtures/last-words.js', import.meta.url).href
)) as Fixtures;

/** Longer than a test may take: no ask ends by its time-out. */
const ASK_TIMEOUT_MS = 60_000;
let system: ActorSystem;

beforeAll(async () => {
  const sizes = { workers: 2, maxActors: 100, heapMiB: 16 };
  system = await createActorSystem({ ...sizes, askTimeoutMs: ASK_TIMEOUT_MS, seed: 1 });
});

afterAll(() => system.stop());

describe('WORKERS-3, DOUBT-3: a worker dies', { timeout: 20_000 }, () => {
  for (const moment of ['before', 'after'] as const) {
    test(`${moment} its reply has come to the main thread, which has it`, async () => {
      const speaker = system.spawn(Speaker, undefined, { worker: 0 });
      expect(await speaker.ask.last(moment)).toBe(7);
    });

    test(`${moment} its reply has come to another worker, which has it`, async () => {
      const speaker = system.spawn(Speaker, undefined, { worker: 0 });
      const listener = system.spawn(Listener, { speaker }, { worker: 1 });
      expect(await listener.ask.hear(moment)).toBe(7);
    });
  }
});

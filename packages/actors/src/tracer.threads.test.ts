/** Tracers on real threads: one for each, and closed at the end. */
import { BroadcastChannel } from 'node:worker_threads';
import { createActorSystem } from '@ganglion/actors';
import { expect, test } from 'vitest';

// Worker threads load compiled modules, so the fixtures come from dist.
const url = new URL('../dist/fixtures/tracers.js', import.meta.url).href;
const { Branch, Broadcast, Leaf, Misnamed, TRACE_CHANNEL } =
  (await import(url)) as typeof import('./fixtures/tracers.js');

const LONG_MS = 20_000;
const sizes = { workers: 2, maxActors: 1_000, heapMiB: 16, seed: 1, onEvent: () => undefined };

test('TRACING-1: ids tell across threads what came of what', async () => {
  const told: (readonly unknown[])[] = [];
  const channel = new BroadcastChannel(TRACE_CHANNEL);
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- its type has none
  channel.onmessage = (event: unknown) =>
    void told.push((event as { readonly data: readonly unknown[] }).data);
  const system = await createActorSystem(sizes, { tracer: Broadcast });
  const find = (...start: readonly unknown[]): (readonly unknown[]) | undefined =>
    told.find((line) => start.every((part, n) => line[n] === part));
  try {
    const leaf = system.spawn(Leaf, { total: 0 }, { worker: 1 });
    const branch = system.spawn(Branch, undefined, { worker: 0 });
    branch.tell.pass({ n: 13, to: leaf });
    const wait = { timeout: LONG_MS };
    await expect.poll(() => find(1, 'exited', 'Leaf', 'crashed'), wait).toBeDefined();
    const first = find('main', 'sent', 'tell', 'pass', 'Branch')?.[5];
    expect(find(0, 'began', 'pass', first)).toBeDefined();
    const passed = find(0, 'sent', 'tell', 'add', 'Leaf');
    expect(passed?.[6]).toBe(first);
    expect(find(1, 'began', 'add', passed?.[5])).toBeDefined();
    await expect.poll(() => find(1, 'ended', 'threw', passed?.[5]), wait).toBeDefined();
    await system.stop();
    for (const thread of ['main', 0, 1])
      await expect.poll(() => find(thread, 'closed'), wait).toBeDefined();
  } finally {
    await system.stop();
    channel.close();
  }
});

test('ACTORS_TRACER_INVALID: a module without that tracer fails the start', async () => {
  await expect(createActorSystem(sizes, { tracer: Misnamed })).rejects.toThrow(
    /exports no tracer under the name Elsewhere$/,
  );
});

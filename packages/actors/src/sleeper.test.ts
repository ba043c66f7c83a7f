import { BLOCK_BYTES_MAX } from '@ganglion/memory';
import { expect, test } from 'vitest';
import { Sleeper } from './sleeper.js';
import { steppedSystem } from './testing/index.js';

test('SLEEPER-1: a thread that sleeps leaves no free part of the heap to itself', async () => {
  const { main, workers } = steppedSystem({ behaviours: [] });
  const heap = workers[0]?.thread.heap;
  if (heap === undefined) throw new RangeError('a stepped system has workers');
  const blocks: number[] = [];
  const fill = (): void => {
    for (;;) blocks.push(main.heap.allocate(BLOCK_BYTES_MAX));
  };
  expect(fill).toThrow(expect.objectContaining({ code: 'ACTORS_HEAP_EXHAUSTED' }));
  // The worker has read the messages: their blocks go back to the main thread, who sent them.
  for (const block of blocks) heap.free(block);
  expect(() => heap.allocate(1)).toThrow(
    expect.objectContaining({ code: 'ACTORS_HEAP_EXHAUSTED' }),
  );
  await new Sleeper(main).sleep(() => true);
  for (const _ of blocks) expect(heap.allocate(BLOCK_BYTES_MAX)).toBeGreaterThan(0);
});

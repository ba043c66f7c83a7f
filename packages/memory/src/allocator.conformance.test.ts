import { describe, expect, it } from 'vitest';
import { createAllocator, createAllocatorScope } from './allocator.js';
import type { Allocator } from './contract.js';
import { createHostArena } from './host-arena.js';
import { allocatorConformance } from './testing/index.js';

let arenas = 0;

function create(capacityBytes: number): Allocator {
  const arena = createHostArena({ id: arenas++ % 256, sizeBytes: 131_072 });
  return createAllocator({ arena, offset: 4_096, sizeBytes: capacityBytes });
}

describe.each([
  ['createAllocator', { create }],
  ['createAllocatorScope', { create: (bytes: number) => createAllocatorScope(create(bytes)) }],
])('%s', (_name, subject) => {
  it.each(allocatorConformance)('$name', (one) => {
    expect(one.run(subject)).toBe(undefined);
  });
});

import { describe, expect, it } from 'vitest';
import { createAllocator, createAllocatorScope } from './allocator.js';
import type { AllocatorOptions } from './allocator.js';
import { createHostArena } from './host-arena.js';

const ARENA = createHostArena({ id: 3, sizeBytes: 65_536 });

describe('createAllocator', () => {
  it('ALLOCATOR-BEST-2: cuts from the smallest range that holds the block', () => {
    const allocator = createAllocator({ arena: ARENA });
    const blocks = [256, 64, 128, 64, 256, 64].map((bytes) => allocator.allocate(bytes));
    for (const index of [0, 2, 4]) allocator.free(blocks[index]);
    const offsets = [100, 200, 64, 256].map((bytes) => allocator.allocate(bytes).offset);
    // The 128 at 320; the first 256; the second, at 512; and then only the rest behind 832.
    expect(offsets).toEqual([320, 0, 512, 832]);
  });

  it('takes the whole arena, or the part it is given', () => {
    expect(createAllocator({ arena: ARENA }).capacityBytes).toBe(65_536);
    const part = createAllocator({ arena: ARENA, offset: 1_024 });
    expect([part.capacityBytes, part.allocate(1)]).toEqual([
      64_512, { arena: 3, offset: 1_024, sizeBytes: 1, generation: 1 },
    ]);
  });

  it('counts whole lines', () => {
    const allocator = createAllocator({ arena: ARENA });
    const block = allocator.allocate(65);
    allocator.allocate(0);
    expect(allocator.allocatedBytes).toBe(192);
    allocator.free(block);
    expect(allocator.allocatedBytes).toBe(64);
  });

  it.each<[string, Partial<AllocatorOptions>, string]>([
    ['an offset that is not aligned', { offset: 10 }, "offset is 10, must be a multiple"],
    ['a size that is not aligned', { sizeBytes: 100 }, "allocator's sizeBytes is 100, must be"],
    ['no room', { sizeBytes: 0 }, 'an allocator of 0 bytes at 0 of an arena of 65536'],
    ['a part beyond the end', { offset: 64, sizeBytes: 65_536 }, '65536 bytes at 64 of an arena'],
    ['an unknown option', { size: 64 } as object, 'createAllocator has no option size'],
  ])('refuses %s', (_name, options, message) => {
    const make = (): unknown => createAllocator({ arena: ARENA, ...options });
    expect(make).toThrow(expect.objectContaining({ code: 'MEMORY_OPTION_INVALID' }));
    expect(make).toThrow(message);
  });

  it.each([-1, 1.5, Number.NaN])('refuses a block of %d bytes', (sizeBytes) => {
    const allocator = createAllocator({ arena: ARENA });
    expect(() => allocator.allocate(sizeBytes)).toThrow(`a block of ${sizeBytes} bytes was asked`);
  });
});

describe('createAllocatorScope', () => {
  it('frees what was allocated through it and nothing else', () => {
    const allocator = createAllocator({ arena: ARENA });
    const outside = allocator.allocate(64);
    const scope = createAllocatorScope(allocator);
    const blocks = [scope.allocate(64), scope.allocate(200)];
    scope.free(blocks[0]);
    expect([scope.blockCount, scope.allocatedBytes]).toEqual([1, 256]);
    expect(allocator.allocatedBytes).toBe(320);
    expect(scope.freeAll()).toBe(1);
    expect([scope.blockCount, scope.allocatedBytes]).toEqual([0, 0]);
    expect(allocator.allocatedBytes).toBe(64);
    allocator.check(outside);
  });

  it('refuses a block that the allocator has and the scope has not', () => {
    const allocator = createAllocator({ arena: ARENA });
    const outside = allocator.allocate(64);
    const scope = createAllocatorScope(allocator);
    expect(() => scope.free(outside)).toThrow('at 0 was not allocated through this scope');
    expect(() => scope.check(outside)).toThrow(expect.objectContaining({
      code: 'MEMORY_STALE_HANDLE',
    }));
  });
});

export { MemoryError } from './errors.js';
export type { MemoryErrorCode } from './errors.js';
export { QUEUE_NONE } from './contract.js';
export type {
  Allocator, ArenaMemory, Block, BoundedQueue, HostArena, QueueConsumer, QueueProducer,
} from './contract.js';

// Regions
export {
  attachRegion, createRegion, planRegion, REGION_BYTES_MAX, reportRegion,
} from './region.js';
export type { Region, RegionPlan, RegionReportLine, Section, SectionSpec } from './region.js';

// Lock-free structures over words
export {
  createIndexQueue, INDEX_NONE, INDEX_QUEUE_CAPACITY_MAX, indexQueueCapacity, indexQueueWords,
} from './index-queue.js';
export type { IndexQueue, IndexQueueLayout } from './index-queue.js';
export { createReturnStacks, STACK_CLOSED } from './return-stack.js';
export type { NodeLayout, ReturnStacks } from './return-stack.js';
export {
  createSlotPool, SLOT_COUNT_MAX, SLOT_KEEP_MAX, SLOT_THREADS_MAX, slotPoolWords,
} from './slot-pool.js';
export { SLOT_CHUNK, SlotList, type SlotPoolPlaces } from './slot-list.js';
export type { SlotPool, SlotPoolLayout, SlotPoolThread } from './slot-pool.js';
export { BLOCK_SEGMENTS_MAX, blockHeapWords, createBlockHeap } from './block-heap.js';
export type { BlockHeap, BlockHeapLayout } from './block-heap.js';
export { BLOCK_BYTES_MAX, BLOCK_BYTES_MIN } from './block-heap-thread.js';
export type { BlockHeapThread } from './block-heap-thread.js';
export {
  BOUNDED_QUEUE_CAPACITY_MAX, BOUNDED_QUEUE_ENDS_MAX, boundedQueueDefaults, boundedQueueWords,
  createBoundedQueue,
} from './bounded-queue.js';
export type { BoundedQueueKind, BoundedQueueOptions } from './bounded-queue.js';
export {
  CACHE_LINE_BYTES, cacheAlignedStride, createCacheAlignedArray,
} from './cache-aligned-array.js';
export type { CacheAlignedArray, CacheAlignedArrayLayout } from './cache-aligned-array.js';
export { ARRAY_FULL, boundedArrayWords, createBoundedArray } from './bounded-array.js';
export type { ElementOf } from './struct-access.js';
export type { BoundedArray, BoundedArrayLayout } from './bounded-array.js';
export { createScratch, SCRATCH_ALIGN_BYTES, SCRATCH_FULL } from './scratch.js';
export type { Scratch, ScratchLayout } from './scratch.js';
export { createSlab, MAX_SLAB_SIZE, SLAB_CLASSES, slabWords } from './slab.js';
export type { Slab, SlabClass, SlabLayout, SlabThread } from './slab.js';
export { bufferWords, createBuffers, OWNER_MAX } from './buffers.js';
export type { BufferHandle, Buffers, BuffersLayout, BufferThread } from './buffers.js';
export { LEASES_MAX } from './lease-table.js';
export type { Lease } from './lease-table.js';

// Tensor memory
export {
  ARENA_BYTES_MAX, ARENA_ID_MAX, ARENA_PAGE_BYTES, attachHostArena, blockBytes, bytesOf,
  createHostArena,
} from './host-arena.js';
export type { HostArenaOptions } from './host-arena.js';
export {
  allocatorDefaults, BLOCK_ALIGN_BYTES, createAllocator, createAllocatorScope,
} from './allocator.js';
export type { AllocatorOptions, AllocatorScope } from './allocator.js';

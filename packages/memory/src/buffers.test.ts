import { describe, expect, it } from 'vitest';
import { blockHeapWords, createBlockHeap } from './block-heap.js';
import type { BlockHeap } from './block-heap.js';
import { BLOCK_BYTES_MAX } from './block-heap-thread.js';
import { bufferWords, createBuffers, OWNER_MAX } from './buffers.js';
import type { BufferHandle, BufferThread } from './buffers.js';
import { LEASES_MAX } from './lease-table.js';

const THREADS = 3;
const LEASES = 4;

interface Opened {
  readonly heap: BlockHeap;
  readonly ends: readonly BufferThread[];
}

function open(words?: Int32Array): Opened {
  const heapControl = Math.ceil(blockHeapWords(1, THREADS) / 16) * 16;
  const data = heapControl;
  const control = data + BLOCK_BYTES_MAX / 4;
  const layout = { segments: 1, threads: THREADS, control: 0, data };
  const size = control + bufferWords(createBlockHeap(new Int32Array(0), layout), THREADS, LEASES);
  const own = words ?? new Int32Array(new SharedArrayBuffer(4 * size));
  const heap = createBlockHeap(own, layout);
  const buffers = createBuffers(own, { heap, threads: THREADS, leases: LEASES, control });
  return { heap, ends: [0, 1, 2].map((index) => buffers.thread(index, heap.thread(index))) };
}

function allocate(end: BufferThread, sizeBytes: number, owner: number): BufferHandle {
  const handle = end.allocate(sizeBytes, owner);
  if (handle === undefined) throw new Error('there is room');
  return handle;
}

const stale = (message: string): object =>
  expect.objectContaining({ code: 'MEMORY_STALE_HANDLE', message });

describe('buffers', () => {
  it('BUFFER-1: a transfer ends the sender\'s handle, and the error says whose it is', () => {
    const { ends: [mine, other] } = open();
    const sent = allocate(mine, 100, 7);
    mine.bytes(sent).fill(5);
    const received = mine.transfer(sent, 8);
    const gone = `buffer ${sent.block} of generation ${sent.generation} was given away; `
      + 'its owner is 8 now';
    for (const use of [
      (): unknown => mine.bytes(sent), (): unknown => mine.owner(sent),
      (): unknown => mine.transfer(sent, 9), (): unknown => mine.free(sent),
      (): unknown => mine.lease(sent, 9), (): unknown => mine.leaseCount(sent),
    ]) expect(use).toThrow(stale(gone));
    expect(other.owner(received)).toBe(8);
    expect([...other.bytes(received)]).toEqual(Array.from({ length: 100 }, () => 5));
  });

  it('BUFFER-1: a freed buffer is refused, and its memory used again', () => {
    const { ends: [mine, other] } = open();
    const first = allocate(mine, BLOCK_BYTES_MAX, 7);
    expect(mine.allocate(1, 7)).toBe(undefined);
    mine.free(first);
    expect(() => mine.free(first)).toThrow('it was freed');
    const second = allocate(mine, BLOCK_BYTES_MAX, 8);
    expect(second.block).toBe(first.block);
    expect(() => other.bytes(first)).toThrow('its owner is 8 now');
    expect(() => other.bytes({ block: -1, generation: 5 })).toThrow('it was freed');
  });

  it('BUFFER-2: memory that is lent comes back with its last lease', () => {
    const { heap, ends: [mine, other] } = open();
    const handle = allocate(mine, BLOCK_BYTES_MAX, 7);
    mine.bytes(handle)[3] = 33;
    const leases = [mine.lease(handle, 20), other.lease(handle, 21)];
    expect(mine.leaseCount(handle)).toBe(2);
    mine.free(handle);
    expect(() => mine.bytes(handle)).toThrow('it was freed');
    const [first, second] = leases;
    if (first === undefined || second === undefined) throw new Error('there are leases');
    expect(other.leasedBytes(first)[3]).toBe(33);
    other.release(first);
    expect(mine.allocate(1, 7)).toBe(undefined);
    expect(() => other.leasedBytes(first)).toThrow('lease 0 of generation 0 has ended');
    expect(() => other.release(first)).toThrow(expect.objectContaining({
      code: 'MEMORY_STALE_HANDLE',
    }));
    mine.release(second);
    expect(mine.allocate(1, 7)).toEqual({ block: 1, generation: heap.generation(1) });
  });

  it('BUFFER-1: a buffer that is lent moves to another owner', () => {
    const { ends: [mine, other] } = open();
    const handle = allocate(mine, 64, 7);
    const lease = mine.lease(handle, 20);
    const moved = mine.transfer(handle, 8);
    expect(other.leaseCount(moved)).toBe(1);
    if (lease !== undefined) other.release(lease);
    expect(other.leaseCount(moved)).toBe(0);
  });

  it('LEASE-5: says when all leases are held', () => {
    const { ends: [mine] } = open();
    const handle = allocate(mine, 64, 7);
    const leases = [1, 2, 3, 4, 5].map((lessee) => mine.lease(handle, lessee));
    expect(leases.map((lease) => lease?.index)).toEqual([0, 1, 2, 3, undefined]);
  });

  it('BUFFER-5: what a dead owner or lessee had is found', () => {
    const { heap, ends: [mine, other] } = open();
    const [first] = [allocate(mine, 1_000, 7), allocate(mine, 64, 7)];
    const kept = allocate(mine, 5_000, 8);
    for (const lessee of [20, 20, 21]) mine.lease(first, lessee);
    expect(other.freeAll(7)).toBe(2);
    expect(other.freeAll(7)).toBe(0);
    expect([other.releaseAll(20), other.releaseAll(21), other.releaseAll(20)]).toEqual([2, 1, 0]);
    other.free(kept);
    heap.thread(0).trim();
    expect(heap.ownedSegments()).toBe(0);
  });

  it.each([0, -1, 1.5, OWNER_MAX + 1])('refuses the owner %d', (owner) => {
    const { ends: [mine] } = open();
    const handle = allocate(mine, 64, 7);
    for (const use of [
      (): unknown => mine.allocate(1, owner), (): unknown => mine.transfer(handle, owner),
      (): unknown => mine.lease(handle, owner),
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: 'MEMORY_LIMIT' }));
      expect(use).toThrow(`owner or lessee ${owner}, must be an integer from 1 to 1073741823`);
    }
  });

  it('refuses leases and threads outside their limits', () => {
    const { heap } = open();
    const layout = { heap, threads: 1, control: 0 };
    for (const leases of [0, LEASES_MAX + 1]) {
      expect(() => createBuffers(new Int32Array(16), { ...layout, leases }))
        .toThrow(`buffers with ${leases} leases; there are 1 to 65536`);
    }
    const buffers = createBuffers(new Int32Array(16), { ...layout, leases: 1 });
    expect(() => buffers.thread(1, heap.thread(1)))
      .toThrow('thread index 1 of buffers, the limit is 0');
  });
});

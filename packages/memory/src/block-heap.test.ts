import { seededRandom } from '@ganglion/runtime';
import { describe, expect, it } from 'vitest';
import { BLOCK_SEGMENTS_MAX, blockHeapWords, createBlockHeap } from './block-heap.js';
import type { BlockHeap } from './block-heap.js';
import { BLOCK_BYTES_MAX } from './block-heap-thread.js';
import { explore, withoutWrites } from './testing/index.js';
import type { Outcome, ThreadContext } from './testing/index.js';

const THREADS = 3;

function heapOver(words: Int32Array, segments: number, control = 0): BlockHeap {
  const data = control + Math.ceil(blockHeapWords(segments, THREADS) / 16) * 16;
  return createBlockHeap(words, { segments, threads: THREADS, control, data });
}

function wordsFor(segments: number): number {
  return Math.ceil(blockHeapWords(segments, THREADS) / 16) * 16 + segments * BLOCK_BYTES_MAX / 4;
}

function newHeap(segments: number): { heap: BlockHeap; words: Int32Array } {
  const words = new Int32Array(wordsFor(segments));
  return { heap: heapOver(words, segments), words };
}

describe('a block heap', () => {
  it.each([
    [0, 64], [1, 64], [64, 64], [65, 128], [128, 128], [129, 256], [4_000, 4_096],
    [524_289, BLOCK_BYTES_MAX], [BLOCK_BYTES_MAX, BLOCK_BYTES_MAX],
  ])('gives %d bytes a block of %d', (sizeBytes, blockBytes) => {
    const { heap } = newHeap(1);
    const end = heap.thread(0);
    let count = 0;
    while (end.allocate(sizeBytes) !== 0) count += 1;
    expect(count).toBe(BLOCK_BYTES_MAX / blockBytes);
    expect(heap.sizeBytes(1)).toBe(sizeBytes);
  });

  it('BLOCK-HEAP-1: says where a block lies', () => {
    const { heap, words } = newHeap(2);
    const end = heap.thread(0);
    const [first, second] = [end.allocate(100), end.allocate(100)];
    expect([first, second]).toEqual([1, 3]);
    expect(heap.byteOffset(second) - heap.byteOffset(first)).toBe(128);
    expect(heap.byteOffset(first) % 64).toBe(0);
    expect(heap.word(second) * 4).toBe(heap.byteOffset(second) - words.byteOffset);
  });

  it('BLOCK-HEAP-2: refuses a second free and a free of an older generation', () => {
    const { heap } = newHeap(1);
    const [own, other] = [heap.thread(0), heap.thread(1)];
    const block = own.allocate(100);
    const old = heap.generation(block);
    own.free(block, old);
    expect(own.allocate(100)).toBe(block);
    const stale = expect.objectContaining({ code: 'MEMORY_STALE_HANDLE' });
    expect(() => own.free(block, old)).toThrow(stale);
    expect(() => other.free(block, old)).toThrow(stale);
    expect(heap.isLive(block, old)).toBe(false);
    expect(heap.generation(block)).toBeGreaterThan(old);
    expect(heap.isLive(block, heap.generation(block))).toBe(true);
    other.free(block, heap.generation(block));
    expect(() => own.free(block, heap.generation(block))).toThrow(stale);
  });

  it('BLOCK-HEAP-2: refuses what never was a block', () => {
    const { heap } = newHeap(1);
    const end = heap.thread(0);
    const block = end.allocate(BLOCK_BYTES_MAX);
    for (const id of [0, -1, block + 1, 2 ** 14 + 1]) {
      expect(() => end.free(id, 5)).toThrow(`block ${id} of generation 5 is not live`);
    }
    expect(heap.isLive(block + 1, heap.generation(block + 1))).toBe(false);
  });

  it('joins freed halves, so that a whole segment can be had again', () => {
    const { heap } = newHeap(1);
    const end = heap.thread(0);
    const blocks: number[] = [];
    for (let block = end.allocate(64); block !== 0; block = end.allocate(64)) blocks.push(block);
    expect(blocks.length).toBe(2 ** 14);
    for (const block of blocks) end.free(block, heap.generation(block));
    expect(end.allocate(BLOCK_BYTES_MAX)).toBe(1);
  });

  it('BLOCK-HEAP-3: blocks freed elsewhere come back to their owner, segments to all', () => {
    const { heap } = newHeap(2);
    const [own, other] = [heap.thread(0), heap.thread(1)];
    const blocks = Array.from({ length: 20 }, () => own.allocate(100_000)).filter((id) => id !== 0);
    expect([blocks.length, heap.ownedSegments(), other.allocate(1)]).toEqual([16, 2, 0]);
    for (const block of blocks) other.free(block, heap.generation(block));
    expect(other.allocate(1)).toBe(0);
    own.trim();
    expect(heap.ownedSegments()).toBe(0);
    expect(other.allocate(1)).toBe(1);
  });

  it('names the size and the limit when it has no room', () => {
    const { heap } = newHeap(1);
    const end = heap.thread(0);
    expect(end.allocate(BLOCK_BYTES_MAX + 1)).toBe(0);
    expect(heap.refusal(BLOCK_BYTES_MAX + 1)).toMatchObject({
      code: 'MEMORY_LIMIT', message: 'a block of 1048577 bytes was asked for, the limit is 1048576',
    });
    end.allocate(BLOCK_BYTES_MAX);
    expect(end.allocate(1)).toBe(0);
    expect(heap.refusal(1)).toMatchObject({
      code: 'MEMORY_EXHAUSTED', message: 'no room for a block of 1 bytes in the heap of 1048576',
    });
  });

  it.each([
    [0, 'MEMORY_OPTION_INVALID', 'of 0 segments; it must be an integer from 1'],
    [BLOCK_SEGMENTS_MAX + 1, 'MEMORY_LIMIT', 'of 4097 segments, the limit is 4096'],
  ])('refuses %d segments', (segments, code, message) => {
    expect(() => heapOver(new Int32Array(16), segments)).toThrow(expect.objectContaining({ code }));
    expect(() => heapOver(new Int32Array(16), segments)).toThrow(message);
  });

  it('refuses a thread index over its limit', () => {
    expect(() => newHeap(1).heap.thread(3)).toThrow('index 3 of a block heap, the limit is 2');
  });

  it.each([1, 2, 3])('BLOCK-HEAP-1, -3, -4: 20,000 calls of three ends, seed %d', (seed) => {
    const { heap, words } = newHeap(4);
    const random = seededRandom(seed);
    const ends = [0, 1, 2].map((index) => heap.thread(index));
    const live: { block: number; generation: number; last: number }[] = [];
    let refused = 0;
    let intact = true;
    for (let turn = 0; turn < 20_000; turn++) {
      const who = random.below(3);
      // Now and then an end is replaced by a successor that knows only the shared words.
      if (random.below(500) === 0) ends[who] = heap.thread(who);
      if (live.length === 0 || random.below(100) < 52) {
        const sizeBytes = 1 + random.below(64 << random.below(13));
        const block = ends[who].allocate(sizeBytes);
        refused += block === 0 ? 1 : 0;
        if (block === 0) continue;
        const last = heap.word(block) + ((sizeBytes - 1) >> 2);
        words[heap.word(block)] = block;
        words[last] = block;
        live.push({ block, generation: heap.generation(block), last });
      } else {
        const [{ block, generation, last }] = live.splice(random.below(live.length), 1);
        intact &&= words[heap.word(block)] === block && words[last] === block;
        ends[who].free(block, generation);
      }
    }
    for (const { block, generation } of live) ends[0].free(block, generation);
    for (const end of ends) end.trim();
    expect(heap.ownedSegments()).toBe(0);
    expect(intact).toBe(true);
    expect(refused).toBeLessThan(10_000);
  });
});

/** The words where thread 0 hands blocks to thread 1: two pairs of id and generation. */
const HANDED = [0, 2] as const;
const CONTROL = 16;
const HALF = 524_288;

/** Fills the segment, hands both halves over and wants one back. */
function allocateThrice(words: Int32Array, { note }: ThreadContext): void {
  const heap = heapOver(words, 1, CONTROL);
  const end = heap.thread(0);
  for (const word of HANDED) {
    const block = end.allocate(HALF);
    note(block);
    words[word + 1] = heap.generation(block);
    Atomics.store(words, word, block);
  }
  note(end.allocate(HALF));
}

function freeHanded(words: Int32Array): void {
  const heap = heapOver(words, 1, CONTROL);
  const end = heap.thread(1);
  for (const word of HANDED) {
    const block = Atomics.load(words, word);
    if (block !== 0) end.free(block, words[word + 1]);
  }
}

/** Frees what is live; the number of segments that stay owned. */
function ownedAfterAll({ words, notes }: Outcome): number {
  const heap = heapOver(words, 1, CONTROL);
  const heirs = [heap.thread(0), heap.thread(1)];
  for (const block of new Set(notes.flat())) {
    const generation = heap.generation(Math.max(1, block));
    if (heap.isLive(block, generation)) heirs[1].free(block, generation);
  }
  for (const heir of heirs) heir.trim();
  return heap.ownedSegments();
}

describe('a block heap under every interleaving (ACTORS-P1)', { timeout: 60_000 }, () => {
  const scenario = {
    wordCount: CONTROL + wordsFor(1),
    threads: [allocateThrice, freeHanded],
    // The threads' stacks of returned blocks (RETURN-STACK-6), a line each.
    mayRace: (word: number) => word === CONTROL || word === CONTROL + 16,
  };

  it('BLOCK-HEAP-3, -5: blocks freed by another thread come back to their owner', () => {
    const third = new Set<number>();
    const { schedules } = explore({
      ...scenario,
      check(outcome) {
        third.add(outcome.notes[0][2]);
        expect(ownedAfterAll(outcome)).toBe(0);
      },
    }, { preemptions: 3 });
    // None in time, the first half, or the second.
    expect([...third].toSorted((a, b) => a - b)).toEqual([0, 1, 8_193]);
    expect(schedules).toBeGreaterThan(100);
  });

  it('BLOCK-HEAP-4: a death loses at most the block in hand and stops nobody', () => {
    const owned = new Set<number>();
    explore({
      ...scenario,
      check(outcome) {
        const left = ownedAfterAll(outcome);
        owned.add(left);
        const lost = outcome.died.some(Boolean) ? 1 : 0;
        expect(left).toBeLessThanOrEqual(lost);
      },
    }, { preemptions: 1, deaths: 1 });
    expect(owned.has(0)).toBe(true);
  });

  it('BLOCK-HEAP-3: catches a block that is returned without its link', () => {
    // The link of the first half, which is pushed before the second.
    const link = CONTROL + Math.ceil(blockHeapWords(1, THREADS) / 16) * 16 + HALF / 4;
    const unlinked = (words: Int32Array): void =>
      freeHanded(withoutWrites(words, (word) => word === link));
    const hurt = {
      ...scenario,
      threads: [allocateThrice, unlinked],
      check: (outcome: Outcome): void => { expect(ownedAfterAll(outcome)).toBe(0); },
    };
    expect(() => explore(hurt, { preemptions: 1 })).toThrow(/schedule/);
  });
});

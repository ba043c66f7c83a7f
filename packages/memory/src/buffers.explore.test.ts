/** Buffers and leases under every interleaving (ACTORS-P1), with deaths. */
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { blockHeapWords, createBlockHeap } from './block-heap.js';
import type { BlockHeap } from './block-heap.js';
import { BLOCK_BYTES_MAX } from './block-heap-thread.js';
import { bufferWords, createBuffers } from './buffers.js';
import type { BufferHandle, BufferThread } from './buffers.js';
import { explore, withoutWrites } from './testing/index.js';
import type { Outcome, Scenario, ThreadContext } from './testing/index.js';

const THREADS = 4;
const LEASES = 2;
const OWNER = 7;
const LESSEE = 20;
const DATA = Math.ceil(blockHeapWords(1, THREADS) / 16) * 16;
const CONTROL = DATA + BLOCK_BYTES_MAX / 4;
const LAYOUT = { segments: 1, threads: THREADS, control: 0, data: DATA };

const heapOver = (words: Int32Array): BlockHeap => createBlockHeap(words, LAYOUT);
const BLOCKS = heapOver(new Int32Array(0)).blockCount;
const OWNERS = CONTROL + 16 * THREADS;
const LEASE_WORDS = OWNERS + BLOCKS;
const WORDS = CONTROL + bufferWords(heapOver(new Int32Array(0)), THREADS, LEASES);
/** State and tag of the one block, then its owner and lease words. */
const TABLE = 16 * (THREADS + 2);
/** A word of the one block that nothing but the tests uses. */
const CONTENT = DATA + 5;
/** Where the setup leaves the generation of the one buffer. */
const START = WORDS;

/** The end of a thread. A successor brings another end of the heap than the dead one's. */
function open(words: Int32Array, thread: number, heapEnd = thread): BufferThread {
  const heap = heapOver(words);
  const layout = { heap, threads: THREADS, leases: LEASES, control: CONTROL };
  const buffers = createBuffers(words, layout);
  return buffers.thread(thread, heap.thread(heapEnd));
}

const first = (words: Int32Array): BufferHandle => ({ block: 1, generation: words[START] });

function setup(words: Int32Array): void {
  const handle = open(words, 0).allocate(BLOCK_BYTES_MAX, OWNER);
  words[START] = handle?.generation ?? 0;
  words[CONTENT] = 5;
}

const isStale = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'MEMORY_STALE_HANDLE';

/** True if the use was not refused. */
function accepted(use: () => void): boolean {
  try {
    use();
  } catch (error) {
    if (isStale(error)) return false;
    throw error;
  }
  return true;
}

/**
 * Blocks that are live, and owner words that are set, after every owner and lessee has ended and
 * every dead end has an heir.
 */
function lost({ words, died }: Outcome): number[] {
  // The heap's owner died while it joined the block, which is the heap's to find (BLOCK-HEAP-4).
  if ((words[TABLE] & 3) === 0 && words[TABLE + 1] >= 0) return words[OWNERS] === 0 ? [] : [1];
  const heir = open(words, 3);
  for (const [thread, dead] of died.entries()) if (dead) open(words, thread, 3);
  for (const lessee of [LESSEE, LESSEE + 1]) heir.releaseAll(lessee);
  for (const owner of [OWNER, OWNER + 1, OWNER + 2]) heir.freeAll(owner);
  const live: number[] = [];
  heapOver(words).eachLive(undefined, (block) => live.push(block));
  const owners = Array.from({ length: 4 }, (_, block) => words[OWNERS + block]);
  return [...live, ...owners.filter((owner) => owner !== 0)];
}

const transfer = (thread: number) => (words: Int32Array, { note }: ThreadContext): void => {
  const end = open(words, thread, 3 - thread);
  if (accepted(() => end.transfer(first(words), OWNER + 1 + thread))) note(OWNER + 1 + thread);
};

/** Looks at leases and blocks by plain loads, on purpose (LEASE-1, BLOCK-HEAP). */
const mayRace = (word: number): boolean => word >= LEASE_WORDS || word < DATA;

const moving = (threads: Scenario['threads']): Scenario => ({
  wordCount: WORDS + 1,
  setup,
  threads,
  recover: (words, _context, dead) => { open(words, dead, 3); },
  mayRace,
  check(outcome) {
    const { words, notes, died } = outcome;
    if (!died.includes(true)) {
      assert.deepEqual(notes.flat(), [words[OWNERS]]);
      assert.ok(!heapOver(words).isLive(1, words[START]));
    }
    assert.deepEqual(lost(outcome), []);
  },
});

/** Frees the buffer and takes the memory again, if it is there. */
function replace(words: Int32Array, { note }: ThreadContext): void {
  const end = open(words, 1);
  if (!accepted(() => end.free(first(words)))) return;
  if (end.allocate(BLOCK_BYTES_MAX, OWNER + 1) === undefined) return;
  words[CONTENT] = 9;
  note(9);
}

const giveUp = (words: Int32Array): void => {
  const end = open(words, 1);
  accepted(() => end.free(first(words)));
};

const borrow = (thread: number) => (words: Int32Array, { note }: ThreadContext): void => {
  const end = open(words, thread);
  accepted(() => {
    const lease = end.lease(first(words), LESSEE);
    if (lease === undefined) return;
    note(words[CONTENT]);
    note(words[CONTENT]);
    end.release(lease);
  });
};

const lending = (threads: Scenario['threads'], count: Set<number> = new Set()): Scenario => ({
  ...moving(threads),
  // Thread 1 has the segment, so that what it allocates again is the same memory. Its heir walks
  // all of it, which is left to the check.
  recover: (words, _context, dead) => { if (dead === 0) open(words, dead, 3); },
  setup(words) {
    const handle = open(words, 1).allocate(BLOCK_BYTES_MAX, OWNER);
    words[START] = handle?.generation ?? 0;
    words[CONTENT] = 5;
  },
  check(outcome) {
    const { notes } = outcome;
    const seen = [...notes[0], ...(notes.length > 3 ? notes[2] : [])];
    assert.ok(seen.every((value) => value === 5));
    count.add(notes[0].length + notes[1].length);
    assert.deepEqual(lost(outcome), []);
  },
});

describe('buffers under every interleaving (ACTORS-P1)', { timeout: 60_000 }, () => {
  it('BUFFER-1, -4: of two transfers one succeeds, and a death leaves one owner', () => {
    const runs = [
      explore(moving([transfer(0), transfer(1)]), { preemptions: 3 }),
      explore(moving([transfer(0), transfer(1)]), { preemptions: 1, deaths: 1 }),
    ];
    expect(Math.min(...runs.map(({ schedules }) => schedules))).toBeGreaterThan(100);
  });

  it('BUFFER-2, -3, LEASE-1, -2, -3: a lease and the owner who frees and allocates again', () => {
    const seen = new Set<number>();
    const { schedules } = explore(lending([borrow(0), replace], seen), { preemptions: 2 });
    expect(schedules).toBeGreaterThan(500);
    // Neither, only the one, only the other, both.
    expect([...seen].toSorted()).toEqual([0, 1, 2, 3]);
  });

  it('BUFFER-2, -3: two leases of one buffer end while its owner frees it', () => {
    const { schedules } = explore(lending([borrow(0), replace, borrow(2)]), { preemptions: 1 });
    expect(schedules).toBeGreaterThan(100);
  });

  it('BUFFER-4, LEASE-4: a death loses no buffer and no lease', () => {
    const { schedules } = explore(lending([borrow(0), giveUp]), { preemptions: 1, deaths: 1 });
    expect(schedules).toBeGreaterThan(500);
  });
});

const readsWithoutLease = (words: Int32Array, { note }: ThreadContext): void => {
  if (heapOver(words).isLive(1, words[START])) note(words[CONTENT]);
};

const silentMover = (words: Int32Array, context: ThreadContext): void =>
  transfer(0)(withoutWrites(words, (word) => word >= CONTROL && word < OWNERS), context);

describe('seeded bugs', { timeout: 60_000 }, () => {
  it('catches a reader that looks at the handle and not at a lease', () => {
    expect(() => explore(lending([readsWithoutLease, replace])))
      .toThrow(/the check failed|race for/);
  });

  it('catches a mover that does not say what it moves', () => {
    expect(() => explore(moving([silentMover, transfer(1)]), { preemptions: 0, deaths: 1 }))
      .toThrow(/the check failed|threw/);
  });
});

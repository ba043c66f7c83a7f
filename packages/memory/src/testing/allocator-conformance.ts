/**
 * The rules of `Allocator` (contract.ts) as cases that any test runner can run against any
 * implementation.
 */
import assert from 'node:assert/strict';
import { seededRandom } from '@ganglion/runtime';
import type { ConformanceCase } from '@ganglion/runtime/testing';
import type { Allocator, Block } from '../contract.js';

/** What the kit is given: makes a fresh allocator of exactly `capacityBytes`, a multiple of 64. */
export interface AllocatorSubject {
  create(capacityBytes: number): Allocator;
}

const LINE_BYTES = 64;
const stale = { name: 'MemoryError', code: 'MEMORY_STALE_HANDLE' };

function endOf(block: Block): number {
  return block.offset + Math.max(1, block.sizeBytes);
}

/** Keeps what the allocator said and compares each new block with all live ones. */
class Model {
  readonly live: Block[] = [];
  readonly freed: Block[] = [];
  readonly #generations: Map<number, number> = new Map();

  add(block: Block, sizeBytes: number): void {
    assert.equal(block.sizeBytes, sizeBytes, 'the block has the size asked for');
    assert.equal(block.offset % LINE_BYTES, 0, `offset ${block.offset} is 64-byte aligned`);
    for (const other of this.live) {
      const apart = endOf(block) <= other.offset || endOf(other) <= block.offset;
      assert.ok(apart, `the blocks at ${block.offset} and ${other.offset} do not overlap`);
    }
    const before = this.#generations.get(block.offset) ?? -Infinity;
    assert.ok(block.generation > before, `generation ${block.generation} follows ${before}`);
    this.#generations.set(block.offset, block.generation);
    this.live.push(block);
  }

  /** Removes and returns a live block. */
  remove(index: number): Block {
    const [block] = this.live.splice(index, 1);
    this.freed.push(block);
    return block;
  }
}

function isExhausted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'MEMORY_EXHAUSTED';
}

/** Random calls against the model; sizes from 0 to 4 KiB in a capacity of 64 KiB. */
function randomCalls({ create }: AllocatorSubject, seed: number): void {
  const random = seededRandom(seed);
  const allocator = create(65_536);
  const model = new Model();
  let exhausted = 0;
  for (let turn = 0; turn < 2_000; turn++) {
    if (model.live.length === 0 || random.below(100) < 55) {
      const sizeBytes = random.below(1 + (16 << random.below(9)));
      try {
        model.add(allocator.allocate(sizeBytes), sizeBytes);
      } catch (error) {
        if (!isExhausted(error)) throw error;
        exhausted += 1;
      }
    } else {
      allocator.free(model.remove(random.below(model.live.length)));
    }
    if (model.freed.length > 0) {
      const block = model.freed[random.below(model.freed.length)];
      assert.throws(() => allocator.check(block), stale);
    }
    for (const block of model.live) allocator.check(block);
  }
  assert.ok(exhausted > 0, 'the calls filled the capacity at least once');
  while (model.live.length > 0) allocator.free(model.remove(0));
  assert.equal(allocator.allocatedBytes, 0);
  model.add(allocator.allocate(65_536), 65_536);
}

/** Cases of ALLOCATOR-1 to ALLOCATOR-5. */
export const allocatorConformance: readonly ConformanceCase<AllocatorSubject>[] = Object.freeze([
  ...[1, 2, 3].map((seed) => ({
    name: `ALLOCATOR-1, -2, -3, -5: 2,000 random calls keep to the model, seed ${seed}`,
    run: (subject: AllocatorSubject): void => randomCalls(subject, seed),
  })),
  {
    name: 'ALLOCATOR-2: the bytes of a freed block come back with a higher generation',
    run({ create }) {
      const allocator = create(LINE_BYTES);
      const old = allocator.allocate(10);
      allocator.free(old);
      const block = allocator.allocate(10);
      assert.equal(block.offset, old.offset);
      assert.ok(block.generation > old.generation, 'the generation rises');
    },
  },
  {
    name: 'ALLOCATOR-3: freeing twice throws and changes nothing',
    run({ create }) {
      const allocator = create(4 * LINE_BYTES);
      const block = allocator.allocate(10);
      allocator.free(block);
      const bytes = allocator.allocatedBytes;
      assert.throws(() => allocator.free(block), stale);
      assert.equal(allocator.allocatedBytes, bytes);
      const again = allocator.allocate(10);
      assert.throws(() => allocator.free(block), stale);
      allocator.check(again);
    },
  },
  {
    name: "ALLOCATOR-3: freeing another allocator's block throws",
    run({ create }) {
      const [allocator, other] = [create(4 * LINE_BYTES), create(4 * LINE_BYTES)];
      const block = allocator.allocate(10);
      other.allocate(20);
      assert.throws(() => other.free({ ...block, arena: block.arena + 1 }), stale);
      assert.throws(() => other.free(block), stale);
      allocator.free(block);
    },
  },
  {
    name: 'ALLOCATOR-4: what does not fit throws, naming size, capacity and largest free range',
    run({ create }) {
      const allocator = create(10 * LINE_BYTES);
      const blocks = [2, 3, 2, 3].map((lines) => allocator.allocate(lines * LINE_BYTES));
      allocator.free(blocks[0]);
      allocator.free(blocks[2]);
      assert.throws(() => allocator.allocate(3 * LINE_BYTES), (error: Error) => {
        assert.ok(isExhausted(error), `${error.message} is MEMORY_EXHAUSTED`);
        for (const figure of ['192', '640', '128']) assert.match(error.message, new RegExp(figure));
        return true;
      });
      allocator.check(blocks[1]);
      allocator.check(allocator.allocate(2 * LINE_BYTES));
    },
  },
  {
    name: 'ALLOCATOR-5: blocks freed in any order leave one range',
    run({ create }) {
      for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]]) {
        const allocator = create(4 * LINE_BYTES);
        const blocks = order.map(() => allocator.allocate(LINE_BYTES));
        for (const index of order) allocator.free(blocks[index]);
        assert.equal(allocator.allocatedBytes, 0);
        assert.equal(allocator.allocate(4 * LINE_BYTES).sizeBytes, allocator.capacityBytes);
      }
    },
  },
]);

import { seededRandom } from '@ganglion/runtime';
import { describe, expect, it } from 'vitest';
import { createSlab, MAX_SLAB_SIZE, SLAB_CLASSES, slabWords } from './slab.js';
import type { Slab, SlabClass } from './slab.js';
import { slotPoolWords } from './slot-pool.js';
import { explore } from './testing/index.js';
import type { Scenario, ThreadContext } from './testing/index.js';

const CLASSES = [{ sizeBytes: 64, count: 100 }, { sizeBytes: 256, count: 10 }];

function wordsFor(classes: readonly SlabClass[]): number {
  const { control, data } = slabWords(classes);
  return control + data;
}

function slabOver(words: Int32Array, classes: readonly SlabClass[]): Slab {
  return createSlab(words, { classes, control: 0, data: slabWords(classes).control });
}

function newSlab(classes: readonly SlabClass[] = CLASSES): { words: Int32Array; slab: Slab } {
  const words = new Int32Array(wordsFor(classes));
  return { words, slab: slabOver(words, classes) };
}

const stale = expect.objectContaining({ code: 'MEMORY_STALE_HANDLE' });

describe('a slab', () => {
  it('SLAB-1: gives the smallest class that holds what is asked for, and no other', () => {
    const { slab } = newSlab();
    const end = slab.thread(0);
    expect([0, 64, 65, 256].map((size) => slab.sizeBytes(end.allocate(size))))
      .toEqual([64, 64, 256, 256]);
    let count = 2;
    while (end.allocate(1) !== 0) count += 1;
    expect(count).toBe(100);
    expect(end.allocate(100)).toBeGreaterThan(0);
  });

  it('SLAB-1: names the size and the limit when it has no block', () => {
    const { slab } = newSlab([{ sizeBytes: 64, count: 1 }]);
    const end = slab.thread(0);
    expect([end.allocate(65), end.allocate(1), end.allocate(1)]).toEqual([0, 1, 0]);
    expect(slab.refusal(65)).toMatchObject({
      code: 'MEMORY_LIMIT', message: 'a block of 65 bytes was asked for, the slab\'s limit is 64',
    });
    expect(slab.refusal(1)).toMatchObject({
      code: 'MEMORY_EXHAUSTED', message: 'no block of 64 bytes is free for 1; the slab has 1',
    });
  });

  it('SLAB-2: refuses a second free, an older generation and what never was a block', () => {
    const { slab } = newSlab();
    const [own, other] = [slab.thread(0), slab.thread(1)];
    const block = own.allocate(10);
    const old = slab.generation(block);
    expect(slab.isLive(block, old)).toBe(true);
    other.free(block, old);
    expect(slab.isLive(block, old)).toBe(false);
    expect(slab.isLive(block, old + 1)).toBe(false);
    expect(() => own.free(block, old)).toThrow(stale);
    expect(other.allocate(10)).toBe(block);
    expect(() => own.free(block, old)).toThrow(stale);
    for (const id of [0, -1, 101, 2 * 2 ** 24 + 1, 99]) {
      expect(() => own.free(id, 0)).toThrow(stale);
    }
    expect(() => own.free(99, 0)).toThrow('block 99 of class 0, generation 0, is not live');
    other.free(block, old + 1);
  });

  it('SLAB-3: a block whose generations have run out is not handed out again', () => {
    const classes = [{ sizeBytes: 64, count: 2 }];
    const { words, slab } = newSlab(classes);
    const end = slab.thread(0);
    const block = end.allocate(1);
    words[slotPoolWords(2) + block] = 2 ** 31 - 2;
    end.free(block, 2 ** 31 - 2);
    expect([end.allocate(1), end.allocate(1)]).toEqual([2, 0]);
    end.openAdoption();
    const found: number[] = [];
    end.adopt(0, (one) => found.push(one));
    expect(found).toEqual([2]);
  });

  it('names and passes on the holder of a block', () => {
    const { slab } = newSlab();
    const end = slab.thread(3);
    const block = end.allocate(200);
    expect(slab.holder(block)).toBe(3);
    slab.transfer(block, 5);
    expect(slab.holder(block)).toBe(5);
    end.free(block, slab.generation(block));
    expect(slab.holder(block)).toBe(-1);
  });

  it('SLAB-4: an adoption finds what a dead thread held', () => {
    const { slab } = newSlab();
    const dead = slab.thread(1);
    const blocks = [dead.allocate(1), dead.allocate(200), dead.allocate(1)];
    dead.free(blocks[2], slab.generation(blocks[2]));
    const heir = slab.thread(2);
    heir.openAdoption();
    heir.recirculate();
    const found: number[] = [];
    heir.adopt(1, (block, generation) => {
      found.push(block);
      heir.free(block, generation);
    });
    expect(found).toEqual(blocks.slice(0, 2));
    let count = 0;
    while (heir.allocate(1) !== 0) count += 1;
    expect(count).toBe(100);
  });

  it.each([1, 2])('SLAB-1, -2: 20,000 calls of three ends, seed %d', (seed) => {
    const { words, slab } = newSlab();
    const random = seededRandom(seed);
    const ends = [0, 1, 2].map((index) => slab.thread(index));
    const live: { block: number; generation: number }[] = [];
    let [refused, intact] = [0, true];
    for (let turn = 0; turn < 20_000; turn++) {
      const end = ends[random.below(3)];
      if (random.below(100) < 52) {
        const block = end.allocate(1 + random.below(256));
        refused += block === 0 ? 1 : 0;
        if (block === 0) continue;
        words.fill(block, slab.word(block), slab.word(block) + slab.sizeBytes(block) / 4);
        live.push({ block, generation: slab.generation(block) });
      } else if (live.length > 0) {
        const [{ block, generation }] = live.splice(random.below(live.length), 1);
        const at = slab.word(block);
        const held = words.subarray(at, at + slab.sizeBytes(block) / 4);
        intact &&= held.every((word) => word === block);
        end.free(block, generation);
      }
    }
    expect(intact).toBe(true);
    expect(refused).toBeGreaterThan(0);
  });

  it.each([
    [[], 'MEMORY_LIMIT', 'a slab of 0 classes; there are 1 to 16'],
    [Array.from({ length: 17 }, (_, i) => ({ sizeBytes: 64 * (i + 1), count: 1 })),
      'MEMORY_LIMIT', `a slab of 17 classes; there are 1 to ${SLAB_CLASSES}`],
    [[{ sizeBytes: 65, count: 1 }], 'MEMORY_OPTION_INVALID', 'of 65 bytes after one of 0'],
    [[{ sizeBytes: 128, count: 1 }, { sizeBytes: 64, count: 1 }], 'MEMORY_OPTION_INVALID',
      'of 64 bytes after one of 128'],
    [[{ sizeBytes: 2 * MAX_SLAB_SIZE, count: 1 }], 'MEMORY_LIMIT', 'the limit is 8388608'],
    [[{ sizeBytes: 64, count: 0 }], 'MEMORY_OPTION_INVALID', "a slot pool's count is 0"],
  ])('refuses the classes %o', (classes, code, message) => {
    const make = (): unknown => createSlab(new Int32Array(16), { classes, control: 0, data: 16 });
    expect(make).toThrow(expect.objectContaining({ code }));
    expect(make).toThrow(message);
  });
});

const SMALL = [{ sizeBytes: 64, count: 3 }];
const GENERATION = slotPoolWords(3) + 1;

type Free = (words: Int32Array, end: number) => void;

/** Both threads free block 1, and take and free another. */
const freeTwice = (free: Free): Scenario => {
  const thread = (end: number) => (words: Int32Array, { note }: ThreadContext): void => {
    try {
      free(words, end);
      note(1);
    } catch (error) {
      expect(error).toEqual(stale);
    }
  };
  return {
    wordCount: wordsFor(SMALL),
    setup: (words) => { slabOver(words, SMALL).thread(0).allocate(1); },
    threads: [thread(1), thread(2)],
    // The holder and the generation are looked at by plain loads before the exchange.
    mayRace: (word) => word < slabWords(SMALL).control,
    check({ words, notes, died }) {
      if (!died.includes(true)) expect(notes.flat()).toEqual([1]);
      const heir = slabOver(words, SMALL).thread(3);
      heir.openAdoption();
      heir.recirculate();
      for (const dead of [0, 1, 2]) heir.adopt(dead, heir.free.bind(heir));
      const blocks = [1, 2, 3, 4].map(() => heir.allocate(1));
      expect(blocks.toSorted()).toEqual([0, 1, 2, 3]);
    },
  };
};

const freeOne: Free = (words, end) => slabOver(words, SMALL).thread(end).free(1, 0);
const compareThenStore: Free = (words, end) => {
  if (!slabOver(words, SMALL).isLive(1, 0)) freeOne(words, end);
  Atomics.store(words, GENERATION, 1);
};

describe('a slab under every interleaving (ACTORS-P1)', () => {
  it('SLAB-2, -4: of two frees one succeeds, and a death loses nothing', () => {
    const { schedules } = explore(freeTwice(freeOne), { preemptions: 3, deaths: 1 });
    expect(schedules).toBeGreaterThan(100);
  });

  it('catches a free that compares and then stores', () => {
    expect(() => explore(freeTwice(compareThenStore))).toThrow(/the check failed/);
  });
});

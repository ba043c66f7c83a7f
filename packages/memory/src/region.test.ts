import { describe, expect, it } from 'vitest';
import {
  attachRegion, createRegion, planRegion, REGION_BYTES_MAX, reportRegion,
} from './region.js';
import type { RegionPlan, SectionSpec } from './region.js';

const PLAN = planRegion([
  { name: 'blocks', count: 3, elementBytes: 20 },
  { name: 'slots', count: 2, elementBytes: 320 },
  { name: 'heaps', count: 1, elementBytes: 4_096, alignBytes: 4_096 },
]);

function planPages(count: number): RegionPlan {
  return planRegion([{ name: 'pages', count, elementBytes: 2 ** 16 }]);
}

describe('planRegion', () => {
  it('REGION-1: lays sections in order, aligned, without overlap', () => {
    expect(PLAN.sections).toEqual({
      blocks: {
        name: 'blocks', count: 3, elementBytes: 20, elementWords: 5, offset: 0, word: 0,
        sizeBytes: 60,
      },
      slots: {
        name: 'slots', count: 2, elementBytes: 320, elementWords: 80, offset: 64, word: 16,
        sizeBytes: 640,
      },
      heaps: {
        name: 'heaps', count: 1, elementBytes: 4_096, elementWords: 1_024, offset: 4_096,
        word: 1_024, sizeBytes: 4_096,
      },
    });
    expect(PLAN.sizeBytes).toBe(8_192);
  });

  it('rounds the whole up to a line', () => {
    expect(planRegion([{ name: 'one', count: 1, elementBytes: 4 }]).sizeBytes).toBe(64);
  });

  it('REGION-2: names its sections in its type', () => {
    // @ts-expect-error there is no such section
    expect(PLAN.sections.blok).toBe(undefined);
  });

  it.each<[string, SectionSpec[], string]>([
    ['a name given twice', [{ name: 'a', count: 1, elementBytes: 4 },
      { name: 'a', count: 1, elementBytes: 4 }], 'section a: is named twice'],
    ['a negative count', [{ name: 'a', count: -1, elementBytes: 4 }], 'count is -1'],
    ['half a word', [{ name: 'a', count: 1, elementBytes: 6 }], 'elementBytes is 6'],
    ['an odd alignment', [{ name: 'a', count: 1, elementBytes: 4, alignBytes: 24 }],
      'alignBytes is 24, must be a power of two from 8'],
  ])('refuses %s', (_name, specs, message) => {
    expect(() => planRegion(specs)).toThrow(expect.objectContaining({
      code: 'MEMORY_OPTION_INVALID',
    }));
    expect(() => planRegion(specs)).toThrow(message);
  });

  it('REGION-3: refuses more than 4 GiB with the figure and the limit', () => {
    expect(planPages(2 ** 16).sizeBytes).toBe(REGION_BYTES_MAX);
    expect(() => planPages(2 ** 16 + 1)).toThrow(expect.objectContaining({
      code: 'MEMORY_LIMIT',
      message: 'a region of 4295032832 bytes was planned, the limit is 4294967296',
    }));
  });
});

describe('a region', () => {
  it('is zero, and the same bytes in all its views and attachments', () => {
    const region = createRegion(PLAN);
    const again = attachRegion(PLAN, region.buffer);
    region.words[PLAN.sections.slots.word] = 0x01020304;
    expect(again.bytes[PLAN.sections.slots.offset]).toBe(4);
    expect(again.words.reduce((sum, word) => sum + word, 0)).toBe(0x01020304);
    expect(again.doubles.length * 8).toBe(8_192);
  });

  it('refuses a buffer of another plan', () => {
    expect(() => attachRegion(PLAN, new SharedArrayBuffer(64))).toThrow(expect.objectContaining({
      code: 'MEMORY_OPTION_INVALID',
      message: "the region's buffer has 64 bytes, its plan 8192",
    }));
  });

  it('MEMORY_EXHAUSTED: says what the machine refused', () => {
    const plan = { ...PLAN, sizeBytes: 2 ** 53 - 1 };
    expect(() => createRegion(plan)).toThrow(expect.objectContaining({ code: 'MEMORY_EXHAUSTED' }));
  });

  it('REGION-4: reserves 4 GiB without touching it', () => {
    const plan = planPages(2 ** 16);
    const before = process.memoryUsage.rss();
    const { words, bytes } = createRegion(plan);
    words[2 ** 30 - 1] = 7;
    expect([bytes.length, bytes[2 ** 32 - 4]]).toEqual([2 ** 32, 7]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20);
  });

  it('reports what it reserves', () => {
    expect(reportRegion(PLAN)).toEqual([
      { name: 'blocks', count: 3, sizeBytes: 60 },
      { name: 'slots', count: 2, sizeBytes: 640 },
      { name: 'heaps', count: 1, sizeBytes: 4_096 },
      { name: 'total', count: 3, sizeBytes: 8_192 },
    ]);
  });
});

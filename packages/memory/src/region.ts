/**
 * Regions: one shared buffer reserved at start, cut into named sections by a plan that every thread
 * computes alike.
 *
 * Owns the placement of sections and the views over them. Does not own what a section contains:
 * offsets inside an element come from `struct` tables of the section's owner.
 *
 * REGION-1: sections do not overlap, lie in the order given, and start at a multiple of their
 * alignment.
 * REGION-2: the same list of sections gives the same plan on every thread.
 * REGION-3: a region is at most 4 GiB, so that every word index is below 2^30 and every typed array
 * is legal on Node 20 (2^32 elements).
 * REGION-4: the buffer never grows; pages that nobody touches take no memory.
 */
import { MemoryError } from './errors.js';

/** Most bytes that one region may have (REGION-3). */
export const REGION_BYTES_MAX: number = 2 ** 32;

const LINE_BYTES = 64;

/** What a plan is made from: `count` elements of `elementBytes` each. */
export interface SectionSpec<Name extends string = string> {
  readonly name: Name;
  readonly count: number;
  /** A multiple of 4, so that each element starts at a word. */
  readonly elementBytes: number;
  /** A power of two from 8. @default 64 */
  readonly alignBytes?: number;
}

/**
 * A placed section. `offset` is in bytes and `word` in 4-byte words, both from the start of the
 * region.
 */
export interface Section<Name extends string = string> {
  readonly name: Name;
  readonly count: number;
  readonly elementBytes: number;
  readonly elementWords: number;
  readonly offset: number;
  readonly word: number;
  readonly sizeBytes: number;
}

/**
 * Where everything lies. Plain data: it may cross to another thread instead of being computed
 * there.
 */
export interface RegionPlan<Name extends string = string> {
  readonly sections: { readonly [N in Name]: Section<N> };
  /** All sections with the padding between them. */
  readonly sizeBytes: number;
}

/**
 * A region's buffer with its views. The views cover the whole region; index them with a section's
 * `word`.
 */
export interface Region<Name extends string = string> {
  readonly plan: RegionPlan<Name>;
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
}

/** One line of the start-up report. */
export interface RegionReportLine {
  readonly name: string;
  readonly count: number;
  readonly sizeBytes: number;
}

/**
 * Places the sections one after another.
 * @throws MemoryError MEMORY_OPTION_INVALID for a section that cannot be placed, MEMORY_LIMIT above
 * 4 GiB.
 */
export function planRegion<const Name extends string>(
  specs: readonly SectionSpec<Name>[],
): RegionPlan<Name> {
  const sections: Partial<Record<Name, Section<Name>>> = {};
  let end = 0;
  for (const spec of specs) {
    checkSection(spec, sections);
    const { name, count, elementBytes, alignBytes = LINE_BYTES } = spec;
    const offset = Math.ceil(end / alignBytes) * alignBytes;
    const sizeBytes = count * elementBytes;
    end = offset + sizeBytes;
    sections[name] = Object.freeze({
      name, count, elementBytes, elementWords: elementBytes / 4,
      offset, word: offset / 4, sizeBytes,
    });
  }
  const sizeBytes = Math.ceil(end / LINE_BYTES) * LINE_BYTES;
  if (sizeBytes > REGION_BYTES_MAX) {
    throw new MemoryError('MEMORY_LIMIT',
      `a region of ${sizeBytes} bytes was planned, the limit is ${REGION_BYTES_MAX}`);
  }
  return Object.freeze({ sections: Object.freeze(sections), sizeBytes }) as RegionPlan<Name>;
}

function checkSection(spec: SectionSpec, placed: object): void {
  const { name, count, elementBytes, alignBytes = LINE_BYTES } = spec;
  const refuse = (what: string): never => {
    throw new MemoryError('MEMORY_OPTION_INVALID', `section ${name}: ${what}`);
  };
  if (Object.hasOwn(placed, name)) refuse('is named twice');
  if (!Number.isSafeInteger(count) || count < 0) {
    refuse(`count is ${count}, must be an integer from 0`);
  }
  if (!Number.isSafeInteger(elementBytes) || elementBytes < 4 || elementBytes % 4 !== 0) {
    refuse(`elementBytes is ${elementBytes}, must be a multiple of 4`);
  }
  if (!(alignBytes >= 8) || !Number.isInteger(Math.log2(alignBytes))) {
    refuse(`alignBytes is ${alignBytes}, must be a power of two from 8`);
  }
}

/**
 * Reserves a zeroed region. @throws MemoryError MEMORY_EXHAUSTED if the machine refuses the
 * reservation.
 */
export function createRegion<Name extends string>(plan: RegionPlan<Name>): Region<Name> {
  let buffer: SharedArrayBuffer;
  try {
    buffer = new SharedArrayBuffer(plan.sizeBytes);
  } catch (cause) {
    throw new MemoryError('MEMORY_EXHAUSTED',
      `the machine refused to reserve a region of ${plan.sizeBytes} bytes`, { cause });
  }
  return viewsOf(plan, buffer);
}

/**
 * Views a region that another thread made.
 * @throws MemoryError MEMORY_OPTION_INVALID if the buffer's length is not the plan's.
 */
export function attachRegion<Name extends string>(
  plan: RegionPlan<Name>, buffer: SharedArrayBuffer,
): Region<Name> {
  if (buffer.byteLength !== plan.sizeBytes) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `the region's buffer has ${buffer.byteLength} bytes, its plan ${plan.sizeBytes}`);
  }
  return viewsOf(plan, buffer);
}

function viewsOf<Name extends string>(
  plan: RegionPlan<Name>, buffer: SharedArrayBuffer,
): Region<Name> {
  return Object.freeze({
    plan, buffer,
    words: new Int32Array(buffer), doubles: new Float64Array(buffer), bytes: new Uint8Array(buffer),
  });
}

/** What the plan reserves, in its order, ending with a line named `total`. */
export function reportRegion(plan: RegionPlan): readonly RegionReportLine[] {
  const sections: readonly Section[] = Object.values(plan.sections);
  const lines = sections.map(({ name, count, sizeBytes }) => ({ name, count, sizeBytes }));
  return [...lines, { name: 'total', count: lines.length, sizeBytes: plan.sizeBytes }];
}

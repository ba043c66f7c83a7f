import type { Program, ValueId } from '../contract.js';
import { operandsOf } from '../operands.js';
import { byteLength } from '../shape.js';

/**
 * Where the temporaries of a program lie within one allocation.
 *
 * PLACEMENT-1: two temporaries share bytes only if the one is read for the last time before the
 *   operation that writes the other; so no operation's output lies over its operands.
 * PLACEMENT-2: offsets are multiples of 64.
 */
export interface Placement {
  readonly sizeBytes: number;
  /** Byte offset of every temporary that is no part; written in order of first use. */
  readonly offsets: ReadonlyMap<ValueId, number>;
}

interface Interval {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

const ALIGNMENT = 64;

/** @param program validated. */
export function placeTemporaries(program: Program): Placement {
  const lastUse = new Map<ValueId, number>();
  program.ops.forEach((op, index) => {
    const { reads, writes } = operandsOf(op);
    for (const id of [...reads, ...writes]) {
      lastUse.set(program.values[id]?.part?.of ?? id, index);
    }
  });
  const offsets = new Map<ValueId, number>();
  const placed: Interval[] = [];
  let sizeBytes = 0;
  program.ops.forEach((op, index) => {
    for (const id of operandsOf(op).writes) {
      const value = program.values[id];
      if (value?.role !== 'temporary') continue;
      const bytes = Math.ceil(byteLength(value.shape, value.dtype) / ALIGNMENT) * ALIGNMENT;
      const start = lowestGap(placed.filter(({ to }) => to >= index), bytes);
      const end = start + bytes;
      placed.push({ from: index, to: lastUse.get(id) ?? index, start, end });
      offsets.set(id, start);
      sizeBytes = Math.max(sizeBytes, end);
    }
  });
  return { sizeBytes, offsets };
}

/** First fit between the live intervals. */
function lowestGap(live: readonly Interval[], bytes: number): number {
  let start = 0;
  for (const interval of live.toSorted((a, b) => a.start - b.start)) {
    if (interval.start - start >= bytes) return start;
    start = Math.max(start, interval.end);
  }
  return start;
}

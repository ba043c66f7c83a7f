import { describe, expect, it } from 'vitest';
import { boundedQueueWords, createBoundedQueue } from './bounded-queue.js';
import type { BoundedQueueKind } from './bounded-queue.js';
import { queueConformance } from './testing/index.js';
import type { QueueSubject } from './testing/index.js';

function subjectOf(kind: BoundedQueueKind): QueueSubject {
  return {
    capabilities: { producers: kind !== 'spsc', consumers: kind === 'mpmc' },
    create(shape) {
      const options = { word: 32, kind, ...shape };
      const words = new Int32Array(32 + boundedQueueWords(options));
      return { words, queue: createBoundedQueue(words, options) };
    },
  };
}

const KINDS = ['spsc', 'mpsc', 'mpmc'] as const;

describe.each(KINDS.map((kind) => ({ kind, subject: subjectOf(kind) })))('$kind', ({ subject }) => {
  const cases = queueConformance.filter((one) => one.requires?.(subject) !== false);
  it.each(cases)('$name', (one) => {
    expect(one.run(subject)).toBe(undefined);
  });
});

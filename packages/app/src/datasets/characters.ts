/** A text by its characters: windows of it, and after each character the one that follows. */
import { createHash } from 'node:crypto';

import type { Dataset, DatasetMemory } from '../contract.js';
import { AppError } from '../errors.js';
import { refuseUnknownKeys, requireInteger } from '../options.js';

/** What is read, and how it is cut. */
export interface CharactersOptions {
  readonly text: string;
  /** Characters of a sample, 1 to 65,536. */
  readonly context: number;
  /**
   * Characters from the start of one sample to that of the next.
   * @default context
   */
  readonly stride?: number;
  /**
   * Samples at the end of the text that are never trained on; what they share with the one before
   * them is left out of training too.
   * @default 0
   */
  readonly heldOut?: number;
}

const CONTEXT_MAX = 65_536;

/**
 * Samples (context) of i32, classes in the order of code points; labels (context) are the
 * characters one further on. What is left at the end of the text is skipped.
 * @throws AppError APP_OPTION_INVALID
 */
export function characters(options: CharactersOptions): Dataset {
  refuseUnknownKeys('characters', options, ['text', 'context', 'stride', 'heldOut']);
  const { text, context, stride = context, heldOut = 0 } = options;
  requireInteger('context of characters', context, { min: 1, max: CONTEXT_MAX });
  requireInteger('stride of characters', stride, { min: 1, max: CONTEXT_MAX });
  const points = Int32Array.from(Array.from(text, (character) => character.codePointAt(0) ?? 0));
  const alphabet = [...new Set(points)].toSorted((a, b) => a - b);
  const tokens = tokenize(points, alphabet);
  const starts = startsOf({ length: tokens.length, context, stride, heldOut });
  return Object.freeze({
    description: {
      name: 'characters', context, stride, heldOut,
      text: createHash('sha256').update(text).digest('hex'),
    },
    sampleShape: [context],
    elements: 'i32',
    labelShape: [context],
    classes: alphabet.length,
    count: starts.length,
    heldOut,
    load: async ({ indices, labels }: DatasetMemory) => {
      for (const [sample, start] of starts.entries()) {
        indices.set(tokens.subarray(start, start + context), sample * context);
        labels.set(tokens.subarray(start + 1, start + context + 1), sample * context);
      }
    },
  });
}

function tokenize(points: Int32Array, alphabet: readonly number[]): Int32Array {
  const classOf = new Map(alphabet.map((point, index) => [point, index]));
  return points.map((point) => classOf.get(point) ?? 0);
}

interface Cut {
  readonly length: number;
  readonly context: number;
  readonly stride: number;
  readonly heldOut: number;
}

/** First characters of the samples, those held out last. */
function startsOf({ length, context, stride, heldOut }: Cut): readonly number[] {
  const windows = Math.max(0, Math.floor((length - 1 - context) / stride) + 1);
  requireInteger('heldOut of characters', heldOut, { min: 0, max: Math.max(0, windows - 1) });
  if (windows === 0) {
    const message = `a text of ${length} characters holds no sample of ${context} and the next`;
    throw new AppError('APP_OPTION_INVALID', message);
  }
  const firstHeldOut = (windows - heldOut) * stride;
  return Array.from({ length: windows }, (_, window) => window * stride).filter((start) =>
    heldOut === 0 || start >= firstHeldOut || start + context < firstHeldOut);
}

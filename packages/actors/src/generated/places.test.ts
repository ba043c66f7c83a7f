import { describe, expect, test } from 'vitest';
import type { Mailboxes } from '../mailbox.js';
import { blockOf, slotIn } from './places.js';

/** What a text of generated code makes of `given`. */
function made(text: string, given: number): unknown {
  return new Function('given', `return ${text};`)(given);
}

describe('PLACES-1', () => {
  test.each([1, 2, 63, 64, 262_144])('the mask for %d slots changes none of them', (slotCount) => {
    const text = slotIn({ slotCount } as Mailboxes, 'given');
    for (const slot of [0, 1, slotCount - 1, slotCount]) expect(made(text, slot)).toBe(slot);
  });

  test('an id\'s low word gives the block of its index, whatever its generation', () => {
    const text = blockOf({ blocks: 1_000, blockCount: 2 ** 20 } as Mailboxes, 'given');
    for (const index of [0, 1, 2 ** 20 - 1])
      expect(made(text, index | (0xabc << 20))).toBe(1_000 + index * 32);
  });
});

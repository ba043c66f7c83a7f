/**
 * A list of slots, in one word, and what of a pool generated code may touch.
 *
 * A list is one word: the first slot in the low 24 bits, the number of slots above it. Each slot's
 * link word is the list behind it, so a list carries its length and a chunk needs no header.
 */

/** Slots that move between threads at once. */
export const SLOT_CHUNK = 64;

/**
 * Where a thread's end keeps what `take` and `give` touch, for generated code that does their first
 * branches itself: `list[0]` is the list of free slots, `words[holders + slot]` a holder word.
 */
export interface SlotPoolPlaces {
  readonly list: Int32Array;
  readonly holders: number;
  /** Holder words of this thread: of a slot in use, and of a free one. */
  readonly taken: number;
  readonly free: number;
}

/** Of a list word: its first slot, one slot in its length, and the length of a chunk. */
export const SlotList: Readonly<
  Record<'slotMask' | 'one' | 'chunk' | 'takenBit', number>
> = Object.freeze({
  slotMask: 2 ** 24 - 1, one: 2 ** 24, chunk: SLOT_CHUNK * 2 ** 24, takenBit: 2 ** 16,
});

/**
 * The state word of a relation. 0 is a free record; whoever clears the last bit frees it.
 *
 * Flags, then two stamps of 13 bits: the thread that makes the relation until it is made, and the
 * thread that queued its news until the receiver has taken them. A stamp is the thread's index and
 * how often that index has died, so that who is dead can be told from its successor.
 */

/** What a state says, besides its stamps. `listed` and `side` are of the maker's end. */
export const Flag = Object.freeze({
  /** Not ended by either actor, nor by its last news. */
  alive: 1,
  /** An end is in its actor's list: 2 of the maker, 4 of the other. */
  listed: 2,
  isLink: 8,
  /** The other had ended for good before it was reached. */
  gone: 16,
  /** The news are for the other's end. */
  toOther: 32,
});

const THREAD_BITS = 11;
const LIVES_MASK = 3;
const STAMP_BITS = 13;
const STAMP_MASK = (1 << STAMP_BITS) - 1;
const MAKER_SHIFT = 6;
const QUEUER_SHIFT = MAKER_SHIFT + STAMP_BITS;

/** The bit of an end's list. @param side 0 = the maker's end, 1 = the other's */
export function listedBit(side: number): number {
  return Flag.listed << side;
}

const KINDS = Flag.isLink | Flag.gone | Flag.toOther;

/** The state, or 0 if nobody has to do with the record any more. */
export function freedIfOver(state: number): number {
  return (state & ~KINDS) === 0 ? 0 : state;
}

/** A thread that has had this many predecessors. */
export function stampOf(thread: number, lives: number): number {
  return thread | ((lives & LIVES_MASK) << THREAD_BITS);
}

/** The index of a stamp's thread. */
export function threadOf(stamp: number): number {
  return stamp & ((1 << THREAD_BITS) - 1);
}

export function makerOf(state: number): number {
  return (state >>> MAKER_SHIFT) & STAMP_MASK;
}

/** 0 = nothing is queued. */
export function queuerOf(state: number): number {
  return (state >>> QUEUER_SHIFT) & STAMP_MASK;
}

export function withMaker(state: number, stamp: number): number {
  return (state & ~(STAMP_MASK << MAKER_SHIFT)) | (stamp << MAKER_SHIFT);
}

/** @param side whose the news are */
export function withQueuer(state: number, stamp: number, side: number): number {
  const rest = state & ~(STAMP_MASK << QUEUER_SHIFT) & ~Flag.toOther;
  return rest | (stamp << QUEUER_SHIFT) | (side === 0 ? 0 : Flag.toOther);
}

/** Nothing is queued. */
export function withoutQueuer(state: number): number {
  return state & ~(STAMP_MASK << QUEUER_SHIFT) & ~Flag.toOther;
}

/** The end that the queued news are for. */
export function receiverOf(state: number): number {
  return (state & Flag.toOther) === 0 ? 0 : 1;
}

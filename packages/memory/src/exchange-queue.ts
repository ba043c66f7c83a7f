/**
 * A bounded queue between many threads, in which every operation is one compare-and-swap that
 * exchanges records.
 *
 * Owns two hints, `capacity` cells, a line for each end, a holder word for each record, and the
 * records: one for each cell and one for each end. A cell packs (full bit, round, record); its
 * state only moves forward: empty(r), full(r), empty(r + 1), … where r is how often the ring has
 * been round. An end always has one record in its hand. A producer writes its own and swaps it for
 * the free one of an empty cell; a consumer swaps the one that it has read for that of a full cell.
 * There is no claim to die holding, and no free list.
 *
 * EXCHANGE-QUEUE-1: at any moment each record is in one cell or in one hand.
 * EXCHANGE-QUEUE-2: positions are filled in order and emptied in order: the position after one that
 * is in a later state than it was looked for in is looked at next, and no other. A full queue and
 * an empty one are told by the cell at the end, not by the hints.
 * EXCHANGE-QUEUE-3: hints are plain words that never run ahead; a stale one is a longer walk. Cells
 * are looked at by plain loads, because the compare-and-swap refuses a stale one; only a cell that
 * is walked past is looked at atomically (Node 20: 1 ns against 18).
 * EXCHANGE-QUEUE-4: before its compare-and-swap an end writes its intent: the position, and the
 * record that it expects there. After it the end marks that record as its own, clears the intent
 * before, and writes its hand. Intents alternate between two places, so that one stays until the
 * next compare-and-swap has made the mark visible.
 * EXCHANGE-QUEUE-5: so whether a dead end's compare-and-swap took place shows at any later time:
 * the cell says so; or an end that saw the record in that cell intends to take it from there; or
 * another end has marked the record. Looking in this order misses nothing, because a mover writes
 * its intent before it changes the cell and its mark before it gives up the intent.
 * EXCHANGE-QUEUE-6: a cell's word comes round after capacity × 2^rounds operations, at least 2^30
 * × capacity ÷ (capacity + ends): a thread must not sleep inside a call for so long.
 *
 * Threads: one end for each index, used by one thread at a time. A new end for a dead thread's
 * index finishes what that began, while the others go on.
 */
import assert from 'node:assert/strict';
import type { QueueConsumer, QueueProducer } from './contract.js';
import { QUEUE_NONE } from './contract.js';

const LINE_WORDS = 16;
const HEAD = 0;
const TAIL = LINE_WORDS;
const CELLS = 2 * LINE_WORDS;
const FULL = 1 << 31;

/** Words of an end's line: its hand, then two intents of (position, record + 1). */
const HAND = 0;
const INTENTS = 2;
const INTENT_WORDS = 2;
/** Bits of the hand word below its record: whether the record is unread, and the intent in use. */
const UNREAD = 1;
const SECOND = 2;
const HAND_SHIFT = 2;

/** Where a queue lies. */
export interface ExchangeQueueLayout {
  readonly word: number;
  /** A power of two. */
  readonly capacity: number;
  readonly recordWords: number;
  readonly producers: number;
  readonly consumers: number;
}

/** A queue as its ends see it. */
interface ExchangeMemory {
  readonly words: Int32Array;
  readonly head: number;
  readonly tail: number;
  readonly cells: number;
  readonly capacity: number;
  /** Bits of a position below its round. */
  readonly positionBits: number;
  /** Bits of a cell below its round. */
  readonly recordBits: number;
  readonly producers: number;
  readonly ends: number;
  readonly lines: number;
  readonly holders: number;
  readonly records: number;
  readonly recordWords: number;
}

function lines(count: number): number {
  return Math.ceil(count / LINE_WORDS) * LINE_WORDS;
}

/** Words that a queue takes. */
export function exchangeQueueWords(layout: Omit<ExchangeQueueLayout, 'word'>): number {
  const { capacity, recordWords, producers, consumers } = layout;
  const ends = producers + consumers;
  const records = capacity + ends;
  return CELLS + lines(capacity) + ends * LINE_WORDS + lines(records) + records * recordWords;
}

function memoryOf(words: Int32Array, layout: ExchangeQueueLayout): ExchangeMemory {
  const { word, capacity, recordWords, producers, consumers } = layout;
  const ends = producers + consumers;
  const endLines = word + CELLS + lines(capacity);
  const holders = endLines + ends * LINE_WORDS;
  return {
    words, capacity, producers, ends, recordWords, holders,
    head: word + HEAD,
    tail: word + TAIL,
    cells: word + CELLS,
    positionBits: Math.log2(capacity),
    recordBits: Math.ceil(Math.log2(capacity + ends)),
    lines: endLines,
    records: holders + lines(capacity + ends),
  };
}

/** The end of producer `index`; finishes what a dead end of the index began. */
export function openExchangeProducer(
  words: Int32Array, layout: ExchangeQueueLayout, index: number,
): QueueProducer {
  return new ExchangeProducer(memoryOf(words, layout), index);
}

/** The end of consumer `index`; finishes what a dead end of the index began. */
export function openExchangeConsumer(
  words: Int32Array, layout: ExchangeQueueLayout, index: number,
): QueueConsumer {
  return new ExchangeConsumer(memoryOf(words, layout), layout.producers + index);
}

/** Records between the hints. */
export function countExchange(words: Int32Array, word: number): number {
  return Math.max(0, (Atomics.load(words, word + TAIL) - Atomics.load(words, word + HEAD)) | 0);
}

/** The record of an end, and its exchange for another. Producers' ends come before consumers'. */
class Hand {
  readonly words: Int32Array;
  readonly cells: number;
  readonly capacity: number;
  private readonly memory: ExchangeMemory;
  private readonly end: number;
  private readonly line: number;
  private readonly field: number;
  /** 0, or INTENT_WORDS while the second intent is the one to write. */
  private intent: number;
  private record: number;
  /** A consumer's record is unread from its exchange to its release. */
  unread: boolean;

  constructor(memory: ExchangeMemory, end: number) {
    const { words } = memory;
    this.words = words;
    this.cells = memory.cells;
    this.capacity = memory.capacity;
    this.memory = memory;
    this.end = end;
    this.line = memory.lines + end * LINE_WORDS;
    this.field = 2 ** memory.recordBits - 1;
    const hand = words[this.line + HAND];
    this.record = (hand >> HAND_SHIFT) ^ (memory.capacity + end);
    this.intent = (hand & SECOND) === 0 ? 0 : INTENT_WORDS;
    this.unread = (hand & UNREAD) !== 0;
    this.settle();
  }

  /** First word of the record. */
  get word(): number {
    return this.memory.records + this.record * this.memory.recordWords;
  }

  /** The state that a cell has at a position before it is filled. */
  emptyAt(position: number): number {
    const { positionBits, recordBits } = this.memory;
    return ((position >>> positionBits) << recordBits) & ~FULL;
  }

  stateOf(cell: number): number {
    return cell & ~this.field;
  }

  /** Exchanges the record with that of the cell at `at`, if the cell is still as it was seen. */
  exchange(at: number, seen: number, state: number): boolean {
    const { words } = this;
    const index = at & (this.capacity - 1);
    const record = (seen & this.field) ^ index;
    const intent = this.line + INTENTS + this.intent;
    words[intent + 1] = record + 1;
    words[intent] = at;
    const next = state | (this.record ^ index);
    if (Atomics.compareExchange(words, this.cells + index, seen, next) !== seen) return false;
    this.accept(record);
    return true;
  }

  /** Notes in the hand word that the record has been read. */
  markRead(): void {
    this.unread = false;
    this.write();
  }

  private accept(record: number): void {
    const { words } = this;
    words[this.memory.holders + record] = this.end + 1;
    this.intent ^= INTENT_WORDS;
    words[this.line + INTENTS + this.intent + 1] = 0;
    this.record = record;
    this.unread = this.end >= this.memory.producers;
    this.write();
  }

  private write(): void {
    const { capacity } = this.memory;
    this.words[this.line + HAND] = ((this.record ^ (capacity + this.end)) << HAND_SHIFT)
      | (this.intent === 0 ? 0 : SECOND) | (this.unread ? UNREAD : 0);
  }

  /** Finishes the exchange that a dead end of this index was in, if it took place. */
  private settle(): void {
    const intent = this.line + INTENTS + this.intent;
    const record = this.words[intent + 1] - 1;
    if (record >= 0 && this.wasGiven(this.words[intent])) this.accept(record);
  }

  /** Whether the record in this hand was given to the cell at `at` (EXCHANGE-QUEUE-5). */
  private wasGiven(at: number): boolean {
    const { words } = this;
    const { producers, ends, holders } = this.memory;
    const produced = this.end < producers;
    const index = at & (this.capacity - 1);
    const state = produced ? FULL | this.emptyAt(at) : this.emptyAt(at + this.capacity);
    const given = state | (this.record ^ index);
    if (Atomics.load(words, this.cells + index) === given) return true;
    const [first, last] = produced ? [producers, ends] : [0, producers];
    const position = produced ? at : (at + this.capacity) | 0;
    for (let other = first; other < last; other++) {
      for (const offset of [0, INTENT_WORDS]) {
        const intent = this.memory.lines + other * LINE_WORDS + INTENTS + offset;
        if (Atomics.load(words, intent + 1) !== this.record + 1) continue;
        if (Atomics.load(words, intent) === position) return true;
      }
    }
    const holder = Atomics.load(words, holders + this.record);
    const initial = holder === 0 && this.record === this.capacity + this.end;
    return holder !== this.end + 1 && !initial;
  }
}

class ExchangeProducer implements QueueProducer {
  private readonly hand: Hand;
  private readonly tail: number;

  constructor(memory: ExchangeMemory, end: number) {
    this.hand = new Hand(memory, end);
    this.tail = memory.tail;
  }

  reserve(): number {
    const hand = this.hand;
    const { words, capacity } = hand;
    for (let at = words[this.tail];;) {
      const cell = hand.cells + (at & (capacity - 1));
      const seen = words[cell];
      const state = hand.stateOf(seen);
      if (state === hand.emptyAt(at)) return hand.word;
      if (state === (FULL | hand.emptyAt(at - capacity))) return QUEUE_NONE;
      if (Atomics.load(words, cell) === seen) at = (at + 1) | 0;
    }
  }

  commit(): boolean {
    const hand = this.hand;
    const { words, capacity } = hand;
    for (let at = words[this.tail];;) {
      const cell = hand.cells + (at & (capacity - 1));
      const seen = words[cell];
      const state = hand.stateOf(seen);
      const empty = hand.emptyAt(at);
      if (state === empty) {
        if (!hand.exchange(at, seen, FULL | empty)) continue;
        words[this.tail] = at + 1;
        return true;
      }
      if (state === (FULL | hand.emptyAt(at - capacity))) return false;
      if (Atomics.load(words, cell) === seen) at = (at + 1) | 0;
    }
  }
}

class ExchangeConsumer implements QueueConsumer {
  private readonly hand: Hand;
  private readonly head: number;

  constructor(memory: ExchangeMemory, end: number) {
    this.hand = new Hand(memory, end);
    this.head = memory.head;
  }

  peek(): number {
    const hand = this.hand;
    if (hand.unread) return hand.word;
    const { words, capacity } = hand;
    for (let at = words[this.head];;) {
      const cell = hand.cells + (at & (capacity - 1));
      const seen = words[cell];
      const state = hand.stateOf(seen);
      const empty = hand.emptyAt(at);
      if (state === (FULL | empty)) {
        if (!hand.exchange(at, seen, hand.emptyAt(at + capacity))) continue;
        words[this.head] = at + 1;
        return hand.word;
      }
      if (state === empty) return QUEUE_NONE;
      if (Atomics.load(words, cell) === seen) at = (at + 1) | 0;
    }
  }

  release(): void {
    if (!this.hand.unread) assert.fail('a record was peeked');
    this.hand.markRead();
  }
}

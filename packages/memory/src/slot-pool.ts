/**
 * A pool of `count` equal slots in shared memory. Every thread keeps a private list of free slots
 * and exchanges them with the others in chunks of 64 (ACTORS-O6).
 *
 * Owns the link word of each free slot, the holder table and the queue of chunks. Does not own a
 * taken slot's contents, and does not decide what becomes of the slots that a dead thread had in
 * its hands: `adopt` asks.
 *
 * SLOT-POOL-1: a slot is taken by at most one thread at a time; slot 0 is never handed out.
 * SLOT-POOL-2: take and give touch the private list, the slot's link word and its holder word by
 * plain loads and stores; only every 64th operation reaches shared words.
 * SLOT-POOL-3: a slot's holder word says where the slot is: 0 = never used; thread + 1 = free, on
 * that thread's list; with the taken bit = in use, held by that thread; with the queued bit = in a
 * chunk that is being, or has been, queued, and the epoch in which. Who passes a taken slot on to
 * another thread calls `transfer`.
 * SLOT-POOL-4: take returns 0 only if, during the call, no chunk was queued and no slot was unused.
 * Free slots on the lists of other threads (at most 64 × (keep + 1) each) are not seen.
 * SLOT-POOL-5: a thread that ends anywhere stops nobody, and after an adoption no slot is lost. A
 * chunk that the dead thread had taken out of the queue and not yet marked still says queued; an
 * adoption tells it from the chunks that really are queued by giving those a new epoch.
 *
 * Threads: one `SlotPoolThread` per thread index, used by that thread only. The holder table may be
 * read by anybody; another thread's words may change under the reader.
 */
import assert from 'node:assert/strict';
import { MemoryError } from './errors.js';
import {
  createIndexQueue, INDEX_NONE, indexQueueCapacity, indexQueueWords,
} from './index-queue.js';
import type { IndexQueue } from './index-queue.js';
import { SLOT_CHUNK, SlotList } from './slot-list.js';
import type { SlotPoolPlaces } from './slot-list.js';

/** Most slots of one pool: a slot number has 24 bits. */
export const SLOT_COUNT_MAX: number = 2 ** 24 - 1;

/** Most chunks that a thread keeps. */
export const SLOT_KEEP_MAX = 64;

/** Most threads of one pool. */
export const SLOT_THREADS_MAX: number = 2 ** 12;

const QUEUED = 2 ** 17;
const EPOCHS = 2 ** 12;
const LINE_WORDS = 16;
/** One count for each thread, of its entries to and exits from the shared words. */
const PASS_WORDS = SLOT_THREADS_MAX;

/**
 * Where a pool lies. Slots are numbered 1 … count; slot n is at word `slots` + n × `strideWords`.
 */
export interface SlotPoolLayout {
  readonly count: number;
  /** Word of slot 0, which exists as space and is never used. */
  readonly slots: number;
  readonly strideWords: number;
  /** Index, inside a slot, of the word that links free slots. */
  readonly linkWord: number;
  /**
   * First of `slotPoolWords(count)` words for the chunk queue and the holder table, a multiple of
   * 16.
   */
  readonly control: number;
  /**
   * Full chunks that a thread keeps beside its list, so that one whose messages come in bursts does
   * not exchange them. @default 1
   */
  readonly keep?: number;
}

const { slotMask: SLOT_MASK, one: ONE, chunk: CHUNK_BITS, takenBit: TAKEN } = SlotList;

/** One thread's end of a pool. */
export interface SlotPoolThread {
  readonly places: SlotPoolPlaces;
  /** A slot, now held by this thread, or 0 if there is none. */
  take(): number;
  /** Gives back a slot that this thread holds. @throws AssertionError if it is free already. */
  give(slot: number): void;
  /** Hands all free slots of this thread to the others. */
  flush(): void;
  /**
   * Adopting a dead thread's slots takes three calls, of one adopter at a time, which may be the
   * dead thread's successor. After each of the first two, the adopter waits until every living
   * thread has left the exchange that it was in (`SlotPool.passes`). `openAdoption` begins a new
   * epoch.
   */
  openAdoption(): void;
  /** Moves every queued chunk into the new epoch. */
  recirculate(): void;
  /**
   * Frees the dead thread's free slots, and passes each slot that it had taken to `inHand`, which
   * gives it back or keeps it: it is then held by this thread. Returns the number of both.
   */
  adopt(dead: number, inHand: (slot: number) => void): number;
}

/** A pool, seen from any thread. */
export interface SlotPool {
  readonly count: number;
  /** This thread's end. At most one for each index at a time. */
  thread(index: number): SlotPoolThread;
  /** Records that `slot`, which the caller holds, is now held by another thread. */
  transfer(slot: number, thread: number): void;
  /** The thread that has a slot in use or on its list, or −1 if the slot is queued or unused. */
  holder(slot: number): number;
  /** True if the slot is in use. */
  isTaken(slot: number): boolean;
  /** Slots that were never used. */
  unused(): number;
  /**
   * Rises when a thread begins or ends an exchange with the others: odd = it is in one. The next
   * end for a dead thread's index begins with an even one.
   */
  passes(thread: number): number;
}

/** Words of control memory that a pool of `count` slots needs. */
export function slotPoolWords(count: number): number {
  const queue = indexQueueWords(indexQueueCapacity(count + 1));
  return LINE_WORDS + PASS_WORDS + queue + holderWords(count);
}

function holderWords(count: number): number {
  return Math.ceil((count + 1) / LINE_WORDS) * LINE_WORDS;
}

/**
 * A pool over zeroed words (a zeroed pool has all its slots free and untouched).
 * @throws MemoryError MEMORY_LIMIT for more slots than SLOT_COUNT_MAX, MEMORY_OPTION_INVALID for
 * none.
 */
export function createSlotPool(words: Int32Array, layout: SlotPoolLayout): SlotPool {
  const { count, control } = layout;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `a slot pool's count is ${count}, must be an integer from 1`);
  }
  if (count > SLOT_COUNT_MAX) {
    throw new MemoryError('MEMORY_LIMIT',
      `a slot pool's count is ${count}, the limit is ${SLOT_COUNT_MAX}`);
  }
  const keep = layout.keep ?? 1;
  if (!Number.isInteger(keep) || keep < 1 || keep > SLOT_KEEP_MAX) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `a slot pool's keep is ${keep}, must be an integer from 1 to ${SLOT_KEEP_MAX}`);
  }
  const capacity = indexQueueCapacity(count + 1);
  const shared: PoolMemory = {
    words, count, keep,
    link: layout.slots + layout.linkWord,
    stride: layout.strideWords,
    used: control,
    epoch: control + 1,
    passes: control + LINE_WORDS,
    chunks: createIndexQueue(words, { word: control + LINE_WORDS + PASS_WORDS, capacity }),
    holders: control + LINE_WORDS + PASS_WORDS + indexQueueWords(capacity),
  };
  return Object.freeze({
    count,
    thread(index: number): SlotPoolThread {
      if (!Number.isSafeInteger(index) || index < 0 || index >= SLOT_THREADS_MAX) {
        throw new MemoryError('MEMORY_LIMIT',
          `thread index ${index} of a slot pool, the limit is ${SLOT_THREADS_MAX - 1}`);
      }
      return new ThreadEnd(shared, index);
    },
    transfer(slot: number, thread: number): void {
      words[shared.holders + slot] = TAKEN | (thread + 1);
    },
    holder(slot: number): number {
      const holder = words[shared.holders + slot];
      return (holder & QUEUED) === 0 ? (holder & ~TAKEN) - 1 : -1;
    },
    isTaken(slot: number): boolean {
      return (words[shared.holders + slot] & TAKEN) !== 0;
    },
    unused(): number {
      return count - Atomics.load(words, shared.used);
    },
    passes(thread: number): number {
      return Atomics.load(words, shared.passes + thread);
    },
  });
}

interface PoolMemory {
  readonly words: Int32Array;
  readonly count: number;
  readonly keep: number;
  readonly link: number;
  readonly stride: number;
  /** Word that counts the slots ever used: 1 … used. */
  readonly used: number;
  /** Word that counts adoptions. */
  readonly epoch: number;
  /** First of the words that count each thread's passes. */
  readonly passes: number;
  readonly chunks: IndexQueue;
  readonly holders: number;
}

/** A class, because its fields are read twice as fast as the variables of a closure (Node 20). */
class ThreadEnd implements SlotPoolThread {
  private readonly words: Int32Array;
  private readonly link: number;
  private readonly stride: number;
  private readonly holders: number;
  private readonly free: number;
  private readonly taken: number;
  private readonly pass: number;
  private readonly memory: PoolMemory;
  /** The free slots; of an own buffer, so that its place is a constant in code. */
  private readonly list = new Int32Array(new ArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly places: SlotPoolPlaces;
  /** Full chunks kept back, so that a thread at the edge does not exchange at every operation. */
  private readonly kept: number[] = [];
  private usedAtOpen: number;

  constructor(memory: PoolMemory, index: number) {
    this.words = memory.words;
    this.link = memory.link;
    this.stride = memory.stride;
    this.holders = memory.holders;
    this.free = index + 1;
    this.taken = TAKEN | (index + 1);
    this.pass = memory.passes + index;
    this.memory = memory;
    const { list, holders, taken, free } = this;
    this.places = Object.freeze({ list, holders, taken, free });
    this.usedAtOpen = 0;
    if ((Atomics.load(memory.words, this.pass) & 1) !== 0) this.passed();
  }

  take(): number {
    let list = this.list[0];
    if (list === 0) {
      list = this.refill();
      if (list === 0) return 0;
    }
    const words = this.words;
    const slot = list & SLOT_MASK;
    this.list[0] = words[this.link + slot * this.stride];
    words[this.holders + slot] = this.taken;
    return slot;
  }

  give(slot: number): void {
    const words = this.words;
    if ((words[this.holders + slot] & TAKEN) === 0) assert.fail(`slot ${slot} is free already`);
    this.giveFree(slot);
  }

  flush(): void {
    this.passed();
    for (const chunk of this.kept.splice(0)) putChunk(this.memory, chunk);
    if (this.list[0] !== 0) putChunk(this.memory, this.list[0]);
    this.list[0] = 0;
    this.passed();
  }

  openAdoption(): void {
    this.usedAtOpen = Atomics.load(this.words, this.memory.used);
    Atomics.add(this.words, this.memory.epoch, 1);
  }

  recirculate(): void {
    const memory = this.memory;
    // One more than the count, which a broken-off put may leave one short. First in, first out:
    // after so many takes by anybody, no chunk is left that was queued before.
    for (let turns = memory.chunks.count() + 1; turns > 0; turns--) {
      const chunk = takeChunk(memory, this.free);
      if (chunk === 0) return;
      putChunk(memory, chunk);
    }
  }

  adopt(dead: number, inHand: (slot: number) => void): number {
    const words = this.words;
    const present = queuedMark(this.memory);
    let found = 0;
    for (let slot = 1; slot <= this.usedAtOpen; slot++) {
      const holder = words[this.holders + slot];
      if (holder === (TAKEN | (dead + 1))) {
        words[this.holders + slot] = this.taken;
        inHand(slot);
      } else if (holder === dead + 1 || isLost(holder, present)) {
        this.giveFree(slot);
      } else {
        continue;
      }
      found += 1;
    }
    return found;
  }

  private giveFree(slot: number): void {
    const words = this.words;
    let list = this.list[0];
    if (list >= CHUNK_BITS) {
      if (this.kept.length === this.memory.keep) this.exchangeOldest(list);
      else this.kept.push(list);
      list = 0;
    }
    words[this.link + slot * this.stride] = list;
    words[this.holders + slot] = this.free;
    this.list[0] = slot | ((list & ~SLOT_MASK) + ONE);
  }

  /** Gives the chunk that was kept longest to the others: its slots are in no cache any more. */
  private exchangeOldest(list: number): void {
    const kept = this.kept;
    this.passed();
    putChunk(this.memory, kept[0]);
    this.passed();
    for (let at = 1; at < kept.length; at++) kept[at - 1] = kept[at];
    kept[kept.length - 1] = list;
  }

  private refill(): number {
    const kept = this.kept.pop();
    if (kept !== undefined) return kept;
    this.passed();
    const chunk = takeChunk(this.memory, this.free);
    const list = chunk === 0 ? useNewSlots(this.memory, this.free) : chunk;
    this.passed();
    return list;
  }

  /** Counts the begin or the end of an exchange. */
  private passed(): void {
    Atomics.add(this.words, this.pass, 1);
  }
}

/** A slot that says neither whose it is nor that it is queued: it was in the hands of the dead. */
function isLost(holder: number, present: number): boolean {
  // 0: counted as used and not yet marked. The living were past both states at the quiescent
  // points.
  return holder === 0 || ((holder & QUEUED) !== 0 && holder !== present);
}

/** The holder word of the slots that are queued in this epoch. */
function queuedMark({ words, epoch }: PoolMemory): number {
  return QUEUED * (1 + 2 * (Atomics.load(words, epoch) & (EPOCHS - 1)));
}

/** Takes a chunk out of the queue and marks its slots as this holder's; 0 if none is queued. */
function takeChunk(memory: PoolMemory, holder: number): number {
  const { words, chunks, link, stride } = memory;
  const slot = chunks.take();
  if (slot === INDEX_NONE) return 0;
  const list = slot | ((words[link + slot * stride] & ~SLOT_MASK) + ONE);
  mark(memory, list, holder);
  return list;
}

/** Marks the slots of a list as queued and queues it. */
function putChunk(memory: PoolMemory, list: number): void {
  mark(memory, list, queuedMark(memory));
  memory.chunks.put(list & SLOT_MASK);
}

function mark(memory: PoolMemory, list: number, holder: number): void {
  const { words, link, stride, holders } = memory;
  for (let rest = list; rest !== 0; rest = words[link + (rest & SLOT_MASK) * stride]) {
    words[holders + (rest & SLOT_MASK)] = holder;
  }
}

/** Makes a list of up to 64 slots that nobody used before; 0 if there are none. */
function useNewSlots(memory: PoolMemory, holder: number): number {
  const { words, count, used, link, stride, holders } = memory;
  for (;;) {
    const first = Atomics.load(words, used);
    const last = Math.min(count, first + SLOT_CHUNK);
    if (first === last) return 0;
    if (Atomics.compareExchange(words, used, first, last) !== first) continue;
    let list = 0;
    for (let slot = last; slot > first; slot--) {
      words[link + slot * stride] = list;
      words[holders + slot] = holder;
      list = slot | ((list & ~SLOT_MASK) + ONE);
    }
    return list;
  }
}

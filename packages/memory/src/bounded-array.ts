/**
 * A bounded array of structs in shared memory (SPEC BoundedArray).
 *
 * Owns a line with the length and what is being removed, and `capacity` elements, one after another
 * at multiples of 8 bytes. Does not own what an element means.
 *
 * BOUNDED-ARRAY-1: the element at `length` is written first and then counted by an atomic store, so
 * whoever has read `length` sees every element below it whole.
 * BOUNDED-ARRAY-2: beyond `capacity` nothing is written: `reserve` and `append` answer ARRAY_FULL.
 * BOUNDED-ARRAY-3: an owner that ends before `commit` has appended nothing. One that ends inside
 * `swapRemove` has said what it removes: `settle` finishes it.
 * BOUNDED-ARRAY-4: an element that is removed or overwritten may be seen half changed by a reader:
 * readers on other threads read elements that stay, or have an order of their own.
 *
 * Threads: one owner at a time appends and removes; `length`, `word` and `get` are for all.
 */
import assert from 'node:assert/strict';
import type { Field, Struct } from '@ganglion/runtime/layout';
import { MemoryError } from './errors.js';
import { readStruct, writeStruct } from './struct-access.js';
import type { ElementOf } from './struct-access.js';

/** What `reserve` and `append` answer when the array is full. */
export const ARRAY_FULL = -1;

const LINE_WORDS = 16;
const LENGTH = 0;
/** 1 + the index that is being removed, and the index of the element that takes its place. */
const REMOVED = 1;
const MOVED = 2;

/** Where an array lies. Plain data but for `struct`, which every thread imports. */
export interface BoundedArrayLayout<F extends Record<string, Field>> {
  readonly struct: Struct<F>;
  /** From 1. */
  readonly capacity: number;
  /** First of `boundedArrayWords` words, zero at the start, a multiple of 16. */
  readonly word: number;
}

/** An array of at most `capacity` elements. */
export interface BoundedArray<F extends Record<string, Field>> {
  readonly capacity: number;
  readonly length: number;
  /** First word of an element. @throws AssertionError unless it is below `length`. */
  word(index: number): number;
  /** First word of the element after the last, to write before `commit`; ARRAY_FULL if none. */
  reserve(): number;
  /** Counts the reserved element; returns its index. @throws AssertionError if there is none. */
  commit(): number;
  /** Appends a copy; returns its index or ARRAY_FULL. Fields that are not given are undefined. */
  append(value: Partial<ElementOf<F>>): number;
  /** Removes an element, whose place the last one takes. @throws AssertionError as `word`. */
  swapRemove(index: number): void;
  /** Finishes what a dead owner was removing. For the next owner, before anything else. */
  settle(): void;
  clear(): void;
  /** A copy of an element. @throws AssertionError as `word`. */
  get(index: number): ElementOf<F>;
  /** Writes the given fields of an element. @throws AssertionError as `word`. */
  set(index: number, value: Partial<ElementOf<F>>): void;
}

function elementWords(struct: Pick<Struct, 'size'>): number {
  return Math.ceil(struct.size / 8) * 2;
}

/** Words that an array takes. */
export function boundedArrayWords(struct: Pick<Struct, 'size'>, capacity: number): number {
  return LINE_WORDS + elementWords(struct) * capacity;
}

/**
 * @throws MemoryError MEMORY_OPTION_INVALID for a capacity or word that is not possible,
 * MEMORY_LIMIT if the words are too few for the array.
 */
export function createBoundedArray<F extends Record<string, Field>>(
  words: Int32Array, layout: BoundedArrayLayout<F>,
): BoundedArray<F> {
  const { struct, capacity, word } = layout;
  if (!Number.isSafeInteger(capacity) || capacity < 1 || !(word >= 0) || word % LINE_WORDS !== 0) {
    throw new MemoryError('MEMORY_OPTION_INVALID',
      `a bounded array of ${capacity} elements at word ${word}; the capacity is an integer from 1, `
      + `the word a multiple of ${LINE_WORDS}`);
  }
  const end = word + boundedArrayWords(struct, capacity);
  if (end > words.length) {
    throw new MemoryError('MEMORY_LIMIT',
      `a bounded array of ${capacity} elements ends at word ${end}, the limit is ${words.length}`);
  }
  return Object.freeze(new Elements(words, layout));
}

class Elements<F extends Record<string, Field>> implements BoundedArray<F> {
  readonly capacity: number;
  readonly #words: Int32Array;
  readonly #struct: Struct<F>;
  readonly #line: number;
  readonly #first: number;
  readonly #stride: number;

  constructor(words: Int32Array, { struct, capacity, word }: BoundedArrayLayout<F>) {
    this.capacity = capacity;
    this.#words = words;
    this.#struct = struct;
    this.#line = word;
    this.#first = word + LINE_WORDS;
    this.#stride = elementWords(struct);
  }

  get length(): number {
    return Atomics.load(this.#words, this.#line + LENGTH);
  }

  word(index: number): number {
    // A plain load: an owner knows its length, and who got an index from another thread has the
    // order of that hand-over.
    const length = this.#words[this.#line + LENGTH];
    if (!(index >= 0 && index < length)) assert.fail(`element ${index} of ${length}`);
    return this.#first + index * this.#stride;
  }

  reserve(): number {
    const length = this.#words[this.#line + LENGTH];
    return length === this.capacity ? ARRAY_FULL : this.#first + length * this.#stride;
  }

  commit(): number {
    const length = this.#words[this.#line + LENGTH];
    if (length === this.capacity) assert.fail('an element is reserved');
    Atomics.store(this.#words, this.#line + LENGTH, length + 1);
    return length;
  }

  append(value: Partial<ElementOf<F>>): number {
    const at = this.reserve();
    if (at === ARRAY_FULL) return ARRAY_FULL;
    writeStruct(this.#view(), at * 4, this.#struct, value);
    return this.commit();
  }

  swapRemove(index: number): void {
    const words = this.#words;
    this.word(index);
    words[this.#line + MOVED] = words[this.#line + LENGTH] - 1;
    words[this.#line + REMOVED] = index + 1;
    this.settle();
  }

  settle(): void {
    const words = this.#words;
    const index = words[this.#line + REMOVED] - 1;
    if (index < 0) return;
    const last = words[this.#line + MOVED];
    const target = this.#first + index * this.#stride;
    const source = this.#first + last * this.#stride;
    for (let word = 0; word < this.#stride; word++) words[target + word] = words[source + word];
    Atomics.store(words, this.#line + LENGTH, last);
    words[this.#line + REMOVED] = 0;
  }

  clear(): void {
    Atomics.store(this.#words, this.#line + LENGTH, 0);
  }

  get(index: number): ElementOf<F> {
    return readStruct(this.#view(), this.word(index) * 4, this.#struct);
  }

  set(index: number, value: Partial<ElementOf<F>>): void {
    writeStruct(this.#view(), this.word(index) * 4, this.#struct, value);
  }

  #view(): DataView {
    return new DataView(this.#words.buffer, this.#words.byteOffset);
  }
}

/**
 * The names of a system in shared memory: a table of chains, which every thread reads and changes
 * without locks. Does not own strings, references or waits (names.ts).
 *
 * NAMES-1: a chain is immutable. It changes by one compare-and-swap of its bucket's word, which
 *   raises the word's tag; so what was read of a chain is whole if the word is the same after, and
 *   a name that was not there is still not there when the swap that adds it succeeds. (The tag has
 *   15 bits: a thread would have to stand still for exactly a multiple of 32,768 changes of one
 *   bucket.)
 * NAMES-2: an entry counts while it is not dead and its actor lives. Both end once and for ever, so
 *   a name is free the moment its actor's id changes, whatever has been cleaned up; a restart keeps
 *   the id, and so the name.
 * NAMES-3: the entries that do not count are dropped by whoever finds them, and only who drops them
 *   gives their elements back.
 * NAMES-4: a thread may end anywhere. What it had taken and not linked, or dropped and not given
 *   back, is found by a thread of the same index, or dead by any, when no element is free: what is
 *   held or dead before a look at all chains and in none of them belongs to nobody. (What another
 *   thread has dropped and not given back yet is no room: a full table may refuse for that moment.)
 * NAMES-5: an actor's hint is the bucket of its last name, so that its end drops that one at once.
 *   Other names of the same actor are dropped when their bucket changes or no entry is free.
 * NAMES-6: who has linked a name raises `namesRegistered` and wakes the waits. One that ends in
 *   between leaves a name that waits find at the next registration or at their deadline.
 */
import type { RegionPlan } from '@ganglion/memory';
import { indexOfId } from './actor-id.js';
import { NameCell, NameEntry, SystemBlock } from './layouts.js';
import { NAME_WORDS } from './names-key.js';
import type { NameKey } from './names-key.js';
import { generationOf, holderOf, NamePool } from './names-pool.js';
import type { IdWords } from './spawn.js';

/** Sections of the region that the table uses. */
export type NameSection = 'nameBuckets' | 'nameEntries' | 'nameCells' | 'nameHints';

const ENTRY = NameEntry.word;
const TEXT_WORD = NameEntry.offset.text / 4;
const CELL_BITS = 17;
const CELL_MASK = (1 << CELL_BITS) - 1;
/** Cells for the chains that threads rebuild at once. */
const SPARE_CELLS = 4_096;

interface Section {
  readonly name: NameSection;
  readonly count: number;
  readonly elementBytes: number;
}

/** What the table reserves. @param actors blocks of actors */
export function nameSections(names: number, actors: number): readonly Section[] {
  return [
    { name: 'nameBuckets', count: 2 ** Math.ceil(Math.log2(names)), elementBytes: 4 },
    { name: 'nameEntries', count: names, elementBytes: NameEntry.size },
    { name: 'nameCells', count: names + SPARE_CELLS, elementBytes: NameCell.size },
    { name: 'nameHints', count: actors, elementBytes: 4 },
  ];
}

/** Where the table is, and who uses it. */
export interface NameTableParts {
  readonly words: Int32Array;
  readonly plan: RegionPlan<NameSection | 'system'>;
  readonly thread: number;
  readonly isAlive: (low: number, high: number) => boolean;
}

/** What `register` did: `held` = the actor has the name already. */
export type Registration = 'registered' | 'held' | 'taken' | 'full';

interface Link extends IdWords {
  readonly cell: number;
  readonly cellState: number;
  readonly entry: number;
  readonly entryState: number;
  readonly hash: number;
}

interface Chain {
  readonly head: number;
  readonly links: readonly Link[];
}

/** One thread's end. */
export class NameTable {
  /** Index of the word that rises with every name. */
  readonly registered: number;
  /** Index of the word that counts waits. */
  readonly waits: number;
  readonly #words: Int32Array;
  readonly #thread: number;
  readonly #isAlive: (low: number, high: number) => boolean;
  readonly #buckets: number;
  readonly #bucketCount: number;
  readonly #hints: number;
  readonly #entries: NamePool;
  readonly #cells: NamePool;

  constructor({ words, plan, thread, isAlive }: NameTableParts) {
    const { system, nameBuckets, nameEntries, nameCells, nameHints } = plan.sections;
    this.registered = system.word + SystemBlock.word.namesRegistered;
    this.waits = system.word + SystemBlock.word.nameWaits;
    this.#words = words;
    this.#thread = thread;
    this.#isAlive = isAlive;
    this.#buckets = nameBuckets.word;
    this.#bucketCount = nameBuckets.count;
    this.#hints = nameHints.word;
    const poolOf = ({ word, count }: { word: number; count: number }, size: number): NamePool =>
      new NamePool(words, { word, count, strideWords: size / 4 }, thread);
    this.#entries = poolOf(nameEntries, NameEntry.size);
    this.#cells = poolOf(nameCells, NameCell.size);
  }

  /** The actor that has a name. */
  find(key: NameKey): IdWords | undefined {
    return this.#look(this.#bucketOf(key), key).found;
  }

  /** Gives a name to an actor, unless another that lives has it. */
  register(key: NameKey, { low, high }: IdWords): Registration {
    const bucket = this.#bucketOf(key);
    let made = { entry: 0, cell: 0 };
    for (let swept = false; ;) {
      const { chain, found } = this.#look(bucket, key);
      if (found !== undefined) {
        this.#giveBack(made);
        return found.low === low && found.high === high ? 'held' : 'taken';
      }
      if (made.entry === 0) made = this.#make(key, low, high);
      if (made.entry === 0) {
        if (swept) return 'full';
        swept = true;
        this.sweep();
        continue;
      }
      Atomics.store(this.#words, this.#hints + indexOfId(low), bucket + 1);
      const next = chain.head & CELL_MASK;
      Atomics.store(this.#words, this.#cells.at(made.cell) + NameCell.word.next, next);
      if (this.#swap(bucket, chain.head, made.cell)) break;
    }
    this.#drop(bucket);
    Atomics.add(this.#words, this.registered, 1);
    if (Atomics.load(this.#words, this.waits) !== 0) Atomics.notify(this.#words, this.registered);
    return 'registered';
  }

  /** Takes a name from its actor; false if no actor has it. */
  unregister(key: NameKey): boolean {
    const bucket = this.#bucketOf(key);
    for (;;) {
      const { found } = this.#look(bucket, key);
      if (found === undefined) return false;
      if (this.#entries.kill(found.entry, found.entryState)) break;
    }
    this.#drop(bucket);
    return true;
  }

  /** Drops the last name of an actor that has ended. */
  ended(index: number): void {
    const hint = Atomics.exchange(this.#words, this.#hints + index, 0);
    if (hint !== 0) this.#drop(hint - 1);
  }

  /** Calls `visit` with the bytes of every name that counts. Each chain is of one moment. */
  each(visit: (words: Int32Array, bytes: number) => void): void {
    for (let bucket = 0; bucket < this.#bucketCount; bucket++) {
      for (const { words, bytes } of this.#textsOf(bucket)) visit(words, bytes);
    }
  }

  /** Drops what does not count, and takes back what belongs to nobody (NAMES-4). */
  sweep(): void {
    const pools = [this.#entries, this.#cells] as const;
    const doubtful = pools.map((pool) => this.#doubtful(pool));
    const linked = [new Set<number>(), new Set<number>()] as const;
    for (let bucket = 0; bucket < this.#bucketCount; bucket++) {
      for (const { entry, cell } of this.#read(bucket).links) {
        linked[0].add(entry);
        linked[1].add(cell);
      }
    }
    for (const [index, pool] of pools.entries()) {
      for (const [element, state] of doubtful[index] ?? [])
        if (!linked[index]?.has(element)) pool.give(element, generationOf(state));
    }
    for (let bucket = 0; bucket < this.#bucketCount; bucket++) this.#drop(bucket);
  }

  /** Elements that this thread took, perhaps before it was started again, and dead ones. */
  #doubtful(pool: NamePool): (readonly [element: number, state: number])[] {
    const found: (readonly [number, number])[] = [];
    for (let element = 1; element <= pool.count; element++) {
      const state = pool.state(element);
      const holder = holderOf(state);
      if (holder === this.#thread || holder === undefined) found.push([element, state]);
    }
    return found;
  }

  #bucketOf({ hash }: NameKey): number {
    return (hash ^ (hash >>> 16)) & (this.#bucketCount - 1);
  }

  /** A chain as it was at one moment, and its entry of a name that counted then. */
  #look(
    bucket: number,
    key: NameKey,
  ): { readonly chain: Chain; readonly found: Link | undefined } {
    for (;;) {
      const chain = this.#read(bucket);
      const found = chain.links.find((link) => this.#counts(link) && this.#matches(link, key));
      // Text is read after the chain: it is this chain's if the bucket is still the same (NAMES-1).
      if (Atomics.load(this.#words, this.#buckets + bucket) === chain.head) return { chain, found };
    }
  }

  #read(bucket: number): Chain {
    const words = this.#words;
    const at = this.#buckets + bucket;
    let head = Atomics.load(words, at);
    let links: Link[] = [];
    for (let cell = head & CELL_MASK; cell !== 0;) {
      const cellAt = this.#cells.at(cell);
      const entry = Atomics.load(words, cellAt + NameCell.word.entry);
      const next = Atomics.load(words, cellAt + NameCell.word.next);
      const entryAt = this.#entries.at(entry);
      const link = {
        cell,
        cellState: this.#cells.state(cell),
        entry,
        entryState: this.#entries.state(entry),
        hash: Atomics.load(words, entryAt + ENTRY.hash),
        low: Atomics.load(words, entryAt + ENTRY.idLow),
        high: Atomics.load(words, entryAt + ENTRY.idHigh),
      };
      const seen = Atomics.load(words, at);
      if (seen === head) links.push(link);
      else links = [];
      cell = seen === head ? next : seen & CELL_MASK;
      head = seen;
    }
    return { head, links };
  }

  #counts({ entryState, low, high }: Link): boolean {
    return holderOf(entryState) !== undefined && this.#isAlive(low, high);
  }

  #matches({ hash, entry }: Link, key: NameKey): boolean {
    if (hash !== key.hash) return false;
    const { words, bytes } = this.#text(entry);
    return bytes === key.bytes && words.every((word, index) => word === key.words[index]);
  }

  /** A private copy of an entry's bytes. */
  #text(entry: number): { readonly words: Int32Array; readonly bytes: number } {
    const at = this.#entries.at(entry);
    const words = new Int32Array(NAME_WORDS);
    for (let index = 0; index < NAME_WORDS; index++)
      words[index] = Atomics.load(this.#words, at + TEXT_WORD + index);
    return { words, bytes: Atomics.load(this.#words, at + ENTRY.nameBytes) };
  }

  #textsOf(bucket: number): readonly { readonly words: Int32Array; readonly bytes: number }[] {
    for (;;) {
      const { head, links } = this.#read(bucket);
      const counting = links.filter((link) => this.#counts(link));
      const texts = counting.map(({ entry }) => this.#text(entry));
      if (Atomics.load(this.#words, this.#buckets + bucket) === head) return texts;
    }
  }

  #make(key: NameKey, low: number, high: number): { entry: number; cell: number } {
    const made = { entry: this.#entries.take(), cell: 0 };
    if (made.entry !== 0) made.cell = this.#cells.take();
    if (made.cell === 0) {
      this.#giveBack(made);
      return { entry: 0, cell: 0 };
    }
    const words = this.#words;
    const at = this.#entries.at(made.entry);
    Atomics.store(words, at + ENTRY.hash, key.hash);
    Atomics.store(words, at + ENTRY.idLow, low);
    Atomics.store(words, at + ENTRY.idHigh, high);
    Atomics.store(words, at + ENTRY.nameBytes, key.bytes);
    for (const [index, word] of key.words.entries())
      Atomics.store(words, at + TEXT_WORD + index, word);
    Atomics.store(words, this.#cells.at(made.cell) + NameCell.word.entry, made.entry);
    return made;
  }

  /** Gives back what was not linked. */
  #giveBack({ entry, cell }: { readonly entry: number; readonly cell: number }): void {
    if (entry !== 0) this.#entries.give(entry, generationOf(this.#entries.state(entry)));
    if (cell !== 0) this.#cells.give(cell, generationOf(this.#cells.state(cell)));
  }

  #swap(bucket: number, head: number, cell: number): boolean {
    const next = (((head >>> CELL_BITS) + 1) << CELL_BITS) | cell;
    return Atomics.compareExchange(this.#words, this.#buckets + bucket, head, next) === head;
  }

  /** Drops what does not count from a chain, unless no cell is free for that. */
  #drop(bucket: number): void {
    for (;;) {
      const { head, links } = this.#read(bucket);
      const counts = links.map((link) => this.#counts(link));
      const rebuilt = counts.lastIndexOf(false) + 1;
      if (rebuilt === 0) return;
      const kept = links.slice(0, rebuilt).filter((_, index) => counts[index]);
      const copies = this.#copy(kept, links[rebuilt]?.cell ?? 0);
      if (copies === undefined) return;
      if (this.#swap(bucket, head, copies.at(-1) ?? links[rebuilt]?.cell ?? 0)) {
        for (const [index, link] of links.slice(0, rebuilt).entries()) {
          this.#cells.give(link.cell, generationOf(link.cellState));
          if (!counts[index]) this.#entries.give(link.entry, generationOf(link.entryState));
        }
        return;
      }
      for (const cell of copies) this.#giveBack({ entry: 0, cell });
    }
  }

  /** Cells of the same entries before a chain; the last is the new first. */
  #copy(links: readonly Link[], rest: number): readonly number[] | undefined {
    const copies: number[] = [];
    for (const { entry } of links.toReversed()) {
      const cell = this.#cells.take();
      if (cell === 0) {
        for (const copied of copies) this.#giveBack({ entry: 0, cell: copied });
        return undefined;
      }
      const at = this.#cells.at(cell);
      Atomics.store(this.#words, at + NameCell.word.entry, entry);
      Atomics.store(this.#words, at + NameCell.word.next, copies.at(-1) ?? rest);
      copies.push(cell);
    }
    return copies;
  }
}

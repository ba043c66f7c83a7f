/**
 * The records of relations between actors, and the heads of each actor's two lists. Owns taking a
 * record and changing its state; not what a relation means (relations.ts).
 *
 * RECORDS-1: a record whose state is 0 is free. A take is one compare-and-swap; the one that clears
 *   the last bit gives the record back. So a thread that ends anywhere keeps none from the others,
 *   except the one that it was making, which names it.
 * RECORDS-2: an end is node 2 × record + side. While its bit says that it is listed, it is in the
 *   list of its actor's index, so that lists which were lost can be made again from the records.
 */
import { createReturnStacks } from '@ganglion/memory';
import type { RegionPlan, ReturnStacks } from '@ganglion/memory';
import { indexOfId } from './actor-id.js';
import { ActorBlock, ActorRelations, Relation, ThreadBlock } from './layouts.js';
import { freedIfOver, stampOf, threadOf, withMaker } from './relation-state.js';
import type { IdWords } from './spawn.js';

/** Sections of the region that relations use. */
export type RelationSection = 'relations' | 'actorRelations';

/** What relations reserve. @param actors blocks of actors */
export function relationSections(relations: number, actors: number): readonly {
  readonly name: RelationSection;
  readonly count: number;
  readonly elementBytes: number;
}[] {
  return [
    { name: 'relations', count: 1 + relations, elementBytes: Relation.size },
    { name: 'actorRelations', count: actors, elementBytes: ActorRelations.size },
  ];
}

/** Where the records are, and whose end of them this is. */
export interface RecordsParts {
  readonly words: Int32Array;
  readonly plan: RegionPlan<RelationSection | 'actors' | 'threads'>;
  readonly thread: number;
}

const RECORD_WORDS = Relation.size / 4;
const END_WORDS = RECORD_WORDS / 2;
const HEAD_WORDS = ActorRelations.size / 4;
const BLOCK_WORDS = ActorBlock.size / 4;
const THREAD_WORDS = ThreadBlock.size / 4;
const { low, high, state, ticket } = Relation.plain;

/** One thread's end. */
export class RelationRecords {
  readonly words: Int32Array;
  readonly count: number;
  /** Ends in the lists of their actors, by node. */
  readonly lists: ReturnStacks;
  /** Ends for which there are news. */
  readonly news: ReturnStacks;
  readonly stamp: number;
  private readonly records: number;
  private readonly heads: number;
  private readonly actors: number;
  private readonly threads: number;
  /** Where the next search begins; threads begin apart. */
  private cursor: number;

  constructor({ words, plan, thread }: RecordsParts) {
    const { relations, actorRelations, actors, threads } = plan.sections;
    this.words = words;
    this.count = relations.count - 1;
    this.records = relations.word;
    this.heads = actorRelations.word;
    this.actors = actors.word;
    this.threads = threads.word;
    const stacks = (link: number): ReturnStacks =>
      createReturnStacks(words, { link: relations.word + link, strideWords: END_WORDS });
    this.lists = stacks(Relation.plain.next);
    this.news = stacks(Relation.plain.newsNext);
    this.stamp = stampOf(thread, this.livesOf(thread));
    this.cursor = Math.floor((this.count / threads.count) * thread) % this.count;
  }

  /** First word of a record. */
  at(record: number): number {
    return this.records + record * RECORD_WORDS;
  }

  /** Word of an actor's heads. */
  head(index: number): number {
    return this.heads + index * HEAD_WORDS;
  }

  /** The actor of an end. */
  actorOf(node: number): IdWords {
    const at = this.records + node * END_WORDS;
    return { low: this.words[at + low], high: this.words[at + high] };
  }

  indexOf(node: number): number {
    return indexOfId(this.words[this.records + node * END_WORDS + low]);
  }

  isOf(node: number, id: IdWords): boolean {
    const at = this.records + node * END_WORDS;
    return this.words[at + low] === id.low && this.words[at + high] === id.high;
  }

  /** True until the actor has ended for good. */
  exists(id: IdWords): boolean {
    const block = this.actors + indexOfId(id.low) * BLOCK_WORDS;
    return (
      Atomics.load(this.words, block + ActorBlock.word.idLow) === id.low &&
      Atomics.load(this.words, block + ActorBlock.word.idHigh) === id.high
    );
  }

  /** A record with new ends, in the making by this thread; 0 if none is free. */
  take(maker: IdWords, other: IdWords): number {
    for (let looked = 0; looked < this.count; looked++) {
      const record = 1 + this.cursor;
      this.cursor = record === this.count ? 0 : record;
      const at = this.at(record);
      const free = Atomics.load(this.words, at + state) === 0;
      const making = withMaker(0, this.stamp);
      if (!free || Atomics.compareExchange(this.words, at + state, 0, making) !== 0) continue;
      for (const [side, id] of [maker, other].entries()) {
        this.words[at + side * END_WORDS + low] = id.low;
        this.words[at + side * END_WORDS + high] = id.high;
      }
      Atomics.store(this.words, at + Relation.word.exits, 0);
      this.words[at + Relation.plain.seen] = 0;
      this.words[at + ticket] += 1;
      return record;
    }
    return 0;
  }

  ticketOf(record: number): number {
    return this.words[this.at(record) + ticket] >>> 0;
  }

  stateOf(record: number): number {
    return Atomics.load(this.words, this.at(record) + state);
  }

  /** Changes a state in one step; returns what it was before. */
  change(record: number, next: (seen: number) => number): number {
    const word = this.at(record) + state;
    for (;;) {
      const seen = Atomics.load(this.words, word);
      const to = freedIfOver(next(seen));
      if (to === seen || Atomics.compareExchange(this.words, word, seen, to) === seen) return seen;
    }
  }

  /** True if the thread of a stamp has died. */
  isOver(stamp: number): boolean {
    const thread = threadOf(stamp);
    return stampOf(thread, this.livesOf(thread)) !== stamp;
  }

  /** Records that are not free. */
  get used(): number {
    let used = 0;
    for (let record = 1; record <= this.count; record++) if (this.stateOf(record) !== 0) used += 1;
    return used;
  }

  private livesOf(thread: number): number {
    return Atomics.load(this.words, this.threads + thread * THREAD_WORDS + ThreadBlock.word.lives);
  }
}

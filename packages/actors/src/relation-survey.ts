/**
 * The ends and news of relations that a dead thread had in its hands: in no list, though their
 * records say that they are listed or queued. Owns putting them back; not what they mean
 * (relations.ts), nor the exits that tell them again (worker/succession.ts).
 *
 * RELATION-SURVEY-1: of its own actors the successor looks twice, and between the looks every other
 *   thread leaves what SENDING-1 covers. What is in no list in both, in one use of its record, was
 *   in the dead one's hands.
 * RELATION-SURVEY-2: of another's actor to which the dead thread was sending, the owner looks
 *   once, between its steps. The stamps of the record's maker and of who queued its news tell what
 *   the dead thread had begun; the maker's stays until the other's end is in its list.
 * RELATION-SURVEY-3: a record that was taken and says nothing yet is free again.
 * RELATION-SURVEY-4: lost is the record under way to an actor that has ended for good before its
 *   owner looked.
 */
import { STACK_CLOSED } from '@ganglion/memory';
import { ActorRelations } from './layouts.js';
import type { RelationRecords } from './relation-records.js';
import { listedBit, makerOf, queuerOf, receiverOf, threadOf, withMaker } from './relation-state.js';
import type { RelationTelling } from './relation-telling.js';
import type { IdWords } from './spawn.js';

const { ends, news } = ActorRelations.word;

/** Nodes that are in no list, with the tickets of their records. */
interface Missing {
  readonly ends: ReadonlyMap<number, number>;
  readonly news: ReadonlyMap<number, number>;
}

/** The successor's, of its own actors. */
export class RelationSurvey {
  readonly #records: RelationRecords;
  readonly #thread: number;
  readonly #own: () => Iterable<number>;
  #first: Missing = { ends: new Map(), news: new Map() };

  /** @param own the indices of the thread's actors, free blocks included */
  constructor(records: RelationRecords, thread: number, own: () => Iterable<number>) {
    this.#records = records;
    this.#thread = thread;
    this.#own = own;
  }

  /** The first look. */
  begin(): void {
    this.#first = missing(this.#records, new Set(this.#own()));
  }

  /** The second: puts back what was lost, and frees what was being made. */
  end(): void {
    const own = new Set(this.#own());
    const found = missing(this.#records, own);
    for (const [node, ticket] of found.ends)
      if (this.#first.ends.get(node) === ticket) putEnd(this.#records, node);
    for (const [node, ticket] of found.news)
      if (this.#first.news.get(node) === ticket) putNews(this.#records, node);
    for (let record = 1; record <= this.#records.count; record++)
      if (this.#wasMade(this.#records.stateOf(record))) this.#make(record, own);
  }

  #wasMade(state: number): boolean {
    const maker = makerOf(state);
    return maker !== 0 && threadOf(maker) === this.#thread && this.#records.isOver(maker);
  }

  #make(record: number, own: ReadonlySet<number>): void {
    const isFar = !own.has(this.#records.indexOf(2 * record + 1));
    this.#records.change(record, (state) =>
      isFar && (state & listedBit(1)) !== 0 ? state : withMaker(state, 0));
  }
}

/** Owner only: puts back what a dead thread was adding to the lists of an actor. */
export function restoreRelations(telling: RelationTelling, index: number, id: IdWords): void {
  const { records } = telling;
  const found = missing(records, new Set([index]));
  for (const node of found.ends.keys()) {
    const maker = makerOf(records.stateOf(node >> 1));
    if (maker === 0 || !records.isOver(maker)) continue;
    if (records.isOf(node, id)) putEnd(records, node);
    else telling.leaveStale(node);
    records.change(node >> 1, (state) => withMaker(state, 0));
  }
  for (const node of found.news.keys())
    if (records.isOver(queuerOf(records.stateOf(node >> 1)))) putNews(records, node);
}

function missing(records: RelationRecords, indices: ReadonlySet<number>): Missing {
  const listed = nodesOf(records.lists, records, indices, ends);
  const queued = nodesOf(records.news, records, indices, news);
  const lostEnds = new Map<number, number>();
  const lostNews = new Map<number, number>();
  for (let node = 2; node < 2 * (records.count + 1); node++) {
    const record = node >> 1;
    const state = records.stateOf(record);
    if (state === 0 || !indices.has(records.indexOf(node))) continue;
    const ticket = records.ticketOf(record);
    if ((state & listedBit(node & 1)) !== 0 && !listed.has(node)) lostEnds.set(node, ticket);
    const isFor = queuerOf(state) !== 0 && receiverOf(state) === (node & 1);
    if (isFor && !queued.has(node)) lostNews.set(node, ticket);
  }
  return { ends: lostEnds, news: lostNews };
}

function nodesOf(
  stacks: RelationRecords['lists'],
  records: RelationRecords,
  indices: ReadonlySet<number>,
  list: number,
): ReadonlySet<number> {
  const nodes = new Set<number>();
  for (const index of indices) {
    let node = Atomics.load(records.words, records.head(index) + list);
    for (; node > 0 && !nodes.has(node); node = stacks.next(node)) nodes.add(node);
  }
  return nodes;
}

/** Owner of the end's actor only. A list that was closed is settled again. */
function putEnd(records: RelationRecords, node: number): void {
  const head = records.head(records.indexOf(node)) + ends;
  if (Atomics.load(records.words, head) === STACK_CLOSED) records.lists.reopen(head);
  records.lists.push(head, node);
}

function putNews(records: RelationRecords, node: number): void {
  records.news.push(records.head(records.indexOf(node)) + news, node);
}

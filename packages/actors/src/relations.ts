/**
 * Monitors and links of actors in shared memory: who is told of whose exits. One thread's end.
 * Exits are in relation-exits.ts, handlers and what a linked exit does in worker/news.ts, records
 * in relation-records.ts.
 *
 * Each actor has a list of its ends of relations and a list of those for which there are news. Any
 * thread puts an end into either; only the actor's owner takes, sweeps and settles them.
 *
 * RELATIONS-1 (ACTORS-O5): a relation takes its record when it is made. What happens to it later,
 *   news of exits included, needs none, and no slot.
 * RELATIONS-2: a monitor is told of every exit until its actor has ended for good: exits are
 *   counted and the last two kept by turns, so that its reader finds count and exit of one moment,
 *   however many came before it looked. The exit is written before the mark that queues the news;
 *   the reader clears the mark, then reads. So no exit stays unseen.
 * RELATIONS-3: a link is over with the first exit of either actor; of two exits at the same time
 *   one wins the state word. Of several links of the same two actors one tells.
 * RELATIONS-4: the list of an actor that ends for good is closed after its id has changed. An end
 *   that was offered before is settled then, a later one is refused to its maker; who has offered
 *   looks at the id again, for the list may be the next actor's. So a relation with an actor that
 *   ends meanwhile has its news once, as `noActor` if it came too late for the reason.
 * RELATIONS-5: only the actor's own thread reads its news, so what it ends before has none.
 * RELATIONS-6: ends that are over stay listed until a sweep, which comes when there are more of
 *   them than were useful at the last one and still are. So an actor keeps at most as many useless
 *   ends as useful ones, and a sweep costs no more than what it drops made.
 * RELATIONS-7 (ACTORS-W1): records are the truth, lists are how they are found. A thread changes
 *   another's actor's lists only within SENDING-1. What a dead thread had taken out of
 *   a list or was putting into one is put back (relation-survey.ts). An exit counts as told when
 *   the actor's phase or id says so; one that was being told is told again, and each record knows
 *   whether it was.
 */
import { STACK_CLOSED } from '@ganglion/memory';
import { indexOfId } from './actor-id.js';
import { readExit } from './exit-event.js';
import type { ExitRecord } from './exit-event.js';
import { ActorRelations, Relation } from './layouts.js';
import { MAX_RELATIONS } from './limits.js';
import type { Notices } from './notices.js';
import { Signal } from './phases.js';
import { RelationExits } from './relation-exits.js';
import type { RecordsParts, RelationRecords } from './relation-records.js';
import { Flag, listedBit, queuerOf, withMaker, withoutQueuer } from './relation-state.js';
import { RelationTelling } from './relation-telling.js';
import type { IdWords } from './spawn.js';

const { ends, news, garbage } = ActorRelations.word;
const { kept } = ActorRelations.plain;
const { exits, event } = Relation.word;
const { seen } = Relation.plain;
/** Range of a record in the number of a monitor, which is ticket × range + record. */
const RECORD_RANGE: number = 1 + MAX_RELATIONS;
const NO_EVENT = 0;

/** What an actor is told. */
export interface News extends ExitRecord {
  readonly isLink: boolean;
  readonly monitor: number;
  /** Who ended. */
  readonly other: IdWords;
  /** Exits since the last news. */
  readonly exits: number;
}

/** See the file's header. */
export class Relations {
  readonly records: RelationRecords;
  readonly exits: RelationExits;
  readonly telling: RelationTelling;
  readonly #words: Int32Array;
  readonly #notices: Notices;

  constructor(parts: RecordsParts, notices: Notices) {
    this.telling = new RelationTelling(parts, notices);
    this.records = this.telling.records;
    this.exits = new RelationExits(this.telling);
    this.#words = parts.words;
    this.#notices = notices;
  }

  /** Opens the list of a free block for its next actor, whose id nobody has seen yet. */
  reopen(index: number): void {
    const head = this.records.head(index);
    if (this.#words[head + ends] === STACK_CLOSED) this.records.lists.reopen(head + ends);
  }

  /**
   * Owner of `own` only: makes a monitor or a link. An actor that has ended gives news at once.
   * @returns the monitor's number; 0 if no record is free
   */
  make(own: IdWords, other: IdWords, isLink: boolean): number {
    const { records } = this;
    const record = records.take(own, other);
    if (record === 0) return 0;
    const monitor = records.ticketOf(record) * RECORD_RANGE + record;
    const kind = isLink ? Flag.isLink : 0;
    records.change(record, (state) => state | Flag.alive | listedBit(0) | kind);
    records.lists.push(records.head(indexOfId(own.low)) + ends, 2 * record);
    if (!this.#reach(record, other)) this.telling.giveUp(2 * record, own);
    records.change(record, (state) => withMaker(state, 0));
    return monitor;
  }

  /** Puts the other's end into its list; false if it has ended for good (RELATIONS-4). */
  #reach(record: number, other: IdWords): boolean {
    const { records } = this;
    if (!records.exists(other)) return false;
    const index = indexOfId(other.low);
    this.#notices.enter(index);
    records.change(record, (state) => state | listedBit(1));
    const below = records.lists.offer(records.head(index) + ends, 2 * record + 1);
    if (below === STACK_CLOSED) records.change(record, (state) => state & ~listedBit(1));
    this.#notices.leave();
    if (below === STACK_CLOSED) return false;
    if (records.exists(other)) return true;
    this.telling.discarded(other);
    return false;
  }

  /** Owner of `own` only: true if the two are linked. */
  isLinked(own: IdWords, other: IdWords): boolean {
    return this.#links(own, other).length > 0;
  }

  /** Owner of `own` only: ends the link; false if there is none. */
  unlink(own: IdWords, other: IdWords): boolean {
    let was = false;
    for (const record of this.#links(own, other)) {
      const before = this.records.change(record, (state) => state & ~Flag.alive);
      if ((before & Flag.alive) === 0) continue;
      was = true;
      this.telling.discarded(own);
      this.telling.discarded(other);
    }
    return was;
  }

  /** Owner of `own` only: records of links that have not ended. */
  #links(own: IdWords, other: IdWords): readonly number[] {
    const { records } = this;
    const found: number[] = [];
    let node = Atomics.load(this.#words, records.head(indexOfId(own.low)) + ends);
    for (; node > 0; node = records.lists.next(node)) {
      const state = records.stateOf(node >> 1);
      if ((state & Flag.alive) === 0 || (state & Flag.isLink) === 0) continue;
      if (records.isOf(node, own) && records.isOf(node ^ 1, other)) found.push(node >> 1);
    }
    return found;
  }

  /** Owner of `own` only: ends a monitor; no news of it come after (RELATIONS-5). */
  demonitor(own: IdWords, monitor: number): boolean {
    const { records } = this;
    if (!Number.isSafeInteger(monitor) || monitor <= 0) return false;
    const record = monitor % RECORD_RANGE;
    const isRecord = record > 0 && record <= records.count;
    if (!isRecord || records.ticketOf(record) !== Math.floor(monitor / RECORD_RANGE)) return false;
    if (!records.isOf(2 * record, own)) return false;
    if ((records.stateOf(record) & Flag.isLink) !== 0) return false;
    const before = records.change(record, (state) => state & ~Flag.alive);
    if ((before & Flag.alive) === 0) return false;
    this.telling.discarded(own);
    if ((before & listedBit(1)) !== 0) this.telling.discarded(records.actorOf(2 * record + 1));
    return true;
  }

  /** Owner only: true if there are news for an actor. */
  hasNews(index: number): boolean {
    return this.#words[this.records.head(index) + news] !== 0;
  }

  /** Owner only: takes all news, in order; follow with `nextNews`, before each is read. */
  takeNews(index: number): number {
    return this.records.news.takeInOrder(this.records.head(index) + news);
  }

  /** Owner only: signals an actor if there are news for it. */
  remind(index: number, { low, high }: IdWords): void {
    if (this.hasNews(index)) this.#notices.signal(low, high, Signal.related);
  }

  nextNews(node: number): number {
    return this.records.news.next(node);
  }

  isLink(node: number): boolean {
    return (this.records.stateOf(node >> 1) & Flag.isLink) !== 0;
  }

  /** Owner only: puts news back for another time, in their order. */
  keepNews(index: number, node: number): void {
    this.records.news.push(this.records.head(index) + news, node);
  }

  /** Owner only: the news of an end that was taken; undefined if they are of no use any more. */
  read(node: number, own: IdWords): News | undefined {
    const { records } = this;
    const record = node >> 1;
    const other = records.actorOf(node ^ 1);
    const isOwn = records.isOf(node, own);
    const monitor = records.ticketOf(record) * RECORD_RANGE + record;
    const before = records.change(record, (state) =>
      this.telling.made(withoutQueuer(isOwn ? state : state & ~Flag.alive)));
    if (!isOwn || (before & Flag.alive) === 0) return undefined;
    const isLink = (before & Flag.isLink) !== 0;
    const isGone = (before & Flag.gone) !== 0;
    const told = isGone ? { count: 1, last: NO_EVENT } : this.#exitsOf(node, isLink);
    if (isLink || isGone || (before & listedBit(1)) === 0) {
      records.change(record, (state) => state & ~Flag.alive);
      this.telling.discarded(own);
    }
    if (told.count === 0) return undefined;
    return { isLink, monitor, other, exits: told.count, ...readExit(told.last) };
  }

  #exitsOf(node: number, isLink: boolean): { readonly count: number; readonly last: number } {
    const words = this.#words;
    const at = this.records.at(node >> 1);
    if (isLink) return { count: 1, last: Atomics.load(words, at + event + (node & 1)) };
    for (;;) {
      const number = Atomics.load(words, at + exits);
      const last = Atomics.load(words, at + event + (number & 1));
      if (Atomics.load(words, at + exits) !== number) continue;
      const count = (number - words[at + seen]) | 0;
      words[at + seen] = number;
      return { count, last };
    }
  }

  /** Owner only: drops the useless ends, if they are more than the others (RELATIONS-6). */
  sweep(id: IdWords): void {
    const { lists } = this.records;
    const head = this.records.head(indexOfId(id.low));
    const useless = Atomics.load(this.#words, head + garbage);
    if (2 * useless <= this.#words[head + kept]) return;
    let useful = 0;
    for (let node = lists.takeInOrder(head + ends); node !== 0;) {
      const next = lists.next(node);
      if (this.#isUseful(node, id)) {
        useful += 1;
        lists.push(head + ends, node);
      } else if (this.records.isOf(node, id))
        this.telling.unlist(node, (node & 1) === 0 ? Flag.alive : 0);
      else this.telling.leaveStale(node);
      node = next;
    }
    this.#words[head + kept] = useful;
    Atomics.sub(this.#words, head + garbage, useless);
  }

  #isUseful(node: number, id: IdWords): boolean {
    const state = this.records.stateOf(node >> 1);
    if ((state & Flag.alive) === 0 || !this.records.isOf(node, id)) return false;
    // Of a monitor that has had its last news nothing is left to do.
    const isOwnMonitor = (state & Flag.isLink) === 0 && (node & 1) === 0;
    return !isOwnMonitor || (state & listedBit(1)) !== 0 || queuerOf(state) !== 0;
  }
}

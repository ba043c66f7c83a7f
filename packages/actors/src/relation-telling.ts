/**
 * How what happens to a relation reaches an actor: news into its list, and a sweep when it has many
 * useless ends. Shared by relations.ts, whose header has the rules, and relation-exits.ts.
 */
import { indexOfId } from './actor-id.js';
import { ActorRelations } from './layouts.js';
import type { Notices } from './notices.js';
import { Signal } from './phases.js';
import { RelationRecords } from './relation-records.js';
import type { RecordsParts } from './relation-records.js';
import {
  Flag, listedBit, makerOf, queuerOf, withMaker, withoutQueuer, withQueuer,
} from './relation-state.js';
import type { IdWords } from './spawn.js';

const { news, garbage } = ActorRelations.word;
const { kept } = ActorRelations.plain;

/** One thread's end. */
export class RelationTelling {
  readonly records: RelationRecords;
  private readonly words: Int32Array;
  private readonly notices: Notices;

  constructor(parts: RecordsParts, notices: Notices) {
    this.records = new RelationRecords(parts);
    this.words = parts.words;
    this.notices = notices;
  }

  /** Tells the actor of an end that the other has ended for good. */
  giveUp(node: number, receiver: IdWords): void {
    this.queue(node, receiver, (state) => {
      const isOpen = (state & Flag.alive) !== 0 && queuerOf(state) === 0;
      return isOpen ? withQueuer(state | Flag.gone, this.records.stamp, node & 1) : state;
    });
  }

  /** An end of an actor that had the index before (RELATIONS-4). */
  leaveStale(node: number): void {
    const isLink = (this.records.stateOf(node >> 1) & Flag.isLink) !== 0;
    const other = this.records.actorOf(node ^ 1);
    const isTold = isLink || (node & 1) === 1;
    if (isTold) this.giveUp(node ^ 1, other);
    const before = this.unlist(node, isTold ? 0 : Flag.alive);
    if (!isTold && (before & listedBit(1)) !== 0) this.discarded(other);
  }

  /** Takes an end that is in no list any more out of its record; returns the state before. */
  unlist(node: number, flags = 0): number {
    return this.records.change(node >> 1, (state) =>
      this.made(state & ~listedBit(node & 1) & ~flags));
  }

  /** What a thread that died was making is made, unless it might not be in the other's list. */
  made(state: number): number {
    const maker = makerOf(state);
    const isListed = (state & listedBit(1)) !== 0;
    return maker !== 0 && !isListed && this.records.isOver(maker) ? withMaker(state, 0) : state;
  }

  /**
   * Changes a state; if that queues news, puts them into the receiver's list and tells it. True if
   * it did.
   */
  queue(node: number, receiver: IdWords, next: (state: number) => number): boolean {
    const { records } = this;
    const index = indexOfId(receiver.low);
    this.notices.enter(index);
    let queues = false;
    records.change(node >> 1, (state) => {
      const to = next(state);
      queues = queuerOf(state) === 0 && queuerOf(to) !== 0;
      return to;
    });
    if (queues) records.news.push(records.head(index) + news, node);
    const isThere = !queues ||
      this.notices.setSignals(receiver.low, receiver.high, Signal.related);
    if (!isThere) this.drop(records.head(index), receiver);
    this.notices.leave();
    return queues;
  }

  /** Empties the news of an actor that has ended; those of its successor come again. */
  dropNews(head: number, ended: IdWords): void {
    if (this.words[head + news] === 0) return;
    this.notices.enter(indexOfId(ended.low));
    this.drop(head, ended);
    this.notices.leave();
  }

  /** `dropNews`, within what SENDING-1 covers. */
  private drop(head: number, ended: IdWords): void {
    const { records } = this;
    for (let node = records.news.takeInOrder(head + news); node !== 0;) {
      const next = records.news.next(node);
      const id = records.actorOf(node);
      const isOver = records.isOf(node, ended) || (records.stateOf(node >> 1) & Flag.alive) === 0;
      if (isOver) records.change(node >> 1, (state) =>
        this.made(withoutQueuer(state) & ~Flag.alive));
      else this.requeue(head, node, id);
      node = next;
    }
  }

  private requeue(head: number, node: number, id: IdWords): void {
    this.records.news.push(head + news, node);
    if (!this.notices.setSignals(id.low, id.high, Signal.related)) this.drop(head, id);
  }

  /** An end of the actor is of no use any more (RELATIONS-6). */
  discarded(id: IdWords): void {
    const head = this.records.head(indexOfId(id.low));
    const useless = 1 + Atomics.add(this.words, head + garbage, 1);
    if (2 * useless > this.words[head + kept])
      this.notices.signal(id.low, id.high, Signal.related);
  }
}

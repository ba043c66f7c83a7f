/**
 * What an actor's exit does to its relations. Runs on its owner's thread. The rules are in
 * relations.ts.
 */
import { indexOfId } from './actor-id.js';
import { isSameExit } from './exit-event.js';
import { ActorRelations, Relation } from './layouts.js';
import type { RelationRecords } from './relation-records.js';
import { Flag, listedBit, queuerOf, withQueuer } from './relation-state.js';
import type { RelationTelling } from './relation-telling.js';
import type { IdWords } from './spawn.js';

const { ends, garbage } = ActorRelations.word;
const { kept } = ActorRelations.plain;
const { exits, event } = Relation.word;
const NO_EVENT = 0;

/** One thread's end. */
export class RelationExits {
  readonly records: RelationRecords;
  private readonly telling: RelationTelling;
  private readonly words: Int32Array;

  constructor(telling: RelationTelling) {
    this.records = telling.records;
    this.telling = telling;
    this.words = telling.records.words;
  }

  /** Owner only: an exit of an actor that may start again. */
  exited(id: IdWords, exit: number): void {
    const head = this.records.head(indexOfId(id.low));
    if (Atomics.load(this.words, head + ends) !== 0) {
      const first = this.records.lists.takeInOrder(head + ends);
      this.settle(id, first, exit, false);
    }
    this.telling.dropNews(head, id);
  }

  /**
   * Owner only: an actor has ended for good, and its id has changed.
   * @param exit 0 if its last exit was told before
   */
  ended(id: IdWords, exit: number): void {
    const head = this.records.head(indexOfId(id.low));
    const last = this.records.lists.close(head + ends);
    if (last > 0) {
      this.settle(id, this.records.lists.inOrder(last), exit, true);
      Atomics.store(this.words, head + garbage, 0);
      this.words[head + kept] = 0;
    }
    this.telling.dropNews(head, id);
  }

  private settle(id: IdWords, first: number, exit: number, isFinal: boolean): void {
    const { lists } = this.records;
    const head = this.records.head(indexOfId(id.low)) + ends;
    const linked = new Set<string>();
    for (let node = first; node !== 0;) {
      const next = lists.next(node);
      if (this.settleEnd(node, id, exit, isFinal, linked)) lists.push(head, node);
      node = next;
    }
  }

  /** True if the end stays listed. */
  private settleEnd(
    node: number,
    id: IdWords,
    exit: number,
    isFinal: boolean,
    linked: Set<string>,
  ): boolean {
    const { records } = this;
    const record = node >> 1;
    const isLink = (records.stateOf(record) & Flag.isLink) !== 0;
    if (!records.isOf(node, id)) this.telling.leaveStale(node);
    else if (isLink) this.breakLink(node, exit, linked);
    else if ((node & 1) === 0) this.endOwn(node);
    else return this.tellMonitor(node, exit, isFinal);
    return false;
  }

  /** An actor's monitors end with it. */
  private endOwn(node: number): void {
    const before = this.telling.unlist(node, Flag.alive);
    if ((before & listedBit(1)) !== 0) this.telling.discarded(this.records.actorOf(node ^ 1));
  }

  private breakLink(node: number, exit: number, linked: Set<string>): void {
    const { records } = this;
    const other = records.actorOf(node ^ 1);
    const side = 1 - (node & 1);
    const key = `${other.low} ${other.high}`;
    const isFirst = !linked.has(key);
    linked.add(key);
    // News for the other are written by this actor's owner only.
    Atomics.store(this.words, records.at(node >> 1) + event + side, exit);
    const isQueued = this.telling.queue(node ^ 1, other, (state) => {
      const rest = state & ~listedBit(node & 1);
      const tells = isFirst && (state & Flag.alive) !== 0 && queuerOf(state) === 0;
      return this.telling.made(tells ? withQueuer(rest, records.stamp, side) : rest & ~Flag.alive);
    });
    if (!isQueued) this.telling.discarded(other);
  }

  private tellMonitor(node: number, exit: number, isFinal: boolean): boolean {
    const { records } = this;
    const record = node >> 1;
    const watcher = records.actorOf(node ^ 1);
    const at = records.at(record);
    const before = this.words[at + exits];
    const isTold = before !== 0 && (exit === NO_EVENT ||
      isSameExit(this.words[at + event + (before & 1)], exit));
    if (!isTold && exit !== NO_EVENT) {
      Atomics.store(this.words, at + event + ((before + 1) & 1), exit);
      Atomics.store(this.words, at + exits, before + 1);
    }
    if (isTold && exit === NO_EVENT) {
      this.telling.unlist(node);
      this.telling.discarded(watcher);
      return false;
    }
    let stays = false;
    this.telling.queue(node ^ 1, watcher, (state) => {
      stays = !isFinal && (state & Flag.alive) !== 0;
      const rest = stays ? state : this.telling.made(state & ~listedBit(1));
      if ((state & Flag.alive) === 0 || queuerOf(state) !== 0) return rest;
      return withQueuer(exit === NO_EVENT ? rest | Flag.gone : rest, records.stamp, 0);
    });
    return stays;
  }
}

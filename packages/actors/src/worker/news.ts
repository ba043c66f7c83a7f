/**
 * News of relations as turns of the actors that one worker owns: `down`, `exited`, and what a
 * linked exit does to an actor without `exited`.
 *
 * NEWS-1 (SCHEDULER-3): news that are there are handled before messages. They wait while the actor
 *   starts, or awaits in a handler; a linked exit that it does not handle waits for nothing.
 * NEWS-2: a handler is a turn of its actor. What it throws is the actor's exit, and it is
 *   synchronous: a promise is an error.
 * NEWS-3 (ACTORS-S3): news cost a reduction each. The rest of many waits for the next pass, and
 *   messages may come between.
 */
import type { ExitReason } from '../contract/behaviour.js';
import type { DownEvent, ExitNews } from '../contract/relations.js';
import { ActorsError } from '../errors.js';
import { isThenable } from '../generated/turns.js';
import { EXPIRED } from '../generated/views.js';
import type { FieldsViewObject } from '../generated/views.js';
import { ActorBlock } from '../layouts.js';
import { INITIAL_REDUCTIONS } from '../limits.js';
import { Phase, Signal } from '../phases.js';
import type { Program } from '../program.js';
import type { News } from '../relations.js';
import type { IdWords } from '../spawn.js';
import type { ActorThread } from '../thread.js';
import { UnknownBehaviours } from '../unknown-behaviours.js';
import type { Instances } from './instances.js';
import { ActorSelf } from './self.js';
import type { WorkerHome } from './self.js';
import type { End } from './starts.js';
import { asTurn } from './turn-mark.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const { plain, word } = ActorBlock;

/** What news share with the lives of actors. */
export interface NewsParts {
  readonly home: WorkerHome;
  readonly instances: Instances;
  readonly end: End;
}

/** What came of a piece of news. */
type Outcome =
  | { readonly kind: 'goesOn' }
  | { readonly kind: 'waits'; readonly behaviours: readonly number[] }
  | { readonly kind: 'ends'; readonly reason: ExitReason; readonly error?: unknown };

const GOES_ON: Outcome = Object.freeze({ kind: 'goesOn' });

/** See the file's header. */
export class NewsTurns {
  readonly #home: WorkerHome;
  readonly #thread: ActorThread;
  readonly #words: Int32Array;
  readonly #instances: Instances;
  readonly #end: End;
  /** The `self` of each shared-state behaviour, by index. */
  readonly #selves: (ActorSelf | undefined)[] = [];

  constructor({ home, instances, end }: NewsParts) {
    this.#home = home;
    this.#thread = home.thread;
    this.#words = home.thread.words;
    this.#instances = instances;
    this.#end = end;
  }

  /** Handles the signal `related`. */
  look(index: number): void {
    const block = this.#blockOf(index);
    const isOwn = Atomics.load(this.#words, block + word.owner) === this.#thread.index;
    if (!isOwn || Atomics.load(this.#words, block + word.phase) === Phase.free) return;
    this.#thread.relations.sweep(this.#idOf(block));
    this.run(index);
  }

  /** Handles the news of an actor. False if it has ended. */
  run(index: number): boolean {
    const { relations } = this.#thread;
    if (!relations.hasNews(index)) return true;
    const block = this.#blockOf(index);
    const id = this.#idOf(block);
    const behaviour = this.#words[block + plain.behaviour];
    const program = this.#thread.programs[behaviour];
    if (program === undefined) {
      this.#whenImported(index, id, [behaviour]);
      return true;
    }
    return asTurn(this.#thread, index, () => this.#runAll(index, block, id, program));
  }

  /** Within a turn: who dies with news in hand has not handled them, and neither has the actor. */
  #runAll(index: number, block: number, id: IdWords, program: Program): boolean {
    const { relations } = this.#thread;
    let left = INITIAL_REDUCTIONS;
    const kept: number[] = [];
    let outcome = GOES_ON;
    for (let node = relations.takeNews(index); node !== 0;) {
      const next = relations.nextNews(node);
      const goesOn = outcome.kind === 'goesOn' && left > 0;
      if (!goesOn || !this.#mayHandle(node, block, program)) kept.push(node);
      else outcome = this.#handle(node, id, index, program);
      if (outcome.kind === 'waits') kept.push(node);
      left -= 1;
      node = next;
    }
    for (const node of kept) relations.keepNews(index, node);
    if (outcome.kind === 'ends') {
      this.#end(index, outcome.reason, outcome.error);
      return false;
    }
    if (outcome.kind === 'waits') this.#whenImported(index, id, outcome.behaviours);
    else if (left < 0) this.#thread.mail.notices.signal(id.low, id.high, Signal.related);
    return true;
  }

  #mayHandle(node: number, block: number, { code }: Program): boolean {
    if (this.#thread.relations.isLink(node) && code.exited === undefined) return true;
    const isRunning = Atomics.load(this.#words, block + word.phase) === Phase.running;
    return isRunning && this.#words[block + plain.activation] === 0;
  }

  #handle(node: number, id: IdWords, index: number, program: Program): Outcome {
    const { relations } = this.#thread;
    try {
      this.#requireRef(relations.records.actorOf(node ^ 1));
    } catch (error) {
      if (error instanceof UnknownBehaviours) return { kind: 'waits', behaviours: error.indices };
      throw error;
    }
    const news = relations.read(node, id);
    if (news === undefined) return GOES_ON;
    const { down, exited } = program.code;
    if (!news.isLink) return this.#call(index, program, 'down', down, this.#downOf(news));
    if (exited !== undefined)
      return this.#call(index, program, 'exited', exited, this.#exitOf(news));
    return news.reason === 'normal' ? GOES_ON : { kind: 'ends', reason: news.reason };
  }

  #requireRef(id: IdWords): void {
    if (this.#thread.relations.records.exists(id)) this.#thread.requireRef(id.low);
  }

  #call(
    index: number,
    program: Program,
    name: string,
    handler: ((self: unknown, event: unknown) => unknown) | undefined,
    event: ExitNews,
  ): Outcome {
    const self = this.#enter(program, this.#blockOf(index));
    const { mail } = this.#thread;
    mail.stamp.setFrom(self.low, self.high);
    try {
      const result = handler?.(self, event);
      if (isThenable(result)) {
        const text = `${program.behaviour.name}: ${name} returned a promise, and is synchronous`;
        throw new ActorsError('ACTORS_NOT_SUPPORTED', text);
      }
      return self.stopRequested ? { kind: 'ends', reason: 'normal' } : GOES_ON;
    } catch (error) {
      return { kind: 'ends', reason: 'crashed', error };
    } finally {
      if (this.#thread.references.isChecked && program.stateLayout !== undefined) {
        (self.state as FieldsViewObject).at = EXPIRED;
        self.low = 0;
      }
      self.stopRequested = false;
      mail.stamp.setFrom(0, 0);
    }
  }

  #enter(program: Program, block: number): ActorSelf {
    const { stateLayout, StateView } = program;
    if (stateLayout === undefined || StateView === undefined) return this.#instances.of(block);
    const behaviour = this.#words[block + plain.behaviour];
    const self = (this.#selves[behaviour] ??= new ActorSelf(this.#home, 0, 0, new StateView()));
    const { low, high } = this.#idOf(block);
    self.low = low;
    self.high = high;
    (self.state as FieldsViewObject).at = this.#words[block + plain.heapWord];
    return self;
  }

  #downOf(news: News): DownEvent {
    const { monitor, exits } = news;
    return { ...this.#exitOf(news), monitor, exits };
  }

  #exitOf({ other, incarnation, reason }: News): ExitNews {
    return { ref: this.#thread.makeRef(other.low, other.high), incarnation, reason };
  }

  #whenImported(index: number, { low, high }: IdWords, behaviours: readonly number[]): void {
    const { notices } = this.#thread.mail;
    const block = this.#blockOf(index);
    Promise.all(behaviours.map((behaviour) => this.#thread.importProgram(behaviour))).then(
      () => void notices.signal(low, high, Signal.related),
      (error: unknown) => {
        const isOwn = Atomics.load(this.#words, block + word.owner) === this.#thread.index;
        if (isOwn && this.#thread.isAlive(low, high)) this.#end(index, 'behaviourUnknown', error);
      },
    );
  }

  #blockOf(index: number): number {
    return this.#thread.mail.blocks + index * BLOCK_WORDS;
  }

  #idOf(block: number): IdWords {
    const low = Atomics.load(this.#words, block + word.idLow);
    return { low, high: Atomics.load(this.#words, block + word.idHigh) };
  }
}

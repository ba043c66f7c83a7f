/**
 * Ends of the actors that one worker owns: signals, activations of async and generator handlers,
 * exits, and the block's return to the pool. Starts are in starts.ts. Runs on the owner's thread
 * only.
 *
 * LIVES-1: an actor is `starting`, then `running`, then `down` (its supervisor decides) or
 *   `free`. While it is not `running`, or an activation holds it, `scheduled` stays 1, so that
 *   nobody but its generator (STEPS-1) puts it into the run queue.
 * LIVES-2 (ACTORS-I1): a restart keeps id and mail and raises the incarnation.
 * LIVES-3: the ask in hand of an exit fails with ACTORS_RESTARTED if the supervisor may restart
 *   the actor, else with ACTORS_EXITED; queued asks fail when the actor ends for good.
 * LIVES-4: what a promise of an earlier incarnation does has no effect on the present one: its
 *   state view points at scratch memory, its message view at slot 0, and its ask has failed.
 * LIVES-5: an exit other than `killed` waits for an asynchronous init, so that what init made is
 *   terminated, and for an asynchronous terminate. `killed` waits for nothing.
 */
import type { ExitReason } from '../contract/behaviour.js';
import { ActorsError, textOf } from '../errors.js';
import { exitEvent } from '../exit-event.js';
import type { ExitListener } from '../exit-event.js';
import { isThenable } from '../generated/turns.js';
import type { HeldHandler } from '../generated/turns.js';
import type { FieldsViewObject } from '../generated/views.js';
import { generationOfId, indexOfId } from '../actor-id.js';
import { ActorBlock } from '../layouts.js';
import { freshSignals } from '../notices.js';
import { exitOf, EXITS, Phase, reasonNumber, reasonOf, Report, Signal } from '../phases.js';
import { endUnanswered, refuseRequest } from '../reply.js';
import { nextId } from '../spawn.js';
import type { IdWords } from '../spawn.js';
import type { ActorThread } from '../thread.js';
import { Activations } from './activations.js';
import type { Activation } from './activations.js';
import { HandlerSteps } from './handler-steps.js';
import { Instances } from './instances.js';
import { NewsTurns } from './news.js';
import type { ActorSelf, WorkerHome } from './self.js';
import { freeArgs, Starts } from './starts.js';
import type { End } from './starts.js';
import { asTurn } from './turn-mark.js';

const BLOCK_WORDS = ActorBlock.size / 4;
// Read once: a struct's tables are slow objects in V8, too slow for each end.
const {
  activation: ACTIVATION, behaviour: BEHAVIOUR, heapBlock: HEAP_BLOCK, instance: INSTANCE,
  restartType: RESTART_TYPE, scheduled: SCHEDULED,
} = ActorBlock.plain;
const {
  exitDetail: EXIT_DETAIL, exitReason: EXIT_REASON, heir: HEIR, idHigh: ID_HIGH, idLow: ID_LOW,
  incarnation: INCARNATION, owner: OWNER, phase: PHASE, signals: SIGNALS,
} = ActorBlock.word;
const DETAIL_BYTES_MAX = 4_096;
const TEMPORARY = 3;
const TRANSIENT = 2;

/** See the file's header. */
export class Lives {
  private readonly thread: ActorThread;
  private readonly words: Int32Array;
  private readonly blocks: number;
  private readonly nameHints: number;
  private readonly onExit: ExitListener;
  private readonly instances: Instances;
  private readonly activations: Activations;
  readonly starts: Starts;
  private readonly news: NewsTurns;

  constructor(home: WorkerHome, onExit: ExitListener) {
    this.thread = home.thread;
    this.words = home.thread.words;
    this.blocks = home.thread.mail.blocks;
    this.nameHints = home.thread.memory.region.plan.sections.nameHints.word;
    this.onExit = onExit;
    this.instances = new Instances(home.thread.words);
    this.activations = new Activations(home.thread);
    const end: End = (index, reason, error) => this.end(index, reason, error);
    this.news = new NewsTurns({ home, instances: this.instances, end });
    this.starts = new Starts({
      home,
      instances: this.instances,
      activations: this.activations,
      end,
      news: (index) => this.news.run(index),
    });
  }

  /** The `self` of an isolate-state actor that runs. */
  instance(block: number): ActorSelf {
    return this.instances.of(block);
  }

  /** Handles the signals that came for an actor. */
  signals(index: number, block: number): void {
    const { notices } = this.thread.mail;
    const bits = notices.takeSignals(block);
    if (bits === 0) return;
    this.signalled(index, block, bits);
    if ((bits & Signal.related) !== 0) this.news.look(index);
    notices.handledSignals();
  }

  private signalled(index: number, block: number, bits: number): void {
    const low = Atomics.load(this.words, block + ID_LOW);
    const high = Atomics.load(this.words, block + ID_HIGH);
    const wasDown = Atomics.load(this.words, block + PHASE) === Phase.down;
    const exits = (bits & EXITS) !== 0;
    if (exits) this.end(index, exitOf(bits));
    // An actor without a supervisor is gone now, and its block may be another's.
    if (
      Atomics.load(this.words, block + OWNER) !== this.thread.index ||
      Atomics.load(this.words, block + ID_LOW) !== low ||
      Atomics.load(this.words, block + ID_HIGH) !== high
    )
      return;
    const phase = Atomics.load(this.words, block + PHASE);
    if ((bits & Signal.end) !== 0 && phase === Phase.down)
      this.finalise(index, block, this.lastReason(block), undefined);
    else if ((bits & Signal.start) === 0) return;
    else if (!exits && (phase === Phase.starting || phase === Phase.down)) {
      // A successor of the worker may have started it already.
      if (this.words[block + ACTIVATION] === 0) this.starts.start(index, block);
    }
    else if (exits && wasDown) this.exitAgain(index, block, bits);
  }

  /** Reports the exit of an actor that was down and is not started: an exit came as well. */
  private exitAgain(index: number, block: number, bits: number): void {
    const reason = exitOf(bits);
    Atomics.store(this.words, block + EXIT_REASON, reasonNumber(reason));
    this.thread.relations.exits.exited(this.idOf(block), this.exitOf(block, reason));
    this.thread.mail.notices.report(index, Report.exited);
  }

  /** Holds an actor until its handler ends. A generator takes its first steps now. */
  activate(index: number, slot: number, self: ActorSelf, held: HeldHandler, left: number): void {
    const { result, view } = held;
    const fulfilled = (): void => {
      view.at = this.thread.payloadWord(0);
      endUnanswered(this.thread, slot);
      this.thread.finish(slot);
      if (self.stopRequested) this.end(index, 'normal');
      else if (this.news.run(index))
        this.thread.mail.reschedule(index, this.blockOf(index));
    };
    const rejected = (error: unknown): void => {
      view.at = this.thread.payloadWord(0);
      this.failInHand(index, slot, 'crashed', error);
      this.end(index, 'crashed', error);
    };
    if (isThenable(result)) {
      const activation: Activation = { kind: 'handler', slot, view, self, steps: undefined };
      this.activations.hold(index, activation, result, fulfilled, rejected);
      return;
    }
    const steps = new HandlerSteps(result, {
      again: () => this.thread.mail.runQueue.push(index),
      returned: () => {
        this.activations.drop(index);
        fulfilled();
      },
      threw: (error) => {
        this.activations.drop(index);
        rejected(error);
      },
    });
    this.activations.keep(index, { kind: 'handler', slot, view, self, steps });
    steps.run(left);
  }

  /** The generator handler that an actor is in, if it is in one. */
  stepsOf(index: number): HandlerSteps | undefined {
    return this.activations.stepsOf(index);
  }

  /** Ends an actor that runs or starts (LIVES-5). */
  end(index: number, reason: ExitReason, error?: unknown): void {
    const block = this.blockOf(index);
    // Plain: only this thread, the owner, changes it.
    const phase = this.words[block + PHASE];
    const activation = this.activations.of(index);
    if (phase === Phase.terminating && reason === 'killed') {
      this.activations.drop(index);
      this.ended(index, block, reason, '', undefined);
      return;
    }
    if (phase !== Phase.running && phase !== Phase.starting) return;
    if (activation?.kind === 'init' && (reason === 'normal' || reason === 'shutdown')) {
      activation.exit = reason;
      return;
    }
    if (activation === undefined && this.words[block + INSTANCE] === 0) {
      this.ended(index, block, reason, error === undefined ? '' : textOf(error), error);
      return;
    }
    const told = [error === undefined ? '' : textOf(error)];
    told.push(this.cancelActivation(index, block, reason));
    const after = (failed: string | undefined): void => {
      if (failed !== undefined) told.push(`terminate threw: ${failed}`);
      this.ended(index, block, reason, told.filter((part) => part !== '').join('; '), error);
    };
    const terminated = asTurn(this.thread, index, () => this.terminate(block, reason));
    if (!isThenable(terminated)) return after(terminated);
    this.words[block + SCHEDULED] = 1;
    Atomics.store(this.words, block + PHASE, Phase.terminating);
    this.activations.hold(index, { kind: 'terminate' }, terminated, () => after(undefined),
      (failed) => after(textOf(failed)));
  }

  /** Ends an actor whose thread has died: nothing is left of it that could terminate. */
  abandon(index: number, reason: ExitReason, text: string): void {
    const block = this.blockOf(index);
    const held = this.words[block + ACTIVATION];
    // Else a thread that died too has done it.
    if (held > 0 && this.thread.mail.isFor(this.words[block + ID_LOW], held))
      this.failInHand(index, held, reason, new Error(text));
    this.ended(index, block, reason, text, new Error(text), Report.exited | Report.death);
  }

  /** Ends an actor for good whose thread died in the midst of that. */
  endAgain(index: number): void {
    const block = this.blockOf(index);
    this.finalise(index, block, this.lastReason(block), undefined);
  }

  /** Nothing of the actor runs any more: its supervisor decides, or its block is free. */
  private ended(
    index: number,
    block: number,
    reason: ExitReason,
    text: string,
    error: unknown,
    report: number = Report.exited,
  ): void {
    const words = this.words;
    this.thread.actorTimers.ended(index);
    const isSupervised = words[block + RESTART_TYPE] !== 0;
    this.onExit(words[block + ID_LOW], reason, text, isSupervised);
    if (!isSupervised) {
      this.finalise(index, block, reason, error, this.exitOf(block, reason));
      return;
    }
    const exit = this.exitOf(block, reason);
    words[block + SCHEDULED] = 1;
    Atomics.store(words, block + EXIT_REASON, reasonNumber(reason));
    this.storeDetail(block, text);
    // RELATIONS-7: before the phase, so that a successor tells again what was not told yet.
    this.thread.relations.exits.exited(this.idOf(block), exit);
    Atomics.store(words, block + PHASE, Phase.down);
    this.forget(block);
    this.thread.mail.notices.report(index, report);
  }

  /** After the phase says that nothing runs: else a successor would let it go on. */
  forget(block: number): void {
    this.words[block + ACTIVATION] = 0;
    this.words[block + INSTANCE] = 0;
  }

  private exitOf(block: number, reason: ExitReason): number {
    const phase = this.words[block + PHASE];
    const ran = phase === Phase.running || phase === Phase.terminating;
    return exitEvent(reason, ran, this.words[block + INCARNATION]);
  }

  private idOf(block: number): IdWords {
    return { low: this.words[block + ID_LOW], high: this.words[block + ID_HIGH] };
  }

  /** Fails the ask in hand of a message whose handler threw, and gives the slot back. */
  failInHand(index: number, slot: number, reason: ExitReason, error: unknown): void {
    const code = this.failureCode(this.blockOf(index), reason);
    refuseRequest(this.thread, slot, code, failureText(reason, error), 'inHand');
  }

  /** Closes the mailbox of an actor that has ended, and refuses what waits in it (MAILBOX-5). */
  private discardMail(block: number, reason: ExitReason, error: unknown): void {
    const { mail } = this.thread;
    mail.close(block);
    for (let slot = mail.take(block); slot !== 0; slot = mail.take(block))
      refuseRequest(
        this.thread, slot, 'ACTORS_EXITED', failureText(reason, error), 'waiting',
      );
    mail.returnCredits(block);
  }

  /**
   * Ends every isolate-state actor of the worker, and whoever is in a generator; resolves when each
   * has terminated (LIVES-5).
   */
  async endAll(reason: ExitReason): Promise<void> {
    for (const self of this.instances.all()) this.end(indexOfId(self.low), reason);
    for (const index of this.activations.starting()) this.end(index, reason);
    for (const index of this.activations.stepping()) this.end(index, reason);
    await this.activations.ended();
  }

  private blockOf(index: number): number {
    return this.blocks + index * BLOCK_WORDS;
  }

  private failureCode(block: number, reason: ExitReason): 'ACTORS_RESTARTED' | 'ACTORS_EXITED' {
    const type = this.words[block + RESTART_TYPE];
    const gentle = reason === 'normal' || reason === 'shutdown';
    if (this.thread.stopping) return 'ACTORS_EXITED';
    const ends = type === 0 || type === TEMPORARY || (type === TRANSIENT && gentle);
    return ends ? 'ACTORS_EXITED' : 'ACTORS_RESTARTED';
  }

  private lastReason(block: number): ExitReason {
    return reasonOf(Atomics.load(this.words, block + EXIT_REASON)) ?? 'shutdown';
  }

  /** Returns the text of what the handler threw when it was closed. */
  private cancelActivation(index: number, block: number, reason: ExitReason): string {
    const activation = this.activations.of(index);
    if (activation === undefined) return '';
    this.activations.drop(index);
    if (activation.kind !== 'terminate') activation.self.isOver = true;
    if (activation.kind !== 'handler') return '';
    const closed = activation.steps?.close.bind(activation.steps, reason !== 'killed');
    const text = closed === undefined ? '' : asTurn(this.thread, index, closed);
    activation.view.at = this.thread.payloadWord(0);
    this.failInHand(index, activation.slot, reason, undefined);
    const program = this.thread.programs[this.words[block + BEHAVIOUR]];
    if (program?.stateLayout === undefined) return text;
    const { scratch } = this.thread.memory.region.plan.sections;
    (activation.self.state as FieldsViewObject).at = scratch.word;
    return text;
  }

  /** Forgets the instance and runs terminate. Returns its promise, or the text of what it threw. */
  private terminate(block: number, reason: ExitReason): PromiseLike<unknown> | string | undefined {
    const self = this.instances.drop(block);
    if (self === undefined) return undefined;
    self.isOver = true;
    const terminate = this.thread.programs[this.words[block + BEHAVIOUR]]?.code.terminate;
    if (terminate === undefined || reason === 'killed') return undefined;
    try {
      const result: unknown = terminate(self, reason);
      return isThenable(result) ? result : undefined;
    } catch (error) {
      return textOf(error);
    }
  }

  private storeDetail(block: number, text: string): void {
    this.freeDetail(block);
    if (text === '') return;
    try {
      const encoded = new TextEncoder().encode(text).slice(0, DETAIL_BYTES_MAX);
      Atomics.store(this.words, block + EXIT_DETAIL, this.thread.heap.store(encoded));
    } catch (error) {
      // ACTORS-O5: the reason word travels without room; only the text is lost.
      if (!(error instanceof ActorsError)) throw error;
    }
  }

  private freeDetail(block: number): void {
    // Only the owner stores one; the control thread may take it away meanwhile.
    if (this.words[block + EXIT_DETAIL] === 0) return;
    const detail = Atomics.exchange(this.words, block + EXIT_DETAIL, 0);
    if (detail !== 0) this.thread.heap.free(detail);
  }

  /**
   * Ends an actor for good. `idLow` is stored and the mailbox closed atomically: who reaches the
   * block meanwhile finds its id gone, or its mailbox closed. All else here nobody looks at before
   * `giveActor` publishes it (SPAWN-1).
   * @param exit of its relations, 0 if they were told before
   */
  private finalise(index: number, block: number, reason: ExitReason, error: unknown, exit = 0) {
    const words = this.words;
    const id = this.idOf(block);
    const next = nextId(index, id.low, id.high);
    words[block + PHASE] = Phase.free;
    // The high word first: whoever finds the two torn and takes the next id meets no earlier one.
    words[block + ID_HIGH] = next.high;
    Atomics.store(words, block + ID_LOW, next.low);
    words[block + SIGNALS] = freshSignals(next.low, next.high);
    if (words[this.nameHints + index] !== 0) this.thread.names.ended(index);
    this.thread.relations.exits.ended(id, exit);
    const program = this.thread.programs[words[block + BEHAVIOUR]];
    if (program?.code.mailbox === 'dropNewest') this.thread.dropped.clear(index);
    this.discardMail(block, reason, error);
    freeArgs(this.thread, block);
    this.freeDetail(block);
    const heapBlock = words[block + HEAP_BLOCK];
    words[block + HEAP_BLOCK] = 0;
    if (heapBlock !== 0) this.thread.heap.free(heapBlock);
    words[block + SCHEDULED] = 0;
    words[block + HEIR] = 0;
    words[block + OWNER] = 0;
    this.thread.memory.giveActor(index, generationOfId(next.low, next.high));
  }
}

function failureText(reason: ExitReason, error: unknown): string {
  return error === undefined ? `exited (${reason})` : `exited (${reason}: ${textOf(error)})`;
}

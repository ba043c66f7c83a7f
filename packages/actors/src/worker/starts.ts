/**
 * Starts of the actors that one worker owns: the import of what they need, and their init. Runs on
 * the owner's thread only. See LIVES-1 and LIVES-5 for what may come between.
 */
import type { ExitReason } from '../contract/behaviour.js';
import { isThenable } from '../generated/turns.js';
import { ActorBlock } from '../layouts.js';
import { Phase, Report } from '../phases.js';
import type { Program } from '../program.js';
import type { ActorThread } from '../thread.js';
import { missingPrograms, UnknownBehaviours } from '../unknown-behaviours.js';
import type { Activation, Activations } from './activations.js';
import type { Instances } from './instances.js';
import { ActorSelf } from './self.js';
import type { WorkerHome } from './self.js';
import { asTurn } from './turn-mark.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const { plain, word } = ActorBlock;

/** Ends an actor. */
export type End = (index: number, reason: ExitReason, error?: unknown) => void;

/** What starts share with ends. */
export interface StartsParts {
  readonly home: WorkerHome;
  readonly instances: Instances;
  readonly activations: Activations;
  readonly end: End;
  /** Handles the news of an actor; false if that has ended it. */
  readonly news: (index: number) => boolean;
}

/** See the file's header. */
export class Starts {
  readonly #home: WorkerHome;
  readonly #thread: ActorThread;
  readonly #words: Int32Array;
  readonly #instances: Instances;
  readonly #activations: Activations;
  readonly #end: End;
  readonly #news: StartsParts['news'];

  constructor({ home, instances, activations, end, news }: StartsParts) {
    this.#home = home;
    this.#thread = home.thread;
    this.#words = home.thread.words;
    this.#instances = instances;
    this.#activations = activations;
    this.#end = end;
    this.#news = news;
  }

  /** Waits for behaviours, and for those of the refs in the state; then the actor runs again. */
  park(index: number, behaviours: readonly number[]): void {
    this.#whenImported(index, behaviours, (block) => {
      const missing = missingPrograms(this.#thread, block);
      if (missing.length === 0) this.#thread.mail.reschedule(index, block);
      else this.park(index, missing);
    });
  }

  /** Starts the next incarnation of an actor that is new or down. */
  start(index: number, block: number): void {
    Atomics.store(this.#words, block + word.phase, Phase.starting);
    this.#words[block + plain.scheduled] = 1;
    const behaviour = this.#words[block + plain.behaviour];
    if (this.#thread.programs[behaviour] !== undefined) this.#begin(index, block);
    else this.#whenImported(index, [behaviour], () => this.#begin(index, block));
  }

  #begin(index: number, block: number): void {
    const words = this.#words;
    const program = this.#thread.programs[words[block + plain.behaviour]] as Program;
    const args = words[block + plain.argsBlock];
    try {
      if (program.stateLayout !== undefined) {
        if (args !== 0) this.#resetState(block, program, args);
        this.#thread.requirePrograms(program, words[block + plain.heapWord]);
        this.#started(index, block);
        return;
      }
      const given = this.#thread.decode(
        this.#thread.heap.load(args, words[block + plain.argsBytes]),
      );
      this.#init(index, block, program, given);
    } catch (error) {
      if (error instanceof UnknownBehaviours) {
        this.#whenImported(index, error.indices, () => this.#begin(index, block));
      } else this.#end(index, 'startFailed', error);
    }
  }

  #resetState(block: number, program: Program, args: number): void {
    const words = this.#words;
    const from = this.#thread.heap.word(args);
    const count = (program.stateLayout?.bytes ?? 0) / 4;
    words.copyWithin(words[block + plain.heapWord], from, from + count);
  }

  #init(index: number, block: number, program: Program, given: unknown): void {
    const low = Atomics.load(this.#words, block + word.idLow);
    const high = Atomics.load(this.#words, block + word.idHigh);
    const self = new ActorSelf(this.#home, low, high, undefined);
    const state = asTurn(this.#thread, index, () => program.code.init?.(self, given));
    if (!isThenable(state)) {
      this.#made(index, block, self, state);
      return;
    }
    const activation: Activation = { kind: 'init', self, exit: undefined };
    const made = (value: unknown): void => {
      this.#made(index, block, self, value, activation.exit);
    };
    this.#activations.hold(index, activation, state, made, (error) =>
      this.#end(index, 'startFailed', error));
  }

  #made(
    index: number,
    block: number,
    self: ActorSelf,
    state: unknown,
    exit: ExitReason | undefined = undefined,
  ): void {
    self.state = state;
    this.#instances.keep(block, self);
    const ends = exit ?? (self.stopRequested ? 'normal' : undefined);
    this.#started(index, block, ends !== undefined);
    if (ends !== undefined) this.#end(index, ends);
  }

  #started(index: number, block: number, ends = false): void {
    const words = this.#words;
    Atomics.add(words, block + word.incarnation, 1);
    Atomics.store(words, block + word.phase, Phase.running);
    if (words[block + plain.restartType] === 0) freeArgs(this.#thread, block);
    else this.#thread.mail.notices.report(index, Report.started);
    if (ends || this.#news(index)) this.#thread.mail.reschedule(index, block);
  }

  #whenImported(index: number, behaviours: readonly number[], then: (block: number) => void): void {
    const block = this.#thread.mail.blocks + index * BLOCK_WORDS;
    const low = Atomics.load(this.#words, block + word.idLow);
    const incarnation = Atomics.load(this.#words, block + word.incarnation);
    const phase = Atomics.load(this.#words, block + word.phase);
    const unchanged = (): boolean =>
      Atomics.load(this.#words, block + word.owner) === this.#thread.index &&
      Atomics.load(this.#words, block + word.idLow) === low &&
      Atomics.load(this.#words, block + word.incarnation) === incarnation &&
      this.#words[block + plain.activation] === 0 &&
      Atomics.load(this.#words, block + word.phase) === phase;
    Promise.all(behaviours.map((behaviour) => this.#thread.importProgram(behaviour))).then(
      () => { if (unchanged()) then(block); },
      (error: unknown) => {
        if (unchanged()) this.#end(index, 'behaviourUnknown', error);
      },
    );
  }
}

/** Frees the arguments that an actor keeps for its starts. */
export function freeArgs({ words, heap }: ActorThread, block: number): void {
  const args = words[block + plain.argsBlock];
  words[block + plain.argsBlock] = 0;
  if (args !== 0) heap.free(args);
}

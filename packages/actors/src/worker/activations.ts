/**
 * The handlers, inits and terminates of one worker that have begun and not ended: at most one for
 * each actor. What settles after `drop` has no effect (LIVES-4).
 */
import type { FieldsViewObject } from '../generated/views.js';
import type { ExitReason } from '../contract/behaviour.js';
import { ActorBlock } from '../layouts.js';
import type { ActorThread } from '../thread.js';
import type { HandlerSteps } from './handler-steps.js';
import type { ActorSelf } from './self.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const ACTIVATION = ActorBlock.plain.activation;
/** What the block says of an activation without a message. */
export const ACTIVE = -1;

/** What an actor waits for. */
export type Activation =
  | {
      readonly kind: 'handler';
      readonly self: ActorSelf;
      readonly slot: number;
      readonly view: FieldsViewObject;
      /** Of a generator handler. */
      readonly steps: HandlerSteps | undefined;
    }
  /** `exit` is the exit that came meanwhile. */
  | { readonly kind: 'init'; readonly self: ActorSelf; exit: ExitReason | undefined }
  | { readonly kind: 'terminate' };

/** See the file's header. */
export class Activations {
  private readonly words: Int32Array;
  private readonly blocks: number;
  private readonly byActor = new Map<number, Activation>();
  private readonly inits = new Map<number, PromiseLike<void>>();
  private readonly terminates = new Set<PromiseLike<void>>();

  constructor(thread: ActorThread) {
    this.words = thread.words;
    this.blocks = thread.mail.blocks;
  }

  of(index: number): Activation | undefined {
    return this.byActor.get(index);
  }

  /** Holds an actor until `drop`. */
  keep(index: number, activation: Activation): void {
    this.byActor.set(index, activation);
    this.words[this.blocks + index * BLOCK_WORDS + ACTIVATION] =
      activation.kind === 'handler' ? activation.slot : ACTIVE;
  }

  /** Holds an actor until a promise settles; then it is let go and one of the two is called. */
  hold<T>(
    index: number,
    activation: Activation,
    promise: PromiseLike<T>,
    fulfilled: (made: T) => void,
    rejected: (error: unknown) => void,
  ): void {
    this.keep(index, activation);
    const settle = (act: () => void): void => {
      this.terminates.delete(settled);
      if (this.inits.get(index) === settled) this.inits.delete(index);
      if (this.byActor.get(index) !== activation) return;
      this.drop(index);
      act();
    };
    // Through a promise: another thenable may settle, or throw, within its `then`.
    const settled: PromiseLike<void> = Promise.resolve(promise).then(
      (made) => settle(() => fulfilled(made)),
      (error: unknown) => settle(() => rejected(error ?? new Error('rejected without an error'))),
    );
    if (activation.kind === 'terminate') this.terminates.add(settled);
    if (activation.kind === 'init') this.inits.set(index, settled);
  }

  /** Lets go of an actor before its promise settles. */
  drop(index: number): void {
    this.byActor.delete(index);
    this.inits.delete(index);
    this.words[this.blocks + index * BLOCK_WORDS + ACTIVATION] = 0;
  }

  /** The generator handler that an actor is in, if it is in one. */
  stepsOf(index: number): HandlerSteps | undefined {
    const activation = this.byActor.get(index);
    return activation?.kind === 'handler' ? activation.steps : undefined;
  }

  /** The actors in a generator handler. */
  stepping(): readonly number[] {
    return [...this.byActor.keys()].filter((index) => this.stepsOf(index) !== undefined);
  }

  /** The actors whose init has not settled. */
  starting(): readonly number[] {
    return [...this.inits.keys()];
  }

  /** Resolves when every init that runs now has settled, and then every terminate. */
  async ended(): Promise<void> {
    await Promise.all(this.inits.values());
    await Promise.all(this.terminates);
  }
}

/** The object behind an ActorRef: two words and the thread that holds them. */
import { actorId, indexOfId } from './actor-id.js';
import type { AnyBehaviour } from './contract/behaviour.js';
import { ActorsError } from './errors.js';
import type { TargetObject } from './generated/senders.js';
import type { Ask, Tell, TellWait } from './contract/messages.js';
import type { ActorId, ActorRef } from './contract/ref.js';

/** What a ref needs of its thread. */
export interface RefHome {
  /** Tells one system from another. */
  readonly system: object;
  /** The behaviour of an actor, by index; -1 if the actor has ended. */
  behaviourOf(low: number, high: number): number;
  tellTarget(low: number, high: number, behaviour: number): TargetObject;
  /** Who waits for room in mailboxes. */
  readonly waits: { target(low: number, high: number, behaviour: number): object };
  askTarget(low: number, high: number, behaviour: number): TargetObject;
  isAlive(low: number, high: number): boolean;
  isRunning(low: number, high: number): boolean;
  incarnationOf(low: number, high: number): number;
  behaviourName(behaviour: number): string;
  isBehaviour(behaviour: number, candidate: AnyBehaviour): boolean;
}

/** What rejects, of a ref whose actor had ended before anything was known of it. */
function rejectsOfEnded(index: number): object {
  const text = `an actor with index ${index} has ended`;
  const refuse = (): Promise<never> => Promise.reject(new ActorsError('ACTORS_EXITED', text));
  return new Proxy({}, { get: () => refuse });
}

/** See ActorRef. `low` and `high` are read by generated code. */
export class ActorRefObject implements ActorRef {
  readonly home: RefHome;
  readonly low: number;
  readonly high: number;
  /** Kept, because another actor may have the index later. */
  private readonly behaviourIndex: number;
  private tellTarget: TargetObject | undefined = undefined;
  private askTarget: TargetObject | undefined = undefined;
  private waitTarget: object | undefined = undefined;

  constructor(home: RefHome, low: number, high: number) {
    this.home = home;
    this.low = low;
    this.high = high;
    this.behaviourIndex = home.behaviourOf(low, high);
  }

  get tell(): Tell<unknown> {
    this.tellTarget ??= this.home.tellTarget(this.low, this.high, this.behaviourIndex);
    return this.tellTarget as Tell<unknown>;
  }

  get tellWait(): TellWait<unknown> {
    this.waitTarget ??=
      this.behaviourIndex < 0
        ? rejectsOfEnded(indexOfId(this.low))
        : this.home.waits.target(this.low, this.high, this.behaviourIndex);
    return this.waitTarget as TellWait<unknown>;
  }

  get ask(): Ask<unknown> {
    // What tell throws is the rejection of ask.
    if (this.behaviourIndex < 0) return rejectsOfEnded(indexOfId(this.low)) as Ask<unknown>;
    this.askTarget ??= this.home.askTarget(this.low, this.high, this.behaviourIndex);
    return this.askTarget as Ask<unknown>;
  }

  get id(): ActorId {
    return actorId(this.low, this.high);
  }

  get alive(): boolean {
    return this.home.isAlive(this.low, this.high);
  }

  get running(): boolean {
    return this.home.isRunning(this.low, this.high);
  }

  get incarnation(): number {
    return this.home.incarnationOf(this.low, this.high);
  }

  get behaviour(): string {
    return this.home.behaviourName(this.behaviourIndex);
  }

  as<B extends AnyBehaviour>(behaviour: B): ActorRef<B> {
    if (!this.home.isBehaviour(this.behaviourIndex, behaviour)) {
      throw new ActorsError(
        'ACTORS_DEFINITION_INVALID',
        `${this.behaviour}#${indexOfId(this.low)} does not behave as ${behaviour.name}`,
      );
    }
    return this as ActorRef<unknown> as ActorRef<B>;
  }
}

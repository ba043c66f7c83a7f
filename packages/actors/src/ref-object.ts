/** The object behind an ActorRef: two words and the thread that holds them. */
import { actorId, indexOfId } from './actor-id.js';
import type { AnyBehaviour } from './contract/behaviour.js';
import { ActorsError } from './errors.js';
import type { TargetObject } from './generated/senders.js';
import type { Ask, Tell } from './contract/messages.js';
import type { ActorId, ActorRef } from './contract/ref.js';

/** What a ref needs of its thread. */
export interface RefHome {
  /** Tells one system from another. */
  readonly system: object;
  tellTarget(low: number, high: number): TargetObject;
  askTarget(low: number, high: number): TargetObject;
  isAlive(low: number, high: number): boolean;
  isRunning(low: number, high: number): boolean;
  incarnationOf(low: number, high: number): number;
  behaviourNameOf(low: number): string;
  hasBehaviour(low: number, behaviour: AnyBehaviour): boolean;
}

/** See ActorRef. `low` and `high` are read by generated code. */
export class ActorRefObject implements ActorRef {
  readonly home: RefHome;
  readonly low: number;
  readonly high: number;
  #tell: TargetObject | undefined;
  #ask: TargetObject | undefined;

  constructor(home: RefHome, low: number, high: number) {
    this.home = home;
    this.low = low;
    this.high = high;
  }

  get tell(): Tell<unknown> {
    this.#tell ??= this.home.tellTarget(this.low, this.high);
    return this.#tell as Tell<unknown>;
  }

  get ask(): Ask<unknown> {
    this.#ask ??= this.home.askTarget(this.low, this.high);
    return this.#ask as Ask<unknown>;
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
    return this.home.behaviourNameOf(this.low);
  }

  as<B extends AnyBehaviour>(behaviour: B): ActorRef<B> {
    if (!this.home.hasBehaviour(this.low, behaviour)) {
      throw new ActorsError(
        'ACTORS_DEFINITION_INVALID',
        `${this.behaviour}#${indexOfId(this.low)} does not behave as ${behaviour.name}`,
      );
    }
    return this as ActorRef<unknown> as ActorRef<B>;
  }
}

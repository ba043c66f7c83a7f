/** Names of actors, as users hold them: on a system and on every `self`. */
import type { AnyBehaviour } from './behaviour.js';
import type { ActorRef } from './ref.js';

/** How long a wait for a name may take. */
export interface WhenRegisteredOptions {
  /** Above 0, at most 24 hours. @default the system's askTimeoutMs */
  readonly timeoutMs?: number;
}

/**
 * Names are the system's: what one thread registers, every thread finds. A name takes 1 to 64 bytes
 * of UTF-8 and has at most one actor; an actor may have several. It stays through restarts and is
 * free again when its actor has ended for good, however that ended.
 */
export interface NameRegistry {
  /**
   * Names an actor. Does nothing if it has the name already, so that an init may register at every
   * start. @throws ActorsError ACTORS_NAME_TAKEN, ACTORS_NAME_INVALID, ACTORS_NAMES_EXHAUSTED,
   * ACTORS_EXITED if the actor has ended, ACTORS_VALUE_INVALID for a ref of another system
   */
  register(name: string, ref: ActorRef): void;
  /** Takes a name from its actor; false if no actor has it. @throws ActorsError as `register` */
  unregister(name: string): boolean;
  /**
   * The actor of a name now, or undefined. @throws ActorsError ACTORS_DEFINITION_INVALID if it has
   * another behaviour, ACTORS_NAME_INVALID
   */
  whereis<B extends AnyBehaviour>(name: string, behaviour: B): ActorRef<B> | undefined;
  whereis(name: string): ActorRef | undefined;
  /**
   * Resolves with the actor of a name, at once or when one has it. @throws ActorsError
   * ACTORS_NAME_TIMEOUT, ACTORS_ASK_LIMIT if too many of this thread wait, ACTORS_SYSTEM_STOPPED,
   * and as `whereis`
   */
  whenRegistered<B extends AnyBehaviour>(
    name: string,
    behaviour: B,
    options?: WhenRegisteredOptions,
  ): Promise<ActorRef<B>>;
  /** The names that actors have, in order of their UTF-16 units; may be a moment old. */
  names(): readonly string[];
}

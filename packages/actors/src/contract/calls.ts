/** Supervisors as handlers call them: by name, without the specification that tree.ts goes by. */
import type { AnyBehaviour, SpawnArguments } from './behaviour.js';
import type { ActorRef } from './ref.js';
import type { ActorChildSpec } from './supervision.js';
import type { ChildCounts, ChildInfo } from './tree.js';

/**
 * What every call has in common. A call ends within the system's `askTimeoutMs`: then it fails with
 * ACTORS_ASK_TIMEOUT, and may still be done. So ends what a child asks of its own supervisor while
 * that starts it, which would wait for itself.
 */
interface Calls<P> {
  /** Ids from the root, such as `Chat/rooms`. */
  readonly name: string;
  /** In start order. @throws ActorsError ACTORS_SUPERVISOR_DOWN, ACTORS_ASK_TIMEOUT */
  whichChildren(): Promise<readonly ChildInfo<P>[]>;
  /** @throws ActorsError ACTORS_SUPERVISOR_DOWN, ACTORS_ASK_TIMEOUT */
  countChildren(): Promise<ChildCounts>;
}

/** A supervisor of listed children. Its calls mean and throw what those of GroupTree do. */
export interface GroupCalls extends Calls<unknown> {
  /** Adds an actor behind the others. One that names no worker is placed on the caller's. */
  startChild<B extends AnyBehaviour>(child: ActorChildSpec<string, B>): Promise<ActorRef<B>>;
  terminateChild(id: string): Promise<void>;
  restartChild(id: string): Promise<void>;
  deleteChild(id: string): Promise<void>;
}

/** A simpleOneForOne supervisor. Its calls mean and throw what those of SimpleTree do. */
export interface SimpleCalls<B extends AnyBehaviour> extends Calls<B> {
  /** The child is placed on the caller's worker unless the options name one. */
  startChild(...args: SpawnArguments<B>): Promise<ActorRef<B>>;
  terminateChild(child: ActorRef<B> | string): Promise<void>;
}

/** Finds supervisors. */
export interface SupervisorCaller {
  /**
   * The supervisor at a path, such as `Chat/rooms`; the behaviour is that of a simpleOneForOne
   * supervisor's children. Whether there is one, each call finds out.
   * @throws ActorsError ACTORS_OPTION_INVALID in the stepped kit, which takes no such calls
   */
  supervisor(path: string): GroupCalls;
  supervisor<B extends AnyBehaviour>(path: string, behaviour: B): SimpleCalls<B>;
}

/**
 * Trees of supervisors as their users hold them. The type of a specification names its children, so
 * that paths, arguments and references are checked when a program is compiled.
 *
 * TREE-1: the calls on one supervisor of listed children are done one after the other, and none
 *   while its group is restarted. Those on a simpleOneForOne supervisor are done at once.
 */
import type { AnyBehaviour, SpawnArguments } from './behaviour.js';
import type { ActorRef } from './ref.js';
import type {
  ActorChildSpec,
  ChildSpec,
  RestartType,
  SimpleSpec,
  SupervisorChildSpec,
  SupervisorSpec,
} from './supervision.js';

/** One child, as `whichChildren` tells of it. */
export interface ChildInfo<P = unknown> {
  readonly id: string;
  readonly kind: 'actor' | 'supervisor';
  /** `restarting`: it is down and will be started again by itself. */
  readonly state: 'starting' | 'running' | 'stopping' | 'restarting' | 'down';
  readonly restart: RestartType;
  readonly significant: boolean;
  /** Restarts after exits of its own. */
  readonly restarts: number;
  /** Undefined for a supervisor, and for a child that has ended for good. */
  readonly ref: ActorRef<P> | undefined;
}

/** What `countChildren` counts. */
export interface ChildCounts {
  /** Children, running or not. */
  readonly specs: number;
  /** Children that run. */
  readonly active: number;
  /** Children that are supervisors, running or not. */
  readonly supervisors: number;
  /** Children that are actors, running or not. */
  readonly actors: number;
}

type GroupChild<S> = S extends { readonly children: readonly (infer X)[] } ? X : never;
type Named<X, I> = X extends { readonly id: infer K } ? (I extends K ? X : never) : never;
type Nested<X> = X extends SupervisorChildSpec<string, infer S> ? S : never;

/** Ids of children are known to the type only if they were given as literals. */
type PathsOf<X, Want extends ChildSpec['subject']['kind']> = X extends {
  readonly id: infer I extends string;
  readonly subject: { readonly kind: infer K };
}
  ? string extends I
    ? string
    :
        | (K extends Want ? I : never)
        | (X extends SupervisorChildSpec<string, infer S>
            ? `${I}/${PathsOf<GroupChild<S>, Want>}`
            : never)
  : never;

type At<S, P extends string> = P extends `${infer Head}/${infer Tail}`
  ? At<Nested<Named<GroupChild<S>, Head>>, Tail>
  : Named<GroupChild<S>, P>;

/** Paths of the actors that a specification lists; `string` if it is not known by its type. */
export type ActorPath<S> = PathsOf<GroupChild<S>, 'actor'>;

/** Paths of the supervisors that a specification lists. */
export type SupervisorPath<S> = PathsOf<GroupChild<S>, 'supervisor'>;

/** Reference of the actor at a path. */
export type RefAt<S, P extends string> =
  At<S, P> extends ActorChildSpec<string, infer B> ? ActorRef<B> : ActorRef;

/** Specification of the supervisor at a path. */
export type SpecAt<S, P extends string> =
  At<S, P> extends SupervisorChildSpec<string, infer N> ? N : SupervisorSpec;

/** Finds what is in a tree, and tells of it. */
export interface TreeNode<S extends SupervisorSpec = SupervisorSpec> {
  /** Ids from the root, such as `Chat/rooms`. */
  readonly name: string;
  /**
   * The actor at a path of child ids, such as `layers/fc1`. The ref survives restarts. A child that
   * is started again after it had ended for good is another actor, so ask for its ref again.
   * @throws ActorsError ACTORS_OPTION_INVALID if there is no such actor,
   *   ACTORS_DEFINITION_INVALID for another behaviour
   */
  ref<const P extends ActorPath<S>>(path: P): RefAt<S, P>;
  ref<B extends AnyBehaviour>(path: string, behaviour: B): ActorRef<B>;
  /**
   * A nested supervisor; the behaviour names one whose children were not listed literally.
   * @throws ActorsError ACTORS_OPTION_INVALID if there is no such supervisor,
   *   ACTORS_DEFINITION_INVALID if it is not a simpleOneForOne of the behaviour
   */
  supervisor<const P extends SupervisorPath<S>>(path: P): SupervisionTree<SpecAt<S, P>>;
  supervisor<B extends AnyBehaviour>(path: string, behaviour: B): SimpleTree<B>;
  /**
   * Stops the whole tree, its children in reverse order, and ends everyone in it for good; its name
   * is free then. Of a tree that has ended it resolves as well. @throws ActorsError
   * ACTORS_OPTION_INVALID for a nested supervisor, which its parent's `terminateChild` stops
   */
  stop(): Promise<void>;
  /** In start order. @throws ActorsError ACTORS_SUPERVISOR_DOWN */
  whichChildren(): Promise<readonly ChildInfo[]>;
  /** @throws ActorsError ACTORS_SUPERVISOR_DOWN */
  countChildren(): Promise<ChildCounts>;
}

/** A started supervisor of listed children. Its calls mean what OTP's `supervisor` means. */
export interface GroupTree<S extends SupervisorSpec = SupervisorSpec> extends TreeNode<S> {
  /**
   * Adds a child behind the others; resolves when its init has completed. It is forgotten when its
   * supervisor is itself restarted. @throws ActorsError ACTORS_CHILD_PRESENT,
   * ACTORS_START_FAILED (the child is not kept then), ACTORS_OPTION_INVALID for a significant child
   * of a supervisor without automatic shutdown, ACTORS_SUPERVISOR_DOWN
   */
  startChild<B extends AnyBehaviour>(child: ActorChildSpec<string, B>): Promise<ActorRef<B>>;
  startChild<N extends SupervisorSpec>(
    child: SupervisorChildSpec<string, N>,
  ): Promise<SupervisionTree<N>>;
  /**
   * Stops a child. It keeps its id and mail, until it is started or deleted; a temporary child ends
   * for good and is forgotten. @throws ActorsError ACTORS_CHILD_UNKNOWN, ACTORS_SUPERVISOR_DOWN
   */
  terminateChild(id: string): Promise<void>;
  /**
   * Starts a child that is down. @throws ActorsError ACTORS_CHILD_UNKNOWN, ACTORS_CHILD_RUNNING,
   * ACTORS_START_FAILED (the child stays down then), ACTORS_SUPERVISOR_DOWN
   */
  restartChild(id: string): Promise<void>;
  /**
   * Ends a child that is down for good, and forgets it. @throws ActorsError ACTORS_CHILD_UNKNOWN,
   * ACTORS_CHILD_RUNNING, ACTORS_SUPERVISOR_DOWN
   */
  deleteChild(id: string): Promise<void>;
}

/** A started simpleOneForOne supervisor. */
export interface SimpleTree<B extends AnyBehaviour = AnyBehaviour> extends TreeNode<SimpleSpec<B>> {
  /**
   * Starts one child with arguments of its own; resolves when its init has completed. Its id is a
   * number that rises. @throws ActorsError ACTORS_START_FAILED, ACTORS_SUPERVISOR_DOWN
   */
  startChild(...args: SpawnArguments<B>): Promise<ActorRef<B>>;
  /** Ends a child for good. @throws ActorsError ACTORS_CHILD_UNKNOWN, ACTORS_SUPERVISOR_DOWN */
  terminateChild(child: ActorRef<B> | string): Promise<void>;
  whichChildren(): Promise<readonly ChildInfo<B>[]>;
}

/** A started tree of supervisors, by its specification. */
export type SupervisionTree<S extends SupervisorSpec = SupervisorSpec> = [S] extends [
  SimpleSpec<infer B>,
]
  ? SimpleTree<B>
  : GroupTree<S>;


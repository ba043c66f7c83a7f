/** Supervision as data (ARCHITECTURE A7). Trees as their users hold them are in tree.ts. */
import type { AnyBehaviour, ArgumentsOf } from './behaviour.js';

/** OTP's strategies of children that are listed, in order. */
export type GroupStrategy = 'oneForOne' | 'oneForAll' | 'restForOne';

/** OTP's strategies. */
export type Strategy = GroupStrategy | 'simpleOneForOne';

/** Which exits are followed by a restart: all, the abnormal ones, none. */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/** Which exits of significant children end their supervisor: none, the first, the last. */
export type AutoShutdown = 'never' | 'anySignificant' | 'allSignificant';

/** Delays before restarts: the first at once, then from `fromMs` doubling to `toMs` (ACTORS-V1). */
export interface Backoff {
  readonly fromMs: number;
  readonly toMs: number;
  /** Each delay is multiplied by a random number in [1 − jitter, 1 + jitter]. */
  readonly jitter: number;
}

/** How a child is kept. */
export interface ChildOptions {
  /** @default 'permanent' */
  readonly restart?: RestartType;
  /**
   * How long its terminate may take before it is killed; 0 kills at once, Infinity waits for ever.
   * @default 5000
   */
  readonly shutdownMs?: number;
  /**
   * How long its start may take, with the import of its module and its init, before it is killed
   * and has failed to start; Infinity waits for ever. @default 60000
   */
  readonly startTimeoutMs?: number;
  /**
   * True if its own end may end its supervisor, as `autoShutdown` says. A permanent child cannot be
   * significant. @default false
   */
  readonly significant?: boolean;
  /** Worker that runs it. @default each worker in turn */
  readonly worker?: number;
}

/** How a nested supervisor is kept. It is given all the time that its children need to stop. */
export type SupervisorChildOptions = Pick<ChildOptions, 'restart' | 'significant'>;

/** How a child is kept, with every choice made. */
export interface ChildPolicy {
  readonly restart: RestartType;
  readonly shutdownMs: number;
  readonly startTimeoutMs: number;
  readonly significant: boolean;
}

/** An actor as a child. */
export interface ActorChildSpec<
  I extends string = string,
  B extends AnyBehaviour = AnyBehaviour,
> extends ChildPolicy {
  readonly id: I;
  readonly subject: { readonly kind: 'actor'; readonly behaviour: B; readonly args: unknown };
  readonly worker: number | undefined;
}

/** A supervisor as a child. */
export interface SupervisorChildSpec<
  I extends string = string,
  S extends SupervisorSpec = SupervisorSpec,
> extends ChildPolicy {
  readonly id: I;
  readonly subject: { readonly kind: 'supervisor'; readonly spec: S };
}

/** One child. */
export type ChildSpec = ActorChildSpec | SupervisorChildSpec;

/** What all children of a simpleOneForOne supervisor have in common; `template` makes it. */
export interface ChildTemplate<B extends AnyBehaviour = AnyBehaviour> extends ChildPolicy {
  readonly behaviour: B;
  readonly worker: number | undefined;
}

/** When a supervisor gives up, and when it has done. */
export interface SupervisorPolicy {
  /** Restarts within the window after which the supervisor gives up. @default 10 */
  readonly maxRestarts?: number;
  /** @default 60000 */
  readonly withinMs?: number;
  /** @default exponential({ fromMs: 10, toMs: 1000 }) */
  readonly backoff?: Backoff | 'none';
  /** @default 'never' */
  readonly autoShutdown?: AutoShutdown;
}

/** What `supervisor` takes for children that are listed. */
export interface GroupOptions<
  C extends readonly ChildSpec[] = readonly ChildSpec[],
> extends SupervisorPolicy {
  /** @default 'oneForOne' */
  readonly strategy?: GroupStrategy;
  /** Started in this order, stopped in reverse. */
  readonly children: C;
}

/** What `supervisor` takes for any number of children of one kind, each started by a call. */
export interface SimpleOptions<B extends AnyBehaviour = AnyBehaviour> extends SupervisorPolicy {
  readonly strategy: 'simpleOneForOne';
  readonly children: ChildTemplate<B>;
}

/** What `supervisor` takes. */
export type SupervisorOptions = GroupOptions | SimpleOptions;

/** A supervisor of listed children, with every choice made. */
export type GroupSpec<C extends readonly ChildSpec[] = readonly ChildSpec[]> = Required<
  GroupOptions<C>
>;

/** A supervisor of any number of children of one kind, with every choice made. */
export type SimpleSpec<B extends AnyBehaviour = AnyBehaviour> = Required<SimpleOptions<B>>;

/** A supervisor with every choice made. */
export type SupervisorSpec = GroupSpec | SimpleSpec;

/** Arguments of `child` after the behaviour. */
export type ChildArguments<B> =
  undefined extends ArgumentsOf<B>
    ? [args?: ArgumentsOf<B>, options?: ChildOptions]
    : [args: ArgumentsOf<B>, options?: ChildOptions];

/** Supervision as data (ARCHITECTURE A7). */
import type { AnyBehaviour, ArgumentsOf } from './behaviour.js';

/** OTP's strategies. */
export type Strategy = 'oneForOne' | 'oneForAll' | 'restForOne' | 'simpleOneForOne';

/** Which exits are followed by a restart: all, the abnormal ones, none. */
export type RestartType = 'permanent' | 'transient' | 'temporary';

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
  /** How long its terminate may take before it is killed; 0 kills at once. @default 5000 */
  readonly shutdownMs?: number;
  /**
   * How long its start may take, with the import of its module and its init, before it is killed
   * and has failed to start; Infinity waits for ever. @default 60000
   */
  readonly startTimeoutMs?: number;
  /** Worker that runs it. @default each worker in turn */
  readonly worker?: number;
}

/** One child: an actor or a supervisor. */
export interface ChildSpec {
  readonly id: string;
  readonly subject:
    | { readonly kind: 'actor'; readonly behaviour: AnyBehaviour; readonly args: unknown }
    | { readonly kind: 'supervisor'; readonly spec: SupervisorSpec };
  readonly restart: RestartType;
  readonly shutdownMs: number;
  readonly startTimeoutMs: number;
  readonly worker: number | undefined;
}

/** What `supervisor` takes. */
export interface SupervisorOptions {
  /** @default 'oneForOne' */
  readonly strategy?: Strategy;
  /** Restarts within the window after which the supervisor gives up. @default 10 */
  readonly maxRestarts?: number;
  /** @default 60000 */
  readonly withinMs?: number;
  /** @default exponential({ fromMs: 10, toMs: 1000 }) */
  readonly backoff?: Backoff | 'none';
  /** Started in this order, stopped in reverse. */
  readonly children: readonly ChildSpec[];
}

/** A supervisor with every choice made. */
export type SupervisorSpec = Required<SupervisorOptions>;

/** Arguments of `child` after the behaviour. */
export type ChildArguments<B> =
  undefined extends ArgumentsOf<B>
    ? [args?: ArgumentsOf<B>, options?: ChildOptions]
    : [args: ArgumentsOf<B>, options?: ChildOptions];

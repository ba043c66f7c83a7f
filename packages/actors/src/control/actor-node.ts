/**
 * An actor under supervision. Owns its place in the tree, the times that its start and its stop may
 * take, and what is known of it from its reports; not the decision after an exit.
 */
import type { Timer } from '@ganglion/runtime/contract';
import { textOf } from '../errors.js';
import type { PlannedActor, PlannedChild } from '../protocol.js';
import type { IdWords } from '../spawn.js';
import { RecentTimes } from './restart-policy.js';
import { NOBODY, notStarted } from './supervision.js';
import type { Ending, Node, Parent, StartOutcome, SupervisedActors } from './supervision.js';

const LOST = 'its worker was lost';

/** See the file's header. */
export class ActorNode implements Node {
  readonly path: string;
  readonly plan: PlannedChild;
  readonly parent: Parent;
  readonly failures: RecentTimes = new RecentTimes();
  restarts = 0;
  readonly #actors: SupervisedActors;
  readonly #actor: PlannedActor;
  #id: IdWords = NOBODY;
  #state: 'down' | 'starting' | 'running' | 'lost' = 'down';
  #onStart: ((outcome: StartOutcome) => void) | undefined;
  #onStop: (() => void) | undefined;
  #startTimer: Timer | undefined;
  #tooLate = false;
  #stopped: Promise<void> = Promise.resolve();

  constructor(actors: SupervisedActors, parent: Parent, plan: PlannedChild, actor: PlannedActor) {
    this.#actors = actors;
    this.#actor = actor;
    this.parent = parent;
    this.plan = plan;
    this.path = `${parent.path}/${plan.id}`;
  }

  get id(): IdWords {
    return this.#id;
  }

  get state(): Node['state'] {
    if (this.#onStop !== undefined) return 'stopping';
    return this.#state === 'lost' ? 'down' : this.#state;
  }

  /** True from `stop` until the actor is down. */
  get stopping(): boolean {
    return this.#onStop !== undefined;
  }

  start(): Promise<StartOutcome> {
    if (this.#state === 'lost')
      return Promise.resolve(this.#failed({ reason: 'killed', text: LOST }));
    return new Promise((resolve) => {
      this.#onStart = resolve;
      this.#state = 'starting';
      this.#boundStart();
      if (this.#id === NOBODY) this.#place();
      else this.#actors.restart(this.#id);
    });
  }

  /** The actor's init has completed. */
  started(): void {
    if (this.#state !== 'starting' || this.#tooLate) return;
    this.#state = 'running';
    this.#settleStart({ state: 'running' });
  }

  /** Its worker ended, or does not answer a kill, while the system stops: it never runs again. */
  lost(): void {
    if (this.#state === 'down') return;
    this.#state = 'lost';
    this.#settleStart(this.#failed({ reason: 'killed', text: LOST }));
    this.#settleStop();
  }

  /** The actor is down. */
  exited(ending: Ending): void {
    if (this.#state === 'lost') return;
    const wasStarting = this.#state === 'starting';
    const { stopping } = this;
    this.#state = 'down';
    this.#settleStop();
    if (wasStarting) {
      const failed = this.#failed(this.#tooLate ? this.#lateness() : ending);
      this.#settleStart(stopping ? { ...failed, state: 'stopped' } : failed);
    } else if (!stopping) this.parent.childExited(this, ending);
  }

  stop(): Promise<void> {
    if (this.#state !== 'starting' && this.#state !== 'running') return Promise.resolve();
    if (this.stopping) return this.#stopped;
    this.#stopped = new Promise((resolve) => {
      const { shutdownMs } = this.plan;
      const kill = (): void => this.#actors.kill(this.#id);
      const timer =
        shutdownMs === 0 || shutdownMs === Infinity
          ? undefined
          : this.#actors.timers.after(shutdownMs, kill);
      this.#onStop = () => {
        timer?.cancel();
        resolve();
      };
      if (shutdownMs === 0) kill();
      else this.#actors.shutdown(this.#id);
    });
    return this.#stopped;
  }

  release(): void {
    if (this.#id === NOBODY) return;
    this.#actors.release(this.#id);
    this.#id = NOBODY;
  }

  #place(): void {
    try {
      this.#id = this.#actors.place(this.#actor, this.plan, this.parent.id, this);
    } catch (error) {
      this.#state = 'down';
      this.#settleStart(this.#failed({ reason: 'startFailed', text: textOf(error) }));
      return;
    }
    this.#actors.changed({
      kind: 'placed',
      parent: this.parent.id,
      id: this.plan.id,
      subject: 'actor',
      words: this.#id,
    });
  }

  /** Kills the actor when its time is over; its exit then fails the start. */
  #boundStart(): void {
    this.#tooLate = false;
    const { startTimeoutMs } = this.plan;
    if (startTimeoutMs === Infinity) return;
    this.#startTimer = this.#actors.timers.after(startTimeoutMs, () => {
      this.#tooLate = true;
      this.#actors.kill(this.#id);
    });
  }

  #lateness(): Ending {
    const text = `its start took longer than ${this.plan.startTimeoutMs} ms`;
    return { reason: 'startFailed', text };
  }

  #failed(ending: Ending): Exclude<StartOutcome, { readonly state: 'running' }> {
    return { state: 'failed', text: notStarted(this.path, ending), event: ending.event };
  }

  #settleStart(outcome: StartOutcome): void {
    this.#startTimer?.cancel();
    this.#onStart?.(outcome);
    this.#onStart = undefined;
  }

  #settleStop(): void {
    this.#onStop?.();
    this.#onStop = undefined;
  }
}

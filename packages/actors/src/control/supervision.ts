/**
 * The interpreter of supervisors, on the control thread. No user code runs here (ACTORS-T1).
 *
 * SUPERVISION-1: children start in order, the next when the one before has completed its init;
 *   they stop in reverse.
 * SUPERVISION-2: a supervisor that gives up stops its children and exits with `shutdown`; its
 *   parent then decides.
 * SUPERVISION-3 (ACTORS-I1): actors keep id and mail through every restart, also of their
 *   supervisors, and end for good only when their type calls for no restart, or the whole tree
 *   ends.
 * SUPERVISION-4: a supervisor that stops handles no more exits of its children, except as their
 *   stop.
 */
import type { Clock, Random, Timer, Timers } from '@ganglion/runtime/contract';
import type { ExitReason } from '../contract/behaviour.js';
import { ActorsError } from '../errors.js';
import type { PlannedChild, StartedTree, SupervisorPlan } from '../protocol.js';
import type { SystemEvent } from '../contract/system.js';
import type { IdWords, SpawnImage } from '../spawn.js';
import { callsForRestart, decideRestart } from './restart-policy.js';

/** What the interpreter does to actors and supervisors' blocks. */
export interface SupervisedActors {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Makes an actor and starts it; `started` or `exited` of its node follows. */
  place(
    image: SpawnImage,
    thread: number,
    child: PlannedChild,
    parent: IdWords,
    node: ActorNode,
  ): IdWords;
  /** Starts the next incarnation of an actor that is down. */
  restart(id: IdWords): void;
  shutdown(id: IdWords): void;
  kill(id: IdWords): void;
  /** Ends an actor that is down for good. */
  release(id: IdWords): void;
  /** Makes a supervisor's block. */
  open(parent: IdWords): IdWords;
  /** Shows a supervisor's state in its block. */
  show(id: IdWords, state: 'starting' | 'running' | 'down'): void;
  close(id: IdWords): void;
  emit(event: SystemEvent): void;
}

/** How a start or a run ended. */
interface Ending {
  readonly reason: ExitReason;
  readonly text: string;
}

interface Node {
  readonly path: string;
  readonly plan: PlannedChild;
  failuresMs: readonly number[];
  restarts: number;
  /** Rejects with an ActorsError if the first start fails. */
  start(): Promise<void>;
  /** Resolves when it is down. */
  stop(): Promise<void>;
  /** Ends it for good; it is down. */
  release(): void;
  tree(): StartedTree;
}

const LOST = 'its worker was lost';
const NOBODY: IdWords = Object.freeze({ low: 0, high: 0 });

/** An actor under supervision. */
export class ActorNode implements Node {
  readonly path: string;
  readonly plan: PlannedChild;
  failuresMs: readonly number[] = [];
  restarts = 0;
  readonly #actors: SupervisedActors;
  readonly #parent: SupervisorNode;
  #id: IdWords = NOBODY;
  #state: 'down' | 'starting' | 'running' | 'lost' | 'released' = 'down';
  #onStart: ((failure: Ending | undefined) => void) | undefined;
  #onStop: (() => void) | undefined;
  #startTimer: Timer | undefined;
  #tooLate = false;
  #stopped: Promise<void> = Promise.resolve();

  constructor(actors: SupervisedActors, parent: SupervisorNode, plan: PlannedChild) {
    this.#actors = actors;
    this.#parent = parent;
    this.plan = plan;
    this.path = `${parent.path}/${plan.id}`;
  }

  start(): Promise<void> {
    if (this.#state === 'lost')
      return Promise.reject(startFailed(this.path, { reason: 'killed', text: LOST }));
    return new Promise((resolve, reject) => {
      this.#onStart = (failure) => {
        if (failure === undefined) resolve();
        else reject(startFailed(this.path, failure));
      };
      this.#state = 'starting';
      this.#boundStart();
      if (this.#id !== NOBODY) {
        this.#actors.restart(this.#id);
        return;
      }
      const { subject } = this.plan;
      if (subject.kind === 'actor') {
        this.#id = this.#actors.place(
          subject.image,
          subject.thread,
          this.plan,
          this.#parent.id,
          this,
        );
      }
    });
  }

  /** The actor's init has completed. */
  started(): void {
    if (this.#state !== 'starting' || this.#tooLate) return;
    this.#state = 'running';
    this.#settleStart(undefined);
  }

  /** Its worker ended, or does not answer a kill, while the system stops: it never runs again. */
  lost(): void {
    if (this.#state === 'down' || this.#state === 'released') return;
    this.#state = 'lost';
    this.#settleStart({ reason: 'killed', text: LOST });
    this.#onStop?.();
    this.#onStop = undefined;
  }

  /** True from `stop` until the actor is down. */
  get stopping(): boolean {
    return this.#onStop !== undefined;
  }

  /** The actor is down. */
  exited(ending: Ending): void {
    if (this.#state === 'lost') return;
    const wasStarting = this.#state === 'starting';
    this.#state = 'down';
    const onStop = this.#onStop;
    this.#onStop = undefined;
    if (wasStarting) this.#settleStart(this.#tooLate ? this.#lateness() : ending);
    if (onStop !== undefined) onStop();
    else if (!wasStarting) this.#parent.childExited(this, ending);
  }

  stop(): Promise<void> {
    if (this.#state !== 'starting' && this.#state !== 'running') return Promise.resolve();
    if (this.#onStop !== undefined) return this.#stopped;
    this.#stopped = new Promise((resolve) => {
      let timer: Timer | undefined;
      this.#onStop = () => {
        timer?.cancel();
        resolve();
      };
      if (this.plan.shutdownMs === 0) {
        this.#actors.kill(this.#id);
        return;
      }
      timer = this.#actors.timers.after(this.plan.shutdownMs, () => this.#actors.kill(this.#id));
      this.#actors.shutdown(this.#id);
    });
    return this.#stopped;
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

  #settleStart(failure: Ending | undefined): void {
    this.#startTimer?.cancel();
    this.#onStart?.(failure);
    this.#onStart = undefined;
  }

  release(): void {
    if (this.#state === 'released' || this.#id === NOBODY) return;
    this.#state = 'released';
    this.#actors.release(this.#id);
  }

  tree(): StartedTree {
    return { id: this.plan.id, kind: 'actor', ...this.#id, children: [] };
  }
}

/** A supervisor. The root of a tree has no parent. */
export class SupervisorNode implements Node {
  readonly path: string;
  readonly plan: PlannedChild;
  readonly id: IdWords;
  failuresMs: readonly number[] = [];
  restarts = 0;
  readonly #actors: SupervisedActors;
  readonly #parent: SupervisorNode | undefined;
  readonly #spec: SupervisorPlan;
  readonly #children: readonly Node[];
  readonly #timers = new Map<Node, Timer>();
  #restartsMs: readonly number[] = [];
  #state: 'down' | 'starting' | 'running' | 'stopping' | 'released' = 'down';
  #stopped: Promise<void> = Promise.resolve();
  /** Starts and stops so far: tells whether what a child's start reports is still of this run. */
  #run = 0;

  constructor(
    actors: SupervisedActors,
    parent: SupervisorNode | undefined,
    plan: PlannedChild,
    spec: SupervisorPlan,
  ) {
    this.#actors = actors;
    this.#parent = parent;
    this.#spec = spec;
    this.plan = plan;
    this.path = parent === undefined ? plan.id : `${parent.path}/${plan.id}`;
    this.id = actors.open(parent?.id ?? NOBODY);
    this.#children = spec.children.map((child) =>
      child.subject.kind === 'actor'
        ? new ActorNode(actors, this, child)
        : new SupervisorNode(actors, this, child, child.subject.plan),
    );
  }

  async start(): Promise<void> {
    this.#run += 1;
    this.#setState('starting');
    this.#restartsMs = [];
    try {
      for (const child of this.#children) {
        await child.start();
        if (this.#state !== 'starting')
          throw startFailed(this.path, { reason: 'shutdown', text: 'stopped while starting' });
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#setState('running');
  }

  stop(): Promise<void> {
    if (this.#state === 'down' || this.#state === 'released') return Promise.resolve();
    if (this.#state !== 'stopping') this.#stopped = this.#stopChildren();
    return this.#stopped;
  }

  release(): void {
    if (this.#state === 'released') return;
    this.#state = 'released';
    for (const child of this.#children.toReversed()) child.release();
    this.#actors.close(this.id);
  }

  /** A child ended that nobody had stopped. */
  childExited(child: Node, ending: Ending): void {
    if (this.#state !== 'running' && this.#state !== 'starting') return;
    if (!callsForRestart(child.plan.restart, ending.reason)) {
      this.#actors.emit({ kind: 'exit', actor: child.path, ...ending });
      child.release();
      return;
    }
    const history = { restartsMs: this.#restartsMs, failuresMs: child.failuresMs };
    const { clock, random } = this.#actors;
    const decision = decideRestart(this.#spec, history, clock.monotonicMs(), random.float());
    if (decision.kind === 'giveUp') {
      void this.#giveUp(child, ending);
      return;
    }
    this.#restartsMs = decision.history.restartsMs;
    child.failuresMs = decision.history.failuresMs;
    child.restarts += 1;
    const { delayMs } = decision;
    this.#actors.emit({
      kind: 'restart',
      child: child.path,
      ...ending,
      delayMs,
      restarts: child.restarts,
    });
    if (delayMs === 0) {
      this.#restart(child);
      return;
    }
    this.#timers.set(
      child,
      this.#actors.timers.after(delayMs, () => {
        this.#timers.delete(child);
        this.#restart(child);
      }),
    );
  }

  tree(): StartedTree {
    return {
      id: this.plan.id,
      kind: 'supervisor',
      ...this.id,
      children: this.#children.map((child) => child.tree()),
    };
  }

  #restart(child: Node): void {
    const run = this.#run;
    child.start().catch((error: Error) => {
      if (run === this.#run)
        this.childExited(child, { reason: 'startFailed', text: error.message });
    });
  }

  async #stopChildren(): Promise<void> {
    this.#run += 1;
    this.#setState('stopping');
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    for (const child of this.#children.toReversed()) await child.stop();
    this.#setState('down');
  }

  async #giveUp(child: Node, ending: Ending): Promise<void> {
    const text =
      `${child.path} exited (${ending.reason}: ${ending.text}) more than ` +
      `${this.#spec.maxRestarts} times within ${this.#spec.withinMs} ms`;
    this.#actors.emit({ kind: 'escalation', supervisor: this.path, text });
    const starting = this.#state === 'starting';
    await this.stop();
    // The start that this ends rejects, and tells whoever began it: one death is one exit.
    if (starting) return;
    if (this.#parent !== undefined) this.#parent.childExited(this, { reason: 'shutdown', text });
    else this.release();
  }

  #setState(state: 'starting' | 'running' | 'stopping' | 'down'): void {
    this.#state = state;
    if (state !== 'stopping') this.#actors.show(this.id, state);
  }
}

function startFailed(path: string, { reason, text }: Ending): ActorsError {
  return new ActorsError(
    'ACTORS_START_FAILED',
    `${path} did not start (${reason}${text === '' ? '' : `: ${text}`})`,
  );
}

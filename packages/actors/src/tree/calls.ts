/**
 * What the handlers of one worker ask of supervisors. Owns the requests that wait; they are in this
 * thread's memory only, so with the thread they are forgotten, and the control thread answers no
 * successor. The command itself is done or refused whole.
 *
 * CALLS-1: every call ends: with the answer, or after the system's ask time-out.
 */
import type { AnyBehaviour, SpawnOptions } from '../contract/behaviour.js';
import type { ActorRef } from '../contract/ref.js';
import type { ActorChildSpec } from '../contract/supervision.js';
import type { ChildCounts, ChildInfo } from '../contract/tree.js';
import { ActorsError } from '../errors.js';
import { placed, planActor, planChild } from '../plan.js';
import type { Answer, CommandResult, SupervisorCommand, TreeRequest } from '../protocol.js';
import type { ActorRefObject } from '../ref-object.js';
import type { ActorThread } from '../thread.js';
import { TreeRequests } from './requests.js';

/** See the file's header. */
export class HandlerCalls {
  readonly thread: ActorThread;
  readonly worker: number;
  readonly #requests: TreeRequests;

  /** @param post called once for all the requests of a microtask */
  constructor(
    thread: ActorThread,
    worker: number,
    post: (requests: readonly TreeRequest[]) => void,
  ) {
    this.thread = thread;
    this.worker = worker;
    this.#requests = new TreeRequests(post);
  }

  supervisor(path: string, behaviour?: AnyBehaviour): CalledSupervisor {
    return new CalledSupervisor(this, path, behaviour);
  }

  settle(answer: Answer): void {
    this.#requests.settle(answer);
  }

  /** See CALLS-1. */
  command(name: string, command: SupervisorCommand): Promise<CommandResult> {
    const [tree = '', ...path] = name.split('/');
    const { timers, askTimeoutMs } = this.thread;
    return new Promise((resolve, reject) => {
      const timer = timers.after(askTimeoutMs, () => {
        const text =
          `${name} has not done ${command.kind} within ${askTimeoutMs} ms, and may still do it; ` +
          'a child that calls its own supervisor while it starts waits for itself';
        reject(new ActorsError('ACTORS_ASK_TIMEOUT', text));
      });
      const answered = this.#requests.command(tree, path, command);
      void answered.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}

/** Of either kind; the contract's types tell which of its methods it has. */
export class CalledSupervisor {
  readonly name: string;
  readonly #calls: HandlerCalls;
  readonly #behaviour: AnyBehaviour | undefined;

  constructor(calls: HandlerCalls, name: string, behaviour: AnyBehaviour | undefined) {
    this.#calls = calls;
    this.name = name;
    this.#behaviour = behaviour;
  }

  async startChild(first: unknown, options?: SpawnOptions): Promise<ActorRef> {
    const { thread, worker } = this.#calls;
    if (this.#behaviour !== undefined) {
      const placement = placed(thread, options?.worker, () => worker);
      const actor = planActor(thread, this.#behaviour, first, placement);
      return this.#refOf(await this.#command({ kind: 'startInstance', actor }));
    }
    const given = first as ActorChildSpec | undefined;
    if (typeof given !== 'object' || given.subject?.kind !== 'actor') {
      const text = `${this.name}: startChild in a handler takes what child(…) returns for an actor`;
      throw new ActorsError('ACTORS_OPTION_INVALID', text);
    }
    const child = planChild(thread, given, () => worker);
    return this.#refOf(await this.#command({ kind: 'startChild', child }));
  }

  async terminateChild(child: string | ActorRef): Promise<void> {
    if (typeof child === 'string') {
      await this.#command({ kind: 'terminateChild', child });
      return;
    }
    const { home, low, high } = child as ActorRefObject;
    if (home.system !== this.#calls.thread.system)
      throw new ActorsError('ACTORS_CHILD_UNKNOWN', `${this.name}: a ref of another actor system`);
    await this.#command({ kind: 'terminateChild', child: { low, high } });
  }

  async restartChild(id: string): Promise<void> {
    await this.#command({ kind: 'restartChild', id });
  }

  async deleteChild(id: string): Promise<void> {
    await this.#command({ kind: 'deleteChild', id });
  }

  async whichChildren(): Promise<readonly ChildInfo[]> {
    const reports = await this.#command({ kind: 'whichChildren' });
    return reports.map(({ low, high, ...info }) => {
      const known = info.kind === 'actor' && low !== 0;
      return { ...info, ref: known ? this.#calls.thread.makeRef(low, high) : undefined };
    });
  }

  async countChildren(): Promise<ChildCounts> {
    const reports = await this.#command({ kind: 'whichChildren' });
    const supervisors = reports.filter(({ kind }) => kind === 'supervisor').length;
    return {
      specs: this.#behaviour === undefined ? reports.length : 1,
      active: reports.filter(({ state }) => state === 'running').length,
      supervisors,
      actors: reports.length - supervisors,
    };
  }

  #command(command: SupervisorCommand): Promise<CommandResult> {
    return this.#calls.command(this.name, command);
  }

  #refOf([started]: CommandResult): ActorRef {
    if (started === undefined) throw new RangeError(`${this.name} names no started child`);
    return this.#calls.thread.makeRef(started.low, started.high);
  }
}

/** The object that handlers get as `self`. */
import type { Clock, Random } from '@ganglion/runtime/contract';
import type { HostArena } from '@ganglion/memory/contract';
import type { AnyBehaviour, ExitRequest, SpawnOptions } from '../contract/behaviour.js';
import type { NameRegistry, WhenRegisteredOptions } from '../contract/names.js';
import { ActorsError } from '../errors.js';
import { viewExpired } from '../generated/views.js';
import { exitSignal } from '../phases.js';
import type { ActorRefObject } from '../ref-object.js';
import type { ActorRef } from '../contract/ref.js';
import type { Timer } from '../contract/timers.js';
import type { Relating } from '../contract/relations.js';
import type { ActorThread } from '../thread.js';
import type { CalledSupervisor, HandlerCalls } from '../tree/calls.js';
import type { LaterObject } from '../timer-messages.js';
import { placementOf } from '../worker-threads.js';
import { demonitor, link, monitor, unlink } from './relating.js';

/** What a worker gives to the actors on it. */
export interface WorkerHome {
  readonly thread: ActorThread;
  /** Index of the worker, from 0. */
  readonly worker: number;
  readonly arenas: readonly HostArena[];
  /** Calls to supervisors, where there is a control thread of its own. */
  readonly calls?: HandlerCalls;
}

/**
 * See Self in behaviour.ts. One per isolate-state actor; one per shared-state behaviour, pointed at
 * each in turn.
 */
export class ActorSelf implements NameRegistry, Relating {
  private readonly home: WorkerHome;
  low: number;
  high: number;
  state: unknown;
  /** Set by `stop`; the scheduler ends the actor after the handler. */
  stopRequested = false;
  /** Its incarnation has ended: it makes no timers for the next one. */
  isOver = false;

  constructor(home: WorkerHome, low: number, high: number, state: unknown) {
    this.home = home;
    this.low = low;
    this.high = high;
    this.state = state;
  }

  get ref(): ActorRefObject {
    return this.home.thread.refAt(this.low, this.high) ?? this.expired();
  }

  get worker(): number {
    return this.home.worker;
  }

  get arenas(): readonly HostArena[] {
    return this.home.arenas;
  }

  get clock(): Clock {
    return this.home.thread.clock;
  }

  get random(): Random {
    return this.home.thread.random;
  }

  spawn(behaviour: AnyBehaviour, args?: unknown, options?: SpawnOptions): ActorRef {
    const { thread, worker } = this.home;
    const { workers } = thread.memory.sizes;
    const placement = placementOf(options?.worker, () => worker, workers);
    const { low, high } = thread.spawn(behaviour, args, placement);
    return thread.makeRef(low, high);
  }

  supervisor(path: string, behaviour?: AnyBehaviour): CalledSupervisor {
    const { calls } = this.home;
    if (calls !== undefined) return calls.supervisor(path, behaviour);
    const text = `${path}: handlers of a stepped system cannot call supervisors`;
    throw new ActorsError('ACTORS_OPTION_INVALID', text);
  }

  after(delayMs: number, target: ActorRef): LaterObject {
    return this.later(delayMs, target, false);
  }

  every(periodMs: number, target: ActorRef): LaterObject {
    return this.later(periodMs, target, true);
  }

  cancel(timer: Timer): boolean {
    this.check();
    return this.home.thread.actorTimers.cancel(this.low, this.high, timer);
  }

  private later(delayMs: number, target: ActorRef, isInterval: boolean): LaterObject {
    this.check();
    const { thread } = this.home;
    if (this.isOver) throw thread.actorTimers.ofEnded(this.low);
    return thread.actorTimers.later(this, delayMs, target, isInterval);
  }

  stop(): void {
    this.check();
    this.stopRequested = true;
  }

  exit(target: ActorRef, reason: ExitRequest): void {
    const { low, high } = target as ActorRefObject;
    this.home.thread.mail.notices.signal(low, high, exitSignal(reason));
  }

  monitor(target: ActorRef): number {
    this.check();
    return monitor(this.home.thread, this, target);
  }

  demonitor(number: number): boolean {
    this.check();
    return demonitor(this.home.thread, this, number);
  }

  link(target: ActorRef): void {
    this.check();
    link(this.home.thread, this, target);
  }

  unlink(target: ActorRef): boolean {
    this.check();
    return unlink(this.home.thread, this, target);
  }

  register(name: string, ref: ActorRef): void {
    this.home.thread.names.register(name, ref);
  }

  unregister(name: string): boolean {
    return this.home.thread.names.unregister(name);
  }

  whereis<B extends AnyBehaviour>(name: string, behaviour: B): ActorRef<B> | undefined;
  whereis(name: string): ActorRef | undefined;
  whereis(name: string, behaviour?: AnyBehaviour): ActorRef | undefined {
    const { names } = this.home.thread;
    return behaviour === undefined ? names.whereis(name) : names.whereis(name, behaviour);
  }

  whenRegistered<B extends AnyBehaviour>(
    name: string,
    behaviour: B,
    options?: WhenRegisteredOptions,
  ): Promise<ActorRef<B>> {
    return this.home.thread.names.whenRegistered(name, behaviour, options);
  }

  names(): readonly string[] {
    return this.home.thread.names.names();
  }

  /** With development checks: a shared-state actor's is its only in a turn (VIEW-1). */
  private check(): void {
    if (this.low === 0) this.expired();
  }

  private expired(): never {
    throw viewExpired('self was used after its turn');
  }
}

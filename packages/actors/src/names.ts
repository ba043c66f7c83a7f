/**
 * One thread's end of the names: strings, references, errors, and waits for a name. The shared
 * table is names-table.ts.
 *
 * NAMES-7: a wait is settled once and has a deadline, as an ask. While there is one, the thread
 *   waits for a change of `namesRegistered` from what it was before the thread looked.
 */
import type { Clock, Timers } from '@ganglion/runtime/contract';
import { AskTable } from './ask-table.js';
import type { AnyBehaviour } from './contract/behaviour.js';
import type { NameRegistry, WhenRegisteredOptions } from './contract/names.js';
import type { ActorRef } from './contract/ref.js';
import { ActorsError } from './errors.js';
import type { SystemMemory } from './memory.js';
import { nameKey, nameOf } from './names-key.js';
import type { NameKey } from './names-key.js';
import { NameTable } from './names-table.js';
import { ActorRefObject } from './ref-object.js';
import type { RefHome } from './ref-object.js';

/** What the names need of their thread. */
export interface NamesHome extends RefHome {
  readonly memory: SystemMemory;
  readonly index: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly askTimeoutMs: number;
  makeRef(low: number, high: number): ActorRefObject;
  describe(low: number): string;
  programFor(behaviour: AnyBehaviour): number;
}

interface Wait {
  readonly key: NameKey;
  readonly behaviour: AnyBehaviour;
  readonly ticket: number;
}

/** See the file's header. */
export class Names implements NameRegistry {
  readonly #home: NamesHome;
  readonly #table: NameTable;
  readonly #words: Int32Array;
  readonly #asks: AskTable<string>;
  readonly #waits = new Set<Wait>();
  #watching = false;

  constructor(home: NamesHome) {
    const { memory, index } = home;
    const { words, plan } = memory.region;
    const isAlive = (low: number, high: number): boolean => home.isAlive(low, high);
    this.#home = home;
    this.#asks = new AskTable(home.clock, home.timers, {
      subject: (name) => `the name ${name}`,
      decode: () => undefined,
    });
    this.#words = words;
    this.#table = new NameTable({ words, plan, thread: index, isAlive });
  }

  register(name: string, ref: ActorRef): void {
    const key = nameKey(name);
    if (!(ref instanceof ActorRefObject) || ref.home.system !== this.#home.system) {
      throw new ActorsError(
        'ACTORS_VALUE_INVALID',
        `the name ${name} is for a reference of another actor system`,
      );
    }
    const actor = this.#home.describe(ref.low);
    if (!this.#home.isAlive(ref.low, ref.high))
      throw new ActorsError('ACTORS_EXITED', `${actor} has ended, so it gets no name ${name}`);
    switch (this.#table.register(key, ref)) {
      case 'taken':
        throw new ActorsError('ACTORS_NAME_TAKEN', `the name ${name} is another actor's`);
      case 'full':
        throw new ActorsError(
          'ACTORS_NAMES_EXHAUSTED',
          `actors have all ${this.#home.memory.sizes.names} names (option names)`,
        );
      case 'registered':
      case 'held':
    }
  }

  unregister(name: string): boolean {
    return this.#table.unregister(nameKey(name));
  }

  whereis<B extends AnyBehaviour>(name: string, behaviour: B): ActorRef<B> | undefined;
  whereis(name: string): ActorRef | undefined;
  whereis(name: string, behaviour?: AnyBehaviour): ActorRef | undefined {
    const key = nameKey(name);
    if (behaviour !== undefined) return this.#find(key, behaviour);
    const found = this.#table.find(key);
    return found && this.#home.makeRef(found.low, found.high);
  }

  async whenRegistered<B extends AnyBehaviour>(
    name: string,
    behaviour: B,
    options: WhenRegisteredOptions = {},
  ): Promise<ActorRef<B>> {
    const key = nameKey(name);
    const timeoutMs = options.timeoutMs ?? this.#home.askTimeoutMs;
    let wait: Wait | undefined;
    const waited = new Promise<unknown>((resolve, reject) => {
      wait = { key, behaviour, ticket: this.#asks.enter(0, name, timeoutMs, resolve, reject) };
      this.#waits.add(wait);
      Atomics.add(this.#words, this.#table.waits, 1);
    });
    try {
      if (wait !== undefined && this.#watching) this.#look(wait);
      else this.#watch();
      return (await waited) as ActorRef<B>;
    } catch (cause) {
      if (!(cause instanceof ActorsError) || cause.code !== 'ACTORS_ASK_TIMEOUT') throw cause;
      // NAMES-6: a thread that ended after it had registered told nobody.
      const late = this.#find(key, behaviour);
      if (late !== undefined) return late;
      const text = `no actor got the name ${name} within ${timeoutMs} ms`;
      throw new ActorsError('ACTORS_NAME_TIMEOUT', text);
    } finally {
      if (wait !== undefined && this.#waits.delete(wait))
        Atomics.sub(this.#words, this.#table.waits, 1);
    }
  }

  names(): readonly string[] {
    const found: string[] = [];
    this.#table.each((words, bytes) => found.push(nameOf(words, bytes)));
    return found.toSorted();
  }

  /** Settles all waits, and refuses those from now on. */
  failAll(error: () => ActorsError): void {
    this.#asks.failAll(error);
  }

  /** Frees the names of an actor of this thread that has ended. */
  ended(index: number): void {
    this.#table.ended(index);
  }

  #find<B extends AnyBehaviour>(key: NameKey, behaviour: B): ActorRef<B> | undefined {
    const found = this.#table.find(key);
    if (found === undefined) return undefined;
    this.#home.programFor(behaviour);
    const ref = this.#home.makeRef(found.low, found.high);
    const fits = this.#home.isBehaviour(this.#home.behaviourOf(found.low, found.high), behaviour);
    // An actor that has ended meanwhile may have left its block to one of another behaviour.
    return fits || ref.alive ? ref.as(behaviour) : undefined;
  }

  /** Settles a wait whose name is there. */
  #look({ key, behaviour, ticket }: Wait): void {
    try {
      const ref = this.#find(key, behaviour);
      if (ref !== undefined) this.#asks.resolveWith(ticket, ref);
    } catch (error) {
      this.#asks.reject(ticket, () => error as ActorsError);
    }
  }

  /** Looks for all waits, now and after each registration. */
  #watch(): void {
    const { registered } = this.#table;
    while (!this.#watching && this.#waits.size > 0) {
      const seen = Atomics.load(this.#words, registered);
      for (const wait of this.#waits) this.#look(wait);
      const change = Atomics.waitAsync(this.#words, registered, seen);
      if (!change.async) continue;
      this.#watching = true;
      void change.value.then(() => {
        this.#watching = false;
        this.#watch();
      });
    }
  }
}

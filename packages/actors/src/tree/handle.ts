/** A supervisor of a tree as the main thread's user holds it. See contract/tree.ts. */
import type { AnyBehaviour, SpawnOptions } from '../contract/behaviour.js';
import type { ActorRef } from '../contract/ref.js';
import type { ChildSpec, SupervisorSpec } from '../contract/supervision.js';
import type { ChildCounts, ChildInfo } from '../contract/tree.js';
import { ActorsError } from '../errors.js';
import { placed, planActor, planChild } from '../plan.js';
import type { CommandResult, SupervisorCommand } from '../protocol.js';
import type { ActorRefObject } from '../ref-object.js';
import type { IdWords } from '../spawn.js';
import type { ActorThread } from '../thread.js';
import { nodeAt, specAt } from './picture.js';
import type { PictureNode } from './picture.js';
import type { TreeRequests } from './requests.js';

/** What the handles of a system share. */
export interface HandleHome {
  readonly thread: ActorThread;
  readonly requests: TreeRequests;
  takeWorker(): number;
  /** @throws ActorsError ACTORS_SYSTEM_STOPPED */
  checkRunning(): void;
}

/** Of either kind; the contract's types tell which of its methods a specification has. */
export class TreeHandle {
  readonly name: string;
  readonly #home: HandleHome;
  readonly #root: PictureNode;
  readonly #words: IdWords;
  readonly #path: readonly string[];
  readonly #spec: SupervisorSpec;

  constructor(home: HandleHome, root: PictureNode, path: readonly string[], spec: SupervisorSpec) {
    this.#home = home;
    this.#root = root;
    this.#words = root.words;
    this.#path = path;
    this.#spec = spec;
    this.name = [root.id, ...path].join('/');
  }

  ref(path: string, behaviour?: AnyBehaviour): ActorRef {
    const { thread } = this.#home;
    const node = nodeAt(this.#root, [...this.#path, ...path.split('/')]);
    if (node === undefined || node.kind !== 'actor')
      throw invalid(`the tree ${this.name} has no actor at ${path}`);
    const ref = thread.makeRef(node.words.low, node.words.high);
    if (behaviour === undefined) return ref;
    thread.programFor(behaviour);
    return ref.as(behaviour) as ActorRef;
  }

  supervisor(path: string, behaviour?: AnyBehaviour): TreeHandle {
    const whole = [...this.#path, ...path.split('/')];
    const spec = specAt(this.#root, whole);
    if (spec === undefined) throw invalid(`the tree ${this.name} has no supervisor at ${path}`);
    if (behaviour !== undefined) checkTemplate(spec, behaviour, `${this.name}/${path}`);
    return new TreeHandle(this.#home, this.#root, whole, spec);
  }

  async startChild(first: unknown, options?: SpawnOptions): Promise<ActorRef | TreeHandle> {
    const { thread, takeWorker } = this.#home;
    if (this.#spec.strategy === 'simpleOneForOne') {
      const { behaviour, worker } = this.#spec.children;
      const placement = placed(thread, options?.worker ?? worker, takeWorker);
      const actor = planActor(thread, behaviour, first, placement);
      return this.#refOf(await this.#command({ kind: 'startInstance', actor }));
    }
    const given = first as ChildSpec;
    if (typeof given !== 'object' || !('subject' in given))
      throw invalid(`${this.name}: startChild takes what child(…) returns`);
    const child = planChild(thread, given, takeWorker);
    const result = await this.#command({ kind: 'startChild', child });
    if (given.subject.kind === 'actor') return this.#refOf(result);
    const path = [...this.#path, given.id];
    const node = nodeAt(this.#root, path);
    const { spec } = given.subject;
    if (node !== undefined) node.spec = spec;
    return new TreeHandle(this.#home, this.#root, path, spec);
  }

  async terminateChild(child: string | ActorRef): Promise<void> {
    const target = typeof child === 'string' ? child : this.#wordsOf(child as ActorRefObject);
    await this.#command({ kind: 'terminateChild', child: target });
  }

  async restartChild(id: string): Promise<void> {
    await this.#command({ kind: 'restartChild', id });
  }

  async deleteChild(id: string): Promise<void> {
    await this.#command({ kind: 'deleteChild', id });
  }

  async stop(): Promise<void> {
    this.#home.checkRunning();
    if (this.#path.length > 0)
      throw invalid(`${this.name} is no whole tree: its parent's terminateChild stops it`);
    await this.#home.requests.stopTree(this.#words);
  }

  async whichChildren(): Promise<readonly ChildInfo[]> {
    const reports = await this.#command({ kind: 'whichChildren' });
    return reports.map(({ low, high, ...info }) => {
      const known = info.kind === 'actor' && low !== 0;
      return { ...info, ref: known ? this.#home.thread.makeRef(low, high) : undefined };
    });
  }

  async countChildren(): Promise<ChildCounts> {
    const reports = await this.#command({ kind: 'whichChildren' });
    const supervisors = reports.filter(({ kind }) => kind === 'supervisor').length;
    return {
      specs: this.#spec.strategy === 'simpleOneForOne' ? 1 : reports.length,
      active: reports.filter(({ state }) => state === 'running').length,
      supervisors,
      actors: reports.length - supervisors,
    };
  }

  #command(command: SupervisorCommand): Promise<CommandResult> {
    this.#home.checkRunning();
    return this.#home.requests.command(this.#words, this.#path, command);
  }

  #refOf([started]: CommandResult): ActorRef {
    if (started === undefined) throw new RangeError(`${this.name} names no started child`);
    return this.#home.thread.makeRef(started.low, started.high);
  }

  #wordsOf({ home, low, high }: ActorRefObject): IdWords {
    if (home.system === this.#home.thread.system) return { low, high };
    throw new ActorsError('ACTORS_CHILD_UNKNOWN', `${this.name}: a ref of another actor system`);
  }
}

function checkTemplate(spec: SupervisorSpec, { module, name }: AnyBehaviour, path: string): void {
  if (spec.strategy === 'simpleOneForOne') {
    const { behaviour } = spec.children;
    if (behaviour.module === module && behaviour.name === name) return;
  }
  throw new ActorsError(
    'ACTORS_DEFINITION_INVALID',
    `${path} is no simpleOneForOne supervisor of ${name}`,
  );
}

function invalid(text: string): ActorsError {
  return new ActorsError('ACTORS_OPTION_INVALID', text);
}

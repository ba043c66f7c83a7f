/**
 * The supervision trees as the main thread starts them, asks of them and pictures them. The control
 * thread owns them (control/).
 */
import type { SupervisorSpec } from '../contract/supervision.js';
import type { SupervisionTree } from '../contract/tree.js';
import { ActorsError } from '../errors.js';
import { planSupervisor } from '../plan.js';
import type { Answer, TreeChange, TreeRequest } from '../protocol.js';
import { checkName } from '../supervisor-spec.js';
import type { ActorThread } from '../thread.js';
import { TreeHandle } from './handle.js';
import { TreePicture } from './picture.js';
import type { PictureNode } from './picture.js';
import { TreeRequests } from './requests.js';

/** What trees need of the main thread. */
export interface TreesParts {
  readonly thread: ActorThread;
  /** The worker of an actor that names none. */
  readonly takeWorker: () => number;
  /** @throws ActorsError ACTORS_SYSTEM_STOPPED */
  readonly checkRunning: () => void;
  /** Sends requests to the control thread, in order. */
  readonly post: (requests: readonly TreeRequest[]) => void;
}

/** See the file's header. */
export class Trees {
  readonly #parts: TreesParts;
  readonly #picture = new TreePicture();
  /** Names of trees that have not started yet. */
  readonly #starting = new Set<string>();
  readonly #requests: TreeRequests;

  constructor(parts: TreesParts) {
    this.#parts = parts;
    this.#requests = new TreeRequests(parts.post);
  }

  /** The trees that were started, in order. */
  get roots(): readonly PictureNode[] {
    return this.#picture.roots;
  }

  /** See ActorSystem in contract/system.ts. */
  async supervise<S extends SupervisorSpec>(name: string, spec: S): Promise<SupervisionTree<S>> {
    const { thread, takeWorker, checkRunning } = this.#parts;
    checkRunning();
    checkName(name, 'a tree');
    const before = this.#picture.root(name)?.words;
    const lives = before !== undefined && thread.isAlive(before.low, before.high);
    if (lives || this.#starting.has(name))
      throw new ActorsError('ACTORS_OPTION_INVALID', `a tree named ${name} is supervised already`);
    const plan = planSupervisor(thread, spec, takeWorker);
    this.#starting.add(name);
    const started = this.#requests.supervise(name, plan);
    const root = this.#picture.show(
      await started.finally(() => this.#starting.delete(name)),
      spec,
    );
    const home = { thread, requests: this.#requests, takeWorker, checkRunning };
    // The contract's types say which methods a specification has; the handle has them all.
    return new TreeHandle(home, root, [], spec) as object as SupervisionTree<S>;
  }

  /** Takes what the control thread tells, in order. */
  apply(told: readonly (TreeChange | Answer)[]): void {
    for (const news of told) {
      if (news.kind === 'placed' || news.kind === 'forgotten') this.#picture.apply(news);
      else this.#requests.settle(news);
    }
  }

  /** Posts what was asked now. */
  flush(): void {
    this.#requests.flush();
  }

  failAll(error: () => ActorsError): void {
    this.#requests.failAll(error);
  }
}

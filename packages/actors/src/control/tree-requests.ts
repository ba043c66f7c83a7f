/**
 * What the main thread and handlers ask of the trees, and the answers; with those to the main
 * thread, in order, the changes in its picture of the trees. Owns the trees.
 */
import { ActorsError, textOf } from '../errors.js';
import type {
  Answer,
  PlannedChild,
  SupervisorPlan,
  TreeChange,
  TreeRequest,
} from '../protocol.js';
import type { IdWords } from '../spawn.js';
import type { SupervisedActors } from './supervision.js';
import { SupervisorNode } from './supervisor-node.js';

type News = TreeChange | Answer;

/** See the file's header. */
export class TreeRequests {
  readonly #post: (news: readonly News[]) => void;
  readonly #trees = new Set<SupervisorNode>();
  #news: News[] = [];

  /** @param post called once for all the news of a microtask */
  constructor(post: (news: readonly News[]) => void) {
    this.#post = post;
  }

  /** Adds to the news. */
  tell(news: News): void {
    if (this.#news.push(news) === 1) queueMicrotask(() => this.flush());
  }

  /** Posts the news now. */
  flush(): void {
    if (this.#news.length > 0) this.#post(this.#news);
    this.#news = [];
  }

  /**
   * Never rejects: the answer tells of failures.
   * @param tell where the answer goes; by default to the main thread
   */
  async answer(
    actors: SupervisedActors,
    asked: TreeRequest,
    tell: (answer: Answer) => void = (answer) => this.tell(answer),
  ): Promise<void> {
    const { request } = asked;
    try {
      if (asked.kind === 'supervise') {
        const root = await this.#supervise(actors, asked.name, asked.plan);
        tell({ kind: 'supervised', request, root });
        return;
      }
      if (asked.kind === 'stopTree') {
        await this.#stopTree(asked.root);
        tell({ kind: 'done', request, result: [] });
        return;
      }
      const supervisor = this.#find(asked.root, asked.path);
      const result = await supervisor.commands.run(asked.command);
      tell({ kind: 'done', request, result });
    } catch (error) {
      const code = error instanceof ActorsError ? error.code : 'ACTORS_START_FAILED';
      tell({ kind: 'refused', request, code, text: textOf(error) });
    }
  }

  /** Stops the trees, the youngest first, and ends them for good. */
  async stop(): Promise<void> {
    for (const tree of [...this.#trees].toReversed()) {
      await tree.stop();
      tree.release();
    }
    this.flush();
  }

  async #supervise(actors: SupervisedActors, name: string, spec: SupervisorPlan): Promise<IdWords> {
    const plan: PlannedChild = {
      id: name,
      restart: 'temporary',
      shutdownMs: Infinity,
      startTimeoutMs: Infinity,
      significant: false,
      subject: { kind: 'supervisor', plan: spec },
    };
    const root = new SupervisorNode(actors, undefined, plan, spec, () => this.#trees.delete(root));
    this.#trees.add(root);
    const outcome = await root.start();
    if (outcome.state === 'running') return root.id;
    root.release();
    throw new ActorsError('ACTORS_START_FAILED', outcome.text);
  }

  /** A tree that has ended, by itself or by another request, is stopped. */
  async #stopTree({ low, high }: IdWords): Promise<void> {
    for (const tree of this.#trees) {
      if (tree.id.low !== low || tree.id.high !== high) continue;
      await tree.stop();
      tree.release();
      return;
    }
  }

  #find(root: IdWords | string, path: readonly string[]): SupervisorNode {
    for (const tree of this.#trees) {
      if (!isRoot(tree, root)) continue;
      let node: SupervisorNode = tree;
      for (const id of path) {
        const child = node.children.get(id);
        if (!(child instanceof SupervisorNode))
          throw down(`${node.path} has no supervisor ${id} any more`);
        node = child;
      }
      return node;
    }
    throw down(typeof root === 'string' ? `there is no tree ${root}` : 'the tree has ended');
  }
}

function isRoot({ path, id }: SupervisorNode, root: IdWords | string): boolean {
  if (typeof root === 'string') return path === root;
  return id.low === root.low && id.high === root.high;
}

function down(text: string): ActorsError {
  return new ActorsError('ACTORS_SUPERVISOR_DOWN', text);
}

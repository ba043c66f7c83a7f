/**
 * The main thread's picture of the trees: who is in them and by which id, a moment old. The control
 * thread tells every change.
 */
import { indexOfId } from '../actor-id.js';
import type { SupervisorSpec } from '../contract/supervision.js';
import type { TreeChange } from '../protocol.js';
import type { IdWords } from '../spawn.js';

/** A supervisor or actor of a tree. It stays in the picture when it has ended, until forgotten. */
export interface PictureNode {
  readonly id: string;
  readonly kind: 'supervisor' | 'actor';
  words: IdWords;
  /** In start order. */
  readonly children: Map<string, PictureNode>;
  /** Of a root, and of a supervisor that was added to a running one. */
  spec: SupervisorSpec | undefined;
}

/** See the file's header. */
export class TreePicture {
  readonly #roots = new Map<string, PictureNode>();
  /** By the index of the block, so that there are no more than blocks. */
  readonly #supervisors = new Map<number, PictureNode>();

  /** The trees that were started, in order. */
  get roots(): readonly PictureNode[] {
    return [...this.#roots.values()];
  }

  root(name: string): PictureNode | undefined {
    return this.#roots.get(name);
  }

  /** Shows a tree that has started, in place of an ended one of the same name. */
  show({ low }: IdWords, spec: SupervisorSpec): PictureNode {
    const root = this.#supervisors.get(indexOfId(low));
    if (root === undefined) throw new RangeError(`no supervisor has the id ${low}`);
    root.spec = spec;
    this.#roots.delete(root.id);
    this.#roots.set(root.id, root);
    return root;
  }

  apply(change: TreeChange): void {
    const parent = this.#supervisors.get(indexOfId(change.parent.low));
    const known = parent?.children.get(change.id);
    if (change.kind === 'forgotten') {
      parent?.children.delete(change.id);
      return;
    }
    const { id, subject, words } = change;
    const node = known ?? { id, kind: subject, words, children: new Map(), spec: undefined };
    node.words = words;
    parent?.children.set(id, node);
    if (subject === 'supervisor') this.#supervisors.set(indexOfId(words.low), node);
  }
}

/** The node at a path of ids below another. */
export function nodeAt(from: PictureNode, path: readonly string[]): PictureNode | undefined {
  let node: PictureNode | undefined = from;
  for (const id of path) node = node?.children.get(id);
  return node;
}

/** The specification of the supervisor at a path of ids below a root. */
export function specAt(root: PictureNode, path: readonly string[]): SupervisorSpec | undefined {
  let node: PictureNode | undefined = root;
  let { spec } = root;
  for (const id of path) {
    node = node?.children.get(id);
    spec = node?.spec ?? listedSpec(spec, id);
  }
  return spec;
}

function listedSpec(spec: SupervisorSpec | undefined, id: string): SupervisorSpec | undefined {
  if (spec === undefined || spec.strategy === 'simpleOneForOne') return undefined;
  const subject = spec.children.find((child) => child.id === id)?.subject;
  return subject?.kind === 'supervisor' ? subject.spec : undefined;
}

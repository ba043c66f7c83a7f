/**
 * Stacks that any thread pushes onto and one owner takes whole, linked through a word inside each
 * node.
 *
 * Owns the head word of each stack and, while a node is on one, the node's link word. Does not own
 * the nodes. One `ReturnStacks` serves every stack over the same nodes: a stack is named by the
 * index of its head word, which is zero when the stack is empty. Node 0 does not exist.
 *
 * RETURN-STACK-1: a pushed node is taken once, by the owner, in one of its takes.
 * RETURN-STACK-2: two nodes pushed by one thread come out of `takeInOrder` in the order of their
 * pushes.
 * RETURN-STACK-3: nodes are never popped singly. Taking the whole stack is one exchange, so a
 * reused node cannot be mistaken for the one that was read (the ABA of a 32-bit compare-and-swap).
 * RETURN-STACK-4: a pusher that ends inside `push` has either pushed its node or not, and stops
 * nobody.
 *
 * Threads: push by any thread that holds the node; take and takeInOrder by the stack's owner only.
 * After a take the list belongs to the taker alone, who follows it with plain loads.
 */

/** Where the nodes' link words lie: node n's at word `link` + n × `strideWords`. */
export interface NodeLayout {
  readonly link: number;
  readonly strideWords: number;
}

/** Operations over all stacks of one kind of node. */
export interface ReturnStacks {
  /** Pushes a node; true if the stack was empty before, so that its owner may need a wake-up. */
  push(head: number, node: number): boolean;
  /** Takes everything: the node pushed last, linked to the one before; 0 if the stack was empty. */
  take(head: number): number;
  /**
   * Takes everything and turns it round: the node pushed first, linked to the next; 0 if the stack
   * was empty.
   */
  takeInOrder(head: number): number;
  /** The node linked after this one, 0 at the end. For lists that a take returned. */
  next(node: number): number;
  /** True if nothing was on the stack at the moment of the look. Any thread. */
  isEmpty(head: number): boolean;
}

/** Operations over stacks whose nodes are linked as `nodes` says. */
export function createReturnStacks(words: Int32Array, nodes: NodeLayout): ReturnStacks {
  const { link, strideWords } = nodes;
  return Object.freeze({
    push(head: number, node: number): boolean {
      for (;;) {
        const seen = Atomics.load(words, head);
        words[link + node * strideWords] = seen;
        if (Atomics.compareExchange(words, head, seen, node) === seen) return seen === 0;
      }
    },
    take(head: number): number {
      return Atomics.exchange(words, head, 0);
    },
    takeInOrder(head: number): number {
      let node = Atomics.exchange(words, head, 0);
      let reversed = 0;
      while (node !== 0) {
        const at = link + node * strideWords;
        const next = words[at];
        words[at] = reversed;
        reversed = node;
        node = next;
      }
      return reversed;
    },
    next(node: number): number {
      return words[link + node * strideWords];
    },
    isEmpty(head: number): boolean {
      return Atomics.load(words, head) === 0;
    },
  });
}

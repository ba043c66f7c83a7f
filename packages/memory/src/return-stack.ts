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
 * RETURN-STACK-5: what is offered to a stack is taken by its owner, or `offer` says that the stack
 * was closed and the offerer keeps it. Closing takes what came before in the same exchange.
 * RETURN-STACK-6: pushing begins with a plain look at the head; an old answer fails in the
 * compare-and-swap, and a closed stack is looked at once more.
 *
 * Threads: push and offer by any thread that holds the node; take, takeInOrder, close and reopen by
 * the stack's owner only. A stack that is ever closed is offered to, never pushed onto.
 * After a take the list belongs to the taker alone, who follows it with plain loads.
 */

/** The head word of a closed stack, and what `offer` returns for it. */
export const STACK_CLOSED = -1;

/** Where the nodes' link words lie: node n's at word `link` + n × `strideWords`. */
export interface NodeLayout {
  readonly link: number;
  readonly strideWords: number;
}

/** Operations over all stacks of one kind of node. */
export interface ReturnStacks {
  /** Pushes a node; true if the stack was empty before, so that its owner may need a wake-up. */
  push(head: number, node: number): boolean;
  /**
   * Pushes a node unless the stack is closed. Returns the node that was the last before, 0 if there
   * was none, STACK_CLOSED if nothing was pushed.
   */
  offer(head: number, node: number): number;
  /** Closes the stack; returns what `take` would have. */
  close(head: number): number;
  /** Opens a closed stack again: it is empty. A plain store, which the caller publishes. */
  reopen(head: number): void;
  /** Takes everything: the node pushed last, linked to the one before; 0 if the stack was empty. */
  take(head: number): number;
  /**
   * Takes everything and turns it round: the node pushed first, linked to the next; 0 if the stack
   * was empty.
   */
  takeInOrder(head: number): number;
  /**
   * Turns a taken list round, node by node: after each step the nodes that were turned are linked
   * up to the newest, the others down to the oldest.
   */
  inOrder(newest: number): number;
  /** The node linked after this one, 0 at the end. For lists that a take returned. */
  next(node: number): number;
  /** True if nothing was on the stack at the moment of the look. Any thread. */
  isEmpty(head: number): boolean;
}

/** Operations over stacks whose nodes are linked as `nodes` says. */
export function createReturnStacks(words: Int32Array, nodes: NodeLayout): ReturnStacks {
  const { link, strideWords } = nodes;
  const inOrder = (last: number): number => {
    let node = last;
    let reversed = 0;
    while (node !== 0) {
      const at = link + node * strideWords;
      const next = words[at];
      words[at] = reversed;
      reversed = node;
      node = next;
    }
    return reversed;
  };
  return Object.freeze({
    push(head: number, node: number): boolean {
      for (;;) {
        const seen = words[head];
        words[link + node * strideWords] = seen;
        if (Atomics.compareExchange(words, head, seen, node) === seen) return seen === 0;
      }
    },
    take(head: number): number {
      return Atomics.exchange(words, head, 0);
    },
    offer(head: number, node: number): number {
      for (;;) {
        const seen = words[head];
        if (seen === STACK_CLOSED && Atomics.load(words, head) === STACK_CLOSED)
          return STACK_CLOSED;
        words[link + node * strideWords] = seen;
        if (Atomics.compareExchange(words, head, seen, node) === seen) return seen;
      }
    },
    close(head: number): number {
      return Atomics.exchange(words, head, STACK_CLOSED);
    },
    reopen(head: number): void {
      words[head] = 0;
    },
    takeInOrder(head: number): number {
      return inOrder(Atomics.exchange(words, head, 0));
    },
    inOrder,
    next(node: number): number {
      return words[link + node * strideWords];
    },
    isEmpty(head: number): boolean {
      return Atomics.load(words, head) === 0;
    },
  });
}

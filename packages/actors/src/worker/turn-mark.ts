/** Code of a user that a worker runs for an actor outside of its turns: init and terminate. */
import { ThreadBlock } from '../layouts.js';
import type { ActorThread } from '../thread.js';

const { turnSequence, turnActor, inHand } = ThreadBlock.word;

/**
 * Runs it as a turn of the actor without a message, so that the watchdog and a successor know whose
 * it was. Within a turn it belongs to that.
 */
export function asTurn<T>({ words, mail }: ActorThread, index: number, run: () => T): T {
  const at = mail.threadBlock;
  if ((words[at + turnSequence] & 1) !== 0) return run();
  words[at + inHand] = 0;
  words[at + turnActor] = index;
  words[at + turnSequence] += 1;
  try {
    return run();
  } finally {
    words[at + turnSequence] += 1;
  }
}

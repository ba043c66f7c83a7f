/** Behaviours that a thread has not imported yet. */
import { ActorBlock } from './layouts.js';
import type { ActorThread } from './thread.js';

const { plain } = ActorBlock;

/**
 * Thrown while a message or argument is taken apart, before user code runs: refs to behaviours not
 * yet imported.
 */
export class UnknownBehaviours extends Error {
  readonly indices: readonly number[];

  constructor(indices: readonly number[]) {
    super(`behaviours ${indices.join(', ')} are not imported on this thread`);
    this.indices = indices;
  }
}

/** Behaviours that an actor needs and a thread lacks: its own, or those of refs in its state. */
export function missingPrograms(thread: ActorThread, block: number): readonly number[] {
  const behaviour = thread.words[block + plain.behaviour];
  const program = thread.programs[behaviour];
  if (program === undefined) return [behaviour];
  try {
    thread.requirePrograms(program, thread.words[block + plain.heapWord]);
    return [];
  } catch (error) {
    if (error instanceof UnknownBehaviours) return error.indices;
    throw error;
  }
}

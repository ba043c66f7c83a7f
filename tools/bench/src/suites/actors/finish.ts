/**
 * How the last actor of a sample tells the main thread that it has ended, at no cost before that:
 * one word of an arena, written once, 1 + the count. The main thread waits on it.
 */
import type { HostArena } from '@ganglion/memory/contract';

const IDLE = 0;

function wordOf(arena: HostArena | undefined): Int32Array {
  if (arena === undefined) throw new Error('the actor system was made without an arena');
  return new Int32Array(arena.memory.buffer as SharedArrayBuffer, 0, 1); // HOST-ARENA-2
}

/** Called by an actor. */
export function finish(arenas: readonly HostArena[], count: number): void {
  const word = wordOf(arenas[0]);
  Atomics.store(word, 0, count + 1);
  Atomics.notify(word, 0);
}

/** Called by the main thread before the sample starts; resolves with the count. */
export async function finished(arena: HostArena): Promise<number> {
  const word = wordOf(arena);
  Atomics.store(word, 0, IDLE);
  await Atomics.waitAsync(word, 0, IDLE).value;
  return Atomics.load(word, 0) - 1;
}

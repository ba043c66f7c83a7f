/**
 * How many actors live, counted by the actors themselves in an arena: a line for each worker, which
 * alone writes it, so that counting costs next to nothing.
 */
import type { HostArena } from '@ganglion/memory/contract';

/** Words of 4 bytes in a cache line. */
const LINE = 16;
/** In line 0: 1 once the tree has ended, and how many workers there are. */
const DONE = 0;
const WORKERS = 1;
/** In line 1 + worker: those that began there less those that ended there, and the most seen. */
const LIVE = 0;
const PEAK = 1;

/** What `self` of any actor has. */
interface Place {
  readonly worker: number;
  readonly arenas: readonly HostArena[];
}

/** The view of the one arena, made once for each thread. */
let view: Int32Array | undefined;

function wordsOf(arenas: readonly HostArena[]): Int32Array {
  const [arena] = arenas;
  if (arena === undefined) throw new Error('the system has no arena for the census');
  view ??= new Int32Array(arena.memory.buffer as SharedArrayBuffer); // HOST-ARENA-2: it is shared
  return view;
}

export function censusBytes(workers: number): number {
  return (1 + workers) * LINE * Int32Array.BYTES_PER_ELEMENT;
}

/** Called once, before the first actor. */
export function openCensus(arena: HostArena, workers: number): void {
  wordsOf([arena])[WORKERS] = workers;
}

export function begin(place: Place, actors: number): void {
  const words = wordsOf(place.arenas);
  const own = LINE * (1 + place.worker);
  words[own + LIVE] += actors;
  let live = 0;
  for (let worker = 1; worker <= words[WORKERS]; worker++) live += words[LINE * worker + LIVE];
  if (live > words[own + PEAK]) words[own + PEAK] = live;
}

export function end(place: Place): void {
  wordsOf(place.arenas)[LINE * (1 + place.worker) + LIVE] -= 1;
}

/** Called by the actor that has the result. */
export function announce(place: Place): void {
  const words = wordsOf(place.arenas);
  Atomics.store(words, DONE, 1);
  Atomics.notify(words, DONE);
}

/** Resolves when a result was announced, with the most actors that lived at once. */
export async function counted(arena: HostArena): Promise<number> {
  const words = wordsOf([arena]);
  await Atomics.waitAsync(words, DONE, 0).value;
  let peak = 0;
  for (let worker = 1; worker <= words[WORKERS]; worker++)
    peak = Math.max(peak, words[LINE * worker + PEAK]);
  return peak;
}

/**
 * How many actors of a sample live: counted by themselves in the arena behind the word of
 * finish.ts, in a line for each worker that it alone writes.
 */
import type { HostArena } from '@ganglion/memory/contract';

/** Words in a cache line; line 1 + worker is the worker's, line 0 is finish.ts's. */
const LINE = 16;
/** Actors begun on the worker less those ended there. */
const LIVE = 0;
/** Most actors alive on all workers when this one began some. */
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
  if (arena === undefined) throw new Error('the actor system was made without an arena');
  view ??= new Int32Array(arena.memory.buffer as SharedArrayBuffer); // HOST-ARENA-2
  return view;
}

export function began(place: Place, actors: number, workers: number): void {
  const words = wordsOf(place.arenas);
  const own = LINE * (1 + place.worker);
  words[own + LIVE] += actors;
  let live = 0;
  for (let worker = 1; worker <= workers; worker++) live += words[LINE * worker + LIVE];
  if (live > words[own + PEAK]) words[own + PEAK] = live;
}

export function ended(place: Place): void {
  wordsOf(place.arenas)[LINE * (1 + place.worker) + LIVE] -= 1;
}

/** Most that lived since the last call, which starts the count again. None may live. */
export function takePeak(arena: HostArena, workers: number): number {
  const words = wordsOf([arena]);
  let peak = 0;
  for (let worker = 1; worker <= workers; worker++) {
    peak = Math.max(peak, words[LINE * worker + PEAK]);
    words[LINE * worker + LIVE] = 0;
    words[LINE * worker + PEAK] = 0;
  }
  return peak;
}

/**
 * Says whether this thread is a scheduler worker, whose modules must not start actor systems
 * (ACTORS-T4).
 */
const WORKER = Symbol.for('@ganglion/actors/worker');

/**
 * Called once by the worker's entry. Global, because a behaviour may come with its own copy of this
 * package.
 */
export function markWorkerThread(): void {
  Object.defineProperty(globalThis, WORKER, { value: true });
}

/** True on a scheduler worker. */
export function isWorkerThread(): boolean {
  return WORKER in globalThis;
}

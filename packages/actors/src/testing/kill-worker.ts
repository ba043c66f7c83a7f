/** Deaths of workers on demand. */
import type { ActorSystem } from '../contract/system.js';
import { workerThread } from '../worker-threads.js';
import { workerKills } from '../worker-kills.js';

/**
 * Terminates a worker's thread wherever it is, as an operating system might. A successor takes its
 * place (ACTORS-W1). @throws ActorsError ACTORS_OPTION_INVALID for a worker that the system has not
 */
export function killWorker(system: ActorSystem, worker: number): void {
  workerThread(worker, system.options.workers);
  workerKills.get(system)?.(worker);
}

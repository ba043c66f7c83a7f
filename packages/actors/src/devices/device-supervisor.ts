/** The supervisor of a device: one kernel actor on each worker. */
import type { Block } from '@ganglion/memory/contract';
import { ActorsError } from '../errors.js';
import { child, supervisor } from '../supervisor-spec.js';
import type { SupervisorSpec } from '../contract/supervision.js';
import { KernelActor } from './kernel-actor.js';
import type { BackendName } from './kernel-actor.js';

/** What `deviceSupervisor` takes. */
export interface DeviceSupervisorOptions {
  readonly backend: BackendName;
  readonly workers: number;
  /**
   * Memory for each kernel actor's backend, by worker. Two may share a range only if one of them
   * never allocates.
   */
  readonly memory: readonly (Block | undefined)[];
}

/** Children are `kernel-0` … on workers 0 …. @throws ActorsError ACTORS_OPTION_INVALID */
export function deviceSupervisor({
  backend,
  workers,
  memory,
}: DeviceSupervisorOptions): SupervisorSpec {
  const children = Array.from({ length: workers }, (_, worker) => {
    const range = memory[worker];
    if (range === undefined)
      throw new ActorsError('ACTORS_OPTION_INVALID', `kernel-${worker} has no memory`);
    return child(`kernel-${worker}`, KernelActor, { backend, memory: range }, { worker });
  });
  return supervisor({ children });
}

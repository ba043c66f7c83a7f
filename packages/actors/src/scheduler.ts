/**
 * Schedulers from outside: how one is declared, and what a worker tells it. Their contract is in
 * contract/scheduling.ts; what a worker checks of it, in guarded-queue.ts.
 */
import type { Clock, Random } from '@ganglion/runtime/contract';
import { BehaviourDirectory } from './behaviour-directory.js';
import { ComponentKind } from './component.js';
import type {
  ActorScheduler,
  CreateActorQueue,
  ExportName,
  SchedulerComponents,
} from './contract/scheduling.js';
import { ActorBlock } from './layouts.js';
import type { SystemMemory } from './memory.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const { plain, word } = ActorBlock;

/** Schedulers, as components of a system. */
export const schedulers: ComponentKind<ActorScheduler> =
  new ComponentKind<ActorScheduler>('scheduler', 'ACTORS_SCHEDULER_INVALID');

/**
 * Declares a scheduler. `module` is the `import.meta.url` of the module that exports the result
 * under `name`: every worker imports it and makes a queue of its own.
 * @throws ActorsError ACTORS_SCHEDULER_INVALID
 */
export function scheduler(module: string, name: string, create: CreateActorQueue): ActorScheduler {
  return schedulers.declare(module, name, create);
}

/** What a worker tells its scheduler, read from the system's memory. */
export function schedulerComponents(
  memory: SystemMemory,
  worker: number,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): SchedulerComponents {
  const { words, plan } = memory.region;
  const actors = plan.sections.actors.word;
  const directory = new BehaviourDirectory(memory.region);
  const names: (ExportName | undefined)[] = [];
  return {
    worker,
    capacity: memory.blockCount,
    clock,
    random,
    behaviourOf: (index) => {
      const behaviour = words[actors + index * BLOCK_WORDS + plain.behaviour];
      return (names[behaviour] ??= Object.freeze(directory.at(behaviour)));
    },
    mailboxOf: (index) => {
      const block = actors + index * BLOCK_WORDS;
      return Math.max(0, words[block + plain.localDebt] + words[block + word.remoteDebt]);
    },
  };
}

/**
 * Schedulers from outside: how one is declared, found by a worker, and made. Their contract is in
 * contract/scheduling.ts; what a worker checks of it, in guarded-queue.ts.
 */
import type { Clock, Random } from '@ganglion/runtime/contract';
import { BehaviourDirectory } from './behaviour-directory.js';
import type {
  ActorScheduler,
  CreateActorQueue,
  ExportName,
  SchedulerComponents,
} from './contract/scheduling.js';
import { ActorsError, textOf } from './errors.js';
import { ActorBlock } from './layouts.js';
import type { SystemMemory } from './memory.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const { plain, word } = ActorBlock;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * Declares a scheduler. `module` is the `import.meta.url` of the module that exports the result
 * under `name`: every worker imports it and makes a queue of its own.
 * @throws ActorsError ACTORS_SCHEDULER_INVALID
 */
export function scheduler(module: string, name: string, create: CreateActorQueue): ActorScheduler {
  if (!IDENTIFIER.test(name))
    throw invalid(`scheduler "${name}": its name must be the identifier that its module exports`);
  if (typeof create !== 'function')
    throw invalid(`scheduler ${name}: create is ${typeof create}, must be a function`);
  return Object.freeze({ module, name, create });
}

/** The name that workers import by. @throws ActorsError ACTORS_SCHEDULER_INVALID */
export function nameOfScheduler(given: ActorScheduler | undefined): ExportName | undefined {
  if (given === undefined) return undefined;
  if (!isScheduler(given)) throw invalid('scheduler must be what scheduler(…) returned');
  return { module: given.module, name: given.name };
}

/**
 * Imports the module and takes the scheduler out of it.
 * @throws ActorsError ACTORS_SCHEDULER_INVALID with the cause
 */
export async function importScheduler({ module, name }: ExportName): Promise<ActorScheduler> {
  let exported: unknown;
  try {
    const namespace = (await import(module)) as Readonly<Record<string, unknown>>;
    exported = namespace[name];
  } catch (cause) {
    if (cause instanceof ActorsError) throw cause;
    const text = `scheduler ${name}: its module ${module} cannot be imported: ${textOf(cause)}`;
    throw new ActorsError('ACTORS_SCHEDULER_INVALID', text, { cause });
  }
  if (isScheduler(exported) && exported.module === module && exported.name === name)
    return exported;
  throw invalid(`module ${module} exports no scheduler under the name ${name}`);
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

function isScheduler(candidate: unknown): candidate is ActorScheduler {
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    'module' in candidate &&
    'name' in candidate &&
    'create' in candidate &&
    typeof candidate.create === 'function'
  );
}

function invalid(text: string): ActorsError {
  return new ActorsError('ACTORS_SCHEDULER_INVALID', text);
}

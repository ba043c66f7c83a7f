/** A behaviour by its identity: the module that exports it, and the export's name. */
import { isBehaviour } from './behaviour.js';
import type { AnyBehaviour } from './contract/behaviour.js';
import { ActorsError, textOf } from './errors.js';

/**
 * Imports the module and takes the behaviour out of it.
 * @throws ActorsError ACTORS_BEHAVIOUR_UNKNOWN with the cause
 */
export async function importBehaviour({
  module,
  name,
}: Pick<AnyBehaviour, 'module' | 'name'>): Promise<AnyBehaviour> {
  let exported: unknown;
  try {
    const namespace = (await import(module)) as Readonly<Record<string, unknown>>;
    exported = namespace[name];
  } catch (cause) {
    if (cause instanceof ActorsError) throw cause;
    throw new ActorsError(
      'ACTORS_BEHAVIOUR_UNKNOWN',
      `behaviour ${name}: its module ${module} cannot be imported: ${textOf(cause)}`,
      { cause },
    );
  }
  if (isBehaviour(exported) && exported.module === module && exported.name === name)
    return exported;
  throw new ActorsError(
    'ACTORS_BEHAVIOUR_UNKNOWN',
    `module ${module} exports no behaviour under the name ${name}`,
  );
}

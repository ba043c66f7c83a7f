/** Finds the definition that a training script exports. */
import { AppError } from '../errors.js';
import type { TrainingDefinition } from './definition.js';

/**
 * Imports the module and returns its one definition, whichever export holds it.
 * @throws AppError APP_DEFINITION_INVALID if the module cannot be imported, or exports no
 *   definition or several.
 */
export async function loadDefinition(module: string): Promise<TrainingDefinition> {
  const found = new Set(Object.values(await importModule(module)).filter(isDefinition));
  const [definition] = found;
  if (definition !== undefined && found.size === 1) return definition;
  throw new AppError(
    'APP_DEFINITION_INVALID',
    `${module} exports ${found.size} training definitions, it must export one: ` +
      'export const training = defineTraining({ … })',
  );
}

async function importModule(module: string): Promise<Record<string, unknown>> {
  try {
    return (await import(module)) as Record<string, unknown>;
  } catch (error) {
    // What the script itself refuses is said in its own words.
    if (error instanceof AppError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `cannot import the training script ${module}: ${reason}`;
    throw new AppError('APP_DEFINITION_INVALID', message, { cause: error });
  }
}

function isDefinition(value: unknown): value is TrainingDefinition {
  return typeof value === 'object' && value !== null && 'kind' in value &&
    value.kind === 'ganglion-training';
}

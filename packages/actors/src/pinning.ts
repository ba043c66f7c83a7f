/** Pinning from outside: how it is declared and found. Contract: contract/pinning.ts. */
import { ComponentKind } from './component.js';
import type { ActorPinning, CreatePinning } from './contract/pinning.js';

/** Pinnings, as components of a system. */
export const pinnings: ComponentKind<ActorPinning> =
  new ComponentKind<ActorPinning>('pinning', 'ACTORS_PINNING_INVALID');

/**
 * Declares what binds workers to CPUs. `module` is the `import.meta.url` of the module that exports
 * the result under `name`: every worker imports it, a successor too, and is bound before it runs.
 * @throws ActorsError ACTORS_PINNING_INVALID
 */
export function pinning(module: string, name: string, create: CreatePinning): ActorPinning {
  return pinnings.declare(module, name, create);
}

/** Tracers from outside: how they are declared and found. Contract: contract/tracing.ts. */
import { ComponentKind } from './component.js';
import type { ActorTracer, CreateTracer } from './contract/tracing.js';

/** Tracers, as components of a system. */
export const tracers: ComponentKind<ActorTracer> =
  new ComponentKind<ActorTracer>('tracer', 'ACTORS_TRACER_INVALID');

/**
 * Declares the tracers of a system. `module` is the `import.meta.url` of the module that exports
 * the result under `name`: every worker imports it and makes a tracer of its own.
 * @throws ActorsError ACTORS_TRACER_INVALID
 */
export function tracer(module: string, name: string, create: CreateTracer): ActorTracer {
  return tracers.declare(module, name, create);
}

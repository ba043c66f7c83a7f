/** The hash of a definition: equal for scripts that train to the same bits in one profile. */
import { createHash } from 'node:crypto';

import type { TrainingDefinition } from './definition.js';
import type { Network } from './network.js';

/**
 * SHA-256 in hexadecimal over everything that decides the result of a step. Epochs are left out: a
 * run may be resumed for more of them.
 */
export function hashDefinition(definition: TrainingDefinition, network: Network): string {
  const { loss, optimizer, data, batch, shards, seed } = definition;
  const { description, sampleShape, elements, labelShape, classes, count, heldOut } = data;
  const text = canonical({
    format: 1,
    layers: network.names,
    segments: network.segments,
    parameters: network.parameters,
    shared: network.shared,
    loss,
    optimizer,
    data: { description, sampleShape, elements, labelShape, classes, count, heldOut },
    batch,
    shards,
    seed,
  });
  return createHash('sha256').update(text).digest('hex');
}

/** JSON with sorted keys and without absent fields. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}

/** The committed generation of a store as named tensors, and back. */
import { createHash } from 'node:crypto';

import type { NetworkParameter } from '../definition/network.js';
import { AppError } from '../errors.js';
import type { Store } from '../store/store.js';
import type { NamedTensor } from './safetensors.js';

/** Weights under their own names, optimiser state under `optimizer.<state>.<name>`. */
export interface StateNames {
  readonly parameters: readonly NetworkParameter[];
  readonly states: readonly string[];
}

/** Copies of the committed parameters and optimiser state. */
export function readState(store: Store, names: StateNames): readonly NamedTensor[] {
  return slots(store, names).map(({ name, shape, bytes }) => ({
    name,
    dtype: 'F32',
    shape,
    bytes: bytes.slice(),
  }));
}

/** SHA-256 in hexadecimal of the tensors' bytes in order; of the parameters, the weights' hash. */
export function hashTensors(tensors: readonly NamedTensor[]): string {
  const hash = createHash('sha256');
  for (const { bytes } of tensors) hash.update(bytes);
  return hash.digest('hex');
}

/**
 * Fills the committed generation.
 * @throws AppError APP_CHECKPOINT_MISMATCH before anything is written, if a tensor is missing, of
 *   another shape, or unknown.
 */
export function writeState(
  store: Store,
  names: StateNames,
  tensors: readonly NamedTensor[],
  where: string,
): void {
  const expected = slots(store, names);
  const given = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const matched = expected.map(({ name, shape, bytes }) => {
    const tensor = given.get(name);
    if (tensor === undefined) throw mismatch(where, `it has no tensor ${name}`);
    if (tensor.dtype !== 'F32' || tensor.shape.join() !== shape.join()) {
      const found = `${tensor.dtype} (${tensor.shape.join(', ')})`;
      throw mismatch(where, `${name} is ${found}, the model needs F32 (${shape.join(', ')})`);
    }
    return { from: tensor.bytes, to: bytes };
  });
  if (given.size !== expected.length) {
    throw mismatch(where, `it has ${given.size} tensors, the run has ${expected.length}`);
  }
  for (const { from, to } of matched) to.set(from);
}

interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

function slots(store: Store, { parameters, states }: StateNames): readonly Slot[] {
  const generation = store.generationOf(store.committed);
  return [undefined, ...states].flatMap((state, at) => {
    const blocks = at === 0 ? generation.parameters : generation.states[at - 1];
    return parameters.map(({ name, shape }, index) => {
      const block = blocks?.[index];
      if (block === undefined) throw new RangeError(`the store has no block for ${name}`);
      const full = state === undefined ? name : `optimizer.${state}.${name}`;
      return { name: full, shape, bytes: store.bytes(block) };
    });
  });
}

function mismatch(where: string, what: string): AppError {
  const message = `the checkpoint ${where} is of another model: ${what}`;
  return new AppError('APP_CHECKPOINT_MISMATCH', message);
}

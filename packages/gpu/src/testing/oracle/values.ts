import { strict as assert } from 'node:assert';
import type { DType, Program, ValueId } from '../../contract.js';

/** What the oracle's loops share: elements of values, and their shapes. */

/** Elements of values by id, row-major, as numbers whatever their dtype is. */
export type OracleValues = Map<ValueId, Float64Array>;

export type Read = (id: ValueId) => Float64Array;

export function shapeOf(program: Program, id: ValueId): readonly number[] {
  const spec = program.values[id];
  assert.ok(spec !== undefined, `oracle: no value ${id}`);
  return spec.shape;
}

export function dtypeOf(program: Program, id: ValueId): DType {
  const spec = program.values[id];
  assert.ok(spec !== undefined, `oracle: no value ${id}`);
  return spec.dtype;
}

export function countOf(program: Program, id: ValueId): number {
  return shapeOf(program, id).reduce((product, size) => product * size, 1);
}

export function matrixOf(program: Program, id: ValueId): readonly [number, number] {
  const shape = shapeOf(program, id);
  const columns = shape.at(-1);
  assert.ok(shape.length >= 2 && columns !== undefined, `oracle: value ${id} has no rows`);
  return [shape.slice(0, -1).reduce((product, size) => product * size, 1), columns];
}

/** Element of an array that is known to be long enough. */
export function at(elements: Float64Array, index: number): number {
  const element = elements[index];
  if (element !== undefined) return element;
  return assert.fail(`oracle: index ${index} of ${elements.length}`);
}

/** The shard that row lies in; empty shards have no row. */
export function shardOf(edges: readonly number[], row: number): number {
  return edges.findIndex((edge, shard) => edge <= row && row < (edges[shard + 1] ?? -1));
}

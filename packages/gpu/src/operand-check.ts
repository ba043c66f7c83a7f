import type { DType, Shape } from './contract.js';
import { GpuError } from './errors.js';
import { checkShape, elementCount, formatShape } from './shape.js';
import type { View } from './view.js';

/** How operations refuse what a tape, or a program, gives them. */

export function mismatch(message: string): never {
  throw new GpuError('GPU_SHAPE_MISMATCH', message);
}

export function checkCount(what: string, { sizes }: View, shape: Shape): void {
  checkShape(shape, what);
  if (elementCount(sizes) === elementCount(shape)) return;
  mismatch(`${what}: a view of ${formatShape(sizes)} elements in ${formatShape(shape)}`);
}

export function checkDtype(what: string, found: DType, needed: DType): void {
  if (found === needed) return;
  throw new GpuError('GPU_DTYPE_MISMATCH', `${what} is ${found}, needed is ${needed}`);
}

export function checkCast(where: string, from: DType, to: DType): void {
  if ((from === 'f32') !== (to === 'f32')) return;
  const message = `${where}: ${from} to ${to}, one of the two is f32`;
  throw new GpuError('GPU_DTYPE_MISMATCH', message);
}

/** Of a `uniform`. */
export function checkStream(where: string, seed: number, stream: number): void {
  const refuse = (message: string): never => {
    throw new GpuError('GPU_PROGRAM_INVALID', `${where}: ${message}`);
  };
  if (!Number.isSafeInteger(seed) || seed < 0) refuse(`seed ${seed} is no integer from 0`);
  if (Number.isInteger(stream) && stream >= 0 && stream < 2 ** 32) return;
  refuse(`stream ${stream} is no integer from 0 to 2^32 - 1`);
}

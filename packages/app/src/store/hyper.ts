import { adamwHyper, sgdHyper } from '@ganglion/gpu';

import type { Optimizer } from '../definition/optimizers.js';

/** What the update programs read for step `step`, counted from 1. */
export function hyperOf(optimizer: Optimizer, step: number): Float32Array {
  return optimizer.kind === 'adamw'
    ? adamwHyper(optimizer.options, step)
    : sgdHyper(optimizer.options);
}

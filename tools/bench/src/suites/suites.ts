import type { Suite } from '../harness/bench-case.js';
import { actors } from './actors/actors.js';
import { dispatch } from './dispatch/dispatch.js';
import { gemm } from './gemm/gemm.js';
import { memory } from './memory/memory.js';
import { train } from './train/train.js';

/** Every suite of the command. */
export const suites: readonly Suite[] = [actors, dispatch, gemm, memory, train];

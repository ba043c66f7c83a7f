/** PyTorch as a contestant of the train suite: at its best settings, and as it is shipped. */
import { join } from 'node:path';
import type { Contestant, Running, Size, Skipped } from '../../harness/bench-case.js';
import { PEERS } from '../../harness/compiled.js';
import { startLineChild } from '../../harness/line-child.js';
import { firstLineOf, hasAvx512 } from '../../harness/machine.js';
import { trainContestant } from './train-contestant.js';

export const PYTORCH_PEERS = ['pytorch', 'pytorch-default'] as const;
/** Debian's PyTorch belongs to Debian's Python, which need not be the first in PATH. */
const PYTHONS = ['python3', '/usr/bin/python3'];
const INSTALL = 'apt-get install python3-torch libopenblas0';
const LIMIT_MS = 120_000;

/** OpenBLAS 0.3.21 does not recognise newer AVX-512 processors, and then runs AVX2 code. */
const AVX512 = { OPENBLAS_CORETYPE: 'SkylakeX', ATEN_CPU_CAPABILITY: 'avx512' };

/** What is trained, and how much of it. */
export interface Training {
  /** Name of the script: suites/train/NAME.ts and peers/pytorch/NAME.py. */
  readonly script: string;
  /** Workers here, threads there. */
  readonly threads: number;
  /** Steps of a sample. */
  readonly steps: number;
  readonly size: Size;
}

export function pytorch(name: (typeof PYTORCH_PEERS)[number], training: Training): Contestant {
  return trainContestant(name, training.threads, () => startPytorch(name, training));
}

async function startPytorch(
  name: (typeof PYTORCH_PEERS)[number],
  { script, threads, steps, size }: Training,
): Promise<Running | Skipped> {
  const python = PYTHONS.find((command) => firstLineOf(command, ['-c', 'import torch']) === '');
  if (python === undefined) return { skipped: INSTALL };
  const best = name === 'pytorch';
  return startLineChild({
    name,
    command: python,
    args: [
      join(PEERS, 'pytorch', `${script}.py`),
      String(steps), String(threads), best ? 'best' : 'default', size,
    ],
    env: {
      OPENBLAS_NUM_THREADS: String(threads),
      OMP_NUM_THREADS: String(threads),
      ...(best && hasAvx512() ? AVX512 : {}),
    },
    limitMs: LIMIT_MS,
  });
}

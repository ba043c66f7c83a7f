/** PyTorch as a contestant of the train suite: at its best settings, and as it is shipped. */
import { join } from 'node:path';
import type { Contestant, Running, Skipped } from '../../harness/bench-case.js';
import { PEERS } from '../../harness/compiled.js';
import { startLineChild } from '../../harness/line-child.js';
import { firstLineOf, hasAvx512 } from '../../harness/machine.js';
import { TRAIN_THREADS, trainContestant } from './train-contestant.js';

export const PYTORCH_PEERS = ['pytorch', 'pytorch-default'] as const;
/** Debian's PyTorch belongs to Debian's Python, which need not be the first in PATH. */
const PYTHONS = ['python3', '/usr/bin/python3'];
const INSTALL = 'apt-get install python3-torch libopenblas0';
const LIMIT_MS = 120_000;

const THREAD_COUNTS = {
  OPENBLAS_NUM_THREADS: String(TRAIN_THREADS),
  OMP_NUM_THREADS: String(TRAIN_THREADS),
};
/** OpenBLAS 0.3.21 does not recognise newer AVX-512 processors, and then runs AVX2 code. */
const AVX512 = { OPENBLAS_CORETYPE: 'SkylakeX', ATEN_CPU_CAPABILITY: 'avx512' };

export function pytorch(name: (typeof PYTORCH_PEERS)[number], steps: number): Contestant {
  return trainContestant(name, () => startPytorch(name, steps));
}

async function startPytorch(
  name: (typeof PYTORCH_PEERS)[number],
  steps: number,
): Promise<Running | Skipped> {
  const python = PYTHONS.find((command) => firstLineOf(command, ['-c', 'import torch']) === '');
  if (python === undefined) return { skipped: INSTALL };
  const best = name === 'pytorch';
  return startLineChild({
    name,
    command: python,
    args: [
      join(PEERS, 'pytorch', 'mlp.py'),
      String(steps), String(TRAIN_THREADS), best ? 'best' : 'default',
    ],
    env: { ...THREAD_COUNTS, ...(best && hasAvx512() ? AVX512 : {}) },
    limitMs: LIMIT_MS,
  });
}

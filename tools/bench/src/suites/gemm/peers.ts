/** oneDNN and OpenBLAS as contestants of the gemm suite. */
import { join } from 'node:path';
import type { Contestant, Running, Skipped } from '../../harness/bench-case.js';
import { compiled, PEERS } from '../../harness/compiled.js';
import { startFastest } from '../../harness/fastest.js';
import { startLineChild } from '../../harness/line-child.js';
import { hasAvx512 } from '../../harness/machine.js';
import { gemmArguments, gemmContestant } from './gemm-contestant.js';
import type { GemmWork } from './gemm-contestant.js';

const LIMIT_MS = 60_000;

type Environment = Readonly<Record<string, string>>;

function threadsOf({ threads }: GemmWork): Environment {
  return { OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) };
}

export function onednn(work: GemmWork): Contestant {
  return gemmContestant('onednn', work, async () => {
    const program = await compilePeer('onednn', '-ldnnl');
    if (program === undefined) return { skipped: 'apt-get install g++ libdnnl-dev' };
    return startProgram('onednn', program, work, threadsOf(work));
  });
}

/** OpenBLAS as shipped, or with the kernels of an AVX-512 processor that it does not recognise. */
export function openblas(work: GemmWork): Contestant {
  return gemmContestant('openblas', work, async () => {
    const program = await compilePeer('openblas', '-lopenblas');
    if (program === undefined) return { skipped: 'apt-get install g++ libopenblas-dev' };
    const shipped = () => startProgram('openblas', program, work, threadsOf(work));
    if (!hasAvx512()) return shipped();
    const forced = { ...threadsOf(work), OPENBLAS_CORETYPE: 'SkylakeX' };
    return startFastest([
      { setting: 'as shipped', start: shipped },
      {
        setting: 'OPENBLAS_CORETYPE=SkylakeX',
        start: () => startProgram('openblas', program, work, forced),
      },
    ]);
  });
}

async function compilePeer(name: string, library: string): Promise<string | undefined> {
  const folder = await compiled({
    folder: join(PEERS, name),
    sources: ['gemm.cc'],
    includes: [join(PEERS, 'gemm_peer.h')],
    compiler: 'g++',
    version: ['g++', '--version'],
    args: (sources, output) => [
      '-O2', '-std=c++17', '-march=native', '-o', join(output, 'gemm'), ...sources, library,
    ],
  });
  return folder === undefined ? undefined : join(folder, 'gemm');
}

function startProgram(
  name: string,
  command: string,
  work: GemmWork,
  env: Environment,
): Promise<Running | Skipped> {
  const args = gemmArguments(work);
  return startLineChild({ name, command, args, env, limitMs: LIMIT_MS });
}

/** The command without its process: options in, lines out, exit status back. */
import { BenchError } from './errors.js';
import type { Suite } from './harness/bench-case.js';
import { runCase } from './harness/run-case.js';
import { formatTable } from './harness/table.js';
import { formatHelp } from './help.js';
import { resolveBenchOptions } from './options.js';

/** Where lines go. */
export interface BenchOutput {
  out(text: string): void;
  err(text: string): void;
}

/** 0: all work was completed; 1: some was not; 2: the command was not understood. */
export async function bench(
  argv: readonly string[],
  suites: readonly Suite[],
  output: BenchOutput,
): Promise<number> {
  if (argv.includes('--help')) {
    output.out(`${formatHelp(suites)}\n`);
    return 0;
  }
  let status = 0;
  try {
    const options = resolveBenchOptions(argv, suites);
    for (const candidate of options.cases) {
      const peers = (options.peers ?? candidate.peers).filter((p) => candidate.peers.includes(p));
      const samples = options.samples ?? candidate.samples;
      const result = await runCase(candidate, { size: options.size, peers, samples });
      if (options.json) {
        for (const line of result.lines) output.out(`${JSON.stringify(line)}\n`);
      } else {
        output.out(formatTable(result.lines));
      }
      for (const failure of result.failures) output.err(`bench: ${failure}\n`);
      if (result.failures.length > 0) status = 1;
    }
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    output.err(`bench: ${error.message}\n`);
    return 2;
  }
  return status;
}

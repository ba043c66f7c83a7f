/** Trains a script with a person watching: what `ganglion train` and the quickstart do. */
import { nodeClock } from '@ganglion/runtime';

import { AppError } from '../errors.js';
import type { TrainOptions } from '../trainer/options.js';
import { train } from '../trainer/train.js';
import type { TrainResult } from '../trainer/train.js';
import { Terminal } from './terminal.js';
import type { TextOutput } from './terminal.js';

/** Status of a command: done, failed, wrongly used, interrupted by Ctrl-C. */
export const ExitStatus: {
  readonly done: 0;
  readonly failed: 1;
  readonly usage: 2;
  readonly interrupted: 130;
} = Object.freeze({ done: 0, failed: 1, usage: 2, interrupted: 130 });

/** The status of a command that ended with `error`. */
export function statusOf(error: unknown): number {
  const isUsage = error instanceof AppError &&
    (error.code === 'APP_USAGE' || error.code === 'APP_OPTION_INVALID');
  return isUsage ? ExitStatus.usage : ExitStatus.failed;
}

/** One sentence on one line for what ended a command. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '').join(' ');
}

/**
 * Trains with progress on `terminal` and ends it with the summary. The first Ctrl-C ends the run
 * after the steps in hand, with a checkpoint; the second at once.
 */
export async function trainOnTerminal(
  script: string | URL,
  options: TrainOptions,
  terminal: Terminal,
): Promise<TrainResult> {
  const interrupt = new AbortController();
  const onInterrupt = (): void => {
    if (interrupt.signal.aborted) process.exit(ExitStatus.interrupted);
    interrupt.abort();
  };
  process.on('SIGINT', onInterrupt);
  try {
    const { signal } = interrupt;
    const result = await train(script, { signal, observer: terminal, ...options });
    terminal.end();
    const { summary, heldOut, folder, step } = result;
    if (summary === undefined) {
      const text = `after step ${step}; continue with --resume (${folder})`;
      terminal.labelled('stopped', text, 'yellow');
      process.exitCode = ExitStatus.interrupted;
    } else {
      terminal.summary(summary, heldOut.count, folder);
    }
    return result;
  } finally {
    terminal.end();
    process.off('SIGINT', onInterrupt);
  }
}

/** Whoever read the output has left, as `head` does: the run goes on, its folder has it all. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/**
 * Runs a command and sets the process's status; what goes wrong is one sentence on `errors`.
 * @param command gets a terminal on `output`.
 */
export async function runCommand(
  name: string,
  command: (terminal: Terminal) => Promise<void>,
  output: TextOutput = process.stdout,
  errors: TextOutput = process.stderr,
): Promise<void> {
  if (output === process.stdout) process.stdout.on('error', ignoreClosedPipe);
  try {
    await command(new Terminal(output, nodeClock()));
  } catch (error) {
    errors.write(`${name}: ${sentenceOf(error)}\n`);
    process.exitCode = statusOf(error);
  }
}

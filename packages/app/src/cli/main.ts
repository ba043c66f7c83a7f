/** The `ganglion` command. */
import { resolve } from 'node:path';

import { AppError } from '../errors.js';
import { FLAGS_HELP, parseTrainArguments } from './arguments.js';
import type { Terminal } from './terminal.js';
import { trainOnTerminal } from './train-command.js';

/** What `ganglion --help` prints. */
export const HELP: string = `ganglion train <script.js> [options]

Trains the definition that the script exports, such as
  export const training = defineTraining({ model, loss, optimizer, data,
    batch, epochs });

${FLAGS_HELP}
`;

/** @throws AppError APP_USAGE for a line that is not understood. */
export async function main(args: readonly string[], terminal: Terminal): Promise<void> {
  const { help, positionals, flags } = parseTrainArguments(args);
  const [verb, script, ...rest] = positionals;
  if (help || (verb === undefined && args.length === 0)) {
    terminal.line(HELP.trimEnd());
    return;
  }
  if (verb !== 'train') {
    throw new AppError('APP_USAGE', `unknown command ${verb ?? 'none'}; known is train`);
  }
  if (script === undefined) {
    throw new AppError('APP_USAGE', 'train needs a training script: ganglion train <script.js>');
  }
  if (rest.length > 0) {
    throw new AppError('APP_USAGE', `train takes one training script, there is also ${rest[0]}`);
  }
  await trainOnTerminal(script.startsWith('file:') ? script : resolve(script), flags, terminal);
}

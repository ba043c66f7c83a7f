/**
 * The quickstart: trains on handwritten digits, kills a layer actor on the way, and shows what came
 * of it. `npm run quickstart -- --help` lists the options.
 */
import { AppError, stepsPerEpoch } from '@ganglion/app';
import {
  FLAGS_HELP, freeName, parseTrainArguments, runCommand, trainOnTerminal, treeText,
} from '@ganglion/app/cli';

import { digitsText } from './digits.js';
import { training } from './mnist.js';

/** When the layer actor is killed: after this share of the steps. */
const KILL_AT = 0.4;

await runCommand('quickstart', async (terminal) => {
  const { help, positionals, flags } = parseTrainArguments(process.argv.slice(2));
  if (positionals[0] !== undefined) {
    throw new AppError('APP_USAGE', `unexpected argument "${positionals[0]}"; see --help`);
  }
  if (help) {
    terminal.line(`npm run quickstart -- [options]\n\n${FLAGS_HELP}`);
    return;
  }
  const { runs = 'runs', resume = false, epochs = training.epochs } = flags;
  const name = flags.name ?? (resume ? 'quickstart' : await freeName({ runs, name: 'quickstart' }));
  const atStep = Math.floor(stepsPerEpoch(training) * epochs * KILL_AT);
  terminal.line('784-128-10 network, 8,000 handwritten digits, 2,000 held out');
  const { heldOut, tree, summary } = await trainOnTerminal(
    new URL('mnist.js', import.meta.url),
    { ...flags, name, kills: [{ child: 'Model/layers/linear-0', atStep }] },
    terminal,
  );
  if (summary === undefined) return;
  terminal.line();
  terminal.line(digitsText(heldOut));
  terminal.line();
  terminal.line(treeText(tree));
});

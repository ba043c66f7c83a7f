/**
 * The command line of a verb: `--help` prints the usage, anything not understood ends the process
 * with one sentence and status 2.
 */
import { parseArgs } from 'node:util';

export const MISUSED = 2;

/** Ends the process with one sentence on standard error. */
export function fail(message, status) {
  process.stderr.write(`${message}\n`);
  process.exit(status);
}

/**
 * What `argv` says, or the sentence about it: `{ values }`, `{ help: true }` or `{ fault }`.
 * `options` are those of parseArgs; none of them is called help.
 */
export function parseOptions(argv, options) {
  try {
    const known = { ...options, help: { type: 'boolean' } };
    const { values } = parseArgs({ args: argv, options: known });
    return values.help ? { help: true } : { values };
  } catch (error) {
    const names = [...Object.keys(options), 'help'].map((name) => `--${name}`);
    return { fault: `${firstSentence(error.message)}: known are ${names.join(', ')}` };
  }
}

/** parseArgs goes on about `--` and positional arguments, which no verb takes. */
const firstSentence = (message) => message.split(/[.\n]/)[0].replaceAll("'", '');

/** The options of this process. `check` gives a sentence about values that contradict, if any. */
export function readOptions(usage, options, check = () => undefined) {
  const { values, help, fault } = parseOptions(process.argv.slice(2), options);
  if (help) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  const sentence = fault ?? check(values);
  if (sentence !== undefined) fail(sentence, MISUSED);
  return values;
}

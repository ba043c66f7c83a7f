/** What is written on the command line, checked: one sentence for whatever is wrong with it. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { EPOCHS_MAX } from '../definition/definition.js';
import { AppError } from '../errors.js';
import { DEVICE_NAMES } from '../trainer/choose-device.js';
import type { DeviceName } from '../trainer/choose-device.js';
import { THREADS_MAX } from '../trainer/options.js';
import type { TrainOptions } from '../trainer/options.js';

/** Options of `train` that have a flag. */
export type TrainFlags = Pick<
  TrainOptions,
  'workers' | 'threads' | 'oversubscribe' | 'name' | 'runs' | 'resume' | 'epochs' | 'device' |
  'native'
>;

/** A line that was understood. */
export interface TrainArguments {
  readonly help: boolean;
  /** What is no option, in order. */
  readonly positionals: readonly string[];
  readonly flags: TrainFlags;
}

const WORKERS_MAX = 1_024;

/** Lines of help on the flags, aligned. */
export const FLAGS_HELP: string = `\
  --workers N       worker threads, 1 to ${WORKERS_MAX}; the result is the same
  --threads N       threads that each worker computes on, 1 to ${THREADS_MAX} (default: 1);
                    the result is the same
  --oversubscribe   allow more of them than there are CPUs
  --name NAME       name of the run's folder
  --runs FOLDER     folder of all runs (default: runs)
  --resume          continue the run of that name from its checkpoint
  --epochs N        epochs instead of the script's, 1 to ${EPOCHS_MAX}
  --device NAME     ${DEVICE_NAMES.join(' or ')} (default: auto)
  --native MODULE   module of the native kernels (default: @ganglion/native)
  --no-native       plain TypeScript kernels
  --help            this text`;

const OPTIONS = {
  workers: { type: 'string' },
  threads: { type: 'string' },
  oversubscribe: { type: 'boolean' },
  name: { type: 'string' },
  runs: { type: 'string' },
  resume: { type: 'boolean' },
  epochs: { type: 'string' },
  device: { type: 'string' },
  native: { type: 'string' },
  'no-native': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type FlagName = keyof typeof OPTIONS;

function usage(message: string): AppError {
  return new AppError('APP_USAGE', message);
}

/** @throws AppError APP_USAGE naming the option, its value and the limit. */
export function parseTrainArguments(args: readonly string[]): TrainArguments {
  const { tokens } = parseArgs({
    args: [...args], options: OPTIONS, strict: false, allowPositionals: true, tokens: true,
  });
  const texts = new Map<FlagName, string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind === 'option') takeOption(texts, token.name, token.rawName, token.value);
  }
  if (texts.has('native') && texts.has('no-native')) {
    throw usage('--native and --no-native were both given');
  }
  return {
    help: texts.has('help'),
    positionals,
    flags: {
      workers: integer(texts, 'workers', WORKERS_MAX),
      threads: integer(texts, 'threads', THREADS_MAX),
      oversubscribe: texts.has('oversubscribe') ? true : undefined,
      name: texts.get('name'),
      runs: texts.get('runs'),
      resume: texts.has('resume') ? true : undefined,
      epochs: integer(texts, 'epochs', EPOCHS_MAX),
      device: device(texts),
      native: texts.has('no-native') ? false : nativeModule(texts.get('native')),
    },
  };
}

function takeOption(
  texts: Map<FlagName, string>,
  name: string,
  rawName: string,
  value: string | undefined,
): void {
  if (!Object.hasOwn(OPTIONS, name)) {
    const known = Object.keys(OPTIONS).map((option) => `--${option}`).join(', ');
    throw usage(`unknown option ${rawName}; known are ${known}`);
  }
  const flag = name as FlagName; // it is a key of OPTIONS
  if (texts.has(flag)) throw usage(`--${flag} was given twice`);
  const isText = OPTIONS[flag].type === 'string';
  if (isText && (value === undefined || value === '')) throw usage(`--${flag} needs a value`);
  if (!isText && value !== undefined) {
    throw usage(`--${flag} takes no value, it was given ${value}`);
  }
  texts.set(flag, value ?? '');
}

/** A path is one from the folder that the command runs in; else it is a package's name. */
function nativeModule(text: string | undefined): string | undefined {
  if (text === undefined || !/^(\.{0,2}\/)/.test(text)) return text;
  return pathToFileURL(resolve(text)).href;
}

function integer(
  texts: ReadonlyMap<FlagName, string>,
  name: FlagName,
  max: number,
): number | undefined {
  const text = texts.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= 1 && value <= max) return value;
  throw usage(`--${name} is "${text}", it must be an integer from 1 to ${max}`);
}

function device(texts: ReadonlyMap<FlagName, string>): DeviceName | undefined {
  const text = texts.get('device');
  if (text === undefined) return undefined;
  const found = DEVICE_NAMES.find((name) => name === text);
  if (found !== undefined) return found;
  throw usage(`--device is "${text}", it must be one of ${DEVICE_NAMES.join(', ')}`);
}

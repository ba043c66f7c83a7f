/** The command's options: everything a person may write, checked against the suites that exist. */
import { parseArgs } from 'node:util';
import { BenchError } from './errors.js';
import type { BenchCase, Size, Suite } from './harness/bench-case.js';

/** What to run. */
export interface BenchOptions {
  readonly cases: readonly BenchCase[];
  readonly size: Size;
  /** Names asked for, or undefined for every peer of each case. */
  readonly peers: readonly string[] | undefined;
  /** Samples of each contestant, or undefined for the case's own number. */
  readonly samples: number | undefined;
  readonly json: boolean;
}

/** Upper end of `--samples`. */
export const SAMPLES_MAX = 1_000;

export const USAGE: string =
  'npm run --silent bench -- <suite> [--case NAME] [--peer NAME,...|none] ' +
  '[--size small|full] [--samples N] [--json]';

/** @throws BenchError BENCH_USAGE or BENCH_NOT_SUPPORTED, in one sentence. */
export function resolveBenchOptions(
  argv: readonly string[],
  suites: readonly Suite[],
): BenchOptions {
  const { values, positionals } = parse(argv);
  const suite = pickSuite(positionals, suites);
  const cases = pickCases(values.case, suite);
  return {
    cases,
    size: pickSize(values.size),
    peers: pickPeers(values.peer, cases),
    samples: pickSamples(values.samples),
    json: values.json === true,
  };
}

interface Values {
  readonly case?: string;
  readonly peer?: string;
  readonly size?: string;
  readonly samples?: string;
  readonly json?: boolean;
}

const TEXT_OPTIONS = ['case', 'peer', 'size', 'samples'] as const;

function parse(argv: readonly string[]): { values: Values; positionals: readonly string[] } {
  const { tokens } = parseArgs({
    args: [...argv],
    options: {
      case: { type: 'string' },
      peer: { type: 'string' },
      size: { type: 'string' },
      samples: { type: 'string' },
      json: { type: 'boolean' },
    },
    strict: false,
    tokens: true,
  });
  const values: { -readonly [K in keyof Values]: Values[K] } = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const name = TEXT_OPTIONS.find((option) => option === token.name);
    if (token.rawName === '--json' && token.value === undefined) {
      values.json = true;
    } else if (name === undefined || !token.rawName.startsWith('--')) {
      throw usage(`unknown option ${token.rawName}: expected ${USAGE}`);
    } else if (token.value === undefined) {
      throw usage(`option ${token.rawName} needs a value: expected ${USAGE}`);
    } else if (values[name] !== undefined) {
      throw usage(`option ${token.rawName} was given twice`);
    } else {
      values[name] = token.value;
    }
  }
  return { values, positionals };
}

function pickSuite(positionals: readonly string[], suites: readonly Suite[]): Suite {
  const known = suites.map((suite) => suite.name).join(', ');
  const [name, extra] = positionals;
  if (name === undefined) throw usage(`no suite was named: expected one of ${known}`);
  if (extra !== undefined) throw usage(`one suite at a time: '${extra}' follows '${name}'`);
  const suite = suites.find((candidate) => candidate.name === name);
  if (suite === undefined) throw usage(`unknown suite '${name}': expected one of ${known}`);
  return suite;
}

function pickCases(name: string | undefined, suite: Suite): readonly BenchCase[] {
  if (name === undefined) return suite.cases;
  const reason = suite.notSupported[name];
  if (reason !== undefined) {
    throw new BenchError('BENCH_NOT_SUPPORTED', `${suite.name}/${name} cannot run yet: ${reason}`);
  }
  const found = suite.cases.filter((candidate) => candidate.name === name);
  if (found.length > 0) return found;
  const known = suite.cases.map((candidate) => candidate.name).join(', ');
  throw usage(`unknown case '${name}' of suite ${suite.name}: expected one of ${known}`);
}

function pickSize(size: string | undefined): Size {
  if (size === undefined || size === 'full') return 'full';
  if (size === 'small') return size;
  throw usage(`unknown size '${size}': expected small or full`);
}

function pickPeers(
  text: string | undefined,
  cases: readonly BenchCase[],
): readonly string[] | undefined {
  if (text === undefined) return undefined;
  if (text === 'none') return [];
  const known = new Set(cases.flatMap((candidate) => candidate.peers));
  const names = [...new Set(text.split(','))];
  for (const name of names) {
    if (!known.has(name)) {
      const expected = known.size === 0 ? 'none' : `${[...known].join(', ')} or none`;
      throw usage(`unknown peer '${name}': expected ${expected}`);
    }
  }
  return names;
}

function pickSamples(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const samples = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (samples >= 1 && samples <= SAMPLES_MAX) return samples;
  throw usage(`--samples is '${text}': expected a whole number from 1 to ${SAMPLES_MAX}`);
}

function usage(message: string): BenchError {
  return new BenchError('BENCH_USAGE', message);
}

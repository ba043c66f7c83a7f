import { expect, test } from 'vitest';
import { BenchError } from './errors.js';
import type { BenchCase, Suite } from './harness/bench-case.js';
import { resolveBenchOptions } from './options.js';

function benchCase(name: string, peers: readonly string[]): BenchCase {
  return {
    suite: 'letters', name, samples: 5, peers,
    plan: () => ({ intended: 1, work: 'letters', contestants: [] }),
  };
}

const alpha = benchCase('alpha', ['greek', 'latin']);
const beta = benchCase('beta', ['greek']);
const suites: readonly Suite[] = [
  { name: 'letters', cases: [alpha, beta], notSupported: { gamma: 'it has no ink' } },
  { name: 'digits', cases: [], notSupported: {} },
];

test('a suite alone is every case at full size, every peer, the samples of the case', () => {
  expect(resolveBenchOptions(['letters'], suites)).toEqual({
    cases: [alpha, beta], size: 'full', peers: undefined, samples: undefined, json: false,
  });
});

test('every option is taken, before or after the suite', () => {
  const argv = ['--json', '--case', 'alpha', 'letters', '--peer=latin,greek', '--size', 'small',
    '--samples', '3'];
  expect(resolveBenchOptions(argv, suites)).toEqual({
    cases: [alpha], size: 'small', peers: ['latin', 'greek'], samples: 3, json: true,
  });
});

test('no peer at all', () => {
  expect(resolveBenchOptions(['letters', '--peer', 'none'], suites).peers).toEqual([]);
});

test.each([
  [[], 'no suite was named: expected one of letters, digits'],
  [['words'], 'unknown suite \'words\': expected one of letters, digits'],
  [['letters', 'digits'], 'one suite at a time: \'digits\' follows \'letters\''],
  [['letters', '--case', 'delta'],
    'unknown case \'delta\' of suite letters: expected one of alpha, beta'],
  [['letters', '--peer', 'runes'], 'unknown peer \'runes\': expected greek, latin or none'],
  [['letters', '--case', 'beta', '--peer', 'latin'],
    'unknown peer \'latin\': expected greek or none'],
  [['letters', '--size', 'huge'], 'unknown size \'huge\': expected small or full'],
  [['letters', '--samples', '0'],
    '--samples is \'0\': expected a whole number from 1 to 1000'],
  [['letters', '--samples', '1001'],
    '--samples is \'1001\': expected a whole number from 1 to 1000'],
  [['letters', '--samples', '2.5'],
    '--samples is \'2.5\': expected a whole number from 1 to 1000'],
  [['letters', '--case', 'alpha', '--case', 'beta'], 'option --case was given twice'],
])('BENCH_USAGE: %j', (argv, message) => {
  const error = errorOf(argv);
  expect([error.code, error.message]).toEqual(['BENCH_USAGE', message]);
});

test.each([
  [['letters', '--speed', '3'], 'unknown option --speed: '],
  [['letters', '-s', '3'], 'unknown option -s: '],
  [['letters', '--json=yes'], 'unknown option --json: '],
  [['letters', '--case'], 'option --case needs a value: '],
])('BENCH_USAGE with the usage: %j', (argv, message) => {
  const error = errorOf(argv);
  expect(error.code).toBe('BENCH_USAGE');
  expect(error.message.startsWith(message)).toBe(true);
});

test('BENCH_NOT_SUPPORTED: a case of the interface that cannot run yet says why', () => {
  const error = errorOf(['letters', '--case', 'gamma']);
  expect([error.code, error.message])
    .toEqual(['BENCH_NOT_SUPPORTED', 'letters/gamma cannot run yet: it has no ink']);
});

function errorOf(argv: readonly string[]): BenchError {
  try {
    resolveBenchOptions(argv, suites);
  } catch (error) {
    if (error instanceof BenchError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

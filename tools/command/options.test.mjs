import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { inRoot } from '../bootstrap/paths.mjs';
import { parseOptions } from './options.mjs';

const options = { suite: { type: 'string' }, check: { type: 'boolean' } };

test('gives what was said', () => {
  const { values } = parseOptions(['--suite', 'unit', '--check'], options);
  expect({ ...values }).toEqual({ suite: 'unit', check: true });
  expect(parseOptions(['--check', '--help'], options)).toEqual({ help: true });
});

test.each([
  [['--bogus'], 'Unknown option --bogus: known are --suite, --check, --help'],
  [['bogus'], 'Unexpected argument bogus: known are --suite, --check, --help'],
  [['--suite'], 'Option --suite <value> argument missing: known are --suite, --check, --help'],
  [['--check=1'], 'Option --check does not take an argument: known are --suite, --check, --help'],
])('%j is one sentence', (argv, fault) => {
  expect(parseOptions(argv, options)).toEqual({ fault });
});

const VERBS = ['doctor', 'test', 'verify'];

test.each(VERBS)('%s refuses what it does not know, and has a help text', (verb) => {
  const run = (option) =>
    spawnSync(process.execPath, [inRoot('tools', `${verb}.mjs`), option], { encoding: 'utf8' });
  const refused = run('--bogus');
  expect([refused.status, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toMatch(/^Unknown option --bogus: known are .*--help\n$/);
  const help = run('--help');
  expect([help.status, help.stderr]).toEqual([0, '']);
  expect(help.stdout).toMatch(/^npm (test|run [a-z]+) /);
});

/** The README's example is run, not only compiled. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { inRoot } from '../bootstrap/paths.mjs';

/** The watchdog says on a busy machine that a turn was long; that is no fault. */
const LONG_TURN = /^ganglion: (?:no actor|\S+) on worker \d+ has been in one turn for \d+ ms\n/gm;

test('examples/counter prints what the README says', () => {
  const main = inRoot('examples', 'counter', 'dist', 'main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8' });
  const said = stderr.replace(LONG_TURN, '');
  expect({ status, stdout, said }).toEqual({ status: 0, stdout: '2\n', said: '' });
});

/** The README's example is run, not only compiled. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { inRoot } from '../bootstrap/paths.mjs';

test('examples/counter prints what the README says', () => {
  const main = inRoot('examples', 'counter', 'dist', 'main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '2\n', stderr: '' });
});

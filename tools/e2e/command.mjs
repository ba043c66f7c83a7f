/** The `ganglion` command as a process, in a folder of its own. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from '../bootstrap/paths.mjs';
import { startProcess } from './started.mjs';

const COMMAND = inRoot('packages', 'app', 'dist', 'cli', 'bin.js');

/** A built training script of the app's fixtures. */
export const script = (name) => inRoot('packages', 'app', 'dist', 'fixtures', `${name}.js`);

/** Every file below a folder with its hash, for "nothing has changed". */
export function contentsOf(folder) {
  if (!existsSync(folder)) return {};
  const names = readdirSync(folder, { recursive: true }).toSorted();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(
    files.map((name) => {
      const hash = createHash('sha256').update(readFileSync(join(folder, name)));
      return [name, hash.digest('hex')];
    }),
  );
}

/** An empty folder in which the command runs. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'ganglion-command-'));

  const start = (...args) => startProcess([process.execPath, COMMAND, ...args], { cwd: folder });

  return {
    folder,
    path: (...parts) => join(folder, ...parts),
    start,
    run: (...args) => start(...args).ended,
    contents: () => contentsOf(folder),
    summary: (name) => JSON.parse(readFileSync(join(folder, 'runs', name, 'summary.json'), 'utf8')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

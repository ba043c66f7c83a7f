/** Runs the check of packed packages over every published package of the workspace. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceFolders } from '../bootstrap/build.mjs';
import { root } from '../bootstrap/paths.mjs';
import { checkPacked } from './packed.mjs';

const isPublished = (folder) =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).private !== true;

// Outside of the checkout, whose own node_modules would be found from below it.
const scratch = mkdtempSync(join(tmpdir(), 'ganglion-packed-'));
const results = checkPacked(root, workspaceFolders(root).filter(isPublished), scratch);
for (const { name, entries, fault } of results) {
  process.stdout.write(`${name}: ${fault ?? `${entries} entry points import alone`}\n`);
}
process.exitCode = results.every(({ fault }) => fault === undefined) ? 0 : 1;

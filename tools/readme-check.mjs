/**
 * Documents: marked examples equal their files, other TypeScript blocks compile against the built
 * packages, links lead somewhere. `--write` puts the files into the documents.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { inRoot, root } from './bootstrap/paths.mjs';
import { readOptions } from './command/options.mjs';
import { compileBlocks } from './readme/compile.mjs';
import { brokenLinks } from './readme/links.mjs';
import { looseBlocks, splice } from './readme/splice.mjs';
import { readTree } from './tidy/tree.mjs';

function read(path) {
  const file = inRoot(path);
  if (!existsSync(file)) return undefined;
  return statSync(file).isDirectory() ? '' : readFileSync(file, 'utf8');
}

const USAGE = 'node tools/readme-check.mjs [--write]   compares or splices examples in documents';
const values = readOptions(USAGE, { write: { type: 'boolean' } });
const documents = readTree(root).files.filter(({ path }) => path.endsWith('.md'));
const faults = [];
const blocks = [];
for (const { path, text } of documents) {
  let whole = text;
  try {
    whole = splice(text, read);
  } catch (error) {
    faults.push(`${path}: ${error.message}`);
  }
  if (whole !== text && values.write) writeFileSync(inRoot(path), whole);
  else if (whole !== text) {
    faults.push(`${path}: an example differs from its file: node tools/readme-check.mjs --write`);
  }
  faults.push(...brokenLinks(path, text, read));
  if (path.endsWith('README.md')) {
    blocks.push(...looseBlocks(whole).map((block) => ({ path, ...block })));
  }
}
faults.push(...compileBlocks(blocks, inRoot('.bootstrap', 'readme')));
for (const fault of faults) process.stdout.write(`${fault}\n`);
const counts = `${documents.length} documents, ${blocks.length} examples compiled`;
process.stdout.write(`${counts}, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

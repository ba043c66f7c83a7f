/**
 * Writes the `Proven by:` lines of docs/rules from the tests that cite each rule. `--check` writes
 * nothing and fails when a line is out of date. `Comes with:` lines are written by people.
 */
import { writeFileSync } from 'node:fs';
import { inRoot, root } from './bootstrap/paths.mjs';
import { readOptions } from './command/options.mjs';
import { citations, withProofs } from './rules/proofs.mjs';
import { readTree } from './tidy/tree.mjs';

const USAGE = 'node tools/gen-rules.mjs [--check]   writes or compares the proofs in docs/rules';
const values = readOptions(USAGE, { check: { type: 'boolean' } });
const tree = readTree(root);
const cited = citations(tree.files);
const stale = tree.files
  .filter(({ path }) => /^docs\/rules\/[a-z]+\.md$/.test(path))
  .map(({ path, text }) => ({ path, text, whole: withProofs(text, cited) }))
  .filter(({ text, whole }) => text !== whole);
for (const { path, whole } of stale) {
  if (values.check) process.stdout.write(`${path} is out of date: run node tools/gen-rules.mjs\n`);
  else writeFileSync(inRoot(path), whole);
}
process.exitCode = values.check && stale.length > 0 ? 1 : 0;

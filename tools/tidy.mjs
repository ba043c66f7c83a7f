/**
 * `node tools/tidy.mjs`: checks docs/STYLE.md where a program can. Prints `file:line rule: remedy`
 * and fails on any finding that tools/tidy/ratchet.json does not record. `--shrink` lowers the
 * ratchet to what is found; nothing raises it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot, root } from './bootstrap/paths.mjs';
import { readOptions } from './command/options.mjs';
import { applyRatchet, shrinkRatchet } from './tidy/ratchet.mjs';
import { rules } from './tidy/rules.mjs';
import { readTree } from './tidy/tree.mjs';

const ratchetFile = inRoot('tools', 'tidy', 'ratchet.json');

const USAGE = 'node tools/tidy.mjs [--shrink]   checks docs/STYLE.md where a program can';
const values = readOptions(USAGE, { shrink: { type: 'boolean' } });
const tree = readTree(root);
const findings = rules.flatMap(({ name, check }) =>
  [...check(tree)].map((finding) => ({ rule: name, ...finding })),
);
let ratchet = JSON.parse(readFileSync(ratchetFile, 'utf8'));
if (values.shrink) {
  ratchet = shrinkRatchet(findings, ratchet);
  writeFileSync(ratchetFile, `${JSON.stringify(ratchet, null, 2)}\n`);
}
const left = applyRatchet(findings, ratchet);
for (const { path, line, rule, message } of left) {
  process.stdout.write(`${path}:${line} ${rule}: ${message}\n`);
}
const summary = left.length === 0 ? 'tidy' : `${left.length} findings`;
process.stdout.write(`${summary} in ${tree.files.length} files, ${rules.length} rules\n`);
process.exitCode = left.length === 0 ? 0 : 1;

/**
 * Writes native/generated/layouts.h from the layout tables of the built packages. `--check` writes
 * nothing and fails when the header on disk differs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inRoot } from './bootstrap/paths.mjs';
import { readOptions } from './command/options.mjs';
import { emitHeader, structsOf } from './layouts/emit.mjs';

/** Every file that holds layouts of shared memory, as source and as built. */
const TABLES = [
  ['packages/actors/src/layouts.ts', 'packages/actors/dist/layouts.js'],
  ['packages/app/src/store/layout.ts', 'packages/app/dist/store/layout.js'],
];

const target = inRoot('native', 'generated', 'layouts.h');
const USAGE = 'node tools/gen-layouts.mjs [--check]   writes or compares the header';
const values = readOptions(USAGE, { check: { type: 'boolean' } });

const tables = [];
for (const [source, built] of TABLES) {
  if (!existsSync(inRoot(built))) {
    process.stderr.write(`${built} is missing: run npm run build first\n`);
    process.exit(1);
  }
  const module = await import(pathToFileURL(inRoot(built)).href);
  tables.push({ source, structs: structsOf(module) });
}
const header = emitHeader(tables);
const current = existsSync(target) ? readFileSync(target, 'utf8') : '';
if (!values.check) {
  mkdirSync(inRoot('native', 'generated'), { recursive: true });
  if (header !== current) writeFileSync(target, header);
} else if (header !== current) {
  process.stdout.write('native/generated/layouts.h is stale: run node tools/gen-layouts.mjs\n');
  process.exitCode = 1;
}

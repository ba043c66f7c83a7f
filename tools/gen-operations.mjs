/**
 * Writes docs/OPERATIONS.md: every operation and every function of elements with its largest error
 * against the f64 oracle, on the cpu backend with and without native kernels. `--check` writes
 * nothing and fails when the document on disk differs. Both need the packages and the addon built.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inRoot } from './bootstrap/paths.mjs';
import { readOptions } from './command/options.mjs';

const USAGE = 'node tools/gen-operations.mjs [--check]   writes or compares docs/OPERATIONS.md';
const values = readOptions(USAGE, { check: { type: 'boolean' } });
const target = inRoot('docs', 'OPERATIONS.md');
const ARENA_BYTES = 2 ** 26;

async function built(...path) {
  return import(pathToFileURL(inRoot(...path)).href);
}

const { cpu } = await built('packages', 'gpu', 'dist', 'index.js');
const kit = await built('packages', 'gpu', 'dist', 'testing', 'index.js');
const { createAllocator, createHostArena } = await built('packages', 'memory', 'dist', 'index.js');
const { native } = await built('native', 'dist', 'index.js');

const arena = createHostArena({ id: 0, sizeBytes: ARENA_BYTES });

/** Errors of one backend by name: largest, and how many numbers were compared. */
function measure(kernels) {
  const backend = cpu({ kernels })({ arenas: [arena], allocator: createAllocator({ arena }) });
  const profile = backend.capabilities.numericProfile;
  const errors = {
    profile,
    operations: kit.operationErrors(backend),
    functions: kit.functionErrors(backend),
  };
  backend.close();
  return errors;
}

const plain = measure(undefined);
const fused = measure(native().kernels);

function table(head, kind) {
  const rows = plain[kind].map(({ name, numbers, largest }, index) => {
    const other = fused[kind][index];
    const errors = [largest, other.largest].map((error) => error.toFixed(2));
    return `| \`${name}\` | ${[numbers, ...errors].join(' | ')} |`;
  });
  const titles = [head, 'numbers', plain.profile, fused.profile];
  return [`| ${titles.join(' | ')} |`, '|---|---:|---:|---:|', ...rows].join('\n');
}

const document = `# Operations and their errors

Written by \`node tools/gen-operations.mjs\`; \`npm run verify\` compares it. What each operation
means is said in \`packages/gpu/src/contract/program.ts\`.

An error is the largest distance from the f64 oracle of \`@ganglion/gpu/testing\`, in units in the
last place of an f32. The profiles are those of the cpu backend: \`${plain.profile}\` is plain
TypeScript, \`${fused.profile}\` every native level, which all give the same bits.

## Operations

Over the cases of the conformance kit, with numbers in [−1, 1). A unit is that of the larger of 1
and the oracle's number, so that sums near 0 count as what they were made of. A product of k terms
is a chain of k rounded steps: what it is off by grows with k, here up to 784.

${table('operation', 'operations')}

## Functions of elements

Over 40,000 points: \`exp\` from −87 to 88, \`log\` from 10⁻⁶ to 10³, \`tanh\` from −10 to 10,
\`erf\` from −5 to 5, the others from 0.01 to 100. A unit is that of the oracle's number.

${table('function', 'functions')}
`;

const current = existsSync(target) ? readFileSync(target, 'utf8') : '';
if (!values.check) {
  if (document !== current) writeFileSync(target, document);
} else if (document !== current) {
  process.stdout.write('docs/OPERATIONS.md is stale: run node tools/gen-operations.mjs\n');
  process.exitCode = 1;
}

/**
 * Compiles one package's src/**\/*.ts to dist/**\/*.js with swc (types come from `tsc -b`). Tests
 * and benchmarks stay uncompiled. Run from the package's folder: `node ../../tools/compile.mjs`.
 */
import { transformFile } from '@swc/core';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

const OPTIONS = {
  swcrc: false,
  sourceMaps: true,
  jsc: { target: 'es2022', parser: { syntax: 'typescript' }, keepClassNames: true,
    transform: { useDefineForClassFields: false } },
  module: { type: 'nodenext' },
};
const EXCLUDED = /\.(test|bench|test-d)\.ts$|\.d\.ts$/;

const sources = (await readdir('src', { recursive: true }))
  .filter((name) => name.endsWith('.ts') && !EXCLUDED.test(name));
const expected = new Set(sources.map((name) => name.replace(/\.ts$/, '.js')));

await mkdir('dist', { recursive: true });
for (const name of await readdir('dist', { recursive: true })) {
  if (name.endsWith('.js') && !expected.has(name)) await rm(join('dist', name));
}
await Promise.all(sources.map(async (name) => {
  const source = join('src', name);
  const target = join('dist', name.replace(/\.ts$/, '.js'));
  const age = await stat(target).then((s) => s.mtimeMs, () => -1);
  if (age > (await stat(source)).mtimeMs) return;
  const sourceFileName = relative(dirname(target), source);
  const { code, map } = await transformFile(source, { ...OPTIONS, sourceFileName });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(`${target}.map`, map);
  await writeFile(target, `${code}\n//# sourceMappingURL=${target.split('/').pop()}.map\n`);
}));

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../bootstrap/paths.mjs';
import { checkPacked, entryPoints } from '../verify/packed.mjs';

describe('packed packages', () => {
  let folder;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ganglion-packed-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (name, content) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(join(folder, name), text);
  };

  test('KERNELS-D2: runtime and distribution work installed without the addon', () => {
    const results = checkPacked(
      root,
      ['packages/runtime', 'packages/distribution'],
      join(folder, 'scratch'),
    );
    expect(results).toEqual([
      { name: '@ganglion/runtime', entries: expect.any(Number) },
      { name: '@ganglion/distribution', entries: expect.any(Number) },
    ]);
  });

  test('a dependency that is not declared and an entry point that is not shipped are named', () => {
    const exports = { '.': './dist/index.js', './more': './dist/more.js' };
    const shared = { version: '1.0.0', type: 'module', files: ['dist'], exports };
    put('sneaky/package.json', { name: 'sneaky', ...shared });
    put('sneaky/dist/index.js', "export { value } from 'other';\n");
    put('sneaky/dist/more.js', 'export const more = 1;\n');
    put('partial/package.json', { name: 'partial', ...shared, files: ['dist/index.js'] });
    put('partial/dist/index.js', 'export const one = 1;\n');
    put('partial/dist/more.js', 'export const more = 1;\n');
    put('node_modules/other/package.json', { name: 'other', version: '1.0.0', type: 'module' });
    put('node_modules/other/index.js', 'export const value = 1;\n');
    const scratch = mkdtempSync(join(tmpdir(), 'ganglion-packed-'));
    const faults = checkPacked(folder, ['sneaky', 'partial'], scratch);
    const said = faults.map(({ name, fault }) => `${name}: ${fault.split(' imported')[0]}`);
    expect(said).toEqual([
      "sneaky: Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'other'",
      expect.stringMatching(/^partial: .*Cannot find module .*partial\/dist\/more\.js'$/),
    ]);
  });

  test('entry points are those with code', () => {
    const exports = { '.': {}, './contract': {}, './package.json': './package.json' };
    expect(entryPoints({ name: '@ganglion/a', exports })).toEqual([
      '@ganglion/a',
      '@ganglion/a/contract',
    ]);
  });
});

import { mkdirSync, mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addonStep } from './addon.mjs';
import { buildStep, workspaceFolders } from './build.mjs';
import { fingerprintOf } from './fingerprint.mjs';
import { isInstalled } from './install.mjs';
import { npmCommand } from './paths.mjs';

let root;
const put = (name, content) => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(join(root, name), text);
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ganglion-steps-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('fingerprint', () => {
  test('changes with a name, a size and a time, and not with generated folders', () => {
    put('src/a.ts', 'one');
    const first = fingerprintOf(root, ['src']);
    put('src/dist/a.js', 'generated');
    expect(fingerprintOf(root, ['src'])).toBe(first);
    utimesSync(join(root, 'src/a.ts'), 1, 1);
    const touched = fingerprintOf(root, ['src']);
    expect(touched).not.toBe(first);
    put('src/b.ts', '');
    expect(fingerprintOf(root, ['src'])).not.toBe(touched);
  });

  test('without times it sees sizes only', () => {
    put('dist/a.js', 'one');
    const first = fingerprintOf(root, ['dist'], { times: false });
    utimesSync(join(root, 'dist/a.js'), 1, 1);
    expect(fingerprintOf(root, ['dist'], { times: false })).toBe(first);
    put('dist/a.js', 'longer');
    expect(fingerprintOf(root, ['dist'], { times: false })).not.toBe(first);
  });
});

const install = (packages) => put('node_modules/.package-lock.json', { packages });

describe('install', () => {
  const wanted = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0', integrity: 'x' },
      'node_modules/other-platform': { version: '1.0.0', optional: true },
    },
  };

  test('a fresh clone is not installed', () => {
    put('package-lock.json', wanted);
    expect(isInstalled(root)).toBe(false);
  });

  test('every package that is not optional must be there with the same version', () => {
    put('package-lock.json', wanted);
    install({ 'node_modules/a': { version: '1.0.0', integrity: 'x' } });
    expect(isInstalled(root)).toBe(true);
    install({ 'node_modules/a': { version: '0.9.0', integrity: 'x' } });
    expect(isInstalled(root)).toBe(false);
    install({ 'node_modules/b': { version: '1.0.0', integrity: 'x' } });
    expect(isInstalled(root)).toBe(false);
  });

  test('an interrupted install, which has no whole record, is done again', () => {
    put('package-lock.json', wanted);
    put('node_modules/.package-lock.json', '{"packages": {"node_mod');
    expect(isInstalled(root)).toBe(false);
  });
});

describe('build', () => {
  beforeEach(() => {
    put('package.json', { workspaces: ['packages/*', 'native'] });
    put('packages/a/src/index.ts', 'export {};');
    put('packages/a/dist/index.js', 'export {};');
    put('native/src/index.ts', 'export {};');
  });

  test('takes the workspace folders from the globs', () => {
    expect(workspaceFolders(root)).toEqual(['packages/a', 'native']);
  });

  test('is up to date after a build, and not after a source or an output changed', () => {
    expect(buildStep.isCurrent(root)).toBe(false);
    buildStep.before(root);
    buildStep.after(root);
    expect(buildStep.isCurrent(root)).toBe(true);
    put('packages/a/dist/index.d.ts.map', 'maps do not count');
    expect(buildStep.isCurrent(root)).toBe(true);
    unlinkSync(join(root, 'packages/a/dist/index.js'));
    expect(buildStep.isCurrent(root)).toBe(false);
    put('packages/a/dist/index.js', 'export {};');
    put('packages/a/src/index.ts', 'export const one = 1;');
    expect(buildStep.isCurrent(root)).toBe(false);
  });

  test('a source that changes during the build makes the build out of date', () => {
    buildStep.before(root);
    put('packages/a/src/index.ts', 'export const changed = 1;');
    buildStep.after(root);
    expect(buildStep.isCurrent(root)).toBe(false);
  });

  test('an interrupted build leaves no stamp', () => {
    buildStep.before(root);
    buildStep.after(root);
    buildStep.before(root);
    expect(buildStep.isCurrent(root)).toBe(false);
  });

  test('a copy of the tree without its stamps is out of date', () => {
    buildStep.before(root);
    buildStep.after(root);
    rmSync(join(root, '.bootstrap'), { recursive: true });
    expect(buildStep.isCurrent(root)).toBe(false);
  });
});

describe('addon', () => {
  const addon = 'native/build/Release/ganglion_native.node';
  beforeEach(() => put('native/core/product.cc', 'int a;'));

  test('is tried once, and again when the compiler setting or a source changes', () => {
    expect(addonStep.isCurrent(root)).toBe(false);
    addonStep.before(root);
    addonStep.afterFailure(root);
    expect(addonStep.isCurrent(root)).toBe(true);
    expect(addonStep.isCurrent(root, { ...process.env, CXX: '/bin/other' })).toBe(false);
    put('native/core/product.cc', 'int longer;');
    expect(addonStep.isCurrent(root)).toBe(false);
  });

  test('a built addon that was removed is built again', () => {
    put(addon, 'machine code');
    addonStep.after(root);
    expect(addonStep.isCurrent(root)).toBe(true);
    rmSync(join(root, addon));
    expect(addonStep.isCurrent(root)).toBe(false);
  });

  test('no stale addon outlives the start of a new try', () => {
    put(addon, 'machine code');
    put('native/build/CMakeCache.txt', 'CXX=/bin/first');
    addonStep.after(root);
    addonStep.before(root);
    expect(fingerprintOf(root, [addon])).toBe(fingerprintOf(root, ['nowhere']));
  });
});

describe('npm', () => {
  test('is the one that started us when there is one', () => {
    const environment = { npm_execpath: '/opt/npm/bin/npm-cli.js' };
    expect(npmCommand(environment)).toEqual([process.execPath, '/opt/npm/bin/npm-cli.js']);
    expect(npmCommand({})).toEqual([process.platform === 'win32' ? 'npm.cmd' : 'npm']);
  });
});

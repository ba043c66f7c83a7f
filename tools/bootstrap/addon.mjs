/**
 * Step 3: the native addon, which may fail: everything runs without it. It is tried once for each
 * state of the native sources and each compiler setting, and the result of the last try is kept.
 * A failed try leaves no addon behind, so that a stale one is never loaded.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addonFile, npmCommand } from './paths.mjs';
import { fingerprintOf, readJson } from './fingerprint.mjs';

const SOURCES = ['core', 'binding', 'generated', 'cmake', 'CMakeLists.txt', 'package.json'];
const COMPILER_VARIABLES = ['CC', 'CXX', 'CFLAGS', 'CXXFLAGS', 'CMAKE_GENERATOR'];
const stampFile = (root) => join(root, '.bootstrap', 'addon.json');

function compilerSetting(environment) {
  const values = COMPILER_VARIABLES.map((name) => `${name}=${environment[name] ?? ''}`);
  return [process.platform, process.arch, process.versions.modules, ...values].join(' ');
}

function keyOf(root, environment) {
  const sources = SOURCES.map((name) => `native/${name}`);
  return { sources: fingerprintOf(root, sources), compiler: compilerSetting(environment) };
}

function remember(root, built) {
  mkdirSync(join(root, '.bootstrap'), { recursive: true });
  writeFileSync(stampFile(root), JSON.stringify({ ...keyOf(root, process.env), built }));
}

/** Is the addon there, as the last try left it? */
export const isAddonBuilt = (root) => existsSync(join(root, addonFile));

export const addonStep = {
  name: 'addon',
  title: 'building the native addon',
  limitMs: 120_000,
  mayFail: true,
  isCurrent(root, environment = process.env) {
    const stamp = readJson(stampFile(root));
    const key = keyOf(root, environment);
    if (stamp?.sources !== key.sources || stamp.compiler !== key.compiler) return false;
    return !stamp.built || isAddonBuilt(root);
  },
  before(root) {
    const stamp = readJson(stampFile(root));
    rmSync(stampFile(root), { force: true });
    // CMake keeps the compiler of its first configuration.
    const sameCompiler = stamp?.compiler === compilerSetting(process.env);
    rmSync(join(root, sameCompiler ? addonFile : 'native/build'), { recursive: true, force: true });
  },
  command: () => [...npmCommand(), 'run', '--silent', 'build:addon', '-w', 'native'],
  after: (root) => remember(root, true),
  afterFailure: (root) => remember(root, false),
  failure: (log) => `native addon not built, fallback: plain TypeScript (log: ${log})`,
};

/**
 * The layer rule, over imports and over package.json dependencies: a layer imports only layers
 * below it, by package name; nobody imports the addon; a contract imports only contracts.
 */
import { importsOf, packageOf, resolveImport } from '../imports.mjs';
import { LAYERS } from '../tree.mjs';
import { posix } from 'node:path';

const layerOf = (name) => {
  const layer = /^@ganglion\/([a-z-]+)$/.exec(name)?.[1];
  return LAYERS.includes(layer) ? layer : undefined;
};
const isBelow = (lower, upper) => LAYERS.indexOf(lower) < LAYERS.indexOf(upper);
const RUNNERS = new Set(['vitest', '@vitest/runner', 'node:test']);

/** A sentence about one import of a layer's file, or undefined when it is allowed. */
function faultOf(file, { specifier }) {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file.path), specifier);
    if (target.startsWith(`packages/${file.layer}/src/`)) return undefined;
    return `${specifier} leaves the package: import the other package by its name`;
  }
  const { name } = packageOf(specifier) ?? { name: specifier };
  if (name === '@ganglion/native' && !file.isTest) {
    return 'the addon is injected as a value: take it as an argument';
  }
  if (RUNNERS.has(name) && !file.isTest) {
    return `${name} outside of a test file: conformance cases are data that fail by throwing`;
  }
  const layer = layerOf(name);
  if (layer === undefined || isBelow(layer, file.layer)) return undefined;
  if (layer === file.layer && file.isTest) return undefined;
  if (layer === file.layer) return `${specifier} is this package: import the file itself`;
  return `${file.layer} may not import ${layer}, which is not below it: move the code or invert it`;
}

function* imports(file) {
  for (const entry of importsOf(file)) {
    const message = faultOf(file, entry);
    const at = { path: file.path, line: entry.line };
    if (message !== undefined) yield { ...at, key: `${file.path} ${entry.specifier}`, message };
  }
}

const CONTRACT_FILES = /(^|\/)(contract|errors|limits|layout)(\.ts$|\/)/;
const PURE_ENTRIES = new Set(['./contract', './layout']);

/** contract.ts reaches only contracts, error classes, limits and layouts. */
function* contracts(tree, file) {
  if (!/^packages\/[a-z]+\/src\/contract(\.ts|\/.*\.ts)$/.test(file.path) || file.isTest) return;
  for (const { specifier, line } of importsOf(file)) {
    const target = resolveImport(tree, file, specifier);
    const named = packageOf(specifier);
    const pure =
      named === undefined
        ? target !== undefined && CONTRACT_FILES.test(target.split('/src/')[1])
        : PURE_ENTRIES.has(named.entry) && layerOf(named.name) !== undefined;
    if (pure) continue;
    const message = `a contract imports only contracts: ${specifier} is an implementation`;
    yield { path: file.path, line, key: `${file.path} ${specifier}`, message };
  }
}

/** Every package that a published file imports is declared by its package.json. */
function* undeclared(tree, file) {
  const manifest = tree.get(`packages/${file.layer}/package.json`);
  if (manifest === undefined || file.isTest) return;
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(manifest.text);
  for (const { specifier, line } of importsOf(file)) {
    const named = packageOf(specifier);
    if (named === undefined || layerOf(named.name) === file.layer) continue;
    if (named.name in dependencies || named.name in peerDependencies) continue;
    const message = `${named.name} is not in the package's dependencies: declare it`;
    yield { path: file.path, line, key: `${file.path} ${named.name}`, message };
  }
}

function* dependencyFaults(manifest) {
  const layer = layerOf(manifest.name ?? '');
  if (layer === undefined) return;
  for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies']) {
    for (const name of Object.keys(manifest[kind] ?? {})) {
      const target = layerOf(name);
      const at = { path: manifest.path, line: 1, key: `${manifest.path} ${name}` };
      if (target !== undefined && !isBelow(target, layer)) {
        yield { ...at, message: `${layer} may not depend on ${target}, which is not below it` };
      }
      if (name !== '@ganglion/native') continue;
      const optional = manifest.peerDependenciesMeta?.[name]?.optional === true;
      if (kind === 'peerDependencies' && optional) continue;
      yield { ...at, message: `${name} may only be an optional peer: it is injected` };
    }
  }
}

export const layers = {
  name: 'layers',
  *check(tree) {
    for (const file of tree.code) {
      if (file.layer === undefined) continue;
      yield* imports(file);
      yield* contracts(tree, file);
      yield* undeclared(tree, file);
    }
    for (const manifest of tree.manifests) yield* dependencyFaults(manifest);
  },
};

/** Source files that no entry point, script or test fixture leads to. */
import { posix } from 'node:path';
import { importsOf, resolveImport } from '../imports.mjs';

const toSource = (target) => target.replace(/^\.\/dist\//, './src/').replace(/\.js$/, '.ts');

function* targetsOf(value) {
  if (typeof value === 'string') yield value;
  else if (value !== null && typeof value === 'object') {
    for (const inner of Object.values(value)) yield* targetsOf(inner);
  }
}

const toScript = (name) => name.replace(/\.js$/, '.ts');

/** Files that a package.json names: entry points, internal imports, commands. */
function entriesOf({ path, exports: entries, imports, bin, main }) {
  const folder = posix.dirname(path);
  return [...targetsOf([entries, imports, bin, main])].map((target) =>
    posix.join(folder, toSource(target)),
  );
}

/** Plain scripts and fixtures of that name in the same part of the repository. */
function scriptsNamed(tree, file, name) {
  const part = file.path.split('/').slice(0, 2).join('/');
  return tree.code
    .filter(({ path }) => path.startsWith(`${part}/`))
    .filter(({ path, isTesting }) => isTesting || path.endsWith('.mjs'))
    .filter(({ path }) => path.endsWith(`/${name}`) || path.endsWith(`/${toScript(name)}`))
    .map(({ path }) => path);
}

/** Files that a file names in a string: a module's URL, a script's path or name. */
function namedIn(tree, file) {
  const strings = file.text.matchAll(/['"`]([\w./#-]+\.(?:js|mjs|ts))['"`]/g);
  return [...strings].flatMap(([, name]) => {
    const beside = posix.join(posix.dirname(file.path), name);
    const candidates = [beside, name].flatMap((path) => [
      path,
      path.replace(/\.js$/, '.ts'),
      path.replace(/(^|\/)dist\//, '$1src/').replace(/\.js$/, '.ts'),
    ]);
    const scripts = name.includes('/') ? [] : scriptsNamed(tree, file, name);
    return [...candidates.filter((path) => tree.has(path)), ...scripts];
  });
}

const isScript = ({ path }) => /^tools\/[a-z-]+\.mjs$/.test(path) || path.endsWith('.config.ts');
const isExample = ({ path }) => /^(examples\/[a-z-]+|tools\/bench)\/src\/main\.ts$/.test(path);
const isRoot = (file) => isScript(file) || isExample(file);

export const deadFiles = {
  name: 'dead-files',
  *check(tree) {
    const roots = tree.code.filter(isRoot).map(({ path }) => path);
    const entries = tree.manifests.flatMap(entriesOf).filter((path) => tree.has(path));
    const reach = (starts) => {
      const seen = new Set();
      const open = [...starts];
      while (open.length > 0) {
        const path = open.pop();
        const file = tree.get(path);
        if (file === undefined || !file.isCode || seen.has(path)) continue;
        seen.add(path);
        const specifiers = importsOf(file).map(({ specifier }) => specifier);
        const imported = specifiers.map((specifier) => resolveImport(tree, file, specifier));
        open.push(...imported.filter((next) => next !== undefined), ...namedIn(tree, file));
      }
      return seen;
    };
    const live = reach([...roots, ...entries]);
    const tests = tree.code.filter(({ isTest }) => isTest).map(({ path }) => path);
    const tested = reach(tests);
    for (const file of tree.code) {
      if (file.isTest || live.has(file.path)) continue;
      if (tested.has(file.path) && (file.isTesting || !file.path.includes('/src/'))) continue;
      const why = tested.has(file.path) ? 'only tests use it' : 'nothing uses it';
      const message = `${why}: delete it, or reach it from an entry point`;
      yield { path: file.path, line: 1, key: file.path, message };
    }
  },
};

/** Which module imports which, and the way a specifier leads to a file of this repository. */
import { posix } from 'node:path';
import ts from 'typescript';
import { walk } from './tree.mjs';

const isTypeOnly = (clause) => {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const names = clause.namedBindings ?? clause;
  const elements = names.elements;
  if (clause.name !== undefined || elements === undefined) return false;
  return elements.length > 0 && elements.every((element) => element.isTypeOnly);
};

function importOf(node) {
  if (ts.isImportDeclaration(node)) {
    return { specifier: node.moduleSpecifier, typeOnly: isTypeOnly(node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const typeOnly = node.isTypeOnly || isTypeOnly(node.exportClause);
    return { specifier: node.moduleSpecifier, typeOnly, reexport: true };
  }
  if (!ts.isCallExpression(node)) return undefined;
  if (node.expression.kind !== ts.SyntaxKind.ImportKeyword) return undefined;
  const [specifier] = node.arguments;
  if (specifier === undefined || !ts.isStringLiteral(specifier)) return undefined;
  return { specifier, typeOnly: false };
}

const cache = new WeakMap();

/** `[{ specifier, typeOnly, reexport, line }]` of a code file, in order. */
export function importsOf(file) {
  if (cache.has(file)) return cache.get(file);
  const found = [];
  walk(file.syntax, (node) => {
    const entry = importOf(node);
    if (entry === undefined) return;
    found.push({ ...entry, specifier: entry.specifier.text, line: file.lineOf(node) });
  });
  cache.set(file, found);
  return found;
}

/** `@scope/name/sub` → `{ name: "@scope/name", entry: "./sub" }`; undefined if it is no package. */
export function packageOf(specifier) {
  const match = /^((?:@[^/]+\/)?[^./#@][^/]*)(\/.*)?$/.exec(specifier);
  if (match === null || specifier.startsWith('node:')) return undefined;
  return { name: match[1], entry: match[2] === undefined ? '.' : `.${match[2]}` };
}

/** Path of the file that a relative specifier, or a specifier of one of our packages, means. */
export function resolveImport(tree, file, specifier) {
  if (specifier.startsWith('.')) {
    const path = posix.join(posix.dirname(file.path), specifier);
    return [path, path.replace(/\.js$/, '.ts')].find((candidate) => tree.has(candidate));
  }
  const target = packageOf(specifier);
  const manifest = tree.manifests.find(({ name }) => name === target?.name);
  const source = manifest?.exports?.[target.entry]?.['@ganglion/source'];
  if (source === undefined) return undefined;
  return posix.join(posix.dirname(manifest.path), source);
}

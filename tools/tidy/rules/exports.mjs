/** What modules and packages let out: listed names only. */
import ts from 'typescript';
import { importsOf, packageOf } from '../imports.mjs';

/** Vitest and nx load a default export by name. */
const TAKES_DEFAULT = new Set(['tools/test/reporter.mjs']);

const hasDefault = (statement) =>
  ts.isExportAssignment(statement) ||
  statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true ||
  (ts.isExportDeclaration(statement) &&
    statement.exportClause?.elements?.some(({ name }) => name.text === 'default') === true);

const isStar = (statement) =>
  ts.isExportDeclaration(statement) &&
  (statement.exportClause === undefined || ts.isNamespaceExport(statement.exportClause));

function* moduleExports(file) {
  for (const statement of file.syntax.statements) {
    const at = { path: file.path, line: file.lineOf(statement) };
    if (isStar(statement)) {
      const message = 'export * hides what is public: list the names';
      yield { ...at, key: `${file.path} *`, message };
    }
    if (hasDefault(statement) && !file.isConfig && !TAKES_DEFAULT.has(file.path)) {
      yield { ...at, key: `${file.path} default`, message: 'default export: give it a name' };
    }
  }
}

function* foreignReexports(file) {
  if (!file.path.endsWith('/index.ts')) return;
  for (const { reexport, specifier, line } of importsOf(file)) {
    if (!reexport || packageOf(specifier) === undefined) continue;
    const message = `re-exports ${specifier}: let users import that package`;
    yield { path: file.path, line, key: `${file.path} ${specifier}`, message };
  }
}

function* entryPoints({ path, exports: entries = {} }) {
  for (const [entry, target] of Object.entries(entries)) {
    if (target === null || !entry.includes('*')) continue;
    const message = `entry point ${entry} opens every file: list entry points by name`;
    yield { path, line: 1, key: `${path} ${entry}`, message };
  }
}

export const moduleSurface = {
  name: 'exports',
  *check(tree) {
    for (const file of tree.code) {
      yield* moduleExports(file);
      yield* foreignReexports(file);
    }
    for (const manifest of tree.manifests) yield* entryPoints(manifest);
  },
};

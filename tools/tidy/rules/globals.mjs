/** Time, randomness and sleeping come in as values: their globals belong to the runtime package. */
import ts from 'typescript';
import { walk } from '../tree.mjs';

const MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'process.uptime',
  'crypto.randomUUID',
  'crypto.randomBytes',
  'crypto.getRandomValues',
]);
const CALLS = new Set(['setTimeout', 'setInterval']);
const MODULES = /^node:(timers|timers\/promises|perf_hooks)$/;

/** An import of a clock or timer. `setImmediate` is a yield, not a time (ACTORS-T2). */
function clockImport({ moduleSpecifier, importClause }) {
  if (!MODULES.test(moduleSpecifier.text)) return undefined;
  const elements = importClause?.namedBindings?.elements;
  const yields = elements?.every(({ propertyName, name }) =>
    /^(set|clear)Immediate$/.test((propertyName ?? name).text),
  );
  return yields ? undefined : moduleSpecifier.text;
}

function globalOf(node) {
  if (ts.isPropertyAccessExpression(node)) {
    const name = node.getText().replace(/^globalThis\./, '');
    return MEMBERS.has(name) ? name : undefined;
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    return CALLS.has(node.expression.text) ? node.expression.text : undefined;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date') {
    return (node.arguments?.length ?? 0) === 0 ? 'new Date()' : undefined;
  }
  return ts.isImportDeclaration(node) ? clockImport(node) : undefined;
}

/** The runtime owns the globals. Its tests compare with them, and sleep no more than others. */
const isFree = (file, name) =>
  file.layer === 'runtime' && (!file.isTest || MEMBERS.has(name));

export const globals = {
  name: 'globals',
  *check(tree) {
    for (const file of tree.code) {
      if (file.layer === undefined) continue;
      const found = [];
      walk(file.syntax, (node) => {
        const name = globalOf(node);
        if (name === undefined || isFree(file, name)) return;
        found.push({ name, line: file.lineOf(node) });
      });
      for (const { name, line } of found) {
        const source = file.isTest ? 'virtual time or a fake' : 'the runtime, as an argument';
        const message = `${name} is ambient: take it from ${source}`;
        yield { path: file.path, line, key: `${file.path} ${name}`, message };
      }
    }
  },
};

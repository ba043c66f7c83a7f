/** Lengths of files, functions and lines. */
import ts from 'typescript';
import { walk } from '../tree.mjs';

export const BUDGETS = Object.freeze({
  source: 400,
  test: 800,
  index: 60,
  function: 70,
  columns: 100,
});

const isFunction = (node) =>
  ts.isFunctionDeclaration(node) ||
  ts.isFunctionExpression(node) ||
  ts.isArrowFunction(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isConstructorDeclaration(node) ||
  ts.isGetAccessor(node) ||
  ts.isSetAccessor(node);

function nameOf(node) {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const named = node.name ?? node.parent?.name;
  return named !== undefined && 'text' in named ? named.text : 'anonymous';
}

/** Suites of a test are functions too, but their length is that of the file. */
const isSuite = (node) =>
  ts.isCallExpression(node.parent) &&
  /^(describe|suite)\b/.test(node.parent.expression.getText());

function* fileLength(file) {
  const budget = file.isTest ? 'test' : file.path.endsWith('src/index.ts') ? 'index' : 'source';
  const value = file.lines.length;
  if (value <= BUDGETS[budget]) return;
  yield {
    path: file.path,
    line: BUDGETS[budget] + 1,
    key: `${file.path} lines`,
    value,
    message: `${value} lines, budget ${BUDGETS[budget]}: split along the domain's nouns`,
  };
}

function* lineLengths(file) {
  const long = file.lines.flatMap((text, index) => (text.length > BUDGETS.columns ? [index] : []));
  if (long.length === 0) return;
  yield {
    path: file.path,
    line: long[0] + 1,
    key: `${file.path} columns`,
    value: long.length,
    message: `${long.length} lines beyond ${BUDGETS.columns} columns: break them`,
  };
}

function* functionLengths(file) {
  const found = [];
  walk(file.syntax, (node) => {
    if (!isFunction(node) || node.body === undefined || isSuite(node)) return;
    const { line: end } = file.syntax.getLineAndCharacterOfPosition(node.getEnd());
    const line = file.lineOf(node);
    if (end + 2 - line > BUDGETS.function) found.push({ line, value: end + 2 - line, node });
  });
  for (const { line, value, node } of found) {
    const name = nameOf(node);
    const message = `${name} takes ${value} lines, budget ${BUDGETS.function}: take a step out`;
    yield { path: file.path, line, key: `${file.path} ${name}`, value, message };
  }
}

export const budgets = {
  name: 'budgets',
  *check(tree) {
    for (const file of tree.files) {
      if (!file.isCode && !file.isCpp) continue;
      yield* fileLength(file);
      yield* lineLengths(file);
      if (file.isCode) yield* functionLengths(file);
    }
  },
};

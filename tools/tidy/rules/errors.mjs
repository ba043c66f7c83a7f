/** Every error code is documented in its package's README and named by a test. */
import ts from 'typescript';
import { posix } from 'node:path';
import { walk } from '../tree.mjs';

/** String literals of the union types in a package's errors.ts: `[{ code, line }]`. */
export function codesOf(file) {
  const codes = [];
  walk(file.syntax, (node) => {
    if (!ts.isTypeAliasDeclaration(node) || !node.name.text.endsWith('Code')) return;
    walk(node.type, (part) => {
      if (!ts.isLiteralTypeNode(part) || !ts.isStringLiteral(part.literal)) return;
      codes.push({ code: part.literal.text, line: file.lineOf(part) });
    });
  });
  return codes;
}

export const errors = {
  name: 'errors',
  *check(tree) {
    const proofs = tree.code
      .filter((file) => file.isTest || file.isTesting)
      .map(({ text }) => text)
      .join('\n');
    const proven = new Set(proofs.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g));
    for (const file of tree.code.filter(({ path }) => path.endsWith('/src/errors.ts'))) {
      const folder = posix.dirname(posix.dirname(file.path));
      const readme = tree.get(`${folder}/README.md`)?.text ?? '';
      for (const { code, line } of codesOf(file)) {
        const at = { path: file.path, line };
        if (!readme.includes(`\`${code}\``)) {
          const message = `${code} is not in ${folder}/README.md: add it to the table of errors`;
          yield { ...at, key: `${code} undocumented`, message };
        }
        if (!proven.has(code)) {
          const message = `${code} is named by no test: throw it in one, or delete it`;
          yield { ...at, key: `${code} untested`, message };
        }
      }
    }
  },
};

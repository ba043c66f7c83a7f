/** Type-checks examples that stand in documents, each as a module of its own. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

const OPTIONS = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2024.d.ts'],
  types: ['node'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/**
 * Sentences about blocks that do not compile. `blocks` are `[{ path, line, code }]`; packages are
 * resolved from `folder`, which is emptied.
 */
export function compileBlocks(blocks, folder) {
  if (blocks.length === 0) return [];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  const files = new Map();
  for (const [index, block] of blocks.entries()) {
    const file = join(folder, `block-${index}.ts`);
    writeFileSync(file, `${block.code}\nexport {};\n`);
    files.set(basename(file), block);
  }
  const names = [...files.keys()].map((name) => join(folder, name));
  const program = ts.createProgram(names, OPTIONS);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    const block = file === undefined ? undefined : files.get(basename(file.fileName));
    if (block === undefined) return `example: ${text}`;
    const { line } = file.getLineAndCharacterOfPosition(start);
    return `${block.path}:${block.line + 1 + line} does not compile: ${text}`;
  });
}

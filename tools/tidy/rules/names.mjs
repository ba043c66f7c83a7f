/** Names of files, folders and declared symbols. */
import ts from 'typescript';
import { walk } from '../tree.mjs';

const VAGUE = ['manager', 'helper', 'helpers', 'util', 'utils', 'common', 'misc', 'enhanced', 'v2'];
/** `base` is a word of its trade for addresses, so only whole names and types are refused. */
const VAGUE_TYPES = [...VAGUE, 'base'];

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
const SNAKE = /^[a-z0-9]+(_[a-z0-9]+)*\.(cc|h|inc|cu)$/;

/** Words of an identifier: `shardManagerV2` → shard, manager, v2. */
export const wordsOf = (name) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase())
    .filter(Boolean);

function* fileName(file) {
  const parts = file.path.replace(/^\.ci\//, '').split('/');
  const leaf = parts.at(-1);
  if (file.isCode || file.isCpp) {
    const wrong = [
      ...parts.slice(0, -1).filter((part) => !KEBAB.test(part)),
      ...(file.isCpp ? SNAKE : KEBAB).test(leaf) ? [] : [leaf],
    ];
    for (const part of wrong) {
      const form = file.isCpp ? 'snake_case' : 'kebab-case';
      const message = `${part} is not ${form}: rename it`;
      yield { path: file.path, line: 1, key: file.path, message };
    }
  }
  const vague = wordsOf(leaf.replace(/\.[^.]+$/, '')).find((word) => VAGUE.includes(word));
  if (vague !== undefined && (file.isCode || file.isCpp)) {
    const message = `a file called ${vague} gathers leftovers: name it after its noun`;
    yield { path: file.path, line: 1, key: file.path, message };
  }
}

const isType = (node) =>
  ts.isClassDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node);

function* symbolNames(file) {
  const found = [];
  walk(file.syntax, (node) => {
    const type = isType(node);
    if (!type && !ts.isFunctionDeclaration(node) && !ts.isVariableDeclaration(node)) return;
    if (node.name === undefined || !ts.isIdentifier(node.name)) return;
    const words = wordsOf(node.name.text);
    const vague = words.find((word) => (type ? VAGUE_TYPES : VAGUE).includes(word));
    if (vague !== undefined) found.push({ name: node.name.text, vague, line: file.lineOf(node) });
  });
  for (const { name, vague, line } of found) {
    const message = `${name} says ${vague}: which noun or verb of the domain is it?`;
    yield { path: file.path, line, key: `${file.path} ${name}`, message };
  }
}

export const names = {
  name: 'names',
  *check(tree) {
    for (const file of tree.files) {
      yield* fileName(file);
      if (file.isCode) yield* symbolNames(file);
    }
  },
};

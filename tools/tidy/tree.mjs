/**
 * The checkout as rules see it: files with their text, a lazily parsed syntax tree, and what each
 * file is. Built from git's list of files, or from an object in a rule's test.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

const CODE = /\.(ts|mts|mjs|js)$/;
const CPP = /\.(cc|h|inc|cu)$/;
const TEST = /(\.(test|test-d)\.(ts|mjs)|_test\.cc)$/;
const CONFIG = /(^|\/)[a-z]+\.config\.ts$/;

/** Layers from the bottom up; a layer may import only those before it. */
export const LAYERS = ['runtime', 'distribution', 'memory', 'gpu', 'actors', 'app'];

export class SourceFile {
  #syntax;

  constructor(path, text) {
    this.path = path;
    this.text = text;
    this.lines = text.replace(/\n$/, '').split('\n');
    this.isCode = CODE.test(path);
    this.isCpp = CPP.test(path);
    this.isTest = TEST.test(path);
    this.isConfig = CONFIG.test(path);
    this.layer = LAYERS.find((layer) => path.startsWith(`packages/${layer}/src/`));
    this.isTesting = /\/src\/(.*\/)?(testing|fixtures)\//.test(path);
  }

  get name() {
    return basename(this.path);
  }

  /** TypeScript's syntax tree; only for code. */
  get syntax() {
    this.#syntax ??= ts.createSourceFile(this.path, this.text, ts.ScriptTarget.Latest, true);
    return this.#syntax;
  }

  /** Line of a node, from 1. */
  lineOf(node) {
    return this.syntax.getLineAndCharacterOfPosition(node.getStart(this.syntax)).line + 1;
  }
}

/** `contents` maps a path to text; `ratchets` is not part of the tree. */
export function treeOf(contents) {
  const files = Object.entries(contents).map(([path, text]) => new SourceFile(path, text));
  const byPath = new Map(files.map((file) => [file.path, file]));
  const manifests = files
    .filter(({ name }) => name === 'package.json')
    .map(({ path, text }) => ({ path, ...JSON.parse(text) }));
  return {
    files,
    code: files.filter((file) => file.isCode),
    manifests,
    get: (path) => byPath.get(path),
    has: (path) => byPath.has(path),
  };
}

const READ = /\.(ts|mts|mjs|js|json|md|cc|h|inc|cu|py|erl|txt|sh|cmake)$/;
const SKIPPED = /^(package-lock\.json|.*\/node_modules\/.*|native\/generated\/.*)$/;

/** Tracked files and new ones that git does not ignore. */
export function readTree(root) {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const listed = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (listed.status !== 0) throw new Error(`git ls-files failed: ${listed.stderr}`);
  const contents = {};
  for (const path of listed.stdout.split('\n').filter(Boolean).toSorted()) {
    const file = join(root, path);
    const wanted = READ.test(path) || path === '.ci/run';
    if (!wanted || SKIPPED.test(path) || !existsSync(file)) continue;
    contents[path] = readFileSync(file, 'utf8');
  }
  return treeOf(contents);
}

/** Calls `visit` for a node and everything below it. */
export function walk(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

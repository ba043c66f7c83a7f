/**
 * Step 2: TypeScript to dist. Up to date means that sources have the names, sizes and times, and
 * outputs the names and sizes, that the stamp recorded at the end of the last whole build.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from './paths.mjs';
import { fingerprintOf, readJson } from './fingerprint.mjs';

const SHARED = ['package.json', 'package-lock.json', 'nx.json', 'tsconfig.base.json'];
const stampFile = (root) => join(root, '.bootstrap', 'build.json');

/** Folders of the workspace's packages, from the globs in package.json. */
export function workspaceFolders(root) {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${parent}/${entry.name}`)
      .toSorted();
  });
}

const isCode = (file) => !/\.(map|tsbuildinfo)$/.test(file);

function sourcesOf(root) {
  const own = workspaceFolders(root).flatMap((folder) => [
    `${folder}/src`,
    `${folder}/package.json`,
    `${folder}/tsconfig.json`,
  ]);
  return fingerprintOf(root, [...SHARED, 'tools/compile.mjs', ...own]);
}

function outputsOf(root) {
  const folders = workspaceFolders(root).map((folder) => `${folder}/dist`);
  return fingerprintOf(root, folders, { times: false, keep: isCode });
}

let sourcesBefore = '';

export const buildStep = {
  name: 'build',
  title: 'building TypeScript',
  limitMs: 600_000,
  isCurrent(root) {
    const stamp = readJson(stampFile(root));
    return stamp?.sources === sourcesOf(root) && stamp.outputs === outputsOf(root);
  },
  before(root) {
    rmSync(stampFile(root), { force: true });
    sourcesBefore = sourcesOf(root);
  },
  command: () => [...npmCommand(), 'run', '--silent', 'build:all'],
  environment: { NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' },
  after(root) {
    mkdirSync(join(root, '.bootstrap'), { recursive: true });
    const stamp = { sources: sourcesBefore, outputs: outputsOf(root) };
    writeFileSync(stampFile(root), JSON.stringify(stamp));
  },
  failure: (log) => `the TypeScript build failed (log: ${log})`,
};

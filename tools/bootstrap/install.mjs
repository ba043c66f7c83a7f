/**
 * Step 1: node_modules as the lockfile says. npm writes node_modules/.package-lock.json when it
 * has finished, and `npm ci` first removes the folder: an interrupted install leaves no such file.
 */
import { npmCommand } from './paths.mjs';
import { readJson } from './fingerprint.mjs';
import { join } from 'node:path';

/** Does the installed tree hold every package of the lockfile that this platform takes? */
export function isInstalled(root) {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const found = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (wanted === undefined || found === undefined) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const installed = found[path];
    if (installed === undefined) {
      if (entry.optional || entry.devOptional) continue;
      return false;
    }
    if (installed.version !== entry.version) return false;
    if (installed.integrity !== entry.integrity) return false;
  }
  return true;
}

export const installStep = {
  name: 'install',
  title: 'installing packages',
  limitMs: 600_000,
  isCurrent: isInstalled,
  command: () => [
    ...npmCommand(),
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ],
  failure: (log) =>
    `npm ci failed: is the npm registry reachable, the lockfile up to date? (log: ${log})`,
};

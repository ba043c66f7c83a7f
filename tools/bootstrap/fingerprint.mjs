/**
 * Fingerprints of sets of files, for stamps. `fingerprintOf` reads names, sizes and modification
 * times, never contents; git and editors change the time of every file that they change.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const IGNORED = new Set(['node_modules', 'dist', 'build', 'build-core', '.nx']);

/** Every file at or below `path`, sorted, without generated folders unless they are `path`. */
export function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  const found = [];
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory() && IGNORED.has(entry.name)) continue;
    if (entry.isDirectory()) found.push(...filesBelow(join(path, entry.name)));
    else if (entry.isFile()) found.push(join(path, entry.name));
  }
  return found.toSorted();
}

/** Hash over name and size of every file below `paths`, and its time unless `times` is false. */
export function fingerprintOf(root, paths, { times = true, keep = () => true } = {}) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesBelow(join(root, path))) {
      if (!keep(file)) continue;
      const { mtimeMs, size } = statSync(file);
      const name = relative(root, file).split(sep).join('/');
      hash.update(`${name}\0${size}\0${times ? mtimeMs : ''}\n`);
    }
  }
  return hash.digest('hex');
}

/** The JSON in `file`, or undefined when there is none or it is not whole. */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Packs every published package, installs each with nothing but its declared dependencies in an
 * empty folder, without network and without scripts, and imports every entry point there. So each
 * package is proven alone, and without the addon unless it is the addon (KERNELS-D2).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { npmCommand } from '../bootstrap/paths.mjs';

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

function run(command, cwd) {
  const [file, ...args] = command;
  const result = spawnSync(file, args, { cwd, encoding: 'utf8' });
  if (result.status !== 0) {
    const reason = /^\w*Error.*$/m.exec(result.stderr)?.[0] ?? result.stderr.trim();
    throw new Error(reason);
  }
  return result.stdout;
}

/** Packs one package; returns the path of its tarball. */
function pack(folder, target) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', target];
  const output = run([...npmCommand(), ...args], folder);
  return join(target, filenameIn(JSON.parse(output)));
}

/** npm before 11 prints a list, later versions an object by package name. */
const filenameIn = (answer) => Object.values(answer)[0].filename;

function unpack(tarball, target) {
  mkdirSync(target, { recursive: true });
  run(['tar', '-xzf', tarball, '--strip-components=1', '-C', target], dirname(tarball));
}

/** Folder of an installed dependency, as Node would find it from `from`. */
function installedFolder(name, from, root) {
  for (let at = from; at.length >= root.length; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  return undefined;
}

/** Puts a package and its dependencies, of ours from tarballs, below `target`/node_modules. */
function install(name, from, { root, target, tarballs, done }) {
  if (done.has(name)) return;
  done.add(name);
  const place = join(target, 'node_modules', name);
  let origin = tarballs.get(name)?.folder;
  if (origin !== undefined) unpack(tarballs.get(name).tarball, place);
  else {
    origin = installedFolder(name, from, root);
    if (origin === undefined) throw new Error(`${name} is not installed; it is a dependency`);
    cpSync(origin, place, { recursive: true, dereference: true });
  }
  for (const next of Object.keys(readManifest(place).dependencies ?? {})) {
    install(next, origin, { root, target, tarballs, done });
  }
}

/** Specifiers of every entry point with code. */
export const entryPoints = ({ name, exports: entries }) =>
  Object.keys(entries)
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => name + entry.slice(1));

/** Imports every entry point of a package that is installed in `target`. */
function importAll(manifest, target) {
  const specifiers = entryPoints(manifest);
  const script = join(target, 'import.mjs');
  // Ends Node's search for an enclosing package, which could have the name that is asked for.
  writeFileSync(join(target, 'package.json'), '{ "private": true }\n');
  const code = `for (const name of ${JSON.stringify(specifiers)}) {
  const module = await import(name);
  if (Object.keys(module).length === 0 && !name.endsWith('/contract')) {
    throw new Error(name + ' exports nothing');
  }
}
`;
  writeFileSync(script, code);
  run([process.execPath, script], target);
  return specifiers.length;
}

/**
 * Checks the packages in `folders` (below `root`), working in the folder `scratch`, which is
 * removed.
 * Gives one result a package: `{ name, entries }` or `{ name, fault }`.
 */
export function checkPacked(root, folders, scratch) {
  mkdirSync(scratch, { recursive: true });
  const tarballs = new Map();
  for (const folder of folders.map((name) => join(root, name))) {
    const { name } = readManifest(folder);
    tarballs.set(name, { folder, tarball: pack(folder, scratch) });
  }
  const results = [];
  for (const [name, { folder }] of tarballs) {
    const target = join(scratch, name.replace('/', '-'));
    try {
      install(name, folder, { root, target, tarballs, done: new Set() });
      results.push({ name, entries: importAll(readManifest(folder), target) });
    } catch (error) {
      results.push({ name, fault: error.message });
    }
  }
  rmSync(scratch, { recursive: true, force: true });
  return results;
}

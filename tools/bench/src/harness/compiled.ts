/**
 * Compiles a peer's sources once and keeps the result in node_modules/.cache, named by a hash of
 * the sources, the command and the machine. A compilation appears whole or not at all.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { firstLineOf, processorName } from './machine.js';

/** One compilation. Sources are file names in `folder`. */
export interface Compilation {
  readonly folder: string;
  readonly sources: readonly string[];
  /** Further files that the sources read: part of the key. */
  readonly includes?: readonly string[];
  readonly compiler: string;
  /** Command whose first line is part of the key; where it cannot be run, nothing is compiled. */
  readonly version: readonly [command: string, ...args: string[]];
  /** Arguments of the compiler; `output` is an empty folder. */
  args(sources: readonly string[], output: string): readonly string[];
}

const COMPILE_LIMIT_MS = 120_000;
const run = promisify(execFile);

/** Folder of the peers' programs. */
export const PEERS: string = fileURLToPath(new URL('../../peers/', import.meta.url));
const CACHE = fileURLToPath(
  new URL('../../../../node_modules/.cache/ganglion-bench/', import.meta.url),
);

/** The folder with the compiler's output, or undefined if it cannot be compiled here. */
export async function compiled(compilation: Compilation): Promise<string | undefined> {
  const { compiler, folder } = compilation;
  const [command, ...versionArgs] = compilation.version;
  const version = firstLineOf(command, versionArgs);
  if (version === undefined) return undefined;
  const sources = compilation.sources.map((name) => join(folder, name));
  const key = createHash('sha256').update(`${compiler} ${version} ${processorName()}`);
  key.update(compilation.args(sources, 'output').join(' '));
  const read = [...sources, ...(compilation.includes ?? [])];
  for (const path of read) key.update(await readFile(path));
  const target = join(CACHE, key.digest('hex').slice(0, 16));
  if (existsSync(target)) return target;

  await mkdir(dirname(target), { recursive: true });
  const output = await mkdtemp(`${target}-`);
  try {
    await run(compiler, compilation.args(sources, output), { timeout: COMPILE_LIMIT_MS });
    await rename(output, target);
  } catch (error) {
    await rm(output, { recursive: true, force: true });
    if (existsSync(target)) return target; // another process was first
    if (isMissingLibrary(error)) return undefined;
    throw error;
  }
  return target;
}

/** The compiler says so when a header or a library is not installed. */
function isMissingLibrary(error: unknown): boolean {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  return text.includes('No such file or directory') || text.includes('cannot find -l');
}

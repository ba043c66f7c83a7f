/** Questions to the machine. Each answers a value, or undefined when the thing is not there. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statfsSync } from 'node:fs';

const PROBE_LIMIT_MS = 20_000;

/** Standard output of a command, or undefined when it is missing or fails. */
export function outputOf(command, ...args) {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: PROBE_LIMIT_MS });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** First version number in a command's output. */
export const versionOf = (command, ...args) =>
  /\d+(\.\d+)+/.exec(outputOf(command, ...args) ?? '')?.[0];

export const textOf = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

export const namesIn = (folder) => (existsSync(folder) ? readdirSync(folder) : []);

/** Path of a shared library that the dynamic linker would find. */
export function libraryPath(name) {
  const cache = outputOf('/sbin/ldconfig', '-p') ?? outputOf('ldconfig', '-p') ?? '';
  const line = cache.split('\n').find((entry) => entry.trim().startsWith(`${name} `));
  return line?.split('=>')[1].trim();
}

/** Bytes that the file system at `path` can hold, or undefined. */
export function capacityOf(path) {
  try {
    const { blocks, bsize } = statfsSync(path);
    return blocks * bsize;
  } catch {
    return undefined;
  }
}

/** Soft limit of a resource of this process, as /proc names it. */
export function limitOf(name) {
  const lines = (textOf('/proc/self/limits') ?? '').split('\n');
  const line = lines.find((text) => text.startsWith(name));
  return line?.slice(name.length).trim().split(/\s+/)[0];
}

export function cpuFlags() {
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(textOf('/proc/cpuinfo') ?? '')?.[1];
  return new Set(flags?.trim().split(/\s+/));
}

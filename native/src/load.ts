import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { NativeError } from './errors.js';

/**
 * Finds and opens the addon. Owns where it is looked for and what is said when it is not there.
 *
 * LOAD-1: a local build comes before the package for this platform.
 * LOAD-2: an addon of another program format is refused, never used.
 */

/** The functions that binding/addon.cc exports. */
export interface Addon {
  readonly formatVersion: number;
  registerArena(id: number, bytes: Uint8Array): void;
  run(words: Int32Array, length: number): void;
  level(): string;
  levels(): string[];
  forceLevel(level: string): void;
  setThreads(threads: number, spins: boolean): void;
  usage(): { environments: number; workspaceBytes: number };
  pinThread(cpu: number): void;
}

/** The program format (native/core/cpu/program.h) that this package goes with. */
const FORMAT_VERSION = 5;

const FIX =
  'build it with `npm run build:addon -w @ganglion/native` ' +
  '(needs CMake, make or ninja, and a C++20 compiler)';

/** Paths and package names, in the order of LOAD-1. */
export function addonCandidates(): readonly string[] {
  const local = new URL('../build/Release/ganglion_native.node', import.meta.url);
  return [fileURLToPath(local), `@ganglion/native-${process.platform}-${process.arch}`];
}

/**
 * Opens the first candidate that there is.
 * @throws NativeError NATIVE_NOT_BUILT with the reason of each candidate and the fix.
 */
export function loadAddon(candidates: readonly string[] = addonCandidates()): Addon {
  const require = createRequire(import.meta.url);
  const reasons: string[] = [];
  for (const candidate of candidates) {
    try {
      const addon = require(candidate) as Addon;
      if (addon.formatVersion === FORMAT_VERSION) return addon;
      reasons.push(
        `${candidate}: made for program format ${addon.formatVersion}, needed is ${FORMAT_VERSION}`,
      );
    } catch (error) {
      reasons.push(`${candidate}: ${firstLine(error)}`);
    }
  }
  throw new NativeError(
    'NATIVE_NOT_BUILT',
    `no native addon for ${process.platform}-${process.arch}: ${FIX}. Tried:\n` +
      reasons.map((reason) => `  ${reason}`).join('\n'),
  );
}

function firstLine(error: unknown): string {
  const [line] = String(error instanceof Error ? error.message : error).split('\n');
  return line ?? '';
}

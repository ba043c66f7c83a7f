/** Facts of this machine that decide a peer's settings. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/** Whether the processor runs AVX-512; false where that cannot be read. */
export function hasAvx512(): boolean {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8').includes(' avx512f');
  } catch {
    return false;
  }
}

/** The processor's name: part of the key of what was compiled for it. */
export function processorName(): string {
  const [first] = cpus();
  return first === undefined ? 'unknown' : first.model;
}

export function processorCount(): number {
  return availableParallelism();
}

/** First line that the command prints, or undefined if it cannot be run. */
export function firstLineOf(command: string, args: readonly string[]): string | undefined {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
  if (result.error !== undefined || result.status !== 0) return undefined;
  return `${result.stdout}${result.stderr}`.split('\n')[0] ?? '';
}

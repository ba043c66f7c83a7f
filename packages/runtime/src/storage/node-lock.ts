/**
 * Locks between processes: files that hold a process id. The system removes none of them, so that
 * of a process which has ended is there until the next who wants the lock removes it.
 *
 * Invariants: (1) a lock's file appears by a link, whole: whoever sees it can read its holder;
 * (2) it is removed by its holder alone, or, when that process has ended, by whoever has the guard,
 * a lock of its own beside it: of two who find the same dead holder, the slower cannot remove the
 * lock that the faster has taken since; (3) within a process the table of its locks decides, so a
 * file with its own id is of an earlier process of the same id. The table is one of a thread:
 * threads of one process do not exclude each other.
 */
import { basename, dirname, join } from 'node:path';

import { isMissing } from './files.js';
import type { Files } from './files.js';

/** The processes of the machine, as one of them sees them. */
export interface Processes {
  /** Of this process. */
  readonly pid: number;
  isAlive(pid: number): boolean;
  /** Paths of the locks that this process has or is about to take. */
  readonly locks: Set<string>;
}

/** Ids have at most seven digits on Linux and ten elsewhere. */
const HOLDER_BYTES_MAX = 16;
/** A guard is stale if its holder was killed in the moment of a removal: two in a row, hardly. */
const GUARDS_MAX = 4;
/** Each attempt after the first follows the release of another holder. */
const ATTEMPTS_MAX = 100;

/** One lock, to be taken once. */
export class ProcessLock {
  readonly #path: string;
  readonly #files: Files;
  readonly #processes: Processes;
  #isTaken = false;

  constructor(path: string, files: Files, processes: Processes) {
    this.#path = path;
    this.#files = files;
    this.#processes = processes;
  }

  /** Resolves with the id of the process that has it, or `undefined` when it is taken. */
  async take(): Promise<number | undefined> {
    const { locks, pid } = this.#processes;
    if (locks.has(this.#path)) return pid;
    locks.add(this.#path);
    let holder: number | undefined;
    try {
      await this.#files.makeFolder(dirname(this.#path));
      holder = await this.#takeFile(this.#path, GUARDS_MAX);
      this.#isTaken = holder === undefined;
    } finally {
      if (!this.#isTaken) locks.delete(this.#path);
    }
    return holder;
  }

  /** Gives it back; what was not taken, or is given back already, stays as it is. */
  async release(): Promise<void> {
    if (!this.#isTaken) return;
    await this.#files.remove(this.#path);
    this.#isTaken = false;
    this.#processes.locks.delete(this.#path);
  }

  async #takeFile(path: string, guardsLeft: number): Promise<number | undefined> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      if (await this.#link(path)) return undefined;
      const holder = await this.#holderOf(path);
      if (holder === undefined) continue;
      if (this.#isHeldBy(holder)) return holder;
      if (guardsLeft === 0) throw new Error(`${path} and its guards are of ended processes`);
      const other = await this.#removeStale(path, guardsLeft - 1);
      if (other !== undefined) return other;
    }
    throw new Error(`${path} changed hands ${ATTEMPTS_MAX} times`);
  }

  /** Resolves with the id of the process that is doing it already. */
  async #removeStale(path: string, guardsLeft: number): Promise<number | undefined> {
    const guard = join(dirname(path), `.${basename(path)}.guard`);
    const other = await this.#takeFile(guard, guardsLeft);
    if (other !== undefined) return other;
    try {
      const holder = await this.#holderOf(path);
      if (holder !== undefined && !this.#isHeldBy(holder)) await this.#files.remove(path);
    } finally {
      await this.#files.remove(guard);
    }
    return undefined;
  }

  async #link(path: string): Promise<boolean> {
    const { pid } = this.#processes;
    const candidate = join(dirname(path), `.${basename(path)}.${pid}`);
    // One that an earlier process of this id left may be linked: it must not be written to.
    await this.#files.remove(candidate);
    const file = await this.#files.open(candidate, 'create');
    try {
      await file.write(new TextEncoder().encode(`${pid}\n`), 0);
    } finally {
      await file.close();
    }
    try {
      return await this.#files.link(candidate, path);
    } finally {
      await this.#files.remove(candidate);
    }
  }

  /** `undefined` if there is no file; 0, the id of no process, if it holds something else. */
  async #holderOf(path: string): Promise<number | undefined> {
    try {
      const file = await this.#files.open(path, 'read');
      try {
        const bytes = new Uint8Array(HOLDER_BYTES_MAX);
        const text = new TextDecoder().decode(bytes.subarray(0, await file.read(bytes, 0)));
        return /^[1-9]\d{0,9}\n$/.test(text) ? Number(text) : 0;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #isHeldBy(holder: number): boolean {
    const { pid, isAlive } = this.#processes;
    return holder !== 0 && holder !== pid && isAlive(holder);
  }
}

/** The processes of this machine; those of another that shares the folder look like ended ones. */
export const nodeProcesses: Processes = Object.freeze({
  pid: process.pid,
  locks: new Set<string>(),
  isAlive: (pid: number) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  },
});

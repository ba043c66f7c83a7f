/**
 * Storage in files below one folder.
 *
 * Invariants: (1) a name's file is only ever replaced by a rename of a synced one, whose folder is
 * synced after it; (2) operations on one name run one after another; (3) what begins with a dot is
 * a temporary file and no name; (4) an append that fails is cut off again.
 */
import { basename, dirname, join, relative, resolve } from 'node:path';

import type { LockAttempt, Log, Storage } from '../contract.js';
import { RuntimeError } from '../errors.js';
import { isMissing, nodeFiles } from './files.js';
import type { Files, OpenFile } from './files.js';
import { LOG_MAGIC } from './log-format.js';
import { requireName } from './names.js';
import { nodeProcesses, ProcessLock } from './node-lock.js';
import type { Processes } from './node-lock.js';
import { openNodeLog } from './node-log.js';
import { resolveStorageLimits } from './options.js';
import type { StorageLimits } from './options.js';
import { Serial } from './serial.js';

/** Where files are stored, and how much. */
export interface NodeStorageOptions extends StorageLimits {
  /** The folder; made with the first file. */
  readonly root: string;
}

class NodeStorage implements Storage {
  readonly place: string;
  readonly #root: string;
  readonly #limits: Required<StorageLimits>;
  readonly #files: Files;
  readonly #processes: Processes;
  readonly #openLogs = new Set<string>();
  readonly #running = new Map<string, { readonly serial: Serial; users: number }>();

  constructor(
    root: string,
    limits: Required<StorageLimits>,
    files: Files,
    processes: Processes,
  ) {
    this.#root = resolve(root);
    const near = relative('', this.#root);
    this.place = near.startsWith('..') || near === '' ? this.#root : near;
    this.#limits = limits;
    this.#files = files;
    this.#processes = processes;
  }

  read(name: string): Promise<Uint8Array | undefined> {
    return this.#exclusive(name, async (path) => {
      let file: OpenFile;
      try {
        file = await this.#files.open(path, 'read');
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
      try {
        const size = await file.size();
        this.#requireSize(name, size);
        const bytes = new Uint8Array(size);
        return bytes.subarray(0, await file.read(bytes, 0));
      } finally {
        await file.close();
      }
    });
  }

  replace(name: string, bytes: Uint8Array): Promise<void> {
    return this.#exclusive(name, async (path) => {
      this.#requireSize(name, bytes.length);
      this.#requireNoLog(name);
      await this.#writeWhole(path, bytes);
    });
  }

  append(name: string, bytes: Uint8Array): Promise<void> {
    return this.#exclusive(name, async (path) => {
      this.#requireNoLog(name);
      const file = await this.#openIfThere(path);
      if (file === undefined) {
        this.#requireSize(name, bytes.length);
        await this.#writeWhole(path, bytes);
        return;
      }
      try {
        const before = await file.size();
        this.#requireSize(name, before + bytes.length);
        await addTo(file, before, bytes);
      } finally {
        await file.close();
      }
    });
  }

  remove(name: string): Promise<void> {
    return this.#exclusive(name, async (path) => {
      this.#requireNoLog(name);
      await this.#files.remove(path);
      try {
        await this.#files.syncFolder(dirname(path));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    });
  }

  async list(prefix: string): Promise<readonly string[]> {
    try {
      const names = await this.#files.listFiles(this.#root);
      return names
        .filter((name) => name.startsWith(prefix) && !/(^|\/)\./.test(name))
        .toSorted((a, b) => (a < b ? -1 : Number(a > b)));
    } catch (cause) {
      throw this.#failed(prefix, cause);
    }
  }

  openLog(name: string): Promise<Log> {
    return this.#exclusive(name, async (path) => {
      this.#requireNoLog(name);
      const file = await this.#openOrBegin(path);
      const onClose = (): void => void this.#openLogs.delete(name);
      try {
        const log = await openNodeLog({ name, file, limits: this.#limits, onClose });
        this.#openLogs.add(name);
        return log;
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  async lock(name: string): Promise<LockAttempt> {
    const lock = new ProcessLock(join(this.#root, name), this.#files, this.#processes);
    const holder = await this.#exclusive(name, () => lock.take());
    if (holder !== undefined) return { kind: 'held', holder: `process ${holder}` };
    return { kind: 'taken', release: () => this.#exclusive(name, () => lock.release()) };
  }

  /** Puts `bytes` in the place of the file by a rename, so that it is never half-written. */
  async #writeWhole(path: string, bytes: Uint8Array): Promise<void> {
    const folder = dirname(path);
    const temporary = join(folder, `.${basename(path)}.new`);
    await this.#files.makeFolder(folder);
    try {
      const file = await this.#files.open(temporary, 'create');
      try {
        await file.write(bytes, 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#files.rename(temporary, path);
    } catch (error) {
      // Best effort: the next replace of this name empties the temporary file anyway.
      await this.#files.remove(temporary).catch(() => undefined);
      throw error;
    }
    await this.#files.syncFolder(folder);
  }

  async #openOrBegin(path: string): Promise<OpenFile> {
    const file = await this.#openIfThere(path);
    if (file !== undefined) return file;
    await this.#writeWhole(path, LOG_MAGIC);
    return this.#files.open(path, 'update');
  }

  async #openIfThere(path: string): Promise<OpenFile | undefined> {
    try {
      return await this.#files.open(path, 'update');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Runs `step` when the steps given before for this name have settled. */
  async #exclusive<T>(name: string, step: (path: string) => Promise<T>): Promise<T> {
    requireName(name);
    let entry = this.#running.get(name);
    if (entry === undefined) {
      entry = { serial: new Serial(), users: 0 };
      this.#running.set(name, entry);
    }
    entry.users += 1;
    try {
      return await entry.serial.run(() => step(join(this.#root, name)));
    } catch (cause) {
      throw cause instanceof RuntimeError ? cause : this.#failed(name, cause);
    } finally {
      entry.users -= 1;
      if (entry.users === 0) this.#running.delete(name);
    }
  }

  #failed(name: string, cause: unknown): RuntimeError {
    const message = `${name}: ${cause instanceof Error ? cause.message : String(cause)}`;
    return new RuntimeError('RUNTIME_STORAGE_FAILED', message, { cause });
  }

  #requireSize(name: string, bytes: number): void {
    const limit = this.#limits.fileBytesMax;
    if (bytes <= limit) return;
    const message = `${name} has ${bytes} bytes, the limit is ${limit}`;
    throw new RuntimeError('RUNTIME_STORAGE_LIMIT', message);
  }

  #requireNoLog(name: string): void {
    if (!this.#openLogs.has(name)) return;
    throw new RuntimeError('RUNTIME_LOG_OPEN', `${name} is open as a log`);
  }
}

async function addTo(file: OpenFile, size: number, bytes: Uint8Array): Promise<void> {
  try {
    await file.write(bytes, size);
  } catch (error) {
    // What fails as well leaves bytes that a reader finds; the first error says why.
    await file.truncate(size).catch(() => undefined);
    throw error;
  }
}

/** Storage on a given file system among given processes; what tests of crashes use. */
export function storageOn(
  files: Files,
  options: NodeStorageOptions,
  processes: Processes = nodeProcesses,
): Storage {
  const { root, ...limits } = options;
  return new NodeStorage(root, resolveStorageLimits(limits), files, processes);
}

/**
 * Storage in the files of a folder. Its locks are between processes of one machine: threads of one
 * process do not exclude each other.
 * @throws RuntimeError RUNTIME_OPTION_INVALID
 */
export function nodeStorage(options: NodeStorageOptions): Storage {
  return storageOn(nodeFiles, options);
}

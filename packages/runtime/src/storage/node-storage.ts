/**
 * Storage in files below one folder.
 *
 * Invariants: (1) a name's file is only ever replaced by a rename of a synced one, whose folder is
 * synced after it; (2) operations on one name run one after another; (3) what begins with a dot is
 * a temporary file and no name.
 */
import { basename, dirname, join, resolve } from 'node:path';

import type { Log, Storage } from '../contract.js';
import { RuntimeError } from '../errors.js';
import { isMissing, nodeFiles } from './files.js';
import type { Files, OpenFile } from './files.js';
import { LOG_MAGIC } from './log-format.js';
import { requireName } from './names.js';
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
  readonly #root: string;
  readonly #limits: Required<StorageLimits>;
  readonly #files: Files;
  readonly #openLogs = new Set<string>();
  readonly #running = new Map<string, { readonly serial: Serial; users: number }>();

  constructor(root: string, limits: Required<StorageLimits>, files: Files) {
    this.#root = resolve(root);
    this.#limits = limits;
    this.#files = files;
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
    try {
      return await this.#files.open(path, 'update');
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    await this.#writeWhole(path, LOG_MAGIC);
    return this.#files.open(path, 'update');
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

/** Storage on a given file system; what tests of crashes use. */
export function storageOn(files: Files, options: NodeStorageOptions): Storage {
  const { root, ...limits } = options;
  return new NodeStorage(root, resolveStorageLimits(limits), files);
}

/**
 * Storage in the files of a folder.
 * @throws RuntimeError RUNTIME_OPTION_INVALID
 */
export function nodeStorage(options: NodeStorageOptions): Storage {
  return storageOn(nodeFiles, options);
}

/**
 * The calls on the file system that storage is made of, as a value, so that a test can make any of
 * them fail or be the last before a crash.
 */
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/** An open file. */
export interface OpenFile {
  readonly size: () => Promise<number>;
  /** Fills `target` from `offset`; resolves with the bytes that there were. */
  readonly read: (target: Uint8Array, offset: number) => Promise<number>;
  /** Writes all bytes at `offset`. */
  readonly write: (bytes: Uint8Array, offset: number) => Promise<void>;
  readonly truncate: (size: number) => Promise<void>;
  /** Resolves when content and size are on stable storage. */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** How a file is opened: `create` makes or empties it, the others need it to be there. */
export type OpenMode = 'read' | 'create' | 'update';

/** The file system; paths are absolute. */
export interface Files {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  /** Gives the file a second path at once; false if there is a file of that path already. */
  link(from: string, to: string): Promise<boolean>;
  /** Removes a file if it is there. */
  remove(path: string): Promise<void>;
  /** Makes the folder and those above it, durably. */
  makeFolder(path: string): Promise<void>;
  /** Resolves when the folder's entries are on stable storage. */
  syncFolder(path: string): Promise<void>;
  /** Paths relative to `path` of all files below it; none if it is not there. */
  listFiles(path: string): Promise<readonly string[]>;
}

const FLAGS: Readonly<Record<OpenMode, string>> = Object.freeze({
  read: 'r', create: 'w', update: 'r+',
});

/** Whether the file system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return isCode(error, 'ENOENT');
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}

async function readFully(handle: FileHandle, target: Uint8Array, offset: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await handle.read(target, done, target.length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += (await handle.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; its file system journals their entries.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Node's file system. */
export const nodeFiles: Files = Object.freeze({
  rename,
  syncFolder,
  open: async (path: string, mode: OpenMode): Promise<OpenFile> => {
    const handle = await open(path, FLAGS[mode]);
    return {
      size: async () => (await handle.stat()).size,
      read: (target, offset) => readFully(handle, target, offset),
      write: (bytes, offset) => writeFully(handle, bytes, offset),
      truncate: (size) => handle.truncate(size),
      sync: () => handle.datasync(),
      close: () => handle.close(),
    };
  },
  link: async (from: string, to: string) => {
    try {
      await link(from, to);
      return true;
    } catch (error) {
      if (isCode(error, 'EEXIST')) return false;
      throw error;
    }
  },
  remove: (path: string) => rm(path, { force: true }),
  makeFolder: async (path: string) => {
    const first = await mkdir(path, { recursive: true });
    if (first === undefined) return;
    // Every folder that has a new entry: from the new ones' parents up to the first one's.
    const top = dirname(first);
    let folder = path;
    while (folder !== top) {
      folder = dirname(folder);
      await syncFolder(folder);
    }
  },
  listFiles: async (path: string) => {
    try {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => (
        relative(path, join(parentPath, name)).replaceAll(sep, '/')
      ));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
});

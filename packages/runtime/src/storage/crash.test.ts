import { dirname } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Log, Random, Storage } from '../contract.js';
import { seededRandom } from '../random.js';
import type { Files, OpenFile } from './files.js';
import { storageOn } from './node-storage.js';

const SECTOR_BYTES = 16;

interface Inode {
  current: Uint8Array;
  durable: Uint8Array;
}

class Crash extends Error {}

/**
 * A disk that forgets. What was written and not synced survives a crash by the sector, by chance;
 * so does each entry of a folder that was not synced. Every call is counted, and the one at which
 * the power fails throws, as do all after it.
 */
class ForgetfulDisk implements Files {
  #current = new Map<string, Inode>();
  #durable = new Map<string, Inode>();
  #callsLeft = Infinity;
  calls = 0;

  failAfter(calls: number): void {
    this.#callsLeft = calls;
  }

  /** The power comes back. */
  restart(random: Random): void {
    const survivors = new Map<string, Inode>();
    for (const path of new Set([...this.#current.keys(), ...this.#durable.keys()])) {
      const entries = random.below(2) === 0 ? this.#current : this.#durable;
      const inode = entries.get(path);
      if (inode !== undefined) survivors.set(path, inode);
    }
    for (const inode of new Set(survivors.values())) {
      inode.durable = tear(inode, random);
      inode.current = Uint8Array.from(inode.durable);
    }
    this.#current = new Map(survivors);
    this.#durable = survivors;
    this.#callsLeft = Infinity;
  }

  async open(path: string, mode: 'read' | 'create' | 'update'): Promise<OpenFile> {
    this.#call();
    let inode = this.#current.get(path);
    if (inode === undefined) {
      if (mode !== 'create') throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
      inode = { current: new Uint8Array(), durable: new Uint8Array() };
      this.#current.set(path, inode);
    }
    if (mode === 'create') inode.current = new Uint8Array();
    return this.#openFile(inode);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#call();
    const inode = this.#current.get(from);
    if (inode === undefined) throw new Error(`no ${from}`);
    this.#current.delete(from);
    this.#current.set(to, inode);
  }

  async link(from: string, to: string): Promise<boolean> {
    this.#call();
    const inode = this.#current.get(from);
    if (inode === undefined) throw new Error(`no ${from}`);
    if (this.#current.has(to)) return false;
    this.#current.set(to, inode);
    return true;
  }

  async remove(path: string): Promise<void> {
    this.#call();
    this.#current.delete(path);
  }

  async makeFolder(): Promise<void> {
    this.#call();
  }

  async syncFolder(folder: string): Promise<void> {
    this.#call();
    for (const path of this.#durable.keys()) {
      if (dirname(path) === folder) this.#durable.delete(path);
    }
    for (const [path, inode] of this.#current) {
      if (dirname(path) === folder) this.#durable.set(path, inode);
    }
  }

  async listFiles(): Promise<readonly string[]> {
    this.#call();
    return [...this.#current.keys()];
  }

  #call(): void {
    if (this.#callsLeft <= 0) throw new Crash('the power failed');
    this.#callsLeft -= 1;
    this.calls += 1;
  }

  #openFile(inode: Inode): OpenFile {
    return {
      size: async () => inode.current.length,
      read: async (target, offset) => {
        const part = inode.current.subarray(offset, offset + target.length);
        target.set(part);
        return part.length;
      },
      write: async (bytes, offset) => {
        this.#call();
        const size = Math.max(inode.current.length, offset + bytes.length);
        const grown = new Uint8Array(size);
        grown.set(inode.current);
        grown.set(bytes, offset);
        inode.current = grown;
      },
      truncate: async (size) => {
        this.#call();
        inode.current = inode.current.slice(0, size);
      },
      sync: async () => {
        this.#call();
        inode.durable = Uint8Array.from(inode.current);
      },
      close: async () => undefined,
    };
  }
}

/** Each sector as it was synced or as it was last written; the size is one of the two. */
function tear({ current, durable }: Inode, random: Random): Uint8Array {
  const size = random.below(2) === 0 ? current.length : durable.length;
  const torn = new Uint8Array(size);
  for (let at = 0; at < size; at += SECTOR_BYTES) {
    const source = random.below(2) === 0 ? current : durable;
    torn.set(source.subarray(at, Math.min(at + SECTOR_BYTES, size)), at);
  }
  return torn;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const OLD = 'old '.repeat(20);
const NEW = 'new and longer '.repeat(20);

async function ignoringCrash(step: Promise<unknown>): Promise<boolean> {
  try {
    await step;
    return true;
  } catch (error) {
    if ((error as Error & { code?: string }).code === 'RUNTIME_STORAGE_FAILED') return false;
    throw error;
  }
}

async function readText(storage: Storage): Promise<string | undefined> {
  const content = await storage.read('folder/file');
  return content === undefined ? undefined : new TextDecoder().decode(content);
}

async function records(log: Log): Promise<string[]> {
  const found: string[] = [];
  for await (const record of log.read()) found.push(new TextDecoder().decode(record.bytes));
  return found;
}

function replaceByNew(disk: ForgetfulDisk): Promise<void> {
  return storageOn(disk, { root: '/root' }).replace('folder/file', bytes(NEW));
}

async function truncateAndGoOn(disk: ForgetfulDisk, onTruncated?: () => void): Promise<void> {
  const log = await storageOn(disk, { root: '/root' }).openLog('log');
  for (const record of ['a', 'b', 'c', 'd']) log.append(bytes(record));
  await log.sync();
  await log.truncate(2);
  onTruncated?.();
  log.append(bytes('C'));
  await log.sync();
}

/** Calls of one undisturbed run, so that every one of them can be the last. */
async function callsOf(run: (disk: ForgetfulDisk) => Promise<unknown>): Promise<number> {
  const disk = new ForgetfulDisk();
  await run(disk);
  return disk.calls;
}

/** The disk is full in the middle of a write. */
function fillUpOnWrite(disk: ForgetfulDisk): Files {
  const open: Files['open'] = async (path, mode) => {
    const file = await disk.open(path, mode);
    const write: OpenFile['write'] = async (content, offset) => {
      await file.write(content.subarray(0, content.length / 2), offset);
      throw new Error('the disk is full');
    };
    return { ...file, write };
  };
  return {
    open,
    rename: (from, to) => disk.rename(from, to),
    link: (from, to) => disk.link(from, to),
    remove: (path) => disk.remove(path),
    makeFolder: () => disk.makeFolder(),
    syncFolder: (path) => disk.syncFolder(path),
    listFiles: () => disk.listFiles(),
  };
}

describe('a crash at any call', () => {
  it('STORAGE: replace leaves the old bytes or the new, and the new once it resolved', async () => {
    const calls = await callsOf(replaceByNew);
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 40; seed += 1) {
      for (let last = 0; last <= calls; last += 1) {
        const disk = new ForgetfulDisk();
        await storageOn(disk, { root: '/root' }).replace('folder/file', bytes(OLD));
        disk.failAfter(last);
        const done = await ignoringCrash(replaceByNew(disk));
        disk.restart(seededRandom(seed * 1_000 + last));
        const found = await readText(storageOn(disk, { root: '/root' }));
        expect(done ? [NEW] : [OLD, NEW]).toContain(found);
        outcomes.add(`${done} ${found === NEW ? 'new' : 'old'}`);
      }
    }
    expect([...outcomes].toSorted()).toEqual(['false new', 'false old', 'true new']);
  });

  it('APPEND-1: an append that fails adds nothing', async () => {
    const disk = new ForgetfulDisk();
    const storage = storageOn(disk, { root: '/root' });
    const full = storageOn(fillUpOnWrite(disk), { root: '/root' });
    const failed = { code: 'RUNTIME_STORAGE_FAILED', message: 'folder/file: the disk is full' };
    await expect(full.append('folder/file', bytes(OLD))).rejects.toMatchObject(failed);
    expect(await readText(storage)).toBe(undefined);
    await storage.append('folder/file', bytes(OLD));
    await expect(full.append('folder/file', bytes(NEW))).rejects.toMatchObject(failed);
    expect(await readText(storage)).toBe(OLD);
    await storage.append('folder/file', bytes(NEW));
    expect(await readText(storage)).toBe(OLD + NEW);
  });

  it('STORAGE: a file that was removed is gone once remove resolved', async () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const disk = new ForgetfulDisk();
      const storage = storageOn(disk, { root: '/root' });
      await storage.replace('folder/file', bytes(OLD));
      await storage.remove('folder/file');
      disk.restart(seededRandom(seed));
      expect(await readText(storageOn(disk, { root: '/root' }))).toBe(undefined);
    }
  });

  it('LOG-1, LOG-2: a log keeps what was synced and a prefix of the rest', async () => {
    const written = Array.from({ length: 12 }, (_, index) => `${index}:${'r'.repeat(index * 7)}`);
    let synced = 0;
    const write = async (disk: ForgetfulDisk): Promise<void> => {
      synced = 0;
      const log = await storageOn(disk, { root: '/root' }).openLog('log');
      for (const [index, record] of written.entries()) {
        log.append(bytes(record));
        if (index % 4 !== 3) continue;
        await log.sync();
        synced = index + 1;
      }
    };
    const calls = await callsOf(write);
    const kept = new Set<number>();
    for (let seed = 0; seed < 60; seed += 1) {
      for (let last = 0; last <= calls; last += 1) {
        const disk = new ForgetfulDisk();
        disk.failAfter(last);
        await ignoringCrash(write(disk));
        disk.restart(seededRandom(seed * 1_000 + last));
        const log = await storageOn(disk, { root: '/root' }).openLog('log');
        const found = await records(log);
        expect(found).toEqual(written.slice(0, found.length));
        expect(found.length).toBeGreaterThanOrEqual(synced);
        kept.add(found.length);
        // As long as the record that may have been torn, so that the one after it would fit on.
        const next = 'x'.repeat(written[found.length]?.length ?? 1);
        expect(log.append(bytes(next))).toBe(found.length);
        await log.close();
        const later = await storageOn(disk, { root: '/root' }).openLog('log');
        expect(await records(later)).toEqual([...found, next]);
      }
    }
    // Batches end at 0, 4, 8 and 12; other lengths are torn ones.
    expect(kept.size).toBeGreaterThan(6);
  });

  it('LOG: truncate is durable once it resolved, and nothing dropped comes back', async () => {
    const calls = await callsOf((disk) => truncateAndGoOn(disk));
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 40; seed += 1) {
      for (let last = 0; last <= calls; last += 1) {
        const disk = new ForgetfulDisk();
        disk.failAfter(last);
        let allowed = ['', 'a', 'ab', 'abc', 'abcd'];
        await ignoringCrash(truncateAndGoOn(disk, () => {
          allowed = ['ab', 'abC'];
        }));
        disk.restart(seededRandom(seed * 1_000 + last));
        const log = await storageOn(disk, { root: '/root' }).openLog('log');
        const outcome = (await records(log)).join('');
        expect(allowed).toContain(outcome);
        outcomes.add(outcome);
      }
    }
    expect(outcomes.has('abC')).toBe(true);
  });

  it('RUNTIME_STORAGE_FAILED: after a failure a log takes nothing more', async () => {
    const disk = new ForgetfulDisk();
    const storage = storageOn(disk, { root: '/root' });
    const log = await storage.openLog('log');
    log.append(bytes('a'));
    disk.failAfter(1);
    const failed = { code: 'RUNTIME_STORAGE_FAILED', message: 'log: the power failed' };
    await expect(log.sync()).rejects.toMatchObject(failed);
    expect(() => log.append(bytes('b'))).toThrow(expect.objectContaining(failed));
    await expect(log.sync()).rejects.toMatchObject(failed);
    await expect(log.truncate(0)).rejects.toMatchObject(failed);
    await log.close();
    disk.restart(seededRandom(1));
    await (await storage.openLog('log')).close();
  });
});

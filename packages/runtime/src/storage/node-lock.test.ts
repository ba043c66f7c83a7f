import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { LockAttempt, Random } from '../contract.js';
import { seededRandom } from '../random.js';
import { nodeFiles } from './files.js';
import type { Files, OpenFile } from './files.js';
import { nodeProcesses, ProcessLock } from './node-lock.js';
import { nodeStorage, storageOn } from './node-storage.js';

const NO_PID = 999_999_999;

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ganglion-lock-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function refuse(): never {
  throw new Error('locks have no use for it');
}

/** Files in memory, each call after `step`; all of them are about one folder. */
class SteppedFiles {
  readonly contents = new Map<string, { bytes: Uint8Array }>();

  /** What one process sees. */
  seenBy(step: () => Promise<void>): Files {
    const { contents } = this;
    return {
      open: async (path, mode) => {
        await step();
        let inode = contents.get(path);
        if (inode === undefined) {
          if (mode !== 'create') throw Object.assign(new Error(path), { code: 'ENOENT' });
          inode = { bytes: new Uint8Array() };
          contents.set(path, inode);
        }
        if (mode === 'create') inode.bytes = new Uint8Array();
        return this.#openFile(inode, step);
      },
      link: async (from, to) => {
        await step();
        const inode = contents.get(from);
        if (inode === undefined) throw new Error(`no ${from}`);
        if (contents.has(to)) return false;
        contents.set(to, inode);
        return true;
      },
      remove: async (path) => {
        await step();
        contents.delete(path);
      },
      makeFolder: step,
      rename: refuse,
      syncFolder: refuse,
      listFiles: refuse,
    };
  }

  #openFile(inode: { bytes: Uint8Array }, step: () => Promise<void>): OpenFile {
    return {
      size: refuse,
      truncate: refuse,
      sync: refuse,
      read: async (target) => {
        await step();
        const part = inode.bytes.subarray(0, target.length);
        target.set(part);
        return part.length;
      },
      write: async (bytes) => {
        await step();
        inode.bytes = Uint8Array.from(bytes);
      },
      close: async () => undefined,
    };
  }
}

const LOCK = '/folder/lock';
const DEAD = 1;

class Killed extends Error {}

/** Some processes that want one lock, in an order that the seed decides. */
class Contest {
  readonly files = new SteppedFiles();
  readonly alive = new Set<number>();
  readonly taken = new Set<number>();
  readonly #random: Random;
  readonly #waiting: (() => void)[] = [];
  mostTaken = 0;
  calls = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A file that a process left which has ended. */
  leave(path: string, pid = DEAD): void {
    this.files.contents.set(path, { bytes: new TextEncoder().encode(`${pid}\n`) });
  }

  /** Tries `attempts` times; holds a lock for some turns. Killed at its call `killAt`. */
  async contend(pid: number, attempts: number, killAt = Infinity): Promise<void> {
    this.alive.add(pid);
    let calls = 0;
    const step = async (): Promise<void> => {
      calls += 1;
      this.calls += 1;
      await this.#turn();
      if (calls < killAt) return;
      this.alive.delete(pid);
      this.taken.delete(pid);
      throw new Killed();
    };
    const isAlive = (other: number): boolean => this.alive.has(other);
    const processes = { pid, isAlive, locks: new Set<string>() };
    try {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const lock = new ProcessLock(LOCK, this.files.seenBy(step), processes);
        if ((await lock.take()) !== undefined) continue;
        this.taken.add(pid);
        this.mostTaken = Math.max(this.mostTaken, this.taken.size);
        for (let turn = this.#random.below(6); turn > 0; turn -= 1) await step();
        this.taken.delete(pid);
        await lock.release();
      }
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }

  /** Lets one after the other go on, until all have ended. */
  async run(contenders: readonly Promise<void>[]): Promise<void> {
    const running = new Set(contenders);
    const ends = contenders.map((one) => one.finally(() => running.delete(one)));
    for (; running.size > 0; await letReactionsRun()) {
      const [next] = this.#waiting.splice(this.#random.below(this.#waiting.length || 1), 1);
      next?.();
    }
    await Promise.all(ends);
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** A call on files that is let go on comes to the next one within so many reactions. */
async function letReactionsRun(): Promise<void> {
  for (let hop = 0; hop < 8; hop += 1) await Promise.resolve();
}

describe('locks between processes', () => {
  it('LOCK-1: at most one has it, in any order of the calls on files', async () => {
    const locks = new Set<number>();
    for (let seed = 0; seed < 300; seed += 1) {
      const contest = new Contest(seed);
      if (seed % 3 > 0) contest.leave(LOCK);
      if (seed % 3 > 1) contest.leave('/folder/.lock.guard');
      await contest.run([10, 11, 12].map((pid) => contest.contend(pid, 3)));
      expect([seed, contest.mostTaken]).toEqual([seed, 1]);
      expect([...contest.files.contents.keys()].filter((path) => path === LOCK)).toEqual([]);
      locks.add(contest.calls);
    }
    expect(locks.size).toBeGreaterThan(30);
  });

  it('LOCK-1, LOCK-2: also where one of them is killed at any of its calls', async () => {
    for (let killAt = 1; killAt <= 40; killAt += 1) {
      for (let seed = 0; seed < 12; seed += 1) {
        const contest = new Contest(1_000 * killAt + seed);
        contest.leave(LOCK);
        await contest.run([
          contest.contend(10, 2, killAt), contest.contend(11, 2), contest.contend(12, 2),
        ]);
        expect([killAt, seed, contest.mostTaken]).toEqual([killAt, seed, 1]);
        contest.mostTaken = 0;
        await contest.run([contest.contend(13, 1)]);
        expect([killAt, seed, contest.mostTaken]).toEqual([killAt, seed, 1]);
      }
    }
  });

  it('LOCK-2: an earlier process of the same id has ended', async () => {
    const contest = new Contest(1);
    contest.leave(LOCK, 10);
    contest.leave('/folder/.lock.10', 10);
    contest.leave('/folder/.lock.guard', 10);
    await contest.run([contest.contend(10, 1)]);
    expect([contest.mostTaken, contest.files.contents.size]).toEqual([1, 0]);
  });

  it.each(['', 'x', '0\n', '-5\n', '12', '1e3\n', `${'9'.repeat(30)}\n`])(
    'LOCK-2: a file that holds %j is of no process', async (content) => {
      await writeFile(join(root, 'lock'), content);
      const attempt = await nodeStorage({ root }).lock('lock');
      expect(attempt.kind).toBe('taken');
      expect(await readFile(join(root, 'lock'), 'utf8')).toBe(`${process.pid}\n`);
    });

  it('names the living process that has it, and waits for no other', async () => {
    // The parent of this process lives as long as it does.
    await writeFile(join(root, 'lock'), `${process.ppid}\n`);
    const attempt: LockAttempt = await nodeStorage({ root }).lock('lock');
    expect(attempt).toEqual({ kind: 'held', holder: `process ${process.ppid}` });
    await writeFile(join(root, 'lock'), `${NO_PID}\n`);
    expect((await nodeStorage({ root }).lock('lock')).kind).toBe('taken');
    const own = await nodeStorage({ root }).lock('lock');
    expect(own).toEqual({ kind: 'held', holder: `process ${process.pid}` });
  });

  it('leaves nothing behind but the lock, and that no longer than it is taken', async () => {
    await writeFile(join(root, 'lock'), `${NO_PID}\n`);
    const attempt = await nodeStorage({ root }).lock('lock');
    expect(await readdir(root)).toEqual(['lock']);
    if (attempt.kind === 'taken') await attempt.release();
    expect(await readdir(root)).toEqual([]);
  });

  it('RUNTIME_STORAGE_FAILED: says what the system refused, and can be tried again', async () => {
    await writeFile(join(root, 'file'), 'x');
    const storage = nodeStorage({ root });
    await expect(storage.lock('file/lock')).rejects.toMatchObject({
      code: 'RUNTIME_STORAGE_FAILED',
      message: expect.stringMatching(/^file\/lock: .*(EEXIST|ENOTDIR)/) as string,
    });
    await rm(join(root, 'file'));
    expect((await storage.lock('file/lock')).kind).toBe('taken');
  });

  it('RUNTIME_STORAGE_FAILED: gives up on guards that are all of ended processes', async () => {
    const guards = ['.a.guard', '..a.guard.guard', '...a.guard.guard.guard'];
    for (const name of ['a', ...guards, '....a.guard.guard.guard.guard']) {
      await writeFile(join(root, name), `${NO_PID}\n`);
    }
    const storage = storageOn(nodeFiles, { root }, { ...nodeProcesses, locks: new Set() });
    await expect(storage.lock('a')).rejects.toMatchObject({
      code: 'RUNTIME_STORAGE_FAILED',
      message: expect.stringContaining('of ended processes') as string,
    });
    await rm(join(root, '....a.guard.guard.guard.guard'));
    expect((await storage.lock('a')).kind).toBe('taken');
    expect(await readdir(root)).toEqual(['a']);
  });
});

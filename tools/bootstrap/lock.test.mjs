import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acquireLock, nameChild } from './lock.mjs';

/** Larger than any process id that Linux gives out. */
const DEAD_PID = 4_194_305;

describe('lock', () => {
  let folder;
  let file;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ganglion-lock-'));
    file = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('names its holder while held and is gone after release', async () => {
    const release = await acquireLock(file, { limitMs: 1_000 });
    expect(JSON.parse(readFileSync(file, 'utf8')).pid).toBe(process.pid);
    release();
    expect(existsSync(file)).toBe(false);
  });

  test('a second taker waits, is told once of the holder, gets it after the release', async () => {
    const order = [];
    const release = await acquireLock(file, { limitMs: 1_000 });
    const onWait = ({ pid }) => {
      order.push(`waits for ${pid}`);
      setTimeout(() => {
        order.push('released');
        release();
      }, 0);
    };
    const second = await acquireLock(file, { limitMs: 5_000, onWait });
    order.push('taken');
    second();
    expect(order).toEqual([`waits for ${process.pid}`, 'released', 'taken']);
  });

  test('a lock whose holder is dead is taken over', async () => {
    writeFileSync(file, JSON.stringify({ pid: DEAD_PID, start: '1' }));
    const release = await acquireLock(file, { limitMs: 1_000 });
    expect(JSON.parse(readFileSync(file, 'utf8')).pid).toBe(process.pid);
    release();
  });

  test('a reused process id does not keep a lock', async ({ skip }) => {
    skip(process.platform !== 'linux', 'start times of processes are read on Linux only');
    writeFileSync(file, JSON.stringify({ pid: process.pid, start: 'another start' }));
    const release = await acquireLock(file, { limitMs: 1_000 });
    expect(JSON.parse(readFileSync(file, 'utf8')).start).not.toBe('another start');
    release();
  });

  test('LOCK-3: the living child of a dead holder keeps the lock', async () => {
    writeFileSync(file, JSON.stringify({ pid: DEAD_PID, start: '1' }));
    nameChild(file, process.ppid);
    const sentence = `${file} is held by process ${process.ppid} for more than 0 s`;
    await expect(acquireLock(file, { limitMs: 0 })).rejects.toThrow(sentence);
    rmSync(`${file}.child`);
    const release = await acquireLock(file, { limitMs: 1_000 });
    release();
    expect(existsSync(file)).toBe(false);
  });

  test('LOCK-2: a breaker that died is removed when it is old', async () => {
    writeFileSync(file, JSON.stringify({ pid: DEAD_PID, start: '1' }));
    writeFileSync(`${file}.break`, '');
    utimesSync(`${file}.break`, 1, 1);
    const release = await acquireLock(file, { limitMs: 1_000 });
    expect(existsSync(`${file}.break`)).toBe(false);
    release();
  });

  test('says which file and which process when the limit has passed', async () => {
    const release = await acquireLock(file, { limitMs: 1_000 });
    const second = acquireLock(file, { limitMs: 0 });
    const sentence = `${file} is held by process ${process.pid} for more than 0 s`;
    await expect(second).rejects.toThrow(sentence);
    release();
  });
});

import { mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Log } from '../contract.js';
import { nodeStorage } from './node-storage.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ganglion-storage-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function records(log: Log): Promise<string[]> {
  const found: string[] = [];
  for await (const record of log.read()) found.push(new TextDecoder().decode(record.bytes));
  return found;
}

async function writeLog(batches: readonly string[][]): Promise<string> {
  const log = await nodeStorage({ root }).openLog('log');
  for (const batch of batches) {
    for (const record of batch) log.append(bytes(record));
    await log.sync();
  }
  await log.close();
  return join(root, 'log');
}

function payload(index: number): Uint8Array {
  return new Uint8Array(300_000).fill(index);
}

async function damage(path: string, at: number): Promise<void> {
  const handle = await open(path, 'r+');
  await handle.write(Uint8Array.of(0xaa), 0, 1, at);
  await handle.close();
}

describe('nodeStorage', () => {
  it('is called by its path, a short one below the working folder', () => {
    expect(nodeStorage({ root }).place).toBe(root);
    expect(nodeStorage({ root: 'runs/first' }).place).toBe(join('runs', 'first'));
    expect(nodeStorage({ root: resolve('runs') }).place).toBe('runs');
    expect(nodeStorage({ root: '.' }).place).toBe(process.cwd());
    expect(nodeStorage({ root: '..' }).place).toBe(dirname(process.cwd()));
  });

  it('leaves no temporary file behind, and lists none that a crash left', async () => {
    const storage = nodeStorage({ root });
    await storage.replace('a', bytes('content'));
    expect(await readdir(root)).toEqual(['a']);
    await writeFile(join(root, '.a.new'), 'from a crash');
    expect(await storage.list('')).toEqual(['a']);
    await storage.replace('a', bytes('next'));
    expect(await readdir(root)).toEqual(['a']);
    expect(await readFile(join(root, 'a'), 'utf8')).toBe('next');
  });

  it('cuts off a torn record when a log is opened', async () => {
    const path = await writeLog([['a', 'b'], ['c']]);
    await truncate(path, (await readFile(path)).length - 1);
    const log = await nodeStorage({ root }).openLog('log');
    expect(await records(log)).toEqual(['a', 'b']);
    log.append(bytes('C'));
    await log.close();
    const later = await nodeStorage({ root }).openLog('log');
    expect(await records(later)).toEqual(['a', 'b', 'C']);
    await later.close();
  });

  it('RUNTIME_LOG_CORRUPT: refuses a log with a damaged record in its middle', async () => {
    const path = await writeLog([['first', 'second'], ['third']]);
    const before = await readFile(path);
    await damage(path, before.indexOf('second'));
    await expect(nodeStorage({ root }).openLog('log')).rejects.toMatchObject({
      code: 'RUNTIME_LOG_CORRUPT',
    });
    expect((await readFile(path)).length).toBe(before.length);
  });

  it('LOG-3: a record that is damaged while the log is open is not read', async () => {
    const path = await writeLog([['first', 'second']]);
    const log = await nodeStorage({ root }).openLog('log');
    await damage(path, (await readFile(path)).indexOf('second'));
    await expect(records(log)).rejects.toMatchObject({
      code: 'RUNTIME_LOG_CORRUPT', message: 'log: record 1 at byte 29 fails its check',
    });
    await log.close();
  });

  it('reads a log of more than one window, while it grows and is cut', async () => {
    const log = await nodeStorage({ root }).openLog('log');
    for (let index = 0; index < 10; index += 1) log.append(payload(index));
    await log.sync();
    const read: number[] = [];
    for await (const record of log.read()) {
      read.push(record.bytes[299_999] ?? -1);
      if (record.index === 4) {
        await log.truncate(6);
        log.append(payload(60));
        await log.sync();
        log.append(payload(70));
      }
    }
    expect(read).toEqual([0, 1, 2, 3, 4, 5, 60, 70]);
    await log.close();
  });

  it('refuses to append while a truncate is running', async () => {
    const log = await nodeStorage({ root }).openLog('log');
    log.append(bytes('a'));
    const truncating = log.truncate(0);
    expect(() => log.append(bytes('b'))).toThrow('no append while a truncate is running');
    await truncating;
    expect(log.append(bytes('b'))).toBe(0);
    await log.close();
  });

  it('RUNTIME_STORAGE_FAILED: names the file and keeps the system\'s error', async () => {
    await writeFile(join(root, 'file'), 'x');
    const storage = nodeStorage({ root });
    await expect(storage.replace('file/below', bytes('x'))).rejects.toMatchObject({
      code: 'RUNTIME_STORAGE_FAILED',
      message: expect.stringMatching(/^file\/below: .*(EEXIST|ENOTDIR)/) as string,
      cause: expect.any(Error) as Error,
    });
    await expect(nodeStorage({ root: join(root, 'file') }).list('')).rejects.toMatchObject({
      code: 'RUNTIME_STORAGE_FAILED',
    });
  });

  it('RUNTIME_STORAGE_LIMIT: refuses to read a file over the limit', async () => {
    await nodeStorage({ root }).replace('large', new Uint8Array(11));
    await expect(nodeStorage({ root, fileBytesMax: 10 }).read('large')).rejects.toMatchObject({
      code: 'RUNTIME_STORAGE_LIMIT', message: 'large has 11 bytes, the limit is 10',
    });
  });

  it.each([
    [{ fileBytesMax: 0 }, 'fileBytesMax is 0, must be an integer 1 to 2147483647'],
    [{ recordBytesMax: 2 ** 31 }, 'recordBytesMax is 2147483648, must be an integer 1 to'],
    [{ logBufferBytesMax: 1.5 }, 'logBufferBytesMax is 1.5, must be an integer 1 to'],
    [{ limit: 1 }, 'storage: unknown option limit'],
  ])('RUNTIME_OPTION_INVALID: %j', (limits, message) => {
    expect(() => nodeStorage({ root, ...limits })).toThrow(message);
  });
});

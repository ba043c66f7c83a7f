/** What every implementation of `Storage` and `Log` must do, seen through the contract alone. */
import assert from 'node:assert/strict';

import type { Log, Storage } from '../contract.js';
import type { ConformanceCase } from './conformance.js';

/** An implementation under test. */
export interface StorageSubject {
  /** An empty storage with these limits, in bytes. */
  create(limits: StorageSubjectLimits): Promise<Storage>;
  /** The same contents as a later process sees them; everything of `storage` is closed. */
  reopen(storage: Storage): Promise<Storage>;
  /** The same contents as another process sees them that runs at the same time. */
  beside(storage: Storage): Promise<Storage>;
  /** False for what lasts no longer than its process: then there is no later one. */
  readonly outlivesProcess: boolean;
}

/** Limits that the kit asks for. */
export interface StorageSubjectLimits {
  readonly fileBytesMax: number;
  readonly recordBytesMax: number;
  readonly logBufferBytesMax: number;
}

const LIMITS: StorageSubjectLimits = {
  fileBytesMax: 64, recordBytesMax: 32, logBufferBytesMax: 128,
};
const REFUSED_NAMES: readonly string[] = [
  '', '/', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../b', 'a/.b', '.a', 'a\\b', 'a b', 'ä', 'a\0',
  'C:a', 'n'.repeat(129),
];

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array | undefined): string | undefined => (
  content === undefined ? undefined : new TextDecoder().decode(content)
);

type Run = (storage: Storage, subject: StorageSubject) => Promise<void>;

function withStorage(name: string, run: Run): ConformanceCase<StorageSubject> {
  return { name, run: async (subject) => run(await subject.create(LIMITS), subject) };
}

async function contents(log: Log, from?: number): Promise<string[]> {
  const records: string[] = [];
  for await (const record of log.read(from)) {
    records.push(`${record.index}:${text(record.bytes)}`);
  }
  return records;
}

function appendAll(log: Log, records: readonly string[]): number[] {
  return records.map((record) => log.append(bytes(record)));
}

const fileCases: readonly ConformanceCase<StorageSubject>[] = [
  withStorage('STORAGE: a file that is not there reads as undefined', async (storage) => {
    assert.equal(await storage.read('absent'), undefined);
    assert.equal(await storage.read('no/such/folder'), undefined);
  }),
  withStorage('STORAGE: replace replaces the whole file', async (storage) => {
    await storage.replace('a/b.txt', bytes('long content'));
    await storage.replace('a/b.txt', bytes('short'));
    assert.equal(text(await storage.read('a/b.txt')), 'short');
    await storage.replace('a/b.txt', new Uint8Array());
    assert.equal(text(await storage.read('a/b.txt')), '');
  }),
  withStorage('STORAGE: operations on a name take effect in order of calls', async (storage) => {
    const first = storage.replace('a', bytes('first'));
    const between = storage.read('a');
    const second = storage.replace('a', bytes('second'));
    const removed = storage.remove('a');
    const third = storage.replace('a', bytes('third'));
    await Promise.all([first, second, removed, third]);
    assert.equal(text(await between), 'first');
    assert.equal(text(await storage.read('a')), 'third');
  }),
  withStorage('STORAGE: the caller owns what read gave', async (storage) => {
    await storage.replace('a', bytes('content'));
    (await storage.read('a'))?.fill(0);
    assert.equal(text(await storage.read('a')), 'content');
  }),
  withStorage('STORAGE: files survive the process', async (storage, subject) => {
    await storage.replace('a', bytes('content'));
    await storage.replace('b', bytes('content'));
    await storage.remove('b');
    const later = await subject.reopen(storage);
    assert.equal(text(await later.read('a')), 'content');
    assert.deepEqual(await later.list(''), ['a']);
  }),
  withStorage('STORAGE: remove of a file that is not there is allowed', async (storage) => {
    await storage.remove('absent');
    await storage.remove('no/such/folder');
    assert.deepEqual(await storage.list(''), []);
  }),
  withStorage('STORAGE: list gives the sorted names with the prefix', async (storage) => {
    for (const name of ['b', 'a/2', 'a/10', 'ab', 'a/d/e', 'B']) {
      await storage.replace(name, bytes(name));
    }
    await (await storage.openLog('a/log')).close();
    assert.deepEqual(await storage.list(''), ['B', 'a/10', 'a/2', 'a/d/e', 'a/log', 'ab', 'b']);
    assert.deepEqual(await storage.list('a/'), ['a/10', 'a/2', 'a/d/e', 'a/log']);
    assert.deepEqual(await storage.list('none'), []);
  }),
  withStorage('STORAGE: a file over the limit is refused and the old one kept', async (storage) => {
    await storage.replace('a', new Uint8Array(LIMITS.fileBytesMax));
    const tooLarge = new Uint8Array(LIMITS.fileBytesMax + 1);
    await assert.rejects(storage.replace('a', tooLarge), { code: 'RUNTIME_STORAGE_LIMIT' });
    assert.equal((await storage.read('a'))?.length, LIMITS.fileBytesMax);
  }),
  ...REFUSED_NAMES.map((name) => (
    withStorage(`STORAGE: the name ${JSON.stringify(name)} is refused`, async (storage) => {
      const refused = { code: 'RUNTIME_STORAGE_NAME' };
      await assert.rejects(storage.read(name), refused);
      await assert.rejects(storage.replace(name, bytes('x')), refused);
      await assert.rejects(storage.append(name, bytes('x')), refused);
      await assert.rejects(storage.remove(name), refused);
      await assert.rejects(storage.openLog(name), refused);
      await assert.rejects(storage.lock(name), refused);
      assert.deepEqual(await storage.list(''), []);
    })
  )),
];

const appendCases: readonly ConformanceCase<StorageSubject>[] = [
  withStorage('APPEND-1: appends add in order of the calls, and survive the process', async (
    storage, subject,
  ) => {
    await Promise.all(['a', '', 'bc'].map((part) => storage.append('a/file', bytes(part))));
    assert.equal(text(await storage.read('a/file')), 'abc');
    await storage.append('empty', new Uint8Array());
    const later = await subject.reopen(storage);
    await later.append('a/file', bytes('d'));
    assert.equal(text(await later.read('a/file')), 'abcd');
    assert.deepEqual(await later.list(''), ['a/file', 'empty']);
  }),
  withStorage('APPEND-1: appends take their turn among other operations', async (storage) => {
    const steps = [
      storage.append('a', bytes('gone')),
      storage.replace('a', bytes('1')),
      storage.append('a', bytes('2')),
      storage.append('a', bytes('3')),
    ];
    const between = storage.read('a');
    steps.push(storage.remove('a'), storage.append('a', bytes('4')));
    await Promise.all(steps);
    assert.equal(text(await between), '123');
    assert.equal(text(await storage.read('a')), '4');
  }),
  withStorage('APPEND-1: an append over the limit is refused and adds nothing', async (storage) => {
    const refused = { code: 'RUNTIME_STORAGE_LIMIT' };
    const tooLarge = new Uint8Array(LIMITS.fileBytesMax + 1);
    await assert.rejects(storage.append('a', tooLarge), refused);
    assert.equal(await storage.read('a'), undefined);
    await storage.append('a', new Uint8Array(LIMITS.fileBytesMax - 1));
    await assert.rejects(storage.append('a', new Uint8Array(2)), refused);
    await storage.append('a', new Uint8Array(1));
    assert.equal((await storage.read('a'))?.length, LIMITS.fileBytesMax);
  }),
  withStorage('APPEND-1: nothing is appended to a log that is open', async (storage) => {
    const log = await storage.openLog('log');
    await assert.rejects(storage.append('log', bytes('x')), { code: 'RUNTIME_LOG_OPEN' });
    await log.close();
  }),
];

/** Takes the lock; fails if another has it. */
async function take(storage: Storage): Promise<() => Promise<void>> {
  const attempt = await storage.lock('a/lock');
  if (attempt.kind === 'taken') return () => attempt.release();
  throw new assert.AssertionError({ message: `${attempt.holder} has the lock` });
}

async function assertHeld(storage: Storage): Promise<void> {
  const attempt = await storage.lock('a/lock');
  assert.equal(attempt.kind, 'held');
  if (attempt.kind === 'held') assert.notEqual(attempt.holder, '');
}

const lockCases: readonly ConformanceCase<StorageSubject>[] = [
  withStorage('LOCK-1: a lock that is taken is given to nobody', async (storage, subject) => {
    const beside = await subject.beside(storage);
    const release = await take(storage);
    await assertHeld(storage);
    await assertHeld(beside);
    assert.deepEqual(await beside.list('a/'), ['a/lock']);
    await release();
    assert.deepEqual(await beside.list(''), []);
    const releaseBeside = await take(beside);
    await assertHeld(storage);
    await releaseBeside();
  }),
  withStorage('LOCK-1: of attempts at the same time one takes it', async (storage, subject) => {
    const others = await Promise.all(Array.from({ length: 5 }, () => subject.beside(storage)));
    const everybody = [storage, storage, ...others, ...others];
    const attempts = await Promise.all(everybody.map((one) => one.lock('a/lock')));
    assert.equal(attempts.filter(({ kind }) => kind === 'taken').length, 1);
  }),
  withStorage('LOCK-1: a release is one of its own lock, and twice is allowed', async (storage) => {
    const release = await take(storage);
    await release();
    const releaseAgain = await take(storage);
    await release();
    await assertHeld(storage);
    await releaseAgain();
    assert.deepEqual(await storage.list(''), []);
  }),
  {
    ...withStorage('LOCK-2: a lock whose process has ended is free', async (storage, subject) => {
      await take(storage);
      const later = await subject.reopen(storage);
      assert.deepEqual(await later.list(''), ['a/lock']);
      const release = await take(later);
      await assertHeld(later);
      await release();
      assert.deepEqual(await later.list(''), []);
    }),
    requires: ({ outlivesProcess }) => outlivesProcess,
  },
];

const logCases: readonly ConformanceCase<StorageSubject>[] = [
  withStorage('LOG-1: synced records survive the process in order', async (storage, subject) => {
    const log = await storage.openLog('log');
    assert.deepEqual(appendAll(log, ['a', '', 'c']), [0, 1, 2]);
    await log.sync();
    appendAll(log, ['d']);
    await log.close();
    const later = await (await subject.reopen(storage)).openLog('log');
    assert.equal(later.length, 4);
    assert.deepEqual(await contents(later), ['0:a', '1:', '2:c', '3:d']);
    assert.equal(later.append(bytes('e')), 4);
    await later.close();
  }),
  withStorage('LOG-1: syncs that run at once all cover what was appended', async (storage) => {
    const log = await storage.openLog('log');
    appendAll(log, ['a']);
    const syncs = [log.sync()];
    appendAll(log, ['b', 'c']);
    syncs.push(log.sync(), log.sync());
    await Promise.all(syncs);
    assert.deepEqual(await contents(log), ['0:a', '1:b', '2:c']);
    await log.close();
  }),
  withStorage('LOG-3: append copies its bytes', async (storage) => {
    const log = await storage.openLog('log');
    const record = bytes('before');
    log.append(record);
    record.fill(0);
    assert.deepEqual(await contents(log), ['0:before']);
    await log.sync();
    assert.deepEqual(await contents(log), ['0:before']);
    await log.close();
  }),
  withStorage('LOG-3: read gives synced and other records from an index on', async (storage) => {
    const log = await storage.openLog('log');
    appendAll(log, ['a', 'b']);
    await log.sync();
    appendAll(log, ['c']);
    assert.deepEqual(await contents(log, 1), ['1:b', '2:c']);
    assert.deepEqual(await contents(log, 3), []);
    assert.deepEqual(await contents(log, 9), []);
    await log.close();
  }),
  withStorage('LOG: truncate drops records, synced or not', async (storage, subject) => {
    const log = await storage.openLog('log');
    appendAll(log, ['a', 'b', 'c']);
    await log.sync();
    appendAll(log, ['d', 'e']);
    await log.truncate(4);
    assert.deepEqual(await contents(log), ['0:a', '1:b', '2:c', '3:d']);
    await log.truncate(1);
    assert.equal(log.length, 1);
    assert.equal(log.append(bytes('B')), 1);
    await log.truncate(7);
    assert.deepEqual(await contents(log), ['0:a', '1:B']);
    await log.close();
    const later = await (await subject.reopen(storage)).openLog('log');
    assert.deepEqual(await contents(later), ['0:a', '1:B']);
    await later.truncate(0);
    assert.deepEqual(await contents(later), []);
    await later.close();
  }),
  withStorage('LOG: a record over the limit is refused', async (storage) => {
    const log = await storage.openLog('log');
    const append = (size: number): number => log.append(new Uint8Array(size));
    assert.equal(append(LIMITS.recordBytesMax), 0);
    assert.throws(() => append(LIMITS.recordBytesMax + 1), { code: 'RUNTIME_STORAGE_LIMIT' });
    assert.equal(log.length, 1);
    await log.close();
  }),
  withStorage('LOG: what waits for a sync is bounded, and a sync makes room', async (storage) => {
    const log = await storage.openLog('log');
    const append = (): number => log.append(new Uint8Array(LIMITS.recordBytesMax));
    assert.throws(() => {
      for (let count = 0; count <= LIMITS.logBufferBytesMax; count += 1) append();
    }, { code: 'RUNTIME_LOG_BUFFER_FULL' });
    const taken = log.length;
    assert.ok(taken >= 1 && taken <= LIMITS.logBufferBytesMax / LIMITS.recordBytesMax);
    await log.sync();
    assert.equal(append(), taken);
    await log.close();
  }),
  withStorage('LOG: one writer at a time', async (storage) => {
    const log = await storage.openLog('log');
    const open = { code: 'RUNTIME_LOG_OPEN' };
    await assert.rejects(storage.openLog('log'), open);
    await assert.rejects(storage.replace('log', bytes('x')), open);
    await assert.rejects(storage.remove('log'), open);
    await log.close();
    await (await storage.openLog('log')).close();
    await storage.remove('log');
    assert.deepEqual(await storage.list(''), []);
  }),
  withStorage('LOG: a file that is no log is refused', async (storage) => {
    await storage.replace('file', bytes('this is a file and no log'));
    await assert.rejects(storage.openLog('file'), { code: 'RUNTIME_LOG_CORRUPT' });
    assert.equal(text(await storage.read('file')), 'this is a file and no log');
  }),
  withStorage('LOG: after close everything but close is refused', async (storage) => {
    const log = await storage.openLog('log');
    await log.close();
    await log.close();
    const closed = { code: 'RUNTIME_LOG_CLOSED' };
    assert.throws(() => log.append(bytes('x')), closed);
    await assert.rejects(log.sync(), closed);
    await assert.rejects(log.truncate(0), closed);
    await assert.rejects(contents(log), closed);
  }),
];

/** The conformance kit of `Storage` and its logs. */
export const storageConformance: readonly ConformanceCase<StorageSubject>[] = [
  ...fileCases, ...appendCases, ...lockCases, ...logCases,
];

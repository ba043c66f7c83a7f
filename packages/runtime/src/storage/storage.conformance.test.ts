import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import type { Storage } from '../contract.js';
import { storageConformance } from '../testing/storage.js';
import type { StorageSubject } from '../testing/storage.js';
import { nodeFiles } from './files.js';
import { memoryStorage } from './memory-storage.js';
import type { Processes } from './node-lock.js';
import { storageOn } from './node-storage.js';

interface Opened {
  readonly root: string;
  readonly limits: object;
  readonly processes: Processes;
}

const opened = new Map<Storage, Opened>();
const alive = new Set<number>();

function newProcess(): Processes {
  const pid = 1 + opened.size;
  alive.add(pid);
  return { pid, isAlive: (other) => alive.has(other), locks: new Set() };
}

function onFolder(root: string, limits: object): Storage {
  const processes = newProcess();
  const storage = storageOn(nodeFiles, { root, ...limits }, processes);
  opened.set(storage, { root, limits, processes });
  return storage;
}

/** What `onFolder` was called with. */
function originOf(storage: Storage): Opened {
  const origin = opened.get(storage);
  if (origin === undefined) throw new Error('the storage is not of this test');
  return origin;
}

const subjects: readonly [string, StorageSubject][] = [
  ['memoryStorage()', {
    outlivesProcess: false,
    create: async (limits) => memoryStorage(limits),
    reopen: async (storage) => storage,
    beside: async (storage) => storage,
  }],
  ['nodeStorage()', {
    outlivesProcess: true,
    create: async (limits) => {
      const folder = await mkdtemp(join(tmpdir(), 'ganglion-storage-'));
      return onFolder(join(folder, 'root'), limits);
    },
    reopen: async (storage) => {
      const { root, limits, processes } = originOf(storage);
      alive.delete(processes.pid);
      return onFolder(root, limits);
    },
    beside: async (storage) => {
      const { root, limits } = originOf(storage);
      return onFolder(root, limits);
    },
  }],
];

afterAll(async () => {
  for (const { root } of opened.values()) await rm(dirname(root), { recursive: true, force: true });
});

describe.each(subjects)('%s', (_name, subject) => {
  it.for(storageConformance)('$name', async ({ requires, run }, { skip }) => {
    skip(requires?.(subject) === false, 'capability not declared');
    await expect((async () => run(subject))()).resolves.toBeUndefined();
  });
});

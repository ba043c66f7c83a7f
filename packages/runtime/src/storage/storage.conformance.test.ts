import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import type { Storage } from '../contract.js';
import { storageConformance } from '../testing/storage.js';
import type { StorageSubject } from '../testing/storage.js';
import { memoryStorage } from './memory-storage.js';
import { nodeStorage } from './node-storage.js';

const roots = new Map<Storage, { root: string; limits: object }>();

function onFolder(root: string, limits: object): Storage {
  const storage = nodeStorage({ root, ...limits });
  roots.set(storage, { root, limits });
  return storage;
}

const subjects: readonly [string, StorageSubject][] = [
  ['memoryStorage()', {
    create: async (limits) => memoryStorage(limits),
    reopen: async (storage) => storage,
  }],
  ['nodeStorage()', {
    create: async (limits) => {
      const folder = await mkdtemp(join(tmpdir(), 'ganglion-storage-'));
      return onFolder(join(folder, 'root'), limits);
    },
    reopen: async (storage) => {
      const { root, limits } = roots.get(storage) ?? { root: '', limits: {} };
      return onFolder(root, limits);
    },
  }],
];

afterAll(async () => {
  for (const { root } of roots.values()) await rm(dirname(root), { recursive: true, force: true });
});

describe.each(subjects)('%s', (_name, subject) => {
  it.for(storageConformance)('$name', async ({ requires, run }, { skip }) => {
    skip(requires?.(subject) === false, 'capability not declared');
    await expect((async () => run(subject))()).resolves.toBeUndefined();
  });
});

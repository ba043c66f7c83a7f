import { describe, expect, it } from 'vitest';

import { memoryStorage } from '@ganglion/runtime';

import { consensusConformance } from '../testing/consensus.js';
import type { ConsensusSubject } from '../testing/consensus.js';
import { single } from './single.js';

const subjects: readonly [string, ConsensusSubject][] = [
  ['single()', { joins: false, create: async () => single({ id: 'a' }) }],
  ['single() with storage', {
    joins: false,
    create: async () => single({ id: 'a', storage: memoryStorage() }),
  }],
];

describe.each(subjects)('%s', (_name, subject) => {
  it.for(consensusConformance)('$name', async ({ requires, run }, { skip }) => {
    skip(requires?.(subject) === false, 'capability not declared');
    await expect((async () => run(subject))()).resolves.toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';

import type { TransportSubject } from '../testing/transport.js';
import { transportConformance } from '../testing/transport.js';
import { memoryNetwork, memoryTransport } from './memory.js';
import { wsTransport } from './ws.js';

const network = memoryNetwork();
let addresses = 0;

const subjects: readonly [string, TransportSubject][] = [
  ['memoryTransport()', {
    create: (limits) => memoryTransport({ network, ...limits }),
    freeAddress: () => `address ${addresses += 1}`,
    deadAddress: async () => 'nobody',
    malformedAddress: '',
  }],
  ['wsTransport()', {
    create: (limits) => wsTransport(limits),
    freeAddress: () => 'ws://127.0.0.1:0',
    deadAddress: async () => {
      const listener = await wsTransport().listen('ws://127.0.0.1:0', () => {
        throw new Error('nobody knows this address');
      });
      await listener.close();
      return listener.address;
    },
    malformedAddress: 'http://127.0.0.1:0',
  }],
];

describe.each(subjects)('%s', (_name, subject) => {
  it.for(transportConformance)('$name', async ({ requires, run }, { skip }) => {
    skip(requires?.(subject) === false, 'capability not declared');
    await expect((async () => run(subject))()).resolves.toBeUndefined();
  });
});

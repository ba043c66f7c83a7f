import { describe, expect, it } from 'vitest';

import { virtualTime } from '@ganglion/runtime/testing';

import { MAX_GPUS_PER_NODE } from './contract.js';
import type { GpuInfo, NodeLoad } from './contract.js';
import { DistributionError } from './errors.js';
import { localNode } from './local-node.js';
import { requiresConsensus } from './operations.js';

const LOAD: NodeLoad = {
  cpuUsage: 0.5, memoryUsage: 0.25, gpuUsage: [0.75], networkBandwidth: 1_000,
};
const GPU: GpuInfo = { backend: 'cpu', name: 'all cores', memoryBytes: 2 ** 30, driver: '1' };
const TOO_MANY = Array.from({ length: MAX_GPUS_PER_NODE + 1 }, () => GPU);

function options(changes: object): Parameters<typeof localNode>[0] {
  return {
    id: 'a', address: 'ws://127.0.0.1:1', gpus: [GPU], clock: virtualTime().clock,
    probe: { sample: async () => LOAD }, ...changes,
  };
}

describe('localNode', () => {
  it('is this machine with its measured load, heard from now and not suspect', async () => {
    const { clock, advance } = virtualTime();
    const node = localNode(options({ clock }));
    advance(1_234);
    expect(await node.snapshot()).toEqual({
      id: 'a', address: 'ws://127.0.0.1:1', gpus: [GPU], lastHeartbeatMs: 1_234, phiScore: 0,
      load: LOAD,
    });
  });

  it('keeps the devices that it was made with', async () => {
    const gpus = [GPU];
    const node = localNode(options({ gpus }));
    gpus.push(GPU);
    expect((await node.snapshot()).gpus).toEqual([GPU]);
  });

  it.each<[object, string]>([
    [{ id: '' }, 'id has 0 characters, must have 1 to 128'],
    [{ address: 'a'.repeat(257) }, 'address has 257 characters, must have 1 to 256'],
    [{ gpus: TOO_MANY }, 'gpus is 65, must be an integer 0 to 64'],
    [{ name: 'a' }, 'local node: unknown option name'],
  ])('DISTRIBUTION_OPTION_INVALID: %j', (changes, message) => {
    expect(() => localNode(options(changes))).toThrow(message);
  });
});

describe('ARCHITECTURE-D3: requiresConsensus', () => {
  it.each([
    ['node_join', true], ['node_leave', true], ['supervisor_failover', true],
    ['cluster_reconfiguration', true], ['heartbeat', false], ['load_report', false],
    ['message', false],
  ] as const)('%s: %s', (operation, expected) => {
    expect(requiresConsensus(operation)).toBe(expected);
  });
});

describe('DistributionError', () => {
  it('is recognised across two copies of the package', () => {
    const brand = { [Symbol.for('@ganglion/distribution/DistributionError')]: true };
    expect(Object.assign(new Error('of another copy'), brand)).toBeInstanceOf(DistributionError);
    expect(new Error('other')).not.toBeInstanceOf(DistributionError);
  });
});

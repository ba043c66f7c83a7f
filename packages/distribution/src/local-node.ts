/** This machine as a cluster node. */
import type { Clock } from '@ganglion/runtime/contract';

import { MAX_GPUS_PER_NODE } from './contract.js';
import type { ClusterNode, GpuInfo, LoadProbe } from './contract.js';
import { refuseUnknownKeys, requireInteger, requireText } from './options.js';

/** What this machine says of itself. */
export interface LocalNodeOptions {
  /** 1 to 128 characters. */
  readonly id: string;
  /** Where peers reach it; 1 to 256 characters. */
  readonly address: string;
  /** At most MAX_GPUS_PER_NODE, in the order in which the probe reports their use. */
  readonly gpus: readonly GpuInfo[];
  readonly clock: Clock;
  readonly probe: LoadProbe;
}

/** This machine, measured when asked. */
export interface LocalNode {
  snapshot(): Promise<ClusterNode>;
}

const KEYS = Object.freeze(['id', 'address', 'gpus', 'clock', 'probe']);

/** @throws DistributionError DISTRIBUTION_OPTION_INVALID */
export function localNode(options: LocalNodeOptions): LocalNode {
  refuseUnknownKeys('local node', options, KEYS);
  const { id, address, clock, probe } = options;
  requireText('id', id, 128);
  requireText('address', address, 256);
  requireInteger('gpus', options.gpus.length, { min: 0, max: MAX_GPUS_PER_NODE });
  const gpus = Object.freeze([...options.gpus]);
  return {
    snapshot: async () => {
      const load = await probe.sample();
      return { id, address, gpus, lastHeartbeatMs: clock.monotonicMs(), phiScore: 0, load };
    },
  };
}

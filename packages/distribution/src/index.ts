export { DistributionError } from './errors.js';
export type { DistributionErrorCode } from './errors.js';
export { nodeOperatingSystem, osCounters, procCounters } from './load/counters.js';
export type { Counters, OperatingSystem, ReadCounters, ReadText } from './load/counters.js';
export { nodeLoadProbe } from './load/probe.js';
export type { LoadProbeOptions, ReadGpuUsage } from './load/probe.js';
export type { CpuTime } from './load/proc-texts.js';
export { localNode } from './local-node.js';
export type { LocalNode, LocalNodeOptions } from './local-node.js';
export { requiresConsensus } from './operations.js';
export { resolveSingleOptions, singleDefaults } from './single/options.js';
export type { ResolvedSingleOptions, SingleOptions } from './single/options.js';
export { single } from './single/single.js';

export { MAX_GPUS_PER_NODE } from './contract.js';
export type {
  ClusterNode,
  ClusterOperation,
  Committed,
  Consensus,
  ConsensusStatus,
  GpuInfo,
  Lease,
  LoadProbe,
  MemberChange,
  NodeLoad,
} from './contract.js';

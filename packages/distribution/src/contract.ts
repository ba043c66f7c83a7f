/**
 * The distribution layer's seams: what a node is, and what agreement the layers above may ask for.
 */

/** Devices that one node may report. */
export const MAX_GPUS_PER_NODE = 64;

/** A device as discovery found it; a probe of the gpu layer fills it in (KERNELS-D2). */
export interface GpuInfo {
  readonly backend: string;
  readonly name: string;
  readonly memoryBytes: number;
  readonly driver: string;
}

/** Load of one node, measured from the operating system and the drivers (ARCHITECTURE D6). */
export interface NodeLoad {
  /** Share of all CPUs in use since the previous sample, 0 to 1. */
  readonly cpuUsage: number;
  /** Share of physical memory in use, 0 to 1. */
  readonly memoryUsage: number;
  /**
   * Share of each device in use, 0 to 1, in the order of `gpus`; `undefined` where the driver does
   * not say.
   */
  readonly gpuUsage: readonly (number | undefined)[];
  /**
   * Bytes per second sent and received on all interfaces but loopback since the previous sample;
   * `undefined` where the operating system does not say (all but Linux, today).
   */
  readonly networkBandwidth: number | undefined;
}

/** One node of a cluster as the others see it. */
export interface ClusterNode {
  readonly id: string;
  readonly address: string;
  /** At most MAX_GPUS_PER_NODE. */
  readonly gpus: readonly GpuInfo[];
  /** Monotonic milliseconds of the observer when the node was last heard from. */
  readonly lastHeartbeatMs: number;
  /** Suspicion of the phi accrual failure detector; 0 for the node itself. */
  readonly phiScore: number;
  readonly load: NodeLoad;
}

/**
 * Measures this machine. Figures cover the time since the previous call of the same probe; those of
 * the first call the time since it was made.
 */
export interface LoadProbe {
  /** @throws DistributionError DISTRIBUTION_PROBE_FAILED if the system gives no figures. */
  sample(): Promise<NodeLoad>;
}

/** Operations on a cluster. Exactly the four of `requiresConsensus` go through agreement. */
export type ClusterOperation =
  | 'node_join'
  | 'node_leave'
  | 'supervisor_failover'
  | 'cluster_reconfiguration'
  | 'heartbeat'
  | 'load_report'
  | 'message';

/** One command that was agreed on. Indices count from 1 without gaps. */
export interface Committed {
  readonly index: number;
  readonly command: Uint8Array;
}

/**
 * A named lease. `epoch` rises with each holder and fences the effects of earlier ones
 * (CLUSTER-C6).
 */
export interface Lease {
  readonly name: string;
  readonly epoch: number;
  /** Resolves when the lease is no longer held. Releasing twice is allowed. */
  release(): Promise<void>;
}

/** State of a consensus group as this member sees it. */
export interface ConsensusStatus {
  readonly role: 'leader' | 'follower' | 'candidate' | 'learner';
  readonly leader: string | undefined;
  readonly committedIndex: number;
}

/** A change of the members that agree. */
export type MemberChange = { readonly add: string } | { readonly remove: string };

/**
 * Agreement on one sequence of commands (CLUSTER-C7).
 *
 * CONSENSUS-1: `propose` resolves with the index at which the command is committed, or rejects; a
 *   rejected command may still be committed only if the error says `unknown`.
 * CONSENSUS-2: `committed(from)` yields every command with an index ≥ from, in order, without gaps,
 *   and then waits for more; when the consensus is stopped it ends after what was committed before.
 * CONSENSUS-3: `read` resolves only after every command committed before the call is visible in
 *   `status`.
 * CONSENSUS-4: of two holders of one lease name the later has the higher epoch, and both never hold
 *   it at once.
 * CONSENSUS-5: after `stop`, `propose`, `read`, `lease` and `changeMembers` reject with
 *   DISTRIBUTION_STOPPED, as do those that wait.
 */
export interface Consensus {
  readonly name: string;
  /**
   * The bytes are copied.
   * @throws DistributionError DISTRIBUTION_COMMAND_TOO_LARGE
   */
  propose(command: Uint8Array): Promise<number>;
  read(): Promise<void>;
  /**
   * @throws DistributionError DISTRIBUTION_COMPACTED while iterating, if the next command to yield
   *   is older than what is retained.
   */
  committed(from: number): AsyncIterable<Committed>;
  /**
   * Resolves when the lease is held, in the order of the calls.
   * @throws DistributionError DISTRIBUTION_LEASE_QUEUE_FULL if too many wait for this name.
   */
  lease(name: string): Promise<Lease>;
  members(): readonly string[];
  /**
   * @throws DistributionError DISTRIBUTION_JOIN_REFUSED where the implementation has one member for
   *   good.
   */
  changeMembers(change: MemberChange): Promise<void>;
  status(): ConsensusStatus;
  /** Rejects what waits and ends every `committed`. Stopping twice is allowed. */
  stop(): Promise<void>;
}

export { DistributionError } from './errors.js';
export type { DistributionErrorCode } from './errors.js';

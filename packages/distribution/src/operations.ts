/** Which operations on a cluster need agreement. */
import type { ClusterOperation } from './contract.js';

const REQUIRES_CONSENSUS: Readonly<Record<ClusterOperation, boolean>> = Object.freeze({
  node_join: true,
  node_leave: true,
  supervisor_failover: true,
  cluster_reconfiguration: true,
  heartbeat: false,
  load_report: false,
  message: false,
});

/** Whether the operation takes effect only through consensus (ARCHITECTURE D3). */
export function requiresConsensus(operation: ClusterOperation): boolean {
  return REQUIRES_CONSENSUS[operation];
}

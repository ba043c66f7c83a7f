/**
 * Messages between the threads of a system over their ports: rare ones only. Both ends import this
 * file.
 */
import type { HostArena } from '@ganglion/memory/contract';
import type { RestartType, SupervisorSpec } from './contract/supervision.js';
import type { SystemEvent } from './contract/system.js';
import type { MemorySizes } from './memory.js';
import type { IdWords, SpawnImage } from './spawn.js';

/** What every thread of a system is started with. */
export interface ThreadData {
  readonly sizes: MemorySizes;
  readonly buffer: SharedArrayBuffer;
  readonly arenas: readonly HostArena[];
  readonly seed: number;
  readonly askTimeoutMs: number;
}

/** Data of the control thread. */
export interface ControlData extends ThreadData {
  readonly turnReportMs: number;
  readonly turnLimitMs: number;
  readonly stackMiB: number;
  readonly workerHeapMiB: number;
}

/** Data of a scheduler worker. */
export interface WorkerData extends ThreadData {
  readonly worker: number;
}

/** A child ready to be started by the control thread. */
export interface PlannedChild {
  readonly id: string;
  readonly restart: RestartType;
  readonly shutdownMs: number;
  readonly startTimeoutMs: number;
  readonly subject:
    | { readonly kind: 'actor'; readonly image: SpawnImage; readonly thread: number }
    | { readonly kind: 'supervisor'; readonly plan: SupervisorPlan };
}

/** A supervisor ready to be started by the control thread. */
export interface SupervisorPlan extends Omit<SupervisorSpec, 'children'> {
  readonly children: readonly PlannedChild[];
}

/** The ids of a started tree. */
export interface StartedTree extends IdWords {
  readonly id: string;
  readonly kind: 'supervisor' | 'actor';
  readonly children: readonly StartedTree[];
}

/** Main thread to control thread. */
export type ToControl =
  | {
      readonly kind: 'supervise';
      readonly request: number;
      readonly name: string;
      readonly plan: SupervisorPlan;
    }
  | { readonly kind: 'stop' };

/** Control thread to main thread. */
export type FromControl =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'supervised'; readonly request: number; readonly tree: StartedTree }
  | { readonly kind: 'notSupervised'; readonly request: number; readonly text: string }
  | { readonly kind: 'event'; readonly event: SystemEvent }
  | { readonly kind: 'stopped' };

/** Control thread to a worker. */
export type ToWorker = { readonly kind: 'stop' };

/** A worker to the control thread. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'event'; readonly event: SystemEvent }
  | { readonly kind: 'stopped' };

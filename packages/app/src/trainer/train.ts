/** Trains a definition: memory, threads, supervision tree, loop, summary. */
import { createActorSystem } from '@ganglion/actors';
import type { ActorInfo, ActorSystem, SystemEvent } from '@ganglion/actors';
import { localNode, nodeLoadProbe, single } from '@ganglion/distribution';
import type { LocalNode } from '@ganglion/distribution';
import { createHostArena } from '@ganglion/memory';
import type { HostArena } from '@ganglion/memory';
import { nodeRuntime } from '@ganglion/runtime';
import type { Runtime } from '@ganglion/runtime/contract';

import { orThrow } from '../actors/failure.js';
import { Checkpoints } from '../checkpoint/checkpoints.js';
import type { TrainSummary } from '../contract.js';
import { AppError } from '../errors.js';
import type { Store } from '../store/store.js';
import { resolveTrainOptions } from './options.js';
import type { TrainOptions } from './options.js';
import { createStore, prepare } from './prepare.js';
import type { Begun, Setup } from './prepare.js';
import { Returns } from './returns.js';
import { startRunTree } from './run-tree.js';
import type { RunTree } from './run-tree.js';
import { TrainingRun } from './training-run.js';

/** What a call of `train` leaves. */
export interface TrainResult {
  /** `undefined` if the signal ended the run before its last step. */
  readonly summary: TrainSummary | undefined;
  /** Steps taken. */
  readonly step: number;
  /** The run's folder, as messages show it. */
  readonly folder: string;
  /** The tree as it stood after the last step. */
  readonly tree: ActorInfo;
  readonly heldOut: HeldOut;
}

/** Held-out samples, row-major, with what they are and what was predicted last. */
export interface HeldOut {
  readonly samples: Float32Array;
  readonly labels: Int32Array;
  /** Samples. */
  readonly count: number;
  readonly predictions: Int32Array;
}

/**
 * Trains the definition that the module exports. The result does not depend on the number of
 * workers, nor on which actors are lost on the way (NUMERICS).
 *
 * @param script URL or path of the training script.
 * @throws AppError: APP_OPTION_INVALID, APP_DEFINITION_INVALID, APP_SHAPE_MISMATCH,
 *   APP_RUN_TOO_LARGE, APP_DEVICE_UNAVAILABLE, APP_RUN_EXISTS, APP_RUN_MISSING, APP_RUN_BUSY,
 *   APP_CHECKPOINT_CORRUPT, APP_CHECKPOINT_MISMATCH, APP_DATA_MISSING and APP_DATA_INVALID before
 *   anything is written; APP_STEP_FAILED later.
 */
export async function train(script: string | URL, given: TrainOptions = {}): Promise<TrainResult> {
  const runtime = nodeRuntime();
  const startedMs = runtime.clock.monotonicMs();
  const setup = await prepare(script, resolveTrainOptions(given), runtime.threads);
  const { folder, options } = setup;
  const release = options.resume ? await folder.lock() : undefined;
  try {
    const arena = createHostArena({ id: 0, sizeBytes: setup.plan.sizeBytes });
    const begun = await createStore(setup, arena);
    const { clock, timers } = runtime;
    const returns = new Returns({ clock, timers, observer: options.observer });
    const system = await startSystem(setup, arena, runtime, returns);
    try {
      return await runOn(system, { setup, begun, runtime, returns, startedMs });
    } finally {
      returns.end();
      await system.stop();
    }
  } finally {
    await release?.();
  }
}

/** An actor's turn may hold a whole program of a large model in plain TypeScript. */
const TURN_REPORT_MS = 60_000;
const TURN_LIMIT_MS = 600_000;
const ASK_TIMEOUT_MS = 600_000;
const ACTORS_MAX = 8_192;
const SLOTS_MIN = 16_384;
const SLOTS_PER_THREAD = 512;
const HEAP_MIB_MIN = 64;

function startSystem(
  { workers, options }: Setup,
  arena: HostArena,
  runtime: Runtime,
  returns: Returns,
): Promise<ActorSystem> {
  const { observer } = options;
  return createActorSystem({
    workers,
    arenas: [arena],
    maxActors: ACTORS_MAX,
    slots: Math.max(SLOTS_MIN, SLOTS_PER_THREAD * (workers + 2)),
    heapMiB: Math.max(HEAP_MIB_MIN, 2 * workers + 2),
    askTimeoutMs: ASK_TIMEOUT_MS,
    turnReportMs: TURN_REPORT_MS,
    turnLimitMs: TURN_LIMIT_MS,
    onEvent: (event: SystemEvent) => {
      if (event.kind === 'restart') {
        const { child, reason, text, restarts, delayMs } = event;
        returns.restarted({ child, reason, text, restarts, delayMs });
      }
      if (event.kind === 'escalation') {
        observer.onEvent({ kind: 'gaveUp', supervisor: event.supervisor, text: event.text });
      }
    },
  }, { runtime });
}

interface RunParts {
  readonly setup: Setup;
  readonly begun: Begun;
  readonly runtime: Runtime;
  readonly returns: Returns;
  readonly startedMs: number;
}

async function runOn(system: ActorSystem, parts: RunParts): Promise<TrainResult> {
  const { setup, begun, runtime, returns, startedMs } = parts;
  const { store, openLine } = begun;
  const { definition, plan, device, folder, options } = setup;
  const tree = await startRunTree(system, setup);
  for (const { child } of options.kills) tree.actorAt(child);
  await loadData(tree);
  const release = options.resume ? undefined : await folder.lock();
  const consensus = single({ id: 'local', storage: folder.storage });
  try {
    const node = await thisMachine(runtime);
    const run = new TrainingRun({
      definition, plan, profile: device.profile, options, store, system, tree, folder, node,
      runtime, returns, openLine, checkpoints: new Checkpoints(folder.storage, consensus),
    });
    const before = store.committed >= plan.steps ? await folder.readSummary() : undefined;
    announce(setup, store.committed);
    if (before !== undefined) {
      await run.predict();
      return resultOf(setup, store, system.inspect(), before);
    }
    await folder.beginMetrics(store.committed);
    await folder.removeSummary();
    const finished = await run.run();
    const info = system.inspect();
    if (!finished) return resultOf(setup, store, info, undefined);
    const seconds = (runtime.clock.monotonicMs() - startedMs) / 1_000;
    const { accuracy } = run;
    const measured = { accuracy, seconds, restarts: restartsIn(info), node: await node.snapshot() };
    const summary = summaryOf(setup, store, measured);
    await folder.writeSummary(summary);
    return resultOf(setup, store, info, summary);
  } finally {
    await consensus.stop();
    await release?.();
  }
}

/** Asks again while the actor is being restarted. */
const LOADS_MAX = 12;

async function loadData({ dataset }: RunTree): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      orThrow(await dataset.ask.load());
      return;
    } catch (error) {
      const isRestart = error instanceof Error && 'code' in error &&
        error.code === 'ACTORS_RESTARTED';
      if (!isRestart || attempt === LOADS_MAX) {
        if (error instanceof AppError) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        const message = `the data cannot be loaded: ${reason}`;
        throw new AppError('APP_DATA_INVALID', message, { cause: error });
      }
    }
  }
}

async function thisMachine({ clock }: Runtime): Promise<LocalNode> {
  const probe = await nodeLoadProbe({ clock });
  return localNode({ id: 'local', address: 'local', gpus: [], clock, probe });
}

function announce({ options, plan, device, workers, folder }: Setup, step: number): void {
  const { observer } = options;
  if (device.note !== undefined) observer.onEvent({ kind: 'note', text: device.note });
  observer.onEvent({
    kind: 'started', step, steps: plan.steps, device: device.title, profile: device.profile,
    workers, folder: folder.shown,
  });
}

type Measured = Pick<TrainSummary, 'accuracy' | 'seconds' | 'restarts' | 'node'>;

function summaryOf(
  { plan, device, workers }: Setup,
  store: Store,
  measured: Measured,
): TrainSummary {
  return {
    accuracy: measured.accuracy,
    steps: store.committed,
    restarts: measured.restarts,
    seconds: measured.seconds,
    weightsHash: store.weightsHash(),
    profile: device.profile,
    device: device.title,
    workers,
    definitionHash: plan.definitionHash,
    node: measured.node,
  };
}

function restartsIn({ kind, restarts, children }: ActorInfo): number {
  const own = kind === 'actor' ? restarts : 0;
  return children.reduce((sum, inner) => sum + restartsIn(inner), own);
}

function resultOf(
  { folder, plan }: Setup,
  store: Store,
  tree: ActorInfo,
  summary: TrainSummary | undefined,
): TrainResult {
  const { data, predictions } = store.blocks;
  const { training, sampleSize, labelsPerSample } = plan.sizes;
  return {
    summary,
    step: store.committed,
    folder: folder.shown,
    tree,
    heldOut: {
      count: plan.shape.heldOut,
      samples: store.f32(data.samples).subarray(training * sampleSize),
      labels: store.i32(data.labels).subarray(training * labelsPerSample),
      predictions: store.i32(predictions),
    },
  };
}

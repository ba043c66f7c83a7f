/**
 * The loop of a run on the main thread: asks for steps in pieces, and between two of them, while
 * nothing is written to the store, evaluates, checkpoints and measures.
 *
 * LOOP-1: the committed generation is read only between two pieces.
 * LOOP-2: one checkpoint is being written at a time; the next pieces run meanwhile.
 */
import { ActorsError } from '@ganglion/actors';
import type { ActorSystem } from '@ganglion/actors';
import type { LocalNode } from '@ganglion/distribution';
import type { Runtime } from '@ganglion/runtime/contract';

import type { Advance } from '../actors/coordinator.js';
import { orThrow } from '../actors/failure.js';
import type { Failure } from '../actors/failure.js';
import type { Checkpoints } from '../checkpoint/checkpoints.js';
import { hashTensors, readState } from '../checkpoint/state-tensors.js';
import type { TrainingDefinition } from '../definition/definition.js';
import { AppError } from '../errors.js';
import type { RunPlan } from '../store/run-plan.js';
import { stateNames } from '../store/run-programs.js';
import type { Store } from '../store/store.js';
import { LossLines } from './loss-lines.js';
import type { OpenLine } from './loss-lines.js';
import type { PlannedKill, ResolvedTrainOptions } from './options.js';
import { StepRate } from './rate.js';
import type { Returns } from './returns.js';
import type { MetricsLine, RunFolder } from './run-folder.js';
import type { RunTree } from './run-tree.js';

interface EndedLine {
  readonly step: number;
  readonly loss: number;
}

/** What the loop works with. */
export interface TrainingRunParts {
  readonly definition: TrainingDefinition;
  readonly plan: RunPlan;
  readonly profile: string;
  readonly options: ResolvedTrainOptions;
  readonly store: Store;
  readonly system: ActorSystem;
  readonly tree: RunTree;
  readonly folder: RunFolder;
  readonly checkpoints: Checkpoints;
  readonly node: LocalNode;
  readonly runtime: Runtime;
  readonly returns: Returns;
  /** Of the line of metrics that the run before has not ended. */
  readonly openLine: OpenLine;
}

/** Time that one piece should take: progress is shown, and a signal heeded, that often. */
const PIECE_MS = 200;
const FIRST_PIECE_STEPS = 4;
/** Fewer than the store keeps losses of. */
const PIECE_STEPS_MAX = 10_000;
const MEASURE_EVERY_MS = 1_000;
/** One piece is at least one step, which may take long on one thread. */
const ADVANCE_TIMEOUT_MS = 3_600_000;
/** More than a supervisor allows restarts. */
const ASKS_MAX = 32;

/** See the file's header. */
export class TrainingRun {
  readonly #parts: TrainingRunParts;
  readonly #kills: PlannedKill[];
  readonly #rate = new StepRate();
  readonly #lines: LossLines;
  /** Since the last line. */
  #linked = 0;
  #redone = 0;
  #isFull = false;
  #loss = Number.NaN;
  #accuracy = 0;
  #evaluatedStep = -1;
  #checkpointStep: number;
  #checkpointMs: number;
  #measuredMs: number;
  #checkpoint: Promise<void> = Promise.resolve();
  #watches: Promise<void>[] = [];

  constructor(parts: TrainingRunParts) {
    this.#parts = parts;
    const nowMs = parts.runtime.clock.monotonicMs();
    const { committed } = parts.store;
    this.#checkpointStep = committed;
    this.#checkpointMs = nowMs;
    this.#measuredMs = nowMs;
    this.#lines = new LossLines(parts.plan.stepsPerEpoch, parts.openLine);
    this.#kills = parts.options.kills
      .filter(({ atStep }) => atStep >= committed)
      .toSorted((a, b) => a.atStep - b.atStep);
    this.#rate.mark(committed, nowMs);
  }

  /** Fraction of the held-out labels predicted right when they were last predicted. */
  get accuracy(): number {
    return this.#accuracy;
  }

  /**
   * Takes all steps that are left; false if the signal ended it before.
   * @throws AppError APP_STEP_FAILED if a step cannot be done.
   */
  async run(): Promise<boolean> {
    const { store, plan, options } = this.#parts;
    const aborted = (): boolean => options.signal?.aborted === true;
    while (store.committed < plan.steps && !aborted()) await this.#piece();
    const finished = store.committed >= plan.steps;
    if (finished) await this.#evaluate();
    await this.#checkpoint;
    this.#startCheckpoint();
    await this.#checkpoint;
    await Promise.all(this.#watches);
    return finished;
  }

  /** Predicts the held-out samples with the committed weights. Writes no file. */
  async predict(): Promise<void> {
    const { tree, plan } = this.#parts;
    const { heldOut, labelsPerSample } = plan.shape;
    if (heldOut === 0) return;
    const { peers } = tree;
    const timeoutMs = ADVANCE_TIMEOUT_MS;
    const { right } = await this.#ask(() =>
      tree.optimizer.ask.evaluate({ peers }, { timeoutMs }));
    this.#accuracy = right / (heldOut * labelsPerSample);
  }

  async #piece(): Promise<void> {
    const { store, runtime, plan } = this.#parts;
    const from = store.committed;
    const [advance] = await Promise.all([this.#advance(this.#nextTarget(from)), this.#kill(from)]);
    const { step, linked, redone } = advance;
    this.#linked += linked;
    this.#redone += redone;
    const nowMs = runtime.clock.monotonicMs();
    this.#rate.mark(step, nowMs);
    const ended = this.#endLines(from, step);
    this.#report(step);
    await this.#appendLines(ended, nowMs);
    const isEpochEnd = step % plan.stepsPerEpoch === 0;
    if (isEpochEnd) await this.#evaluate();
    const { checkpointEveryMs } = this.#parts.options;
    if (isEpochEnd || nowMs - this.#checkpointMs >= checkpointEveryMs) {
      await this.#checkpoint;
      this.#startCheckpoint();
    }
  }

  /** The end of the next piece: at most the end of the epoch, or the next kill. */
  #nextTarget(from: number): number {
    const { plan } = this.#parts;
    const perSecond = this.#rate.stepsPerSecond;
    const wanted = perSecond === 0 ? FIRST_PIECE_STEPS : Math.round((perSecond * PIECE_MS) / 1_000);
    const steps = Math.min(Math.max(wanted, 1), PIECE_STEPS_MAX);
    const epochEnd = (Math.floor(from / plan.stepsPerEpoch) + 1) * plan.stepsPerEpoch;
    const kill = this.#kills.find(({ atStep }) => atStep > from)?.atStep ?? plan.steps;
    return Math.min(from + steps, epochEnd, kill, plan.steps);
  }

  async #advance(to: number): Promise<Advance> {
    const { tree } = this.#parts;
    const { peers } = tree;
    return this.#ask(() =>
      tree.optimizer.ask.advance({ peers, to }, { timeoutMs: ADVANCE_TIMEOUT_MS }));
  }

  /** Asks again while the actor is being restarted. */
  async #ask<T extends object>(ask: () => Promise<T>): Promise<Exclude<T, Failure>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return orThrow(await ask());
      } catch (error) {
        if (!(error instanceof ActorsError)) throw error;
        if (error.code === 'ACTORS_RESTARTED' && attempt < ASKS_MAX) continue;
        const { committed } = this.#parts.store;
        const message = `the run failed after step ${committed}: ${error.message}`;
        throw new AppError('APP_STEP_FAILED', message, { cause: error });
      }
    }
  }

  /** Sends the exit signals that are due, while the piece is running. */
  async #kill(step: number): Promise<void> {
    const { tree, system, options, returns } = this.#parts;
    while (this.#kills[0]?.atStep === step) {
      const { child } = this.#kills.shift() ?? { child: '' };
      const ref = tree.actorAt(child);
      const { incarnation } = ref;
      options.observer.onEvent({ kind: 'killing', step, child, incarnation });
      system.exit(ref, 'killed');
      this.#watches.push(returns.watch(child, ref, incarnation));
    }
  }

  /** Takes in the losses of the steps after `from`; returns step and loss of the lines ended. */
  #endLines(from: number, to: number): readonly EndedLine[] {
    const { store } = this.#parts;
    const ended: EndedLine[] = [];
    let sum = 0;
    for (let step = from + 1; step <= to; step += 1) {
      const stepLoss = store.lossOf(step);
      sum += stepLoss;
      const loss = this.#lines.add(step, stepLoss);
      if (loss !== undefined) ended.push({ step, loss });
    }
    if (to > from) this.#loss = sum / (to - from);
    return ended;
  }

  #report(step: number): void {
    const { plan, definition, options } = this.#parts;
    const perSecond = this.#rate.stepsPerSecond;
    const left = plan.steps - step;
    options.observer.onEvent({
      kind: 'progress',
      progress: {
        step,
        steps: plan.steps,
        epoch: Math.min(Math.ceil(step / plan.stepsPerEpoch), definition.epochs),
        epochs: definition.epochs,
        loss: this.#loss,
        samplesPerSecond: perSecond * definition.batch,
        remainingMs: this.#rate.isSteady ? (left / perSecond) * 1_000 : undefined,
      },
    });
  }

  /** What is measured goes with the last of the lines. */
  async #appendLines(ended: readonly EndedLine[], nowMs: number): Promise<void> {
    if (ended.length === 0) return;
    const { definition, plan, node } = this.#parts;
    const samplesPerSecond = this.#rate.stepsPerSecond * definition.batch;
    const isMeasured = nowMs - this.#measuredMs >= MEASURE_EVERY_MS;
    if (isMeasured) this.#measuredMs = nowMs;
    const last = {
      samplesPerSecond,
      linked: this.#linked,
      redone: this.#redone,
      ...(isMeasured ? { node: await node.snapshot() } : {}),
    };
    this.#linked = 0;
    this.#redone = 0;
    await this.#append(ended.map(({ step, loss }, at) => ({
      step,
      epoch: Math.ceil(step / plan.stepsPerEpoch),
      loss,
      ...(at === ended.length - 1 ? last : {}),
    })));
  }

  async #append(lines: readonly MetricsLine[]): Promise<void> {
    const { folder, options } = this.#parts;
    if ((await folder.appendMetrics(lines)) || this.#isFull) return;
    this.#isFull = true;
    const text = `${folder.shown}/metrics.jsonl is full: the run goes on without more lines`;
    options.observer.onEvent({ kind: 'note', text });
  }

  async #evaluate(): Promise<void> {
    const { tree, store, plan, options } = this.#parts;
    const { heldOut } = plan.shape;
    const step = store.committed;
    if (step === this.#evaluatedStep) return;
    this.#evaluatedStep = step;
    await this.predict();
    const accuracy = this.#accuracy;
    const epoch = Math.ceil(step / plan.stepsPerEpoch);
    const layers: Record<string, readonly number[]> = {};
    for (const [index, name] of plan.network.names.entries()) {
      const layer = tree.layers[index];
      if (layer === undefined) continue;
      layers[name] = (await this.#ask(() => layer.ask.statistics())).rms;
    }
    await this.#append([{ step, epoch, accuracy, weightRms: layers }]);
    if (heldOut > 0) options.observer.onEvent({ kind: 'evaluated', step, epoch, accuracy });
  }

  /** LOOP-2. The state is copied here; hashes and files are made while the next piece runs. */
  #startCheckpoint(): void {
    const { store, plan, definition, profile, checkpoints, runtime, options } = this.#parts;
    const step = store.committed;
    this.#checkpointMs = runtime.clock.monotonicMs();
    if (step === this.#checkpointStep) return;
    this.#checkpointStep = step;
    const names = { parameters: plan.network.parameters, states: stateNames(definition.optimizer) };
    const tensors = readState(store, names);
    const { definitionHash, stepsPerEpoch } = plan;
    const { seed } = definition;
    const { steps: openSteps, lossSum } = this.#lines.open;
    const openLossSum = Number.isFinite(lossSum) ? lossSum : null;
    const write = async (): Promise<void> => {
      await runtime.timers.sleep(0);
      const weightsHash = hashTensors(tensors.slice(0, plan.network.parameters.length));
      const facts = {
        definitionHash, step, stepsPerEpoch, seed, profile, weightsHash, openSteps, openLossSum,
      };
      const { file } = await checkpoints.write(tensors, facts);
      options.observer.onEvent({ kind: 'checkpoint', step, file });
    };
    this.#checkpoint = write();
    // A failure is thrown where the write is awaited; until then it is not an unhandled one.
    this.#checkpoint.catch(() => undefined);
  }
}

/**
 * Takes the steps of a run: asks for batches, gradients and updates, and commits. Holds nothing
 * that another incarnation could not make again.
 *
 * COORDINATOR-1: a step that lost an actor is done again from the committed generation; every
 *   message of the lost attempt has been answered before, so nothing of it is still being written.
 * COORDINATOR-2: an incarnation that has ended sends nothing after its successor has started.
 * COORDINATOR-3: a step is run only with the segments of the layer actors' incarnations of now
 *   (NUMERICS-N8).
 */
import { ActorsError } from '@ganglion/actors';
import type { LoadRequest } from '@ganglion/actors/devices';
import { shardEdges } from '@ganglion/gpu';
import type { Segment } from '@ganglion/gpu';

import { meanLoss } from '../batch-loss.js';
import { AppError } from '../errors.js';
import { bindKernel } from '../store/bindings.js';
import type { BindingSizes, BoundKernel, BoundProgram } from '../store/bindings.js';
import { hyperOf } from '../store/hyper.js';
import { linkRun } from '../store/run-programs.js';
import type { RunShape } from '../store/run-programs.js';
import type { Store } from '../store/store.js';

/** What a step needs of a ref to a kernel actor. */
export interface KernelPeer {
  readonly incarnation: number;
  readonly ask: {
    load(request: LoadRequest): Promise<unknown>;
    run(request: { readonly program: number; readonly bindings: number }): Promise<number>;
  };
}

/** What a step needs of a ref to a layer actor. */
export interface LayerPeer {
  readonly incarnation: number;
  readonly running: boolean;
  readonly ask: { segment(): Promise<Segment> };
}

/** What a step needs of a ref to the loader actor. */
export interface LoaderPeer {
  readonly ask: { batch(request: { readonly step: number }): Promise<number> };
}

/** The actors that take part in a step. */
export interface Peers {
  /** Those that compute, in order of their shards. */
  readonly kernels: readonly KernelPeer[];
  /** In order of the model. */
  readonly layers: readonly LayerPeer[];
  readonly loader: LoaderPeer;
}

/** What does not change in a run. */
export interface CoordinatorOptions {
  readonly shape: RunShape;
  readonly sizes: BindingSizes;
}

/** What happened in a number of steps. */
export interface Advance {
  /** Steps taken since the beginning of the run. */
  readonly step: number;
  /** Times that layer actors' segments were linked. */
  readonly linked: number;
  /** Steps that were done again after an actor was lost. */
  readonly redone: number;
}

/** What `run` of a kernel actor answers when it has run the program. */
const RUN_DONE = 0;

/** Program numbers of a kernel actor. */
const STAGE = 0;
const UPDATE = 1;
const CHUNKS = 2;

/** Attempts at one step: more than a supervisor allows restarts. */
const ATTEMPTS_MAX = 32;

interface Loaded {
  /** Incarnations of the layer actors whose segments are linked. */
  readonly layers: readonly number[];
  readonly kernels: readonly BoundKernel[];
  /** Incarnation of each kernel actor that holds the programs; 0 for none. */
  readonly incarnations: number[];
}

interface Prefetch {
  readonly step: number;
  readonly outcome: Promise<PromiseSettledResult<number>>;
}

/** See the file's header. */
export class Coordinator {
  readonly #store: Store;
  readonly #options: CoordinatorOptions;
  readonly #edges: readonly number[];
  #loaded: Loaded | undefined;
  #prefetch: Prefetch | undefined;
  #linked = 0;
  #redone = 0;

  constructor(store: Store, options: CoordinatorOptions) {
    this.#store = store;
    this.#options = options;
    const { batch, shards, labelsPerSample } = options.shape;
    this.#edges = shardEdges(batch, shards).map((edge) => edge * labelsPerSample);
  }

  /**
   * Takes steps until `to` of them are taken, or `isCurrent` says that this incarnation has ended.
   * @throws AppError APP_STEP_FAILED with its cause, if a step cannot be done.
   */
  async advance(peers: Peers, to: number, isCurrent: () => boolean): Promise<Advance> {
    this.#linked = 0;
    this.#redone = 0;
    while (this.#store.committed < to && isCurrent()) {
      const step = this.#store.committed;
      await this.#retry(step, isCurrent, () => this.#step(peers, step, to, isCurrent));
    }
    const { committed } = this.#store;
    return { step: committed, linked: this.#linked, redone: this.#redone };
  }

  /** Predicts the held-out labels with the committed parameters; returns how many are right. */
  async evaluate(peers: Peers, isCurrent: () => boolean): Promise<number> {
    const step = this.#store.committed;
    await this.#retry(step, isCurrent, () => this.#predict(peers, step));
    const { data, predictions } = this.#store.blocks;
    const { training, labelsPerSample } = this.#options.sizes;
    const labels = this.#store.i32(data.labels).subarray(training * labelsPerSample);
    return this.#store.i32(predictions).filter((label, at) => label === labels[at]).length;
  }

  /** COORDINATOR-1. `undefined` if this incarnation has ended. */
  async #retry<T>(
    step: number,
    isCurrent: () => boolean,
    act: () => Promise<T>,
  ): Promise<T | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await act();
      } catch (error) {
        if (!isCurrent()) return undefined;
        if (!isLoss(error) || attempt === ATTEMPTS_MAX) {
          const reason = error instanceof Error ? error.message : String(error);
          const message = `step ${step + 1} failed: ${reason}`;
          throw new AppError('APP_STEP_FAILED', message, { cause: error });
        }
        this.#redone += 1;
      }
    }
  }

  async #step(
    peers: Peers,
    step: number,
    to: number,
    isCurrent: () => boolean,
  ): Promise<void> {
    const store = this.#store;
    const { optimizer, batch } = this.#options.shape;
    const parity = step % 2;
    const loaded = await this.#load(peers);
    await this.#fill(peers, step);
    if (!isCurrent()) return;
    if (step + 1 < to) this.#prefetch = prefetch(peers, step + 1);
    store.f32(store.blocks.hyper).set(hyperOf(optimizer, step + 1));
    await runAll(peers, loaded, STAGE, parity);
    const losses = store.f32(store.blocks.losses).subarray(0, batch);
    const loss = meanLoss(losses, this.#edges);
    if (!isCurrent()) return;
    await settleAll(loaded.kernels.map(async (_, kernel) => {
      await run(peers, loaded, kernel, UPDATE, parity);
      if (isCurrent()) store.stamp(kernel, step + 1);
    }));
    if (!isCurrent()) return;
    store.keepLoss(step + 1, loss);
    store.commit(step + 1);
  }

  async #predict(peers: Peers, step: number): Promise<void> {
    const loaded = await this.#load(peers);
    await settleAll(loaded.kernels.flatMap(({ chunks }, kernel) =>
      chunks.map((_, chunk) => run(peers, loaded, kernel, CHUNKS + chunk, step % 2))));
  }

  async #fill(peers: Peers, step: number): Promise<void> {
    const ready = this.#prefetch?.step === step ? this.#prefetch : prefetch(peers, step);
    this.#prefetch = undefined;
    const outcome = await ready.outcome;
    if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** COORDINATOR-3: links and loads what has changed since the last step. */
  async #load(peers: Peers): Promise<Loaded> {
    // A layer that is down has no incarnation of now: its segment is asked for, and its mail waits.
    const layers = peers.layers.map((layer) => (layer.running ? layer.incarnation : 0));
    let loaded = this.#loaded;
    if (loaded === undefined || loaded.layers.some((number, at) => number !== layers[at])) {
      const kernels = await this.#link(peers);
      const linked = layers.map((before, at) => before || (peers.layers[at]?.incarnation ?? 0));
      loaded = { layers: linked, kernels, incarnations: kernels.map(() => 0) };
      this.#loaded = loaded;
    }
    const { kernels, incarnations } = loaded;
    await settleAll(kernels.map(async (bound, kernel) => {
      const actor = peers.kernels[kernel];
      if (actor === undefined) throw new RangeError(`the run has no kernel actor ${kernel}`);
      const { incarnation } = actor;
      if (incarnations[kernel] === incarnation) return;
      const programs: readonly BoundProgram[] = [bound.stage, bound.update, ...bound.chunks];
      for (const [id, { program, bindings }] of programs.entries()) {
        await actor.ask.load({ id, program, bindings });
      }
      incarnations[kernel] = incarnation;
    }));
    return loaded;
  }

  async #link(peers: Peers): Promise<readonly BoundKernel[]> {
    const segments = await settleAll(peers.layers.map((layer) => layer.ask.segment()));
    const { shape, sizes } = this.#options;
    const programs = linkRun(segments, shape);
    this.#linked += 1;
    return programs.map((_, kernel) => bindKernel(programs, kernel, this.#store.blocks, sizes));
  }
}

/** A kernel actor came back without its programs. */
class ProgramsLost extends Error {}

/** An actor was lost and comes back, or came back. */
function isLoss(error: unknown): boolean {
  if (error instanceof ProgramsLost) return true;
  return error instanceof ActorsError && error.code === 'ACTORS_RESTARTED';
}

function prefetch({ loader }: Peers, step: number): Prefetch {
  const outcome = loader.ask.batch({ step }).then(
    (value): PromiseSettledResult<number> => ({ status: 'fulfilled', value }),
    (reason: unknown): PromiseSettledResult<number> => ({ status: 'rejected', reason }),
  );
  return { step, outcome };
}

async function runAll(peers: Peers, loaded: Loaded, id: number, bindings: number): Promise<void> {
  await settleAll(loaded.kernels.map((_, kernel) => run(peers, loaded, kernel, id, bindings)));
}

/** Runs one program. A kernel actor that was restarted in between does not know it. */
async function run(
  peers: Peers,
  loaded: Loaded,
  kernel: number,
  program: number,
  bindings: number,
): Promise<void> {
  const actor = peers.kernels[kernel];
  if (actor === undefined) throw new RangeError(`the run has no kernel actor ${kernel}`);
  if ((await actor.ask.run({ program, bindings })) === RUN_DONE) return;
  loaded.incarnations[kernel] = 0;
  throw new ProgramsLost();
}

/** Waits for all of them, then throws the first failure (COORDINATOR-1). */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(promises);
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

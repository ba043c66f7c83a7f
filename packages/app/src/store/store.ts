/**
 * The run's store in shared memory: parameters and optimiser state in two generations, and the
 * commit record. Every thread that has the arena attaches its own views.
 *
 * STORE-1: the generation that is not committed may be written at any time by the step in hand; the
 *   committed one is only read.
 * STORE-2: `commit` flips one word, and only after every writer has stamped the new generation; a
 *   thread that dies at any instant leaves the old step or the new one (NUMERICS-N7).
 * STORE-3: the losses of the last LOSSES_KEPT committed steps are there, whoever took the steps.
 */
import { createHash } from 'node:crypto';

import { blockBytes } from '@ganglion/memory';
import type { Block, HostArena } from '@ganglion/memory';

import { AppError } from '../errors.js';
import { COMMIT_MAGIC, CommitRecord } from './layout.js';
import type { GenerationBlocks, StoreBlocks } from './memory-plan.js';
import { LOSSES_KEPT, RUN_ARENA } from './memory-plan.js';

/** Steps that one run may take: `committed` is a signed word. */
export const STEPS_MAX: number = 2 ** 31 - 1;

/** The store as one thread sees it. */
export class Store {
  readonly blocks: StoreBlocks;
  readonly #arena: HostArena;
  readonly #record: Int32Array;
  readonly #stamps: Int32Array;
  readonly #losses: Float32Array;

  private constructor(arena: HostArena, blocks: StoreBlocks) {
    this.blocks = blocks;
    this.#arena = arena;
    const { buffer } = arena.memory;
    const { offset, sizeBytes } = blocks.commit;
    const recordWords = CommitRecord.size / 4;
    this.#record = new Int32Array(buffer, offset, recordWords);
    this.#stamps = new Int32Array(buffer, offset + CommitRecord.size, sizeBytes / 4 - recordWords);
    this.#losses = this.f32(blocks.stepLosses);
  }

  /** Makes the record of a new arena: `step` steps taken, all stamps at that step. */
  static create(arena: HostArena, blocks: StoreBlocks, step: number): Store {
    const store = new Store(arena, blocks);
    store.#record[CommitRecord.word.writers] = store.#stamps.length / 2;
    store.#stamps.fill(step);
    Atomics.store(store.#record, CommitRecord.word.committed, step);
    Atomics.store(store.#record, CommitRecord.word.magic, COMMIT_MAGIC);
    return store;
  }

  /** The store that `create` made, on another thread. @throws RangeError for other memory. */
  static attach(arenas: readonly HostArena[], blocks: StoreBlocks): Store {
    const arena = arenas.find(({ id }) => id === RUN_ARENA);
    if (arena === undefined) throw new RangeError(`this thread has no arena ${RUN_ARENA}`);
    const store = new Store(arena, blocks);
    if (Atomics.load(store.#record, CommitRecord.word.magic) === COMMIT_MAGIC) return store;
    throw new RangeError(`arena ${RUN_ARENA} holds no commit record`);
  }

  /** Steps taken. */
  get committed(): number {
    return Atomics.load(this.#record, CommitRecord.word.committed);
  }

  /** The generation that holds the result of `step` steps. */
  generationOf(step: number): GenerationBlocks {
    return this.blocks.generations[step % 2 === 0 ? 0 : 1];
  }

  /** Says that `writer` has written its part of the result of step `step`. */
  stamp(writer: number, step: number): void {
    Atomics.store(this.#stamps, this.#stampIndex(writer, step), step);
  }

  /** Keeps the mean loss of step `step`, counted from 1, before it is committed. */
  keepLoss(step: number, loss: number): void {
    this.#losses[step % LOSSES_KEPT] = loss;
  }

  /** Mean loss of the committed step `step`, one of the last LOSSES_KEPT. */
  lossOf(step: number): number {
    return this.#losses[step % LOSSES_KEPT] ?? Number.NaN;
  }

  /**
   * Makes `step` the committed one if the one before it is, and returns whether it now is.
   * @throws AppError APP_STEP_FAILED if a writer's stamp is missing; nothing is committed then.
   */
  commit(step: number): boolean {
    const writers = this.#stamps.length / 2;
    for (let writer = 0; writer < writers; writer += 1) {
      const stamp = Atomics.load(this.#stamps, this.#stampIndex(writer, step));
      if (stamp === step) continue;
      const message = `step ${step} cannot be committed: writer ${writer} stamped ${stamp}`;
      throw new AppError('APP_STEP_FAILED', message);
    }
    const { committed } = CommitRecord.word;
    const found = Atomics.compareExchange(this.#record, committed, step - 1, step);
    return found === step - 1 || found === step;
  }

  f32({ offset, sizeBytes }: Block): Float32Array {
    return new Float32Array(this.#arena.memory.buffer, offset, sizeBytes / 4);
  }

  i32({ offset, sizeBytes }: Block): Int32Array {
    return new Int32Array(this.#arena.memory.buffer, offset, sizeBytes / 4);
  }

  bytes(block: Block): Uint8Array {
    return blockBytes(this.#arena, block);
  }

  /** SHA-256 in hexadecimal of the committed parameters in order. */
  weightsHash(): string {
    const hash = createHash('sha256');
    const { parameters } = this.generationOf(this.committed);
    for (const block of parameters) hash.update(this.bytes(block));
    return hash.digest('hex');
  }

  #stampIndex(writer: number, step: number): number {
    return (step % 2) * (this.#stamps.length / 2) + writer;
  }
}

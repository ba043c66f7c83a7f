/**
 * Checkpoints of one run: a safetensors file and the manifest that names it. The manifest that a
 * resumed run follows is replaced when the consensus has committed it, in the order of the commits.
 *
 * CHECKPOINT-1: at every instant the manifest names a complete file, or there is no manifest.
 * CHECKPOINT-2: a file that the manifest does not name is removed after the next commit.
 */
import { createHash } from 'node:crypto';

import type { Consensus } from '@ganglion/distribution/contract';
import type { Storage } from '@ganglion/runtime/contract';

import { AppError } from '../errors.js';
import { decodeManifest, encodeManifest } from './manifest.js';
import type { CheckpointManifest } from './manifest.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';
import type { NamedTensor } from './safetensors.js';

/** Folder of the checkpoint within the run's storage. */
export const CHECKPOINT_FOLDER = 'checkpoint';
const MANIFEST = `${CHECKPOINT_FOLDER}/manifest.json`;

/** What is known of a checkpoint before its file is written. */
export type CheckpointFacts = Omit<CheckpointManifest, 'format' | 'file' | 'sha256'>;

/** A checkpoint that was read and verified. */
export interface LoadedCheckpoint {
  readonly manifest: CheckpointManifest;
  readonly tensors: readonly NamedTensor[];
}

/** Writes the checkpoints of one run. One caller at a time. */
export class Checkpoints {
  readonly #storage: Storage;
  readonly #consensus: Consensus;
  #appliedIndex: number;

  constructor(storage: Storage, consensus: Consensus) {
    this.#storage = storage;
    this.#consensus = consensus;
    this.#appliedIndex = consensus.status().committedIndex;
  }

  /** Resolves with the manifest when the checkpoint is the one that a resumed run would follow. */
  async write(
    tensors: readonly NamedTensor[],
    facts: CheckpointFacts,
  ): Promise<CheckpointManifest> {
    const bytes = encodeSafetensors({ metadata: { step: String(facts.step) }, tensors });
    const file = `step-${facts.step}.safetensors`;
    const manifest: CheckpointManifest = { format: 1, file, sha256: sha256(bytes), ...facts };
    await this.#storage.replace(`${CHECKPOINT_FOLDER}/${file}`, bytes);
    await this.#applyTo(await this.#consensus.propose(encodeManifest(manifest)));
    return manifest;
  }

  /** Applies what was committed up to `index`: the newest manifest stands. */
  async #applyTo(index: number): Promise<void> {
    for await (const { index: at, command } of this.#consensus.committed(this.#appliedIndex + 1)) {
      const { file } = decodeManifest(command, `of commit ${at}`);
      await this.#storage.replace(MANIFEST, command);
      this.#appliedIndex = at;
      await this.#removeOthers(file);
      if (at === index) return;
    }
  }

  async #removeOthers(kept: string): Promise<void> {
    const names = await this.#storage.list(`${CHECKPOINT_FOLDER}/step-`);
    const others = names.filter((name) => name !== `${CHECKPOINT_FOLDER}/${kept}`);
    await Promise.all(others.map((name) => this.#storage.remove(name)));
  }
}

/**
 * The checkpoint of a run, verified, or `undefined` if there is none.
 * @param where names the run's folder in messages.
 * @throws AppError APP_CHECKPOINT_CORRUPT naming the file and what is wrong with it.
 */
export async function readCheckpoint(
  storage: Storage,
  where: string,
): Promise<LoadedCheckpoint | undefined> {
  const text = await storage.read(MANIFEST);
  if (text === undefined) return undefined;
  const manifest = decodeManifest(text, `${where}/${MANIFEST}`);
  const path = `${where}/${CHECKPOINT_FOLDER}/${manifest.file}`;
  const bytes = await storage.read(`${CHECKPOINT_FOLDER}/${manifest.file}`);
  if (bytes === undefined) throw corrupt(path, 'the file is missing');
  const found = sha256(bytes);
  if (found !== manifest.sha256) {
    throw corrupt(path, `its SHA-256 is ${found}, the manifest says ${manifest.sha256}`);
  }
  return { manifest, tensors: decodeSafetensors(bytes).tensors };
}

function corrupt(path: string, what: string): AppError {
  const message = `the checkpoint ${path} is corrupt: ${what}; delete the run to train anew`;
  return new AppError('APP_CHECKPOINT_CORRUPT', message);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

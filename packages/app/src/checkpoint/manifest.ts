/** What a checkpoint says about itself: plain JSON, checked field by field when it is read. */
import { AppError } from '../errors.js';

/** What is known about the run at the checkpoint's step. */
export interface CheckpointManifest {
  readonly format: 1;
  /** Name of the safetensors file in the same folder. */
  readonly file: string;
  /** SHA-256 of that file, in hexadecimal. */
  readonly sha256: string;
  readonly definitionHash: string;
  /** Steps taken. With the seed it says which samples come next and every random number. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly seed: number;
  /** Numeric profile of the run (NUMERICS-N6). */
  readonly profile: string;
  /** SHA-256 of the parameters in order. */
  readonly weightsHash: string;
  /** Steps since the last line of metrics. */
  readonly openSteps: number;
  /** Sum of their losses; null for one that is not finite. */
  readonly openLossSum: number | null;
}

/** Bytes that a manifest may have. */
export const MANIFEST_BYTES_MAX = 65_536;

const HASH = /^[0-9a-f]{64}$/;
const FILE = /^step-\d{1,10}\.safetensors$/;

type Check = (value: unknown) => boolean;

const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isHash: Check = (value) => typeof value === 'string' && HASH.test(value);

const CHECKS: Readonly<Record<keyof CheckpointManifest, Check>> = {
  format: (value) => value === 1,
  file: (value) => typeof value === 'string' && FILE.test(value),
  sha256: isHash,
  definitionHash: isHash,
  step: isCount,
  stepsPerEpoch: isCount,
  seed: isCount,
  profile: (value) => typeof value === 'string' && value.length > 0 && value.length <= 256,
  weightsHash: isHash,
  openSteps: isCount,
  openLossSum: (value) => value === null || Number.isFinite(value),
};

/** JSON text in UTF-8. */
export function encodeManifest(manifest: CheckpointManifest): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * @param where names the manifest in messages.
 * @throws AppError APP_CHECKPOINT_CORRUPT naming the field that is wrong.
 */
export function decodeManifest(bytes: Uint8Array, where: string): CheckpointManifest {
  if (bytes.length > MANIFEST_BYTES_MAX) {
    throw corrupt(where, `it has ${bytes.length} bytes, the limit is ${MANIFEST_BYTES_MAX}`);
  }
  const fields = parse(bytes, where);
  for (const [name, holds] of Object.entries(CHECKS)) {
    if (!holds(fields[name])) throw corrupt(where, `its field ${name} is missing or wrong`);
  }
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(CHECKS, name));
  if (unknown !== undefined) throw corrupt(where, `it has an unknown field ${unknown}`);
  // Every field was just checked.
  return fields as object as CheckpointManifest;
}

function parse(bytes: Uint8Array, where: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw corrupt(where, 'it is not JSON', cause);
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return parsed as Readonly<Record<string, unknown>>;
  }
  throw corrupt(where, 'it is not a JSON object');
}

function corrupt(where: string, what: string, cause?: unknown): AppError {
  const message = `the checkpoint manifest ${where} cannot be used: ${what}`;
  return new AppError('APP_CHECKPOINT_CORRUPT', message, cause === undefined ? {} : { cause });
}

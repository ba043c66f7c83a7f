/**
 * The safetensors format: named tensors in one file, readable by anything else that knows it.
 *
 * ST-1: eight bytes of little-endian header length, a JSON header up to HEADER_BYTES_MAX, data.
 * ST-2: the tensors cover the data without hole, overlap or rest, and each has its shape's bytes.
 * ST-3: no name comes twice; whitespace may surround the header.
 * ST-4: reading allocates nothing by a length that the file claims; tensors are views of its bytes.
 */
import { AppError } from '../errors.js';
import { findDuplicateKey } from './duplicate-keys.js';

/** Bytes that a header may have. */
export const HEADER_BYTES_MAX = 100_000_000;

/** Element types of the format. */
export type SafetensorsType =
  | 'BOOL' | 'U8' | 'I8' | 'F8_E5M2' | 'F8_E4M3'
  | 'I16' | 'U16' | 'F16' | 'BF16'
  | 'I32' | 'U32' | 'F32'
  | 'I64' | 'U64' | 'F64';

const ELEMENT_BYTES: Readonly<Record<SafetensorsType, number>> = Object.freeze({
  BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1,
  I16: 2, U16: 2, F16: 2, BF16: 2,
  I32: 4, U32: 4, F32: 4,
  I64: 8, U64: 8, F64: 8,
});

/** One tensor; `bytes` is row-major and little-endian. */
export interface NamedTensor {
  readonly name: string;
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A whole file. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their data. */
  readonly tensors: readonly NamedTensor[];
}

const METADATA = '__metadata__';
const ENTRY_KEYS: readonly string[] = ['dtype', 'shape', 'data_offsets'];
const LENGTH_BYTES = 8;

function invalid(message: string, cause?: unknown): AppError {
  const options = cause === undefined ? undefined : { cause };
  return new AppError('APP_SAFETENSORS_INVALID', `safetensors: ${message}`, options);
}

/** The file's bytes, tensors in the order given. @throws AppError APP_SAFETENSORS_INVALID */
export function encodeSafetensors(file: SafetensorsFile): Uint8Array {
  const header: [string, unknown][] = [];
  if (Object.keys(file.metadata).length > 0) header.push([METADATA, file.metadata]);
  const names = new Set([METADATA]);
  let at = 0;
  for (const { name, dtype, shape, bytes } of file.tensors) {
    if (names.has(name)) throw invalid(`the name ${name} is taken`);
    names.add(name);
    checkSize(name, dtype, shape, bytes.length);
    header.push([name, { dtype, shape, data_offsets: [at, at + bytes.length] }]);
    at += bytes.length;
  }
  const unpadded = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(unpadded.length / 8) * 8;
  if (headerBytes > HEADER_BYTES_MAX) throw invalid(tooLarge(headerBytes));
  const out = new Uint8Array(LENGTH_BYTES + headerBytes + at);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerBytes), true);
  out.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  out.set(unpadded, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const { bytes } of file.tensors) {
    out.set(bytes, offset);
    offset += bytes.length;
  }
  return out;
}

/** Reads a file; its tensors are views of `bytes`. @throws AppError APP_SAFETENSORS_INVALID */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { header, data } = splitFile(bytes);
  let metadata: Readonly<Record<string, string>> = {};
  const tensors: { tensor: NamedTensor; begin: number; end: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) {
      metadata = readMetadata(entry);
      continue;
    }
    const { dtype, shape, begin, end } = readEntry(name, entry, data.length);
    checkSize(name, dtype, shape, end - begin);
    tensors.push({ tensor: { name, dtype, shape, bytes: data.subarray(begin, end) }, begin, end });
  }
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { tensor, begin, end } of tensors) {
    if (begin !== at) {
      throw invalid(`${tensor.name} begins at byte ${begin}, the tensor before it ends at ${at}`);
    }
    at = end;
  }
  if (at !== data.length) throw invalid(`tensors cover ${at} of ${data.length} bytes of data`);
  return { metadata, tensors: tensors.map(({ tensor }) => tensor) };
}

function splitFile(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < LENGTH_BYTES) {
    throw invalid(`the file has ${bytes.length} bytes, at least ${LENGTH_BYTES} are its length`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const claimed = view.getBigUint64(0, true);
  if (claimed > BigInt(HEADER_BYTES_MAX)) throw invalid(tooLarge(claimed));
  const end = LENGTH_BYTES + Number(claimed);
  if (end > bytes.length) {
    throw invalid(`the header needs ${end} bytes, the file has ${bytes.length}`);
  }
  const text = decodeText(bytes.subarray(LENGTH_BYTES, end));
  const header = parseObject(text, 'the header');
  const twice = findDuplicateKey(text);
  if (twice !== undefined) throw invalid(`the header names ${twice} twice`);
  return { header, data: bytes.subarray(end) };
}

function tooLarge(headerBytes: number | bigint): string {
  return `the header has ${headerBytes} bytes, the limit is ${HEADER_BYTES_MAX}`;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid('the header is not UTF-8', error);
  }
}

function parseObject(text: string, what: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw invalid(`${what} is not JSON`, error);
  }
  if (isRecord(parsed)) return parsed;
  throw invalid(`${what} is not a JSON object`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readMetadata(entry: unknown): Record<string, string> {
  if (isRecord(entry) && Object.values(entry).every((value) => typeof value === 'string')) {
    return entry as Record<string, string>; // every value was just checked
  }
  throw invalid(`${METADATA} is not an object of strings`);
}

interface Entry {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readEntry(name: string, entry: unknown, dataBytes: number): Entry {
  if (!isRecord(entry)) throw invalid(`${name} is not an object`);
  const unknown = Object.keys(entry).find((key) => !ENTRY_KEYS.includes(key));
  if (unknown !== undefined) throw invalid(`${name} has an unknown field ${unknown}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_BYTES, dtype)) {
    throw invalid(`${name} has the unknown dtype ${String(dtype)}`);
  }
  if (!isSizes(shape)) throw invalid(`${name} has a shape that is no list of integers from 0`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw invalid(`${name} has data_offsets that are no two integers from 0`);
  }
  const [begin = 0, end = 0] = offsets;
  if (begin > end || end > dataBytes) {
    throw invalid(`${name} lies at bytes ${begin} to ${end} of ${dataBytes} bytes of data`);
  }
  return { dtype: dtype as SafetensorsType, shape, begin, end };
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) &&
    value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
}

function checkSize(
  name: string,
  dtype: SafetensorsType,
  shape: readonly number[],
  sizeBytes: number,
): void {
  let expected = ELEMENT_BYTES[dtype];
  for (const size of shape) {
    expected *= size;
    if (Number.isSafeInteger(expected)) continue;
    throw invalid(`${name} has more elements than 2^53 bytes hold`);
  }
  if (expected === sizeBytes) return;
  const text = `${dtype} (${shape.join(', ')})`;
  throw invalid(`${name} is ${text}, which takes ${expected} bytes, and has ${sizeBytes}`);
}

/**
 * The bytes of a log: a header, then records of a record header and a payload. All numbers are
 * little-endian.
 *
 *     log header     8 bytes  'GLOG0001'
 *     record header  u32 payload length, u32 index, u32 index of the first record of its batch,
 *                    u32 CRC-32C of these and the payload
 *
 * A batch is what one sync wrote; the next is written only after that sync has finished. So when a
 * record fails its check and a later one is intact: if the batch of the later one begins after the
 * failed record, that had been synced, and the log is corrupt; otherwise a crash tore the batch,
 * and its beginning is what is left of it. The log header cannot be torn: a new log is a file that
 * is replaced whole.
 */
import { RuntimeError } from '../errors.js';
import { crc32c } from './crc32c.js';

export const LOG_MAGIC: Uint8Array = new TextEncoder().encode('GLOG0001');
export const RECORD_HEADER_BYTES = 16;
/** Payloads above this are never written, so a length above it is no length. */
export const RECORD_BYTES_CEILING: number = 2 ** 30;

const CHECKED_HEADER_BYTES = 12;
const SEARCH_BYTES = 65_536;

/** Random access to bytes that do not change. */
export interface ByteSource {
  readonly size: number;
  /** A view that is good until the next call. The range lies within `size`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Where a record stands. */
export interface RecordPlace {
  readonly index: number;
  /** Index of the first record of its batch. */
  readonly batchStart: number;
}

/** An intact record; `payload` is good until the source's next call. */
export interface IntactRecord {
  readonly payload: Uint8Array;
  readonly batchStart: number;
}

/** What a log's bytes hold. */
export interface LogContents {
  /** Where each intact record begins. */
  readonly offsets: number[];
  /** Where the last of them ends; what follows is torn. */
  readonly endOffset: number;
}

/** Writes a record at the start of `target`; returns the bytes that it takes. */
export function writeRecord(target: Uint8Array, payload: Uint8Array, place: RecordPlace): number {
  const view = new DataView(target.buffer, target.byteOffset, RECORD_HEADER_BYTES);
  view.setUint32(0, payload.length, true);
  view.setUint32(4, place.index, true);
  view.setUint32(8, place.batchStart, true);
  const checked = crc32c(target.subarray(0, CHECKED_HEADER_BYTES));
  view.setUint32(CHECKED_HEADER_BYTES, crc32c(payload, checked), true);
  target.set(payload, RECORD_HEADER_BYTES);
  return RECORD_HEADER_BYTES + payload.length;
}

/** The record with `index` at `offset`, if it is whole and passes its check. */
export async function readRecord(
  source: ByteSource,
  offset: number,
  index: number,
): Promise<IntactRecord | undefined> {
  const start = offset + RECORD_HEADER_BYTES;
  if (start > source.size) return undefined;
  const header = await source.read(offset, RECORD_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, RECORD_HEADER_BYTES);
  const length = view.getUint32(0, true);
  const batchStart = view.getUint32(8, true);
  const stored = view.getUint32(CHECKED_HEADER_BYTES, true);
  if (view.getUint32(4, true) !== index || batchStart > index) return undefined;
  if (length > RECORD_BYTES_CEILING || length > source.size - start) return undefined;
  const checked = crc32c(header.subarray(0, CHECKED_HEADER_BYTES));
  const payload = await source.read(start, length);
  return crc32c(payload, checked) === stored ? { payload, batchStart } : undefined;
}

/** Whether a batch that begins after record `failed` has an intact record from `from` on. */
async function hasLaterBatch(source: ByteSource, from: number, failed: number): Promise<boolean> {
  for (let at = from; at + RECORD_HEADER_BYTES <= source.size; at += SEARCH_BYTES) {
    const length = Math.min(SEARCH_BYTES + RECORD_HEADER_BYTES, source.size - at);
    // A copy: checking a candidate reads from the source again.
    const bytes = Uint8Array.from(await source.read(at, length));
    const view = new DataView(bytes.buffer);
    const candidates = Math.min(SEARCH_BYTES, length - RECORD_HEADER_BYTES + 1);
    for (let offset = 0; offset < candidates; offset += 1) {
      const index = view.getUint32(offset + 4, true);
      const batchStart = view.getUint32(offset + 8, true);
      // Most bytes are told from a header by these two comparisons.
      const indexMax = failed + 1 + (at + offset - from) / RECORD_HEADER_BYTES;
      if (batchStart <= failed || batchStart > index || index > indexMax) continue;
      if (await readRecord(source, at + offset, index) !== undefined) return true;
    }
  }
  return false;
}

/**
 * Finds the intact records of a log's bytes.
 * @throws RuntimeError RUNTIME_LOG_CORRUPT if a record that had been synced fails its check.
 */
export async function scanLog(name: string, source: ByteSource): Promise<LogContents> {
  const magic = await source.read(0, Math.min(LOG_MAGIC.length, source.size));
  if (LOG_MAGIC.some((byte, at) => magic[at] !== byte)) {
    throw new RuntimeError('RUNTIME_LOG_CORRUPT', `${name} does not begin as a log does`);
  }
  const offsets: number[] = [];
  let endOffset = LOG_MAGIC.length;
  while (endOffset < source.size) {
    const record = await readRecord(source, endOffset, offsets.length);
    if (record === undefined) {
      if (!await hasLaterBatch(source, endOffset, offsets.length)) break;
      const message = `${name}: record ${offsets.length} at byte ${endOffset} fails its check, and `
        + 'records that were synced after it are intact';
      throw new RuntimeError('RUNTIME_LOG_CORRUPT', message);
    }
    offsets.push(endOffset);
    endOffset += RECORD_HEADER_BYTES + record.payload.length;
  }
  return { offsets, endOffset };
}

import { describe, expect, it } from 'vitest';

import { crc32c } from './crc32c.js';
import { LOG_MAGIC, RECORD_HEADER_BYTES, scanLog, writeRecord } from './log-format.js';
import type { ByteSource } from './log-format.js';

const RECORD = 'a record of 23 bytes ..';

function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** A log of batches of so many records each, and where its records begin. */
function logOf(...batches: number[]): { bytes: Uint8Array; offsets: number[] } {
  const payload = new TextEncoder().encode(RECORD);
  const recordBytes = RECORD_HEADER_BYTES + payload.length;
  const count = batches.reduce((sum, size) => sum + size, 0);
  const bytes = new Uint8Array(LOG_MAGIC.length + count * recordBytes);
  bytes.set(LOG_MAGIC);
  const offsets: number[] = [];
  let batchStart = 0;
  for (const size of batches) {
    for (let index = batchStart; index < batchStart + size; index += 1) {
      const offset = LOG_MAGIC.length + index * recordBytes;
      writeRecord(bytes.subarray(offset), payload, { index, batchStart });
      offsets.push(offset);
    }
    batchStart += size;
  }
  return { bytes, offsets };
}

function damaged(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x40;
  return copy;
}

function sumOf(length: number, byte: (at: number) => number): string {
  return crc32c(Uint8Array.from({ length }, (_, at) => byte(at))).toString(16);
}

describe('crc32c', () => {
  it('gives the checksums of RFC 3720, appendix B.4', () => {
    expect(sumOf(32, () => 0)).toBe('8a9136aa');
    expect(sumOf(32, () => 0xff)).toBe('62a8ab43');
    expect(sumOf(32, (at) => at)).toBe('46dd794e');
    expect(sumOf(32, (at) => 31 - at)).toBe('113fdb5c');
    expect(crc32c(new TextEncoder().encode('123456789')).toString(16)).toBe('e3069283');
  });

  it('goes on from the checksum of a beginning', () => {
    const bytes = new TextEncoder().encode('123456789');
    expect(crc32c(bytes.subarray(4), crc32c(bytes.subarray(0, 4)))).toBe(crc32c(bytes));
    expect(crc32c(new Uint8Array())).toBe(0);
  });
});

describe('scanLog', () => {
  it('finds every record of a whole log', async () => {
    const { bytes, offsets } = logOf(2, 1, 3);
    expect(await scanLog('log', sourceOf(bytes))).toEqual({ offsets, endOffset: bytes.length });
  });

  it('takes a log that was cut at any byte as its whole records', async () => {
    const { bytes, offsets } = logOf(2, 1, 3);
    for (let size = LOG_MAGIC.length; size < bytes.length; size += 1) {
      const ends = [...offsets.slice(1), bytes.length].filter((end) => end <= size);
      const contents = await scanLog('log', sourceOf(bytes.subarray(0, size)));
      expect(contents).toEqual({
        offsets: offsets.slice(0, ends.length), endOffset: ends.at(-1) ?? LOG_MAGIC.length,
      });
    }
  });

  it('cuts a batch that a crash tore, at its first damaged record', async () => {
    const { bytes, offsets } = logOf(2, 1, 3);
    for (let at = offsets[3] ?? 0; at < bytes.length; at += 1) {
      const record = offsets.findLastIndex((offset) => offset <= at);
      const contents = await scanLog('log', sourceOf(damaged(bytes, at)));
      expect(contents.offsets).toEqual(offsets.slice(0, record));
    }
  });

  it('RUNTIME_LOG_CORRUPT: refuses damage to any byte that was synced', async () => {
    const { bytes, offsets } = logOf(2, 1, 3);
    for (let at = LOG_MAGIC.length; at < (offsets[3] ?? 0); at += 1) {
      const record = offsets.findLastIndex((offset) => offset <= at);
      await expect(scanLog('log', sourceOf(damaged(bytes, at)))).rejects.toMatchObject({
        code: 'RUNTIME_LOG_CORRUPT',
        message: `log: record ${record} at byte ${offsets[record]} fails its check, and records `
          + 'that were synced after it are intact',
      });
    }
  });

  it('RUNTIME_LOG_CORRUPT: finds a later record far beyond the damaged one', async () => {
    const { bytes } = logOf(3_000, 1);
    await expect(scanLog('log', sourceOf(damaged(bytes, LOG_MAGIC.length)))).rejects.toMatchObject({
      code: 'RUNTIME_LOG_CORRUPT',
    });
  });

  it('RUNTIME_LOG_CORRUPT: refuses what does not begin as a log does', async () => {
    const { bytes } = logOf(1);
    for (const other of [damaged(bytes, 0), bytes.subarray(0, 7), new Uint8Array()]) {
      await expect(scanLog('log', sourceOf(other))).rejects.toMatchObject({
        code: 'RUNTIME_LOG_CORRUPT', message: 'log does not begin as a log does',
      });
    }
  });

  it('takes an intact record in the place of another as damage', async () => {
    const { bytes, offsets } = logOf(2, 1, 3);
    const [third = 0, fourth = 0, fifth = 0] = offsets.slice(3);
    bytes.copyWithin(fourth, third, fourth);
    expect(await scanLog('log', sourceOf(bytes))).toEqual({
      offsets: offsets.slice(0, 4), endOffset: fourth,
    });
    bytes.copyWithin(third, fifth, bytes.length);
    expect((await scanLog('log', sourceOf(bytes))).endOffset).toBe(third);
  });

  it('takes zeros after the last record as torn', async () => {
    const { bytes, offsets } = logOf(2);
    const padded = new Uint8Array(bytes.length + 4_096);
    padded.set(bytes);
    expect(await scanLog('log', sourceOf(padded))).toEqual({ offsets, endOffset: bytes.length });
  });
});

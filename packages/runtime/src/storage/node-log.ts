/**
 * A log in one file. What is appended stays in memory until a sync writes it, in one batch.
 *
 * Invariants: (1) record i is at `offsets[i]` of the file, or in `writing`, or in `pending`, in
 * this order; (2) a batch is written only when the one before it is on stable storage; (3) after a
 * failure of the file system nothing more is written, since nobody knows what is on the disk.
 */
import assert from 'node:assert/strict';

import type { Log, LogRecord } from '../contract.js';
import { RuntimeError } from '../errors.js';
import type { OpenFile } from './files.js';
import { readRecord, RECORD_HEADER_BYTES, scanLog, writeRecord } from './log-format.js';
import type { ByteSource, LogContents } from './log-format.js';
import type { StorageLimits } from './options.js';
import { Serial } from './serial.js';

const WINDOW_BYTES = 1_024 * 1_024;

/** Reads a file through a window, so that small records do not each cost a read. */
class WindowSource implements ByteSource {
  readonly size: number;
  readonly #file: OpenFile;
  #window: Uint8Array = new Uint8Array();
  #start = 0;

  constructor(file: OpenFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < this.#start || offset + length > this.#start + this.#window.length) {
      const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.size - offset);
      const window = new Uint8Array(wanted);
      const done = await this.#file.read(window, offset);
      this.#window = window.subarray(0, done);
      this.#start = offset;
    }
    return this.#window.subarray(offset - this.#start, offset - this.#start + length);
  }
}

/** What a log is made of. */
export interface NodeLogParts {
  readonly name: string;
  readonly file: OpenFile;
  readonly limits: Required<StorageLimits>;
  /** Called once, when the log has closed its file. */
  readonly onClose: () => void;
}

function failed(name: string, cause: unknown): RuntimeError {
  const message = `${name}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new RuntimeError('RUNTIME_STORAGE_FAILED', message, { cause });
}

class NodeLog implements Log {
  readonly #parts: NodeLogParts;
  readonly #offsets: number[];
  readonly #serial = new Serial();
  #endOffset: number;
  #writing: readonly Uint8Array[] = [];
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #queuedSync: Promise<void> | undefined;
  #truncations = 0;
  #truncating = false;
  #failure: RuntimeError | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: NodeLogParts, contents: LogContents) {
    this.#parts = parts;
    this.#offsets = contents.offsets;
    this.#endOffset = contents.endOffset;
  }

  get length(): number {
    return this.#offsets.length + this.#writing.length + this.#pending.length;
  }

  append(bytes: Uint8Array): number {
    this.#requireOpen();
    assert(!this.#truncating, 'no append while a truncate is running');
    const { recordBytesMax, logBufferBytesMax } = this.#parts.limits;
    if (bytes.length > recordBytesMax) {
      const message = `the record has ${bytes.length} bytes, the limit is ${recordBytesMax}`;
      throw new RuntimeError('RUNTIME_STORAGE_LIMIT', message);
    }
    const wanted = this.#pendingBytes + bytes.length + RECORD_HEADER_BYTES;
    if (wanted > logBufferBytesMax) {
      const message = `${wanted} bytes wait for a sync, the limit is ${logBufferBytesMax}`;
      throw new RuntimeError('RUNTIME_LOG_BUFFER_FULL', message);
    }
    this.#pendingBytes = wanted;
    return this.#offsets.length + this.#writing.length
      + this.#pending.push(Uint8Array.from(bytes)) - 1;
  }

  async sync(): Promise<void> {
    this.#requireOpen();
    await this.#sync();
  }

  async* read(from = 0): AsyncGenerator<LogRecord, void> {
    assert(Number.isInteger(from) && from >= 0, `from is ${from}, must be an index`);
    this.#requireOpen();
    let source: WindowSource | undefined;
    let truncations = this.#truncations;
    for (let index = from; index < this.length; index += 1) {
      this.#requireOpen();
      const offset = this.#offsets[index];
      if (offset === undefined) {
        const at = index - this.#offsets.length;
        const kept = this.#writing[at] ?? this.#pending[at - this.#writing.length];
        yield { index, bytes: Uint8Array.from(kept as Uint8Array) }; // by invariant 1
        continue;
      }
      const end = this.#offsets[index + 1] ?? this.#endOffset;
      if (source === undefined || source.size < end || truncations !== this.#truncations) {
        source = new WindowSource(this.#parts.file, this.#endOffset);
        truncations = this.#truncations;
      }
      yield { index, bytes: await this.#readStored(source, offset, index) };
    }
  }

  async truncate(length: number): Promise<void> {
    this.#requireOpen();
    assert(Number.isInteger(length) && length >= 0, `length is ${length}, must be 0 or more`);
    assert(!this.#truncating, 'one truncate at a time');
    if (length >= this.length) return;
    this.#truncating = true;
    try {
      await this.#serial.run(() => this.#guard(() => this.#truncateNow(length)));
    } finally {
      this.#truncating = false;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeNow();
    return this.#closing;
  }

  /** Callers between the start of one sync and the start of the next share the next. */
  #sync(): Promise<void> {
    this.#queuedSync ??= this.#serial.run(() => {
      this.#queuedSync = undefined;
      return this.#guard(() => this.#writeBatch());
    });
    return this.#queuedSync;
  }

  async #writeBatch(): Promise<void> {
    if (this.#pending.length === 0) return;
    const batchStart = this.#offsets.length;
    const bytes = new Uint8Array(this.#pendingBytes);
    this.#writing = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    const offsets: number[] = [];
    let at = 0;
    for (const [position, payload] of this.#writing.entries()) {
      offsets.push(this.#endOffset + at);
      at += writeRecord(bytes.subarray(at), payload, { index: batchStart + position, batchStart });
    }
    await this.#parts.file.write(bytes, this.#endOffset);
    await this.#parts.file.sync();
    for (const offset of offsets) this.#offsets.push(offset);
    this.#endOffset += at;
    this.#writing = [];
  }

  async #truncateNow(length: number): Promise<void> {
    const keep = Math.max(length - this.#offsets.length, 0);
    for (const dropped of this.#pending.splice(keep)) {
      this.#pendingBytes -= dropped.length + RECORD_HEADER_BYTES;
    }
    const endOffset = this.#offsets[length];
    if (endOffset === undefined) return;
    this.#truncations += 1;
    this.#offsets.length = length;
    this.#endOffset = endOffset;
    await this.#parts.file.truncate(endOffset);
    await this.#parts.file.sync();
  }

  async #readStored(source: ByteSource, offset: number, index: number): Promise<Uint8Array> {
    const record = await this.#guard(() => readRecord(source, offset, index));
    if (record !== undefined) return Uint8Array.from(record.payload);
    const message = `${this.#parts.name}: record ${index} at byte ${offset} fails its check`;
    throw new RuntimeError('RUNTIME_LOG_CORRUPT', message);
  }

  async #closeNow(): Promise<void> {
    try {
      if (this.#failure === undefined) await this.#sync();
    } finally {
      try {
        await this.#parts.file.close();
      } finally {
        this.#parts.onClose();
      }
    }
  }

  async #guard<T>(step: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await step();
    } catch (cause) {
      this.#failure = failed(this.#parts.name, cause);
      throw this.#failure;
    }
  }

  #requireOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing === undefined) return;
    throw new RuntimeError('RUNTIME_LOG_CLOSED', `the log ${this.#parts.name} was closed`);
  }
}

/** Reads the file's records and cuts off a torn end. */
export async function openNodeLog(parts: NodeLogParts): Promise<Log> {
  const { name, file } = parts;
  const size = await file.size();
  const contents = await scanLog(name, new WindowSource(file, size));
  if (contents.endOffset < size) {
    await file.truncate(contents.endOffset);
    await file.sync();
  }
  return new NodeLog(parts, contents);
}

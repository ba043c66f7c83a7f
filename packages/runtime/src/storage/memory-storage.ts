/** Storage in memory: the reference of what storage means. It lasts as long as the process. */
import assert from 'node:assert/strict';

import type { LockAttempt, Log, LogRecord, Storage } from '../contract.js';
import { RuntimeError } from '../errors.js';
import { requireName } from './names.js';
import { resolveStorageLimits } from './options.js';
import type { StorageLimits } from './options.js';

interface StoredLog {
  records: Uint8Array[];
  isOpen: boolean;
}

class MemoryLog implements Log {
  readonly #name: string;
  readonly #stored: StoredLog;
  readonly #limits: Required<StorageLimits>;
  #unsyncedBytes = 0;
  #isOpen = true;

  constructor(name: string, stored: StoredLog, limits: Required<StorageLimits>) {
    this.#name = name;
    this.#stored = stored;
    this.#limits = limits;
  }

  get length(): number {
    return this.#stored.records.length;
  }

  append(bytes: Uint8Array): number {
    this.#requireOpen();
    const { recordBytesMax, logBufferBytesMax } = this.#limits;
    if (bytes.length > recordBytesMax) {
      const message = `the record has ${bytes.length} bytes, the limit is ${recordBytesMax}`;
      throw new RuntimeError('RUNTIME_STORAGE_LIMIT', message);
    }
    const wanted = this.#unsyncedBytes + bytes.length;
    if (wanted > logBufferBytesMax) {
      const message = `${wanted} bytes wait for a sync, the limit is ${logBufferBytesMax}`;
      throw new RuntimeError('RUNTIME_LOG_BUFFER_FULL', message);
    }
    this.#unsyncedBytes = wanted;
    return this.#stored.records.push(Uint8Array.from(bytes)) - 1;
  }

  async sync(): Promise<void> {
    this.#requireOpen();
    this.#unsyncedBytes = 0;
  }

  async* read(from = 0): AsyncGenerator<LogRecord, void> {
    assert(Number.isInteger(from) && from >= 0, `from is ${from}, must be an index`);
    this.#requireOpen();
    for (let index = from; index < this.length; index += 1) {
      this.#requireOpen();
      // The loop's bound is the array's length.
      yield { index, bytes: Uint8Array.from(this.#stored.records[index] as Uint8Array) };
    }
  }

  async truncate(length: number): Promise<void> {
    this.#requireOpen();
    assert(Number.isInteger(length) && length >= 0, `length is ${length}, must be 0 or more`);
    this.#stored.records.splice(length);
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stored.isOpen = false;
  }

  #requireOpen(): void {
    if (this.#isOpen) return;
    throw new RuntimeError('RUNTIME_LOG_CLOSED', `the log ${this.#name} was closed`);
  }
}

class MemoryStorage implements Storage {
  readonly place = 'memory';
  readonly #limits: Required<StorageLimits>;
  readonly #files = new Map<string, Uint8Array>();
  readonly #logs = new Map<string, StoredLog>();
  readonly #locks = new Set<string>();

  constructor(limits: Required<StorageLimits>) {
    this.#limits = limits;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    requireName(name);
    const bytes = this.#files.get(name);
    return bytes === undefined ? undefined : Uint8Array.from(bytes);
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    requireName(name);
    this.#requireSize(name, bytes.length);
    this.#requireNoLog(name);
    this.#logs.delete(name);
    this.#files.set(name, Uint8Array.from(bytes));
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    requireName(name);
    const before = this.#files.get(name) ?? new Uint8Array();
    this.#requireSize(name, before.length + bytes.length);
    this.#requireNoLog(name);
    assert(!this.#logs.has(name), `${name} is the name of a log`);
    const grown = new Uint8Array(before.length + bytes.length);
    grown.set(before);
    grown.set(bytes, before.length);
    this.#files.set(name, grown);
  }

  async remove(name: string): Promise<void> {
    requireName(name);
    this.#requireNoLog(name);
    this.#logs.delete(name);
    this.#files.delete(name);
  }

  async list(prefix: string): Promise<readonly string[]> {
    return [...this.#files.keys(), ...this.#logs.keys(), ...this.#locks]
      .filter((name) => name.startsWith(prefix))
      .toSorted((a, b) => (a < b ? -1 : Number(a > b)));
  }

  async openLog(name: string): Promise<Log> {
    requireName(name);
    this.#requireNoLog(name);
    if (this.#files.has(name)) {
      throw new RuntimeError('RUNTIME_LOG_CORRUPT', `${name} does not begin as a log does`);
    }
    const stored = this.#logs.get(name) ?? { records: [], isOpen: true };
    stored.isOpen = true;
    this.#logs.set(name, stored);
    return new MemoryLog(name, stored, this.#limits);
  }

  async lock(name: string): Promise<LockAttempt> {
    requireName(name);
    if (this.#locks.has(name)) return { kind: 'held', holder: 'this process' };
    this.#locks.add(name);
    let isTaken = true;
    const release = async (): Promise<void> => {
      if (isTaken) this.#locks.delete(name);
      isTaken = false;
    };
    return { kind: 'taken', release };
  }

  #requireSize(name: string, bytes: number): void {
    const limit = this.#limits.fileBytesMax;
    if (bytes <= limit) return;
    const message = `${name} has ${bytes} bytes, the limit is ${limit}`;
    throw new RuntimeError('RUNTIME_STORAGE_LIMIT', message);
  }

  #requireNoLog(name: string): void {
    if (this.#logs.get(name)?.isOpen !== true) return;
    throw new RuntimeError('RUNTIME_LOG_OPEN', `${name} is open as a log`);
  }
}

/**
 * Storage in memory.
 * @throws RuntimeError RUNTIME_OPTION_INVALID
 */
export function memoryStorage(limits: StorageLimits = {}): Storage {
  return new MemoryStorage(resolveStorageLimits(limits));
}

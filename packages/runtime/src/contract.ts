/**
 * The runtime's seams. Everything that is not a pure function reaches the layers above as one of these values, so
 * that they run unchanged on Node and on a seeded simulation (ARCHITECTURE R1).
 */

/** Reads time. Monotonic time never goes back and has no relation to the calendar; wall time may jump. */
export interface Clock {
  /** Milliseconds since an arbitrary origin of this process, with fractions. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch. For records that people read; never for durations. */
  wallMs(): number;
}

/** A scheduled call. `cancel` is exact: after it returns the call does not happen. Cancelling twice is allowed. */
export interface Timer {
  cancel(): void;
}

/** Schedules calls on the calling thread, never before their delay has passed and in order of their due times. */
export interface Timers {
  after(delayMs: number, fire: () => void): Timer;
  /** Resolves after the delay. */
  sleep(delayMs: number): Promise<void>;
}

/** A deterministic stream of random numbers. Not for secrets. */
export interface Random {
  /** The next integer in [0, 2^32). */
  u32(): number;
  /** The next float in [0, 1) with 32 random bits. */
  float(): number;
  /** The next integer in [0, bound). @throws AssertionError unless 0 < bound ≤ 2^32. */
  below(bound: number): number;
  /** An independent stream named by `label`: the same seed and label always give the same stream. */
  fork(label: string): Random;
}

/** One record of a log. `index` counts from 0 without gaps. */
export interface LogRecord {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** An append-only log of checksummed records. One writer at a time. */
export interface Log {
  /** Records that `append` has taken, synced or not. */
  readonly length: number;
  /** Appends without waiting for the disk; returns the record's index. */
  append(bytes: Uint8Array): number;
  /** Resolves when every record appended before the call is on stable storage. */
  sync(): Promise<void>;
  /** Reads records in order of their index, from `from` (default 0). */
  read(from?: number): AsyncIterable<LogRecord>;
  /** Drops every record with an index ≥ `length`, durably. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Durable named files below one root. A name is a relative path of `/`-separated segments; `..` and absolute names
 * are refused (`RUNTIME_STORAGE_NAME`).
 */
export interface Storage {
  /** The file's bytes, or `undefined` if there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Replaces the whole file durably: after a crash it holds the old bytes or the new, never a mixture. */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file; removing one that is not there is allowed. */
  remove(name: string): Promise<void>;
  /** Names of all files below `prefix`, sorted. */
  list(prefix: string): Promise<readonly string[]>;
  /**
   * Opens or creates a log. A torn record at the end is cut off.
   * @throws RuntimeError RUNTIME_LOG_CORRUPT if a record before the end fails its checksum.
   */
  openLog(name: string): Promise<Log>;
}

/** Encodes untyped values. Both ends agree on nothing but the codec. */
export interface Codec {
  /** @throws RuntimeError RUNTIME_CODEC_LIMIT if the value is deeper or larger than the codec's limits. */
  encode(value: unknown): Uint8Array;
  /** @throws RuntimeError RUNTIME_CODEC_MALFORMED for bytes that `encode` cannot have made. */
  decode(bytes: Uint8Array): unknown;
}

/** One ordered, reliable, message-framed connection. Frames arrive whole and in order, or the connection closes. */
export interface Connection {
  /** The peer's address, for messages to people. */
  readonly remote: string;
  /** Bytes accepted by `send` and not yet handed to the operating system: the sender's measure of back-pressure. */
  readonly bufferedBytes: number;
  /** Takes the frame; the caller must not change its bytes until `bufferedBytes` is 0. */
  send(frame: Uint8Array): void;
  /** Closes after what was sent; `onClose` follows on both ends. Closing twice is allowed. */
  close(): void;
}

/** What the owner of a connection is told. `onClose` is the last call and comes exactly once. */
export interface ConnectionHandler {
  onFrame(frame: Uint8Array): void;
  onClose(cause: Error | undefined): void;
}

/** A listening end. */
export interface Listener {
  /** Where peers connect to, with the port that was really bound. */
  readonly address: string;
  close(): Promise<void>;
}

/** Opens connections. Frames over the transport's `frameBytesMax` close the connection before they are allocated. */
export interface Transport {
  readonly name: string;
  listen(address: string, accept: (connection: Connection) => ConnectionHandler): Promise<Listener>;
  connect(address: string, handler: ConnectionHandler): Promise<Connection>;
}

/** A started thread. */
export interface Thread {
  readonly id: number;
  post(message: unknown, transfer?: readonly unknown[]): void;
  /** Ends the thread wherever it is (ACTORS-W1: it may tear any sequence of writes). Resolves when it has left. */
  terminate(): Promise<void>;
}

/** What the creator of a thread is told. `onExit` is the last call and comes exactly once. */
export interface ThreadHandler {
  onMessage(message: unknown): void;
  /** An error that ended the thread; `onExit` follows. */
  onError(error: Error): void;
  onExit(exitCode: number): void;
}

/** How a thread is started. */
export interface ThreadOptions {
  readonly name: string;
  /** The module that the thread runs. */
  readonly entry: URL;
  /** Structured-cloned to the thread. */
  readonly data: unknown;
  /** @default 64 */
  readonly stackMiB?: number;
}

/** Starts operating-system threads. */
export interface Threads {
  /** CPUs that this process may use. */
  readonly cpuCount: number;
  start(options: ThreadOptions, handler: ThreadHandler): Thread;
}

/** Pins the calling thread; the native addon provides it. */
export interface ThreadPinning {
  /** @throws RuntimeError RUNTIME_PIN_FAILED if the operating system refuses. */
  pinThread(cpu: number): void;
}

/** Everything that a program takes from the machine it runs on. */
export interface Runtime {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly threads: Threads;
}

export { RuntimeError } from './errors.js';
export type { RuntimeErrorCode } from './errors.js';

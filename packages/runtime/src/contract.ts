/**
 * The runtime's seams. Everything that is not a pure function reaches the layers above as one of
 * these values, so that they run unchanged on Node and in virtual time (ARCHITECTURE R1).
 */

/**
 * Reads time. Monotonic time never goes back and has no relation to the calendar; wall time may
 * jump.
 */
export interface Clock {
  /**
   * Milliseconds with fractions since an arbitrary origin, the same for all threads of a process.
   */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch. For records that people read; never for durations. */
  wallMs(): number;
}

/**
 * A scheduled call. `cancel` is exact: after it returns the call does not happen. Cancelling twice,
 * or after the call, is allowed.
 */
export interface Timer {
  cancel(): void;
}

/**
 * Schedules calls on the calling thread.
 *
 * TIMERS-1: a call never comes before its delay has passed, nor before `after` has returned.
 * TIMERS-2: calls come in order of their due times; equal due times in order of scheduling.
 * TIMERS-3: a call that throws does not keep the others from coming.
 */
export interface Timers {
  /** @throws RuntimeError RUNTIME_TIMERS_FULL at the implementation's limit of pending calls. */
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
  /**
   * An independent stream named by `label`: the same seed and label always give the same stream,
   * however far this one has been read.
   */
  fork(label: string): Random;
}

/** One record of a log. `index` counts from 0 without gaps. */
export interface LogRecord {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/**
 * An append-only log of checksummed records. One writer at a time; after `close` every method but
 * `close` throws or rejects with RUNTIME_LOG_CLOSED.
 *
 * LOG-1: after `sync` resolved, every record appended before the call survives a crash, in order.
 * LOG-2: of the records that were not synced, a crash leaves a prefix.
 * LOG-3: a record is read back as it was appended, or reading fails; never changed.
 */
export interface Log {
  /** Records that `append` has taken, synced or not. */
  readonly length: number;
  /**
   * Appends without waiting for the disk; returns the record's index. The bytes are copied.
   * @throws RuntimeError RUNTIME_STORAGE_LIMIT for a record over the storage's limit,
   *   RUNTIME_LOG_BUFFER_FULL if what was not yet synced would take more than its limit.
   */
  append(bytes: Uint8Array): number;
  /** Resolves when every record appended before the call is on stable storage. */
  sync(): Promise<void>;
  /** Reads the records that there are, synced or not, in order from `from` (default 0). */
  read(from?: number): AsyncIterable<LogRecord>;
  /** Drops every record with an index ≥ `length`, durably. */
  truncate(length: number): Promise<void>;
  /** Syncs and closes. Closing twice is allowed. */
  close(): Promise<void>;
}

/**
 * How an attempt to take a lock ended: it is the caller's until `release`, or another has it.
 * Releasing twice is allowed.
 */
export type LockAttempt =
  | { readonly kind: 'taken'; release(): Promise<void> }
  | {
      readonly kind: 'held';
      /** Who has it, for messages to people, such as `process 4711`. */
      readonly holder: string;
    };

/**
 * Durable named files below one root, used by one process at a time: `lock` sees to that. A name is
 * a relative path of `/`-separated segments of letters, digits and `._-`, none of which begins with
 * a dot; all others are refused (RUNTIME_STORAGE_NAME). A name is that of a file, of a log or of a
 * lock. What the operating system refuses is RUNTIME_STORAGE_FAILED.
 *
 * APPEND-1: what was appended is there, in order of the calls, when the process has ended after
 *   they resolved; of one that had not, any part of its bytes from their beginning may be there.
 * LOCK-1: at most one has a lock, among all who use one root. Of those who try at the same time to
 *   take one that is free, one takes it.
 * LOCK-2: the lock of a process that has ended is free.
 */
export interface Storage {
  /** Where it is, for messages to people. */
  readonly place: string;
  /** The file's bytes, or `undefined` if there is none. The caller owns them. */
  read(name: string): Promise<Uint8Array | undefined>;
  /**
   * Replaces the whole file durably: after a crash it holds the old bytes or the new, never a
   * mixture. Operations on one name take effect in the order of their calls. The bytes must not
   * change before it resolves.
   * @throws RuntimeError RUNTIME_STORAGE_LIMIT for a file over the storage's limit.
   */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Adds the bytes at the end of a file, which is made if there is none (APPEND-1). An append that
   * fails adds nothing. It is not synced: a crash of the machine may lose or damage what was added
   * since the last `replace`. The bytes must not change before it resolves.
   * @throws RuntimeError RUNTIME_STORAGE_LIMIT if the file would be over the storage's limit.
   */
  append(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file durably; removing one that is not there is allowed. */
  remove(name: string): Promise<void>;
  /**
   * Names of all files, logs and locks that are taken that begin with `prefix`, sorted by UTF-16
   * code units.
   */
  list(prefix: string): Promise<readonly string[]>;
  /**
   * Opens or creates a log. A torn record at the end is cut off.
   * @throws RuntimeError RUNTIME_LOG_CORRUPT if a record before the end fails its checksum,
   *   RUNTIME_LOG_OPEN if the log is open already.
   */
  openLog(name: string): Promise<Log>;
  /** Takes a lock that is free, without waiting for one that is not. */
  lock(name: string): Promise<LockAttempt>;
}

/**
 * Encodes untyped values. Both ends agree on nothing but the codec.
 *
 * CODEC-1: a value that `encode` takes is decoded as an equal value of the same type.
 * CODEC-2: what would not come back equal is refused (RUNTIME_CODEC_UNSUPPORTED), never changed.
 * CODEC-3: `decode` reads any bytes without side effects and throws nothing but RuntimeError.
 */
export interface Codec {
  /**
   * The caller owns the returned bytes; they have a buffer of their own.
   * @throws RuntimeError RUNTIME_CODEC_LIMIT if the value is deeper or larger than the limits,
   *   RUNTIME_CODEC_UNSUPPORTED for a value that has no encoding, such as a function.
   */
  encode(value: unknown): Uint8Array;
  /**
   * The decoded value shares no memory with `bytes`.
   * @throws RuntimeError RUNTIME_CODEC_LIMIT, or RUNTIME_CODEC_MALFORMED for bytes that `encode`
   *   cannot have made.
   */
  decode(bytes: Uint8Array): unknown;
}

/**
 * Lets a codec carry instances of a class. `encode` gives a value that the codec can carry in its
 * turn; `decode` makes an instance of it, and may throw to refuse a payload.
 */
export interface CodecExtension<T = unknown> {
  /** What names the class in the bytes, 0 to 65,535; both ends must agree on it. */
  readonly code: number;
  /** Instances of this class, and of those derived from it that have no extension of their own. */
  readonly type: abstract new (...args: never[]) => T;
  encode(instance: T): unknown;
  decode(payload: unknown): T;
}

/**
 * One ordered, reliable, message-framed connection.
 *
 * TRANSPORT-1: frames arrive whole, once and in order, or the connection closes.
 * TRANSPORT-2: a frame over the receiver's `frameBytesMax` closes the connection on both ends with
 *   RUNTIME_FRAME_TOO_LARGE, before it is allocated.
 * TRANSPORT-3: `onClose` comes exactly once on each end and is the last call; its cause is
 *   `undefined` if either end called `close`.
 */
export interface Connection {
  /** The peer's address, for messages to people. */
  readonly remote: string;
  /**
   * Bytes accepted by `send` and not yet handed to the operating system: the sender's measure of
   * back-pressure.
   */
  readonly bufferedBytes: number;
  /**
   * Takes the frame; the caller must not change its bytes until `bufferedBytes` is 0. A frame that
   * is refused by an error was not sent, and the connection goes on.
   * @throws RuntimeError RUNTIME_FRAME_TOO_LARGE over the transport's `frameBytesMax`,
   *   RUNTIME_SEND_BUFFER_FULL over its limit of buffered bytes, RUNTIME_CONNECTION_CLOSED after
   *   `close` or `onClose`.
   */
  send(frame: Uint8Array): void;
  /** Closes after what was sent; `onClose` follows on both ends. Closing twice is allowed. */
  close(): void;
}

/** What the owner of a connection is told; never before `connect` resolved or `accept` returned. */
export interface ConnectionHandler {
  /** The receiver owns the frame's bytes. */
  onFrame(frame: Uint8Array): void;
  onClose(cause: Error | undefined): void;
}

/** A listening end. */
export interface Listener {
  /** Where peers connect to, with the port that was really bound. */
  readonly address: string;
  /** Resolves when no more connections are accepted; those that are open stay open. */
  close(): Promise<void>;
}

/** Opens connections. */
export interface Transport {
  readonly name: string;
  /** Bytes of the largest frame that is sent or received. */
  readonly frameBytesMax: number;
  /** @throws RuntimeError RUNTIME_TRANSPORT_ADDRESS if the address is malformed or taken. */
  listen(
    address: string,
    accept: (connection: Connection) => ConnectionHandler,
  ): Promise<Listener>;
  /**
   * @throws RuntimeError RUNTIME_CONNECTION_REFUSED if nobody accepts at the address,
   *   RUNTIME_TRANSPORT_ADDRESS if it is malformed.
   */
  connect(address: string, handler: ConnectionHandler): Promise<Connection>;
}

/** A started thread. */
export interface Thread {
  readonly id: number;
  /** @throws RuntimeError RUNTIME_THREAD_ENDED after `onExit`. */
  post(message: unknown, transfer?: readonly unknown[]): void;
  /**
   * Ends the thread wherever it is (ACTORS-W1: it may tear any sequence of writes). Resolves when
   * it has left.
   */
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
  /**
   * Stack of the thread.
   * @default 64
   */
  readonly stackMiB?: number;
  /**
   * JavaScript heap of the thread; a thread that needs more ends with an error.
   * @default 4096
   */
  readonly heapMiB?: number;
}

/** Starts operating-system threads. */
export interface Threads {
  /** CPUs that this process may use. */
  readonly cpuCount: number;
  start(options: ThreadOptions, handler: ThreadHandler): Thread;
}

/** A started thread as its own module sees it. */
export interface OwnThread {
  readonly id: number;
  /** `data` of the options that it was started with. */
  readonly data: unknown;
  post(message: unknown, transfer?: readonly unknown[]): void;
  /** Calls `handle` for each message of the creator; returns what ends that. */
  onMessage(handle: (message: unknown) => void): () => void;
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

/** Options of createActorSystem. */
import type { HostArena } from '@ganglion/memory/contract';
import { BLOCK_SEGMENTS_MAX } from '@ganglion/memory';
import { ASK_TIMEOUT_MAX_MS } from './ask-table.js';
import { ActorsError } from './errors.js';
import { MAILBOX_CAPACITY, MAX_ACTORS, MAX_WORKERS, MESSAGE_SLOTS } from './limits.js';
import type { SystemEvent } from './protocol.js';

/** How a system is made. Everything is reserved at start; untouched pages cost nothing. */
export interface ActorSystemOptions {
  /** Scheduler worker threads, 1 to 1,024. @default one for each CPU */
  readonly workers?: number;
  /** User actors alive at once, 1 to 1,000,000. @default 1000000 */
  readonly maxActors?: number;
  /** Message slots of 320 bytes, 256 to 4,194,304. @default 262144 */
  readonly slots?: number;
  /** Messages queued at one actor, 2 to 256. @default 256 */
  readonly mailboxCapacity?: number;
  /** Shared heap for arguments and for payloads over 256 bytes, in MiB, 8 to 2,048. @default 256 */
  readonly heapMiB?: number;
  /** Arenas that actors see as `self.arenas`. @default none */
  readonly arenas?: readonly HostArena[];
  /** How long an ask may take, in ms. @default 5000 */
  readonly askTimeoutMs?: number;
  /** A turn longer than this is reported, in ms. @default 20 */
  readonly turnReportMs?: number;
  /** A worker in a turn longer than this is ended, in ms. @default 5000 */
  readonly turnLimitMs?: number;
  /** Stack of each worker thread, in MiB. @default 4 */
  readonly stackMiB?: number;
  /** JavaScript heap limit of each worker thread, in MiB. @default 4096 */
  readonly workerHeapMiB?: number;
  /**
   * Seed of the workers' randomness, a safe integer from 0. @default drawn from the operating
   * system
   */
  readonly seed?: number;
  /**
   * Told of exits, restarts, long turns and lost workers. @default abnormal ones go to standard
   * error
   */
  readonly onEvent?: (event: SystemEvent) => void;
}

/** Options with every choice made. */
export type ResolvedActorSystemOptions = Required<ActorSystemOptions>;

/** Defaults that do not depend on the machine. */
export const actorSystemDefaults: Omit<ResolvedActorSystemOptions, 'workers' | 'seed'> =
  Object.freeze({
    maxActors: MAX_ACTORS,
    slots: MESSAGE_SLOTS,
    mailboxCapacity: MAILBOX_CAPACITY,
    heapMiB: 256,
    arenas: Object.freeze([]),
    askTimeoutMs: 5_000,
    turnReportMs: 20,
    turnLimitMs: 5_000,
    stackMiB: 4,
    workerHeapMiB: 4_096,
    onEvent: reportEvent,
  });

const TURN_MAX_MS = 3_600_000;

const RANGES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  workers: [1, MAX_WORKERS],
  maxActors: [1, MAX_ACTORS],
  slots: [256, 4_194_304],
  mailboxCapacity: [2, MAILBOX_CAPACITY],
  heapMiB: [8, Math.min(2_048, BLOCK_SEGMENTS_MAX)],
  askTimeoutMs: [1, ASK_TIMEOUT_MAX_MS],
  turnReportMs: [1, TURN_MAX_MS],
  turnLimitMs: [1, TURN_MAX_MS],
  stackMiB: [1, 1_024],
  workerHeapMiB: [16, 1_048_576],
  seed: [0, Number.MAX_SAFE_INTEGER - MAX_WORKERS - 1],
};

/** @throws ActorsError ACTORS_OPTION_INVALID naming option, value and limits */
export function resolveActorSystemOptions(
  options: ActorSystemOptions,
  machine: { readonly workers: number; readonly seed: number },
): ResolvedActorSystemOptions {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, setting]) => setting !== undefined),
  );
  const resolved = { ...actorSystemDefaults, ...machine, ...given };
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(actorSystemDefaults, name) && !Object.hasOwn(machine, name)) {
      throw new ActorsError('ACTORS_OPTION_INVALID', `an actor system has no option ${name}`);
    }
  }
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    const setting = (resolved as Readonly<Record<string, unknown>>)[name];
    if (!Number.isInteger(setting) || (setting as number) < min || (setting as number) > max) {
      throw new ActorsError(
        'ACTORS_OPTION_INVALID',
        `${name} is ${String(setting)}; it must be an integer from ${min} to ${max}`,
      );
    }
  }
  if (resolved.heapMiB < resolved.workers + 2) {
    throw new ActorsError(
      'ACTORS_OPTION_INVALID',
      `heapMiB is ${resolved.heapMiB}; ` +
        `${resolved.workers} workers need at least ${resolved.workers + 2}`,
    );
  }
  if (resolved.turnReportMs > resolved.turnLimitMs) {
    throw new ActorsError(
      'ACTORS_OPTION_INVALID',
      `turnReportMs is ${resolved.turnReportMs}; ` +
        `it must be at most turnLimitMs, ${resolved.turnLimitMs}`,
    );
  }
  return Object.freeze(resolved);
}

/** One line for people, or undefined for what needs no attention. */
export function describeEvent(event: SystemEvent): string | undefined {
  switch (event.kind) {
    case 'exit':
      return event.reason === 'normal' || event.reason === 'shutdown'
        ? undefined
        : `${event.actor} exited (${because(event.reason, event.text)})`;
    case 'restart':
      return (
        `${event.child} exited (${because(event.reason, event.text)}), restart ${event.restarts}` +
        (event.delayMs === 0 ? '' : ` in ${Math.round(event.delayMs)} ms`)
      );
    case 'escalation':
      return `${event.supervisor} gave up: ${event.text}`;
    case 'longTurn':
      return `${event.actor} on worker ${event.worker} has been in one turn for ${event.ms} ms`;
    case 'workerLost':
      return `worker ${event.worker} was lost: ${event.text}`;
  }
}

function reportEvent(event: SystemEvent): void {
  const line = describeEvent(event);
  if (line !== undefined) process.stderr.write(`ganglion: ${line}\n`);
}

function because(reason: string, text: string): string {
  return text === '' ? reason : `${reason}: ${text}`;
}

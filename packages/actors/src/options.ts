/** Options of createActorSystem. */
import { BLOCK_SEGMENTS_MAX, SLOT_CHUNK } from '@ganglion/memory';
import { ASK_TIMEOUT_MAX_MS } from './ask-table.js';
import { ActorsError } from './errors.js';
import {
  MAILBOX_CAPACITY,
  MAX_ACTORS,
  MAX_NAMES,
  MAX_RELATIONS,
  MAX_TIMERS,
  MAX_WORKERS,
  MESSAGE_SLOTS,
  RELATIONS,
  TIMER_RECORDS,
} from './limits.js';
import type {
  ActorSystemOptions,
  Checks,
  ResolvedActorSystemOptions,
  SystemEvent,
} from './contract/system.js';

/** Defaults that do not depend on the machine. */
export const actorSystemDefaults: Omit<ResolvedActorSystemOptions, 'workers' | 'seed'> =
  Object.freeze({
    maxActors: MAX_ACTORS,
    slots: MESSAGE_SLOTS,
    mailboxCapacity: MAILBOX_CAPACITY,
    names: MAX_NAMES,
    timers: TIMER_RECORDS,
    relations: RELATIONS,
    heapMiB: 256,
    arenas: Object.freeze([]),
    askTimeoutMs: 5_000,
    turnReportMs: 20,
    turnLimitMs: 5_000,
    stackMiB: 4,
    workerHeapMiB: 4_096,
    cpus: Object.freeze([]),
    checks: 'development',
    onEvent: reportEvent,
  });

const TURN_MAX_MS = 3_600_000;
/** Free slots that a thread may keep, so that the others cannot have them, and as many to use. */
const SLOTS_EACH_THREAD = 4 * SLOT_CHUNK;
/** The main thread and the control thread. */
const THREADS_BESIDE_WORKERS = 2;

const CHECKS: readonly Checks[] = ['development', 'off'];

const RANGES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  workers: [1, MAX_WORKERS],
  maxActors: [1, MAX_ACTORS],
  slots: [256, 4_194_304],
  mailboxCapacity: [2, MAILBOX_CAPACITY],
  names: [1, MAX_NAMES],
  timers: [1, MAX_TIMERS],
  relations: [1, MAX_RELATIONS],
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
  if (!CHECKS.includes(resolved.checks)) {
    throw new ActorsError(
      'ACTORS_OPTION_INVALID',
      `checks is ${String(resolved.checks)}; it must be one of ${CHECKS.join(', ')}`,
    );
  }
  checkCpus(resolved);
  if (resolved.heapMiB < resolved.workers + 2) {
    throw new ActorsError(
      'ACTORS_OPTION_INVALID',
      `heapMiB is ${resolved.heapMiB}; ` +
        `${resolved.workers} workers need at least ${resolved.workers + 2}`,
    );
  }
  const slotsMin = SLOTS_EACH_THREAD * (resolved.workers + THREADS_BESIDE_WORKERS);
  if (resolved.slots < slotsMin) {
    throw new ActorsError(
      'ACTORS_OPTION_INVALID',
      `slots is ${resolved.slots}; ${resolved.workers} workers need at least ${slotsMin}`,
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

const isCpu = (cpu: unknown): boolean => Number.isInteger(cpu) && (cpu as number) >= 0;

function checkCpus({ cpus, workers }: ResolvedActorSystemOptions): void {
  if (Array.isArray(cpus) && (cpus.length === 0 || cpus.length === workers) && cpus.every(isCpu))
    return;
  throw new ActorsError(
    'ACTORS_OPTION_INVALID',
    `cpus is ${JSON.stringify(cpus)}; it must be an array of ${workers} integers from 0, ` +
      'one for each worker',
  );
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
    case 'deadLetter':
      return undefined;
    case 'unhandled':
      return `an error on worker ${event.worker} that nobody handled: ${event.text}`;
    case 'timersRefused':
      return (
        `messages of ${event.count} timers on worker ${event.worker} were refused, ` +
        `the last because ${event.text}`
      );
    case 'workerLost':
      return `worker ${event.worker} was lost: ${event.text}`;
    case 'schedulerReplaced':
      return `on worker ${event.worker}, ${event.text}`;
    case 'pinFailed':
      return `worker ${event.worker} is not bound to CPU ${event.cpu}: ${event.text}`;
    case 'tracerFailed':
      return event.worker === undefined
        ? `on the main thread, ${event.text}`
        : `on worker ${event.worker}, ${event.text}`;
  }
}

function reportEvent(event: SystemEvent): void {
  const line = describeEvent(event);
  if (line !== undefined) process.stderr.write(`ganglion: ${line}\n`);
}

function because(reason: string, text: string): string {
  return text === '' ? reason : `${reason}: ${text}`;
}

/** Small numbers in an actor's block, with their names. */
import type { ExitReason, ExitRequest } from './contract/behaviour.js';

/**
 * Life of a block. Only its owner changes it, except that a spawner takes a free block to
 * `starting`. `terminating` is an actor whose terminate has returned a promise.
 */
export const Phase = Object.freeze({ free: 0, starting: 1, running: 2, down: 3, terminating: 4 });

/** Bits for the owner of an actor (ACTORS-O5). */
export const Signal = Object.freeze({
  start: 1,
  end: 2,
  killed: 4,
  shutdown: 8,
  normal: 16,
  /** Something about its relations: news, or many that are over. */
  related: 32,
});

/**
 * Bits for the control thread. `death`: the exit was a worker's death. `queued`: the actor is in
 * the control thread's stack.
 */
export const Report = Object.freeze({ started: 1, exited: 2, death: 4, queued: 128 });

/** Payload kinds of a message. */
export const PayloadKind = Object.freeze({ small: 0, zeroCopy: 1, gpuRef: 2, rdma: 3 });

/** Bit of a message's word: its slot is a timer's, and goes back to it when it was handled. */
export const TIMER_MESSAGE: number = 2 ** 30;

/** The index of a returned letter among the messages of any behaviour (returned-letters.ts). */
export const RETURNED_MESSAGE: number = 2 ** 16 - 1;

/** The payload kind in a message's word. */
export function payloadKind(header: number): number {
  return (header >>> 16) & 3;
}

/** Bit of a message's word: its payload, a small one, is a value by reference (references.ts). */
export const BY_REFERENCE: number = 2 ** 29;

/** Indices of the threads that are no scheduler workers. */
export const MAIN_THREAD = 1;
export const CONTROL_THREAD = 2;
export const FIRST_WORKER_THREAD = 3;

const REASONS: readonly ExitReason[] = [
  'normal',
  'shutdown',
  'killed',
  'crashed',
  'startFailed',
  'behaviourUnknown',
  'workerLost',
  'stuck',
  'outOfMemory',
  'noActor',
];
const PHASES = ['free', 'starting', 'running', 'down', 'terminating'] as const;

/** The number of a reason; 0 is none. */
export function reasonNumber(reason: ExitReason): number {
  return REASONS.indexOf(reason) + 1;
}

/** The reason of a number. */
export function reasonOf(number: number): ExitReason | undefined {
  return REASONS[number - 1];
}

/** The name of a phase. */
export function phaseName(phase: number): (typeof PHASES)[number] {
  return PHASES[phase] ?? 'free';
}

/** The signal that asks an actor to end for a reason. */
export function exitSignal(reason: ExitRequest): number {
  return Signal[reason];
}

/** The bits that ask an actor to end. */
export const EXITS: number = Signal.killed | Signal.shutdown | Signal.normal;

/** The strongest exit that signal bits ask for. */
export function exitOf(bits: number): ExitRequest {
  if ((bits & Signal.killed) !== 0) return 'killed';
  return (bits & Signal.shutdown) !== 0 ? 'shutdown' : 'normal';
}

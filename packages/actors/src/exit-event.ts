/** The end of one start of an actor, in one word of shared memory. */
import type { ExitReason } from './contract/behaviour.js';
import { reasonNumber, reasonOf } from './phases.js';

const REASON_BITS = 4;
const REASON_MASK = (1 << REASON_BITS) - 1;
const RAN = 1 << REASON_BITS;
const INCARNATION_SHIFT = REASON_BITS + 1;

/** Told of every exit on its worker, before the actor's id changes. */
export type ExitListener = (
  low: number,
  reason: ExitReason,
  text: string,
  isSupervised: boolean,
) => void;

/** What a word says. */
export interface ExitRecord {
  readonly reason: ExitReason;
  readonly incarnation: number;
}

/**
 * @param ran its start had completed
 * @param incarnation starts that had completed
 */
export function exitEvent(reason: ExitReason, ran: boolean, incarnation: number): number {
  const number = ran ? incarnation : incarnation + 1;
  return reasonNumber(reason) | (ran ? RAN : 0) | (number << INCARNATION_SHIFT);
}

/** True if both are of one start that had completed: it has one end, whatever was its reason. */
export function isSameExit(one: number, other: number): boolean {
  return (one & RAN) !== 0 && (one & ~REASON_MASK) === (other & ~REASON_MASK);
}

/** What an event says. */
export function readExit(event: number): ExitRecord {
  const reason = reasonOf(event & REASON_MASK) ?? 'noActor';
  return { reason, incarnation: event >>> INCARNATION_SHIFT };
}

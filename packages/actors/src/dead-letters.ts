/**
 * Messages that were taken and not handled (ACTORS-W4). Owns their counts, by cause and by thread,
 * and the bound on what is told of them; not what becomes of the ask in one (reply.ts), nor of the
 * way back to its sender (returned-letters.ts).
 *
 * LETTERS-1: each is counted once, by the store that ends its slot's target: before it, the
 *   thread's counts name the slot, the cause and the new count. So a thread may die anywhere; its
 *   successor, which sees whether the slot still has a target, finishes what was begun.
 * LETTERS-2: only the thread itself writes its counts, and its successor. Who reads sums them: a
 *   picture that may be a moment old. They count modulo 2^32 and end with the system.
 * LETTERS-3: asks are counted too. Their asker has the failure; the listener is told of tells
 *   only, and of none that its sender takes back.
 * LETTERS-4: the listener is told of at most TOLD_A_WINDOW in WINDOW_MS on each thread, and of how
 *   many it was not told in between.
 */
import type { Clock } from '@ganglion/runtime/contract';
import type { DeadLetterCause } from './contract/inspection.js';
import type { SystemEvent } from './contract/system.js';
import { ActorBlock, MessageSlot, ThreadBlock, ThreadLetters } from './layouts.js';
import type { SystemMemory } from './memory.js';
import type { ActorThread } from './thread.js';

const SLOT_WORDS = MessageSlot.size / 4;
const THREAD_WORDS = ThreadBlock.size / 4;
const LETTER_WORDS = ThreadLetters.size / 4;
const TO_LOW = MessageSlot.plain.toLow;
const ASK_THREAD = MessageSlot.plain.askThread;
const { begun, begunCount, waiting } = ThreadLetters.word;
const MESSAGE_MASK = 0xffff;
const CAUSE_SHIFT = 24;
const SLOT_MASK = 2 ** CAUSE_SHIFT - 1;
/** By number. */
export const CAUSES: readonly DeadLetterCause[] = ['waiting', 'inHand', 'workerLost'];

/** Dead letters of one thread that are told of in WINDOW_MS. */
export const TOLD_A_WINDOW = 10;
const WINDOW_MS = 1_000;

/** Told of a dead letter before its slot is given back, and of how many were not told before it. */
export type LetterListener = (slot: number, cause: DeadLetterCause, untold: number) => void;

/** One thread's end. */
export class DeadLetters {
  onLetter: LetterListener | undefined;
  readonly #words: Int32Array;
  readonly #slots: number;
  readonly #at: number;
  readonly #releasing: number;
  readonly #clock: Clock;
  #windowMs = -Infinity;
  #told = 0;
  #untold = 0;

  constructor(words: Int32Array, memory: SystemMemory, thread: number, clock: Clock) {
    const { sections } = memory.region.plan;
    this.#words = words;
    this.#slots = sections.slots.word;
    this.#at = sections.letters.word + thread * LETTER_WORDS;
    this.#releasing = sections.threads.word + thread * THREAD_WORDS + ThreadBlock.word.releasing;
    this.#clock = clock;
  }

  /** Tells the listener of a message that will be ended. */
  tell(slot: number, cause: DeadLetterCause): void {
    if (this.onLetter === undefined) return;
    if (this.#words[this.#slots + slot * SLOT_WORDS + ASK_THREAD] !== 0) return;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowMs >= WINDOW_MS) {
      this.#windowMs = nowMs;
      this.#told = 0;
    }
    if (this.#told >= TOLD_A_WINDOW) {
      this.#untold += 1;
      return;
    }
    const untold = this.#untold;
    this.#told += 1;
    this.#untold = 0;
    this.onLetter(slot, cause, untold);
  }

  /** Ends a message: its slot has no target any more, and it is counted. */
  end(slot: number, cause: DeadLetterCause): void {
    const words = this.#words;
    const number = CAUSES.indexOf(cause);
    const counted = this.#at + waiting + number;
    const count = ((words[counted] ?? 0) + 1) | 0;
    words[this.#at + begunCount] = count;
    words[this.#at + begun] = slot | (number << CAUSE_SHIFT);
    // From here to its release the slot says nothing of whose it is (SURVEY-3).
    words[this.#releasing] = slot;
    words[this.#slots + slot * SLOT_WORDS + TO_LOW] = 0;
    words[counted] = count;
    words[this.#at + begun] = 0;
  }

  /** Ends a letter that does not reach its sender: it was counted before (RETURN-2). */
  drop(slot: number): void {
    this.#words[this.#releasing] = slot;
    this.#words[this.#slots + slot * SLOT_WORDS + TO_LOW] = 0;
  }

  /** Finishes for the thread that had this index before and died (LETTERS-1). */
  succeed(): void {
    const words = this.#words;
    const last = words[this.#at + begun] ?? 0;
    if (last === 0) return;
    const slot = last & SLOT_MASK;
    if (words[this.#slots + slot * SLOT_WORDS + TO_LOW] === 0)
      words[this.#at + waiting + (last >>> CAUSE_SHIFT)] = words[this.#at + begunCount] ?? 0;
    words[this.#at + begun] = 0;
  }
}

/** What people are told of a dead letter. */
export function letterEvent(
  thread: ActorThread,
  slot: number,
  letter: { readonly worker: number; readonly cause: DeadLetterCause; readonly untold: number },
): SystemEvent {
  const { words } = thread;
  const at = thread.mail.slotBase + slot * SLOT_WORDS;
  const receiver = words[at + TO_LOW];
  const behaviour = words[thread.blockOf(receiver) + ActorBlock.plain.behaviour];
  const message = words[at + MessageSlot.plain.message] & MESSAGE_MASK;
  const sender = words[at + MessageSlot.plain.fromLow];
  return {
    kind: 'deadLetter',
    ...letter,
    receiver: thread.describe(receiver),
    message: thread.programs[behaviour]?.messages[message]?.name ?? `message ${message}`,
    sender: sender === 0 ? undefined : thread.describe(sender),
  };
}

/** The counts of all threads. */
export function countDeadLetters({
  region,
}: SystemMemory): Readonly<Record<DeadLetterCause, number>> {
  const { letters } = region.plan.sections;
  const counts = { waiting: 0, inHand: 0, workerLost: 0 };
  for (let thread = 0; thread < letters.count; thread++)
    for (const [number, cause] of CAUSES.entries())
      counts[cause] +=
        Atomics.load(region.words, letters.word + thread * LETTER_WORDS + waiting + number) >>> 0;
  return counts;
}
